// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.Reject;
import dev.talea.reconcile.row.RowSink;
import dev.talea.reconcile.row.RowSource;
import dev.talea.reconcile.row.SourceFacts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A source whose columns are described on the way without one of their values: how many are
 * missing, how many differ, and of which kinds of characters texts are made, in words. Apart from
 * {@code ColumnStatistics}, which shows the least and the greatest: this description may leave the
 * machine.
 *
 * <p>One thread.
 */
final class MaskedSource implements RowSource {
  private static final int SHAPES_MAX = 3;
  private static final int PARTS_MAX = 6;

  /** Beyond, another shape is not counted: texts of people have any. */
  private static final int SHAPES_KEPT_MAX = 1_000;

  private final RowSource source;
  private final List<Seen> seen = new ArrayList<>();

  /** What was seen of one column. */
  private static final class Seen {
    final Set<Object> distinct = new HashSet<>();
    final Map<String, Integer> shapes = new HashMap<>();
    long values;
    long nulls;
  }

  MaskedSource(RowSource source) {
    this.source = source;
    source.columns().forEach(column -> seen.add(new Seen()));
  }

  @Override
  public List<Column> columns() {
    return source.columns();
  }

  @Override
  public void read(RowSink sink) throws IOException {
    source.read(
        new RowSink() {
          @Override
          public void row(long line, @Nullable Object[] values) {
            for (int i = 0; i < seen.size(); i++) {
              look(seen.get(i), values[i]);
            }
            sink.row(line, values);
          }

          @Override
          public void reject(Reject reject) {
            sink.reject(reject);
          }

          @Override
          public void looked() {
            sink.looked();
          }
        });
  }

  private static void look(Seen column, @Nullable Object value) {
    if (value == null) {
      column.nulls++;
      return;
    }
    column.values++;
    column.distinct.add(value);
    if (value instanceof String text) {
      String shape = shape(text);
      if (column.shapes.size() < SHAPES_KEPT_MAX || column.shapes.containsKey(shape)) {
        column.shapes.merge(shape, 1, Integer::sum);
      }
    }
  }

  /** Kinds of characters one after the other: of {@code ORD-17} letters, mark, digits. */
  static String shape(String text) {
    List<String> parts = new ArrayList<>();
    String last = "";
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      String kind =
          Character.isLetter(c)
              ? "letters"
              : Character.isDigit(c) ? "digits" : Character.isWhitespace(c) ? "space" : "mark";
      if (!kind.equals(last)) {
        if (parts.size() == PARTS_MAX) {
          parts.add("more");
          break;
        }
        parts.add(kind);
        last = kind;
      }
    }
    return String.join(" ", parts);
  }

  /** What was seen of the columns, in their order. */
  List<Object> columnsSeen() {
    List<Object> all = new ArrayList<>();
    for (int i = 0; i < seen.size(); i++) {
      Column column = source.columns().get(i);
      Seen of = seen.get(i);
      all.add(
          JsonTree.of(
              "name",
              column.name(),
              "type",
              column.type().text(),
              "values",
              of.values,
              "nulls",
              of.nulls,
              "distinct",
              (long) of.distinct.size(),
              "shapes",
              column.type() == ColumnType.TEXT ? usual(of.shapes) : null));
    }
    return all;
  }

  private static List<String> usual(Map<String, Integer> shapes) {
    return shapes.entrySet().stream()
        .sorted(
            Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(SHAPES_MAX)
        .map(Map.Entry::getKey)
        .toList();
  }

  @Override
  public SourceFacts facts() {
    return source.facts();
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
