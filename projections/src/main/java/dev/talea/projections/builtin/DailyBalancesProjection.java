// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.builtin;

import static java.util.Objects.requireNonNull;

import dev.talea.ledger.Event;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.projections.Dialect;
import dev.talea.projections.EventBatch;
import dev.talea.projections.Projection;
import dev.talea.projections.Selection;
import dev.talea.projections.Tables;
import dev.talea.projections.Values;
import java.math.BigInteger;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One row an account and day with movement: opening, debits, credits, closing and how many
 * postings, raw and in minor units. The day is that on which a transaction occurred, in the zone
 * that is set; one that is dated back moves the days behind it in the same transaction.
 *
 * <p>Stateless.
 */
public final class DailyBalancesProjection implements Projection {
  private static final String PUT =
      """
      INSERT INTO {daily_balances}
        (book, account, asset, day, opening, debits, credits, closing, postings)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (book, account, day) DO UPDATE SET debits = excluded.debits,
        credits = excluded.credits, closing = excluded.closing, postings = excluded.postings""";

  private final ZoneId zone;

  /**
   * @param zone whose days are meant; another one is another parameter, and so a rebuild
   */
  public DailyBalancesProjection(ZoneId zone) {
    this.zone = zone;
  }

  @Override
  public String name() {
    return "daily-balances";
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public String parameters() {
    return "zone " + zone;
  }

  @Override
  public Selection selects() {
    return new Selection(null, EnumSet.of(Event.Kind.TRANSACTION_POSTED), List.of());
  }

  @Override
  public List<String> tables() {
    return List.of("daily_balances");
  }

  @Override
  public List<String> schema(Dialect dialect) {
    String amount = dialect.amount();
    return List.of(
        """
        CREATE TABLE {daily_balances} (
          book TEXT NOT NULL, account TEXT NOT NULL, asset TEXT NOT NULL, day %s NOT NULL,
          opening %s NOT NULL, debits %s NOT NULL, credits %s NOT NULL, closing %s NOT NULL,
          postings BIGINT NOT NULL, PRIMARY KEY (book, account, day))"""
            .formatted(dialect.day(), amount, amount, amount, amount),
        "CREATE INDEX {daily_balances}_by_day ON {daily_balances} (book, day)");
  }

  private static final class Movement {
    BigInteger debits = BigInteger.ZERO;
    BigInteger credits = BigInteger.ZERO;
    long postings;

    BigInteger net() {
      return debits.subtract(credits);
    }
  }

  /** What a batch brings for an account, which has one asset for life: a day of it is one row. */
  private static final class Account {
    final String asset;
    final SortedMap<LocalDate, Movement> days = new TreeMap<>();

    Account(String asset) {
      this.asset = asset;
    }
  }

  /** The last day that the table has of an account. */
  private record LastDay(
      LocalDate day, BigInteger opening, BigInteger debits, BigInteger credits, long postings) {
    BigInteger closing() {
      return opening.add(debits).subtract(credits);
    }
  }

  /**
   * Most postings come in the order of their days. Then all that an account has to go on from is
   * its last day, which is read once for all accounts of the batch; rows are reckoned here and
   * written whole. Only accounts with a posting before their last day take the long way, by
   * statements that look for the day before and move the days behind.
   */
  @Override
  public void apply(EventBatch batch, Tables tables) throws SQLException {
    SortedMap<String, Account> accounts = accounts(batch);
    if (accounts.isEmpty()) {
      return;
    }
    Map<String, LastDay> lasts = lastDays(batch.book(), accounts.keySet(), tables);
    SortedMap<String, Account> datedBack = new TreeMap<>();
    for (Map.Entry<String, Account> entry : accounts.entrySet()) {
      Account account = entry.getValue();
      LastDay last = lasts.get(entry.getKey());
      if (last != null && last.day.isAfter(account.days.firstKey())) {
        datedBack.put(entry.getKey(), account);
      } else {
        goOn(batch.book(), entry.getKey(), account, last, tables);
      }
    }
    insert(batch.book(), datedBack, tables);
  }

  private SortedMap<String, Account> accounts(EventBatch batch) {
    Map<String, Account> accounts = new HashMap<>();
    for (Event event : batch.events()) {
      TransactionDraft draft = ((Event.TransactionPosted) event.payload()).draft();
      LocalDate day = requireNonNull(draft.occurredAt()).atZone(zone).toLocalDate();
      for (Posting posting : draft.postings()) {
        Movement movement =
            accounts
                .computeIfAbsent(posting.account(), name -> new Account(posting.asset()))
                .days
                .computeIfAbsent(day, first -> new Movement());
        BigInteger amount = posting.minor().toBigInteger();
        if (posting.direction() == Side.DEBIT) {
          movement.debits = movement.debits.add(amount);
        } else {
          movement.credits = movement.credits.add(amount);
        }
        movement.postings++;
      }
    }
    return new TreeMap<>(accounts);
  }

  private static Map<String, LastDay> lastDays(String book, Set<String> accounts, Tables tables)
      throws SQLException {
    Map<String, LastDay> lasts = new HashMap<>();
    tables.query(
        lastDays(tables.dialect()),
        row ->
            lasts.put(
                row.getString(1),
                new LastDay(
                    Values.day(row, 2),
                    Values.amount(row, 3),
                    Values.amount(row, 4),
                    Values.amount(row, 5),
                    row.getLong(6))),
        tables.dialect() == Dialect.SQLITE
            ? new Object[] {Values.texts(accounts), book, book}
            : new Object[] {Values.texts(accounts), book});
    return lasts;
  }

  /**
   * One look into the primary key for each account, however many days it has. The book is a value
   * twice in SQLite, where the day could not be looked up if it came from the row that is sought.
   */
  private static String lastDays(Dialect dialect) {
    String columns = "d.account, d.day, d.opening, d.debits, d.credits, d.postings";
    return switch (dialect) {
      case SQLITE ->
          "SELECT "
              + columns
              + " FROM json_each(?) a CROSS JOIN {daily_balances} d ON d.book = ? AND"
              + " d.account = a.value AND d.day = (SELECT max(l.day) FROM {daily_balances} l"
              + " WHERE l.book = ? AND l.account = a.value)";
      case POSTGRES ->
          "SELECT "
              + columns
              + " FROM json_array_elements_text(CAST(? AS json)) a CROSS JOIN LATERAL (SELECT *"
              + " FROM {daily_balances} l WHERE l.book = ? AND l.account = a.value"
              + " ORDER BY l.day DESC LIMIT 1) d";
    };
  }

  /** Writes the days of an account that are its last one or behind it. */
  private static void goOn(
      String book, String name, Account account, @Nullable LastDay last, Tables tables)
      throws SQLException {
    BigInteger closing = last == null ? BigInteger.ZERO : last.closing();
    for (Map.Entry<LocalDate, Movement> entry : account.days.entrySet()) {
      Movement movement = entry.getValue();
      BigInteger opening = closing;
      closing = closing.add(movement.net());
      LastDay same = last != null && last.day.equals(entry.getKey()) ? last : null;
      tables.update(
          PUT,
          book,
          name,
          account.asset,
          entry.getKey(),
          same != null ? same.opening : opening,
          same != null ? same.debits.add(movement.debits) : movement.debits,
          same != null ? same.credits.add(movement.credits) : movement.credits,
          closing,
          same != null ? same.postings + movement.postings : movement.postings);
    }
  }

  /** Writes days of accounts that have later ones. */
  private static void insert(String book, SortedMap<String, Account> accounts, Tables tables)
      throws SQLException {
    Dialect dialect = tables.dialect();
    // First what is there already and later, by all of them; then the days themselves, the earlier
    // before the later, so that a new one opens with what the day before it has come to.
    String moveLater = moveLater(dialect);
    for (Map.Entry<String, Account> account : accounts.entrySet()) {
      for (Map.Entry<LocalDate, Movement> day : account.getValue().days.entrySet()) {
        BigInteger net = day.getValue().net();
        if (net.signum() != 0) {
          tables.update(moveLater, net, net, book, account.getKey(), day.getKey());
        }
      }
    }
    String add = add(dialect);
    for (Map.Entry<String, Account> account : accounts.entrySet()) {
      for (Map.Entry<LocalDate, Movement> day : account.getValue().days.entrySet()) {
        Movement movement = day.getValue();
        tables.update(
            add,
            book,
            account.getKey(),
            account.getValue().asset,
            day.getKey(),
            movement.debits,
            movement.credits,
            movement.net(),
            movement.postings,
            book,
            account.getKey(),
            day.getKey());
      }
    }
  }

  private static String add(Dialect dialect) {
    return """
        INSERT INTO {daily_balances} AS d
          (book, account, asset, day, opening, debits, credits, closing, postings)
        SELECT n.book, n.account, n.asset, n.day, n.opening, n.debits, n.credits, %s, n.postings
        FROM (
          SELECT CAST(? AS TEXT) AS book, CAST(? AS TEXT) AS account, CAST(? AS TEXT) AS asset,
            CAST(? AS %s) AS day, CAST(? AS %s) AS debits, CAST(? AS %s) AS credits,
            CAST(? AS %s) AS net, CAST(? AS BIGINT) AS postings,
            COALESCE((SELECT b.closing FROM {daily_balances} b WHERE b.book = ? AND b.account = ?
              AND b.day < ? ORDER BY b.day DESC LIMIT 1), %s) AS opening) n
        WHERE true
        ON CONFLICT (book, account, day) DO UPDATE SET debits = %s, credits = %s, closing = %s,
          postings = d.postings + excluded.postings"""
        .formatted(
            dialect.plus("n.opening", "n.net"),
            dialect.day(),
            dialect.amount(),
            dialect.amount(),
            dialect.amount(),
            dialect == Dialect.SQLITE ? "'0'" : "0",
            dialect.plus("d.debits", "excluded.debits"),
            dialect.plus("d.credits", "excluded.credits"),
            dialect.plus(
                dialect.plus("d.closing", "excluded.debits"), dialect.minus("excluded.credits")));
  }

  private static String moveLater(Dialect dialect) {
    String amount = "CAST(? AS " + dialect.amount() + ")";
    return "UPDATE {daily_balances} SET opening = "
        + dialect.plus("opening", amount)
        + ", closing = "
        + dialect.plus("closing", amount)
        + " WHERE book = ? AND account = ? AND day > ?";
  }
}
