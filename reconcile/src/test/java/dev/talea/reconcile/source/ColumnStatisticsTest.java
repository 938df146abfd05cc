// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.Reject;
import java.util.List;
import org.junit.jupiter.api.Test;

class ColumnStatisticsTest {
  private static final List<Column> COLUMNS =
      List.of(Column.ALWAYS.get(0), Column.ALWAYS.get(1), new Column("ref", ColumnType.TEXT));

  @Test
  void columnsAndKeysAreCountedOnTheWay() {
    Collected sink = new Collected();
    ColumnStatistics seen = new ColumnStatistics(COLUMNS, List.of("asset", "ref"), sink);
    seen.row(1, new Object[] {Int128.of(9), "EUR", "a"});
    seen.row(2, new Object[] {Int128.of(10), "EUR", "b"});
    seen.row(3, new Object[] {Int128.of(10), "EUR", "a"});
    seen.row(4, new Object[] {Int128.of(-1), "USD", null});
    seen.row(5, new Object[] {Int128.of(-1), "USD", null});
    seen.reject(new Reject(6, null, "bad", "", null, null));
    // 9 is less than 10 as a number, and would be more as a text.
    assertEquals(
        List.of(
            new ColumnStatistics.Of(COLUMNS.get(0), 0, 3, false, "-1", "10"),
            new ColumnStatistics.Of(COLUMNS.get(1), 0, 2, false, "EUR", "USD"),
            new ColumnStatistics.Of(COLUMNS.get(2), 2, 2, false, "a", "b")),
        seen.columns());
    // Section 8: all columns of a composite key count, and a row without a value has none.
    assertEquals(
        new ColumnStatistics.Key(List.of("asset", "ref"), 1, false, "[EUR, a]"), seen.key());
    assertEquals("5 rows, 1 rejects", seen.rows() + " rows, " + seen.rejects() + " rejects");
    assertEquals(5, sink.rows.size());
    assertEquals(1, sink.rejects.size());
  }

  @Test
  void beyondTheBoundTheySayMoreThan() {
    ColumnStatistics seen = new ColumnStatistics(COLUMNS, List.of("ref"), new Collected(), 100);
    for (int i = 0; i < 200; i++) {
      seen.row(i, new Object[] {Int128.of(i % 100), "EUR", "r" + i});
    }
    assertEquals(
        List.of(
            new ColumnStatistics.Of(COLUMNS.get(0), 0, 100, false, "0", "99"),
            new ColumnStatistics.Of(COLUMNS.get(1), 0, 1, false, "EUR", "EUR"),
            new ColumnStatistics.Of(COLUMNS.get(2), 0, 100, true, "r0", "r99")),
        seen.columns());
    assertEquals(new ColumnStatistics.Key(List.of("ref"), 0, true, null), seen.key());
    assertThrows(
        IllegalArgumentException.class,
        () -> new ColumnStatistics(COLUMNS, List.of("no"), new Collected()));
  }
}
