// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import static java.util.Objects.requireNonNull;

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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes a journal for beancount. Debits are positive. Its assertions hold at the beginning of a
 * day, so each account that was touched on a day has its balance asserted on the next; and they are
 * of an account together with those below it, as far as they hold the same.
 *
 * <p>Beancount computes with 28 digits unless told otherwise, which is fewer than an amount may
 * have, and it rounds without a word: sums, and already the minus sign of a number that it reads.
 * The journal loads a plugin that gives it more digits, and that puts right what was read before
 * the plugin was: such numbers stand a second time as texts. {@link #PLUGIN_TEXT} has to lie beside
 * the journal, in a file called {@link #PLUGIN_FILE}.
 *
 * <p>One thread, one journal. Holds the names of the commodities and of the accounts of a book.
 */
final class BeancountJournal implements EntryWriter {
  static final String PLUGIN_FILE = "talea_precision.py";

  static final String PLUGIN_TEXT =
      """
      # Lets beancount compute with all the digits of the amounts in a journal of talea.
      import decimal

      __plugins__ = ("exact",)

      decimal.getcontext().prec = 400
      decimal.DefaultContext.prec = 400


      def exact(entries, options_map):
          \"""Negative numbers of more than 28 digits were rounded when they were read.\"""
          result = []
          for entry in entries:
              if hasattr(entry, "postings"):
                  postings = [
                      posting._replace(units=_exact(posting.units, posting.meta))
                      for posting in entry.postings
                  ]
                  entry = entry._replace(postings=postings)
              elif hasattr(entry, "diff_amount"):
                  entry = entry._replace(amount=_exact(entry.amount, entry.meta))
              result.append(entry)
          return result, []


      def _exact(amount, meta):
          text = (meta or {}).get("talea-exact")
          if text is None:
              return amount
          number = decimal.Decimal(text)
          if decimal.Context(prec=28).plus(number) != amount.number:
              raise ValueError("talea-exact is {}, beside {}".format(text, amount.number))
          return amount._replace(number=number)
      """;

  /** What has more digits than beancount keeps when it reads a minus sign. */
  private static final BigInteger ROUNDED = BigInteger.TEN.pow(28);

  /** Beancount reads 255 characters of a number. */
  private static final int DECIMALS_MAX = 253;

  private final Appendable out;
  private final DateRange range;
  private final boolean opening;
  private final boolean assertions;
  private final Set<String> currencies = new HashSet<>();
  private final NavigableMap<String, RunningAccount> accounts = new TreeMap<>();
  private final Set<String> touched = new LinkedHashSet<>();
  private boolean openingDeclared;
  private @Nullable LocalDate today;

  /**
   * @param opening whether a range that begins later begins with what accounts had
   */
  BeancountJournal(Appendable out, DateRange range, boolean opening) {
    this.out = out;
    this.range = range;
    this.opening = opening;
    this.assertions = opening || range.from() == null;
  }

  @Override
  public void begin() throws IOException {
    out.append("; talea journal 1\n");
    out.append("; Beside this file there has to be ").append(PLUGIN_FILE);
    out.append(", which 'talea export --plugin-out' writes.\n");
    out.append("option \"inferred_tolerance_default\" \"*:0\"\n");
    out.append("option \"insert_pythonpath\" \"TRUE\"\n");
    out.append("plugin \"talea_precision\"\n");
  }

  @Override
  public void beginBook(String book, long lastSeq) throws IOException {
    today = null;
    accounts.clear();
    out.append(JournalNames.bookLine(book, lastSeq, range));
  }

  @Override
  public void opened(LocalDate day, RunningAccount account) throws IOException {
    account.requireDecimals("beancount", DECIMALS_MAX);
    String currency = currency(account);
    if (currencies.add(currency)) {
      out.append(day.toString()).append(" commodity ").append(currency).append('\n');
      metadata("talea-asset", account.asset().id());
    }
    String name = name(account);
    accounts.put(name, account);
    out.append(day.toString()).append(" open ").append(name);
    out.append(' ').append(currency).append('\n');
    metadata("talea-account", account.definition().id().key());
  }

  @Override
  public void opening(LocalDate day, RunningAccount account) throws IOException {
    if (!opening) {
      return;
    }
    if (!openingDeclared) {
      openingDeclared = true;
      out.append(day.toString()).append(" open ").append(BeancountNames.OPENING).append('\n');
    }
    out.append('\n').append(day.toString()).append(" * \"opening balance\" #talea\n");
    String name = name(account);
    posting(name, account, account.balance());
    posting(BeancountNames.OPENING, account, account.balance().negate());
    touched.add(name);
  }

  @Override
  public void posted(LocalDate day, Event event, TransactionPosted posted, List<Entry> entries)
      throws IOException {
    TransactionDraft draft = posted.draft();
    out.append('\n').append(day.toString()).append(" * ");
    out.append(BeancountNames.string(draft.idempotencyKey()));
    out.append(" ^").append(posted.id().toString()).append(" #talea\n");
    out.append("  seq: ").append(Long.toString(event.seq())).append('\n');
    metadata("at", Timestamps.format(event.at()));
    Instant occurred = draft.occurredAt();
    if (occurred != null) {
      metadata("occurred", Timestamps.format(occurred));
    }
    int number = 0;
    for (ExternalRef ref : draft.externalRefs()) {
      // Kinds are texts of any form, which keys are not.
      metadata("ref" + ++number, ref.kind() + "=" + ref.value());
    }
    for (Entry entry : entries) {
      String name = name(entry.account());
      posting(name, entry.account(), entry.amount());
      touched.add(name);
    }
  }

  @Override
  public void endBook() throws IOException {
    assertTouched();
  }

  @Override
  public void dayBegins(LocalDate day) throws IOException {
    assertTouched();
    today = day;
  }

  /** What the accounts had at the end of the day in hand. */
  private void assertTouched() throws IOException {
    if (assertions && today != null && !touched.isEmpty()) {
      String next = today.plusDays(1).toString();
      out.append('\n');
      for (String name : touched) {
        RunningAccount account = requireNonNull(accounts.get(name), name);
        out.append(next).append(" balance ").append(name).append("  ");
        BigInteger balance = withThoseBelow(name, account);
        out.append(account.decimal(balance)).append(" ~ 0 ");
        out.append(currency(account)).append('\n');
        exact(account, balance, "  ");
      }
    }
    touched.clear();
  }

  private BigInteger withThoseBelow(String name, RunningAccount account) {
    BigInteger sum = account.balance();
    // A semicolon is what comes after a colon.
    for (RunningAccount below : accounts.subMap(name + ":", name + ";").values()) {
      if (below.asset().equals(account.asset())) {
        sum = sum.add(below.balance());
      }
    }
    return sum;
  }

  private void posting(String name, RunningAccount account, BigInteger amount) throws IOException {
    out.append("  ").append(name).append("  ").append(account.decimal(amount));
    out.append(' ').append(currency(account)).append('\n');
    exact(account, amount, "    ");
  }

  private void exact(RunningAccount account, BigInteger minor, String indent) throws IOException {
    if (minor.signum() < 0 && minor.negate().compareTo(ROUNDED) >= 0) {
      metadata(indent, "talea-exact", account.decimal(minor));
    }
  }

  private void metadata(String key, String value) throws IOException {
    metadata("  ", key, value);
  }

  private void metadata(String indent, String key, String value) throws IOException {
    out.append(indent).append(key).append(": ").append(BeancountNames.string(value)).append('\n');
  }

  private static String name(RunningAccount account) {
    return BeancountNames.account(account.definition().kind(), account.definition().id());
  }

  private static String currency(RunningAccount account) {
    return BeancountNames.currency(account.asset().id(), account.assetNumber());
  }
}
