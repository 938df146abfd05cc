// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.MatchSide;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The columns of both sides of a run as a file: what the texts of its evidence are, for the next
 * run that takes them up again. Stateless; any thread.
 */
final class CarriedColumns {
  private CarriedColumns() {}

  static byte[] bytes(List<Column> left, List<Column> right) {
    return JsonTree.bytes(JsonTree.of("left", tree(left), "right", tree(right)));
  }

  private static List<Object> tree(List<Column> columns) {
    List<Object> tree = new ArrayList<>();
    for (Column column : columns) {
      tree.add(JsonTree.of("name", column.name(), "type", column.type().text()));
    }
    return tree;
  }

  static List<Column> of(byte[] json, MatchSide side) {
    List<Column> columns = new ArrayList<>();
    for (Object each : JsonTree.list(JsonTree.object("columns", json), side.text())) {
      if (each instanceof Map<?, ?> column) {
        columns.add(new Column("" + column.get("name"), type(column.get("type"))));
      }
    }
    return columns;
  }

  static ColumnType type(@Nullable Object text) {
    for (ColumnType type : ColumnType.values()) {
      if (type.text().equals(text)) {
        return type;
      }
    }
    throw new IllegalArgumentException("a column has the type " + text + ", which is none");
  }
}
