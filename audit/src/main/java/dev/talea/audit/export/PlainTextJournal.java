// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.Timestamps;
import dev.talea.ledger.TransactionDraft;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes a journal for hledger or ledger-cli. Debits are positive, so every balance is the raw one.
 * The last posting of an account in each transaction asserts the account's balance with {@code =},
 * which both know; the tools add up on their own and compare.
 *
 * <p>An export of a later range has no balances to assert, unless opening balances come first.
 * Metadata stays out: any word before a colon would become a tag.
 *
 * <p>One thread, one journal. Holds the names of the commodities.
 */
final class PlainTextJournal implements EntryWriter {
  /** Whose journal; they differ in what is said at the head, and of commodities and accounts. */
  enum Dialect {
    HLEDGER,
    LEDGER
  }

  private static final int ACCOUNT_COLUMNS = 44;

  /** ledger-cli reads 255 characters of a number. hledger takes as many decimals as assets have. */
  private static final int LEDGER_DECIMALS_MAX = 253;

  private final Appendable out;
  private final Dialect dialect;
  private final DateRange range;
  private final boolean opening;
  private final boolean assertions;
  private final Set<String> commodities = new HashSet<>();
  private boolean openingDeclared;

  /**
   * @param opening whether a range that begins later begins with what accounts had
   */
  PlainTextJournal(Appendable out, Dialect dialect, DateRange range, boolean opening) {
    this.out = out;
    this.dialect = dialect;
    this.range = range;
    this.opening = opening;
    this.assertions = opening || range.from() == null;
  }

  @Override
  public void begin() throws IOException {
    out.append("; talea journal 1\n");
    if (dialect == Dialect.HLEDGER) {
      out.append("decimal-mark .\n");
    }
  }

  @Override
  public void beginBook(String book, long lastSeq) throws IOException {
    out.append(JournalNames.bookLine(book, lastSeq, range));
    if (opening && !openingDeclared) {
      openingDeclared = true;
      account(JournalNames.OPENING, AccountKind.EQUITY);
    }
  }

  @Override
  public void opened(LocalDate day, RunningAccount account) throws IOException {
    if (dialect == Dialect.LEDGER) {
      account.requireDecimals("ledger-cli", LEDGER_DECIMALS_MAX);
    }
    String asset = account.asset().id();
    if (commodities.add(asset)) {
      out.append("commodity ");
      if (dialect == Dialect.HLEDGER) {
        // The sample has to have a decimal mark, digits behind it or not.
        out.append("1000.").append("0".repeat(account.asset().precision())).append(' ');
      }
      out.append(JournalNames.commodity(asset)).append('\n');
    }
    account(name(account), account.definition().kind());
  }

  private void account(String name, AccountKind kind) throws IOException {
    out.append("account ").append(name);
    if (dialect == Dialect.HLEDGER) {
      // ledger-cli would take the comment for a part of the name.
      out.append("  ; type:").append(type(kind));
    }
    out.append('\n');
  }

  private static char type(AccountKind kind) {
    return switch (kind) {
      case ASSET -> 'A';
      case LIABILITY -> 'L';
      case EQUITY, CLEARING -> 'E';
      case INCOME -> 'R';
      case EXPENSE -> 'X';
    };
  }

  @Override
  public void opening(LocalDate day, RunningAccount account) throws IOException {
    if (!opening) {
      return;
    }
    out.append('\n').append(day.toString()).append(" * opening balance\n");
    posting(name(account), account, account.balance(), account.balance());
    posting(JournalNames.OPENING, account, account.balance().negate(), null);
  }

  @Override
  public void posted(LocalDate day, Event event, TransactionPosted posted, List<Entry> entries)
      throws IOException {
    TransactionDraft draft = posted.draft();
    out.append('\n').append(day.toString());
    out.append(" * (").append(Long.toString(event.seq())).append(") ");
    out.append(JournalNames.description(draft.idempotencyKey())).append('\n');
    out.append("    ; tx:").append(posted.id().toString());
    out.append(", seq:").append(Long.toString(event.seq()));
    out.append(", at:").append(Timestamps.format(event.at()));
    Instant occurred = draft.occurredAt();
    if (occurred != null) {
      out.append(", occurred:").append(Timestamps.format(occurred));
    }
    for (ExternalRef ref : draft.externalRefs()) {
      out.append(", ref.").append(JournalNames.tagName(ref.kind()));
      out.append(':').append(JournalNames.tagValue(ref.value()));
    }
    out.append('\n');
    for (Entry entry : entries) {
      BigInteger asserted = assertions && entry.last() ? entry.balance() : null;
      posting(name(entry.account()), entry.account(), entry.amount(), asserted);
    }
  }

  private void posting(
      String name, RunningAccount account, BigInteger amount, @Nullable BigInteger asserted)
      throws IOException {
    out.append("    ").append(name);
    // Two spaces end the name.
    out.append(" ".repeat(Math.max(2, ACCOUNT_COLUMNS - name.codePointCount(0, name.length()))));
    amount(account, amount);
    if (asserted != null) {
      out.append(" = ");
      amount(account, asserted);
    }
    out.append('\n');
  }

  private void amount(RunningAccount account, BigInteger minor) throws IOException {
    out.append(account.decimal(minor)).append(' ');
    out.append(JournalNames.commodity(account.asset().id()));
  }

  private static String name(RunningAccount account) {
    return JournalNames.account(account.definition().kind(), account.definition().id());
  }

  @Override
  public void endBook() {}
}
