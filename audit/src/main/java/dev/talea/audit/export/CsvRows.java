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
 * Writes postings as CSV, a row each: UTF-8, amounts in major units with a decimal point and all
 * their digits. Amounts and balances are debits minus credits; a balance is the one before plus the
 * amount of its row.
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
    out.append(
        CsvText.row(
            text(account.definition().id().book()),
            text(account.definition().id().path()),
            text(account.asset().id()),
            event.seq(),
            posted.id(),
            Timestamps.format(event.at()),
            occurred == null ? null : Timestamps.format(occurred),
            debit ? account.decimal(size) : null,
            debit ? null : account.decimal(size),
            account.decimal(entry.amount()),
            account.decimal(entry.balance()),
            text(posted.draft().idempotencyKey()),
            text(refs(posted.draft().externalRefs()))));
  }

  private static String refs(List<ExternalRef> refs) {
    StringBuilder text = new StringBuilder();
    for (ExternalRef ref : refs) {
      text.append(text.isEmpty() ? "" : "; ").append(ref.kind()).append('=').append(ref.value());
    }
    return text.toString();
  }

  private String text(String text) {
    boolean guarded = excel && !text.isEmpty() && FORMULA.indexOf(text.charAt(0)) >= 0;
    return guarded ? "'" + text : text;
  }
}
