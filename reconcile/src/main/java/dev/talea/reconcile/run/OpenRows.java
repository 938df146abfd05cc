// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.RowSink;
import dev.talea.reconcile.row.RowSource;
import dev.talea.reconcile.row.SourceFacts;
import java.io.BufferedReader;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Rows that an earlier run left open, as a source of the next: read from that run's evidence, where
 * every value stands as a text.
 *
 * <p>One thread.
 */
final class OpenRows implements RowSource {
  private final CsvRows rows;
  private final BufferedReader ids;
  private final List<Column> columns;
  private final Predicate<String> wanted;
  private long count;

  /**
   * @param ids of the rows, in their order
   * @param wanted whether the row of an id goes on; asked once for each, in their order
   */
  OpenRows(CsvRows rows, BufferedReader ids, List<Column> columns, Predicate<String> wanted) {
    this.rows = rows;
    this.ids = ids;
    this.columns = columns;
    this.wanted = wanted;
  }

  @Override
  public List<Column> columns() {
    return columns;
  }

  @Override
  public void read(RowSink sink) throws IOException {
    @Nullable Object[] values = new @Nullable Object[columns.size()];
    for (var row = rows.next(); row != null; row = rows.next()) {
      String id = ids.readLine();
      if (id == null) {
        throw new IOException("the ids of open rows end before the rows do");
      }
      if (!wanted.test(id)) {
        continue;
      }
      for (int i = 0; i < values.length; i++) {
        values[i] = value(columns.get(i), row);
      }
      count++;
      sink.row(count, values);
    }
  }

  private static @Nullable Object value(Column column, Map<String, @Nullable String> row)
      throws IOException {
    String text = row.get(column.name());
    if (text == null) {
      return null;
    }
    return switch (column.type()) {
      case TEXT -> text;
      case INTEGER -> integer(text);
      case DATE -> LocalDate.parse(text);
      case TIME -> Instant.parse(text);
      case BOOLEAN -> Boolean.valueOf(text);
    };
  }

  private static Int128 integer(String text) throws IOException {
    Int128 value = Int128.parse(text);
    if (value == null) {
      throw new IOException("an open row holds '" + text + "' where a whole number should be");
    }
    return value;
  }

  @Override
  public SourceFacts facts() {
    return new SourceFacts("open", new TreeMap<>(Map.of("rows", Long.toString(count))));
  }

  @Override
  public void close() {
    // What it reads is closed by those who opened it.
  }
}
