// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.RowSink;
import dev.talea.reconcile.row.RowSource;
import dev.talea.reconcile.row.SourceFacts;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Rows that earlier runs left open, as a source of the next: read from their evidence, where every
 * value stands as a text.
 *
 * <p>One thread.
 */
final class OpenRows implements RowSource {
  private final List<Column> columns;
  private final From from;
  private final Ids ids;
  private long count;

  /** Is given a row by the names of its columns, with the id that it is decided about by. */
  @FunctionalInterface
  interface Rows {
    void row(String id, Map<String, @Nullable String> row) throws IOException;
  }

  /** Gives all rows that go on. */
  @FunctionalInterface
  interface From {
    void read(Rows to) throws IOException;
  }

  /** Is given the id of each row, in their order. */
  @FunctionalInterface
  interface Ids {
    void id(String id) throws IOException;
  }

  OpenRows(List<Column> columns, From from, Ids ids) {
    this.columns = columns;
    this.from = from;
    this.ids = ids;
  }

  @Override
  public List<Column> columns() {
    return columns;
  }

  @Override
  public void read(RowSink sink) throws IOException {
    @Nullable Object[] values = new @Nullable Object[columns.size()];
    from.read(
        (id, row) -> {
          for (int i = 0; i < values.length; i++) {
            values[i] = value(columns.get(i), row);
          }
          ids.id(id);
          count++;
          sink.row(count, values);
        });
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
