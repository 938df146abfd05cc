// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.builtin;

import dev.talea.ledger.Event;
import dev.talea.ledger.Posting;
import dev.talea.projections.Dialect;
import dev.talea.projections.EventBatch;
import dev.talea.projections.Projection;
import dev.talea.projections.Selection;
import dev.talea.projections.Tables;
import java.math.BigInteger;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What every prefix of the account paths holds per asset, now: of {@code assets:bank:x} the totals
 * of {@code assets}, {@code assets:bank} and itself. Raw, in minor units, debits positive.
 *
 * <p>Stateless.
 */
public final class PrefixTotalsProjection implements Projection {
  private static final char SEPARATOR = ':';

  /** The one there is; another would be the same. */
  public PrefixTotalsProjection() {}

  @Override
  public String name() {
    return "prefix-totals";
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public Selection selects() {
    return new Selection(null, EnumSet.of(Event.Kind.TRANSACTION_POSTED), List.of());
  }

  @Override
  public List<String> tables() {
    return List.of("prefix_totals");
  }

  @Override
  public List<String> schema(Dialect dialect) {
    return List.of(
        """
        CREATE TABLE {prefix_totals} (
          book TEXT NOT NULL, prefix TEXT NOT NULL, asset TEXT NOT NULL, total %s NOT NULL,
          PRIMARY KEY (book, prefix, asset))"""
            .formatted(dialect.amount()));
  }

  private record Key(String prefix, String asset) {
    static final Comparator<Key> ORDER =
        Comparator.comparing(Key::prefix).thenComparing(Key::asset);
  }

  @Override
  public void apply(EventBatch batch, Tables tables) throws SQLException {
    Map<Key, BigInteger> totals = new TreeMap<>(Key.ORDER);
    for (Event event : batch.events()) {
      for (Posting posting : ((Event.TransactionPosted) event.payload()).draft().postings()) {
        BigInteger amount = Amounts.signed(posting);
        String path = posting.account();
        for (int end = path.indexOf(SEPARATOR); end >= 0; end = path.indexOf(SEPARATOR, end + 1)) {
          totals.merge(new Key(path.substring(0, end), posting.asset()), amount, BigInteger::add);
        }
        totals.merge(new Key(path, posting.asset()), amount, BigInteger::add);
      }
    }
    String add =
        "INSERT INTO {prefix_totals} AS t (book, prefix, asset, total) VALUES (?, ?, ?, ?) ON"
            + " CONFLICT (book, prefix, asset) DO UPDATE SET total = "
            + tables.dialect().plus("t.total", "excluded.total");
    for (Map.Entry<Key, BigInteger> total : totals.entrySet()) {
      tables.update(
          add, batch.book(), total.getKey().prefix, total.getKey().asset, total.getValue());
    }
  }
}
