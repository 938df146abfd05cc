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
import java.math.BigInteger;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * One row an account and day with movement: opening, debits, credits, closing and how many
 * postings, raw and in minor units. The day is that on which a transaction occurred, in the zone
 * that is set; one that is dated back moves the days behind it in the same transaction.
 *
 * <p>Stateless.
 */
public final class DailyBalancesProjection implements Projection {
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

  /** An account has one asset for life, so that a day of it is one row. */
  private record Key(String account, LocalDate day) {
    static final Comparator<Key> ORDER = Comparator.comparing(Key::account).thenComparing(Key::day);
  }

  private static final class Movement {
    final String asset;
    BigInteger debits = BigInteger.ZERO;
    BigInteger credits = BigInteger.ZERO;
    long postings;

    Movement(String asset) {
      this.asset = asset;
    }

    BigInteger net() {
      return debits.subtract(credits);
    }
  }

  @Override
  public void apply(EventBatch batch, Tables tables) throws SQLException {
    Map<Key, Movement> movements = new TreeMap<>(Key.ORDER);
    for (Event event : batch.events()) {
      TransactionDraft draft = ((Event.TransactionPosted) event.payload()).draft();
      LocalDate day = requireNonNull(draft.occurredAt()).atZone(zone).toLocalDate();
      for (Posting posting : draft.postings()) {
        Movement movement =
            movements.computeIfAbsent(
                new Key(posting.account(), day), key -> new Movement(posting.asset()));
        BigInteger amount = posting.minor().toBigInteger();
        if (posting.direction() == Side.DEBIT) {
          movement.debits = movement.debits.add(amount);
        } else {
          movement.credits = movement.credits.add(amount);
        }
        movement.postings++;
      }
    }
    Dialect dialect = tables.dialect();
    // First what is there already and later, by all of them; then the days themselves, the earlier
    // before the later, so that a new one opens with what the day before it has come to.
    if (isAnyLater(batch.book(), movements.keySet(), tables)) {
      String moveLater = moveLater(dialect);
      for (Map.Entry<Key, Movement> entry : movements.entrySet()) {
        Key key = entry.getKey();
        BigInteger net = entry.getValue().net();
        if (net.signum() != 0) {
          tables.update(moveLater, net, net, batch.book(), key.account, key.day);
        }
      }
    }
    String add = add(dialect);
    for (Map.Entry<Key, Movement> entry : movements.entrySet()) {
      Key key = entry.getKey();
      Movement movement = entry.getValue();
      tables.update(
          add,
          batch.book(),
          key.account,
          movement.asset,
          key.day,
          movement.debits,
          movement.credits,
          movement.net(),
          movement.postings,
          batch.book(),
          key.account,
          key.day);
    }
  }

  /**
   * Whether a book has a day behind the first of these. Mostly it has none, because postings come
   * in the order of their days; and then half of the statements are not needed.
   */
  private static boolean isAnyLater(String book, Set<Key> keys, Tables tables) throws SQLException {
    LocalDate first =
        keys.stream().map(Key::day).min(Comparator.naturalOrder()).orElse(LocalDate.MAX);
    return !tables
        .query(
            "SELECT 1 FROM {daily_balances} WHERE book = ? AND day > ? LIMIT 1",
            row -> row.getInt(1),
            book,
            first)
        .isEmpty();
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
