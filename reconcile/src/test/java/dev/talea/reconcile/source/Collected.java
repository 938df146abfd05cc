// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.Reject;
import dev.talea.reconcile.row.RowSink;
import dev.talea.reconcile.row.RowSource;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that a source brings, kept. */
final class Collected implements RowSink {
  final List<String> rows = new ArrayList<>();
  final List<List<@Nullable Object>> values = new ArrayList<>();
  final List<Reject> rejects = new ArrayList<>();

  static Collected of(RowSource source) throws IOException {
    Collected collected = new Collected();
    source.read(collected);
    for (List<@Nullable Object> row : collected.values) {
      for (int i = 0; i < row.size(); i++) {
        Object value = row.get(i);
        Column column = source.columns().get(i);
        Class<?> wanted =
            switch (column.type()) {
              case TEXT -> String.class;
              case INTEGER -> Int128.class;
              case DATE -> LocalDate.class;
              case TIME -> Instant.class;
              case BOOLEAN -> Boolean.class;
            };
        if (value != null && value.getClass() != wanted) {
          throw new AssertionError(column + " is " + value.getClass());
        }
      }
    }
    return collected;
  }

  @Override
  public void row(long line, @Nullable Object[] row) {
    rows.add(line + " " + Arrays.toString(row));
    values.add(new ArrayList<>(Arrays.asList(row)));
  }

  @Override
  public void reject(Reject reject) {
    rejects.add(reject);
  }

  /** Rows, then rejects, a line each. */
  String text() {
    StringBuilder text = new StringBuilder(String.join("\n", rows));
    for (Reject each : rejects) {
      text.append("\n! ").append(each.line()).append(' ').append(each.field()).append(' ');
      text.append(each.reason());
    }
    return text.toString();
  }
}
