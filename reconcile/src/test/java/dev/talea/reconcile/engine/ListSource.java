// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.Reject;
import dev.talea.reconcile.row.RowSink;
import dev.talea.reconcile.row.RowSource;
import dev.talea.reconcile.row.SourceFacts;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Rows that a test wrote down. Owned by the test. */
public final class ListSource implements RowSource {
  private final List<Column> columns;
  private final List<@Nullable Object[]> rows = new ArrayList<>();
  private final List<Reject> rejects = new ArrayList<>();

  /** With columns besides amount and asset, as {@code date:date reference:text}. */
  public ListSource(String more) {
    columns = new ArrayList<>(Column.ALWAYS);
    for (String each : more.isBlank() ? new String[0] : more.split(" ", -1)) {
      String[] parts = each.split(":", -1);
      for (ColumnType type : ColumnType.values()) {
        if (type.text().equals(parts[1])) {
          columns.add(new Column(parts[0], type));
        }
      }
    }
  }

  /** Adds a row; whole numbers and days may be given as {@code int} and text. */
  public ListSource row(@Nullable Object... values) {
    @Nullable Object[] row = values.clone();
    for (int i = 0; i < row.length; i++) {
      if (row[i] instanceof Integer number) {
        row[i] = Int128.of(number);
      } else if (row[i] instanceof Long number) {
        row[i] = Int128.of(number);
      } else if (row[i] instanceof String text && columns.get(i).type() == ColumnType.DATE) {
        row[i] = LocalDate.parse(text);
      }
    }
    rows.add(row);
    return this;
  }

  /** Adds a row that could not be read. */
  public ListSource reject(Reject reject) {
    rejects.add(reject);
    return this;
  }

  /** The rows, to be looked at. */
  public List<@Nullable Object[]> rows() {
    return rows;
  }

  @Override
  public List<Column> columns() {
    return columns;
  }

  @Override
  public void read(RowSink sink) {
    long line = 0;
    for (@Nullable Object[] row : rows) {
      sink.row(++line, row);
    }
    rejects.forEach(sink::reject);
  }

  @Override
  public SourceFacts facts() {
    return new SourceFacts("file", new TreeMap<>());
  }

  @Override
  public void close() {}
}
