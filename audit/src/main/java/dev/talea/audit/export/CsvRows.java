// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import dev.talea.ledger.Event;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.Timestamps;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes postings as CSV (RFC 4180), a row each: UTF-8, lines end with CR LF, amounts in major
 * units with a decimal point and all their digits. Amounts and balances are debits minus credits; a
 * balance is the one before plus the amount of its row.
 *
 * <p>For Excel there is a byte order mark, without which it guesses another character set, and an
 * apostrophe in front of texts that it would compute.
 *
 * <p>Stateless but for where it writes; one thread.
 */
final class CsvRows implements EntryWriter {
  private static final String HEADER =
      "book,account,asset,seq,tx_id,at,occurred_at,debit,credit,amount,balance,"
          + "idempotency_key,refs\r\n";

  /** What Excel, and others, take for the beginning of a formula. */
  private static final String FORMULA = "=+-@\t\r";

  private final Appendable out;
  private final boolean excel;
  private final @Nullable String path;

  /**
   * @param path of the one account whose rows are wanted; null for all
   */
  CsvRows(Appendable out, boolean excel, @Nullable String path) {
    this.out = out;
    this.excel = excel;
    this.path = path;
  }

  @Override
  public void begin() throws IOException {
    out.append(excel ? "\uFEFF" : "").append(HEADER);
  }

  @Override
  public void beginBook(String book, long lastSeq) {}

  @Override
  public void opened(LocalDate day, RunningAccount account) {}

  @Override
  public void opening(LocalDate day, RunningAccount account) {}

  @Override
  public void posted(LocalDate day, Event event, TransactionPosted posted, List<Entry> entries)
      throws IOException {
    for (Entry entry : entries) {
      if (path == null || path.equals(entry.account().definition().id().path())) {
        row(event, posted, entry);
      }
    }
  }

  @Override
  public void endBook() {}

  private void row(Event event, TransactionPosted posted, Entry entry) throws IOException {
    RunningAccount account = entry.account();
    boolean debit = entry.amount().signum() > 0;
    BigInteger size = entry.amount().abs();
    Instant occurred = posted.draft().occurredAt();
    text(account.definition().id().book());
    text(account.definition().id().path());
    text(account.asset().id());
    out.append(Long.toString(event.seq())).append(',');
    out.append(posted.id().toString()).append(',');
    out.append(Timestamps.format(event.at())).append(',');
    out.append(occurred == null ? "" : Timestamps.format(occurred)).append(',');
    out.append(debit ? account.decimal(size) : "").append(',');
    out.append(debit ? "" : account.decimal(size)).append(',');
    out.append(account.decimal(entry.amount())).append(',');
    out.append(account.decimal(entry.balance())).append(',');
    text(posted.draft().idempotencyKey());
    cell(refs(posted.draft().externalRefs()));
    out.append("\r\n");
  }

  private static String refs(List<ExternalRef> refs) {
    StringBuilder text = new StringBuilder();
    for (ExternalRef ref : refs) {
      text.append(text.isEmpty() ? "" : "; ").append(ref.kind()).append('=').append(ref.value());
    }
    return text.toString();
  }

  private void text(String text) throws IOException {
    cell(text);
    out.append(',');
  }

  private void cell(String text) throws IOException {
    boolean guarded = excel && !text.isEmpty() && FORMULA.indexOf(text.charAt(0)) >= 0;
    String shown = guarded ? "'" + text : text;
    if (needsQuotes(shown)) {
      out.append('"').append(shown.replace("\"", "\"\"")).append('"');
    } else {
      out.append(shown);
    }
  }

  /** Spaces at the ends are a part of the cell, but some readers trim what is not quoted. */
  private static boolean needsQuotes(String text) {
    if (text.startsWith(" ") || text.endsWith(" ")) {
      return true;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == ',' || c == '"' || c == '\r' || c == '\n') {
        return true;
      }
    }
    return false;
  }
}
