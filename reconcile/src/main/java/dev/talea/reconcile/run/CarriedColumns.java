// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The columns of both sides of a run as a file: what the texts of its evidence are, for the next
 * run that takes them up again. Stateless; any thread.
 */
final class CarriedColumns {
  private CarriedColumns() {}

  static byte[] bytes(List<Column> left, List<Column> right) {
    return JsonTree.bytes(JsonTree.of("left", tree(left), "right", tree(right)));
  }

  /** Columns as a list of their names and types. */
  static List<Object> tree(List<Column> columns) {
    List<Object> tree = new ArrayList<>();
    for (Column column : columns) {
      tree.add(JsonTree.of("name", column.name(), "type", column.type().text()));
    }
    return tree;
  }

  /** Reads what {@link #tree} has made, by the name that it has in an object. */
  static List<Column> of(byte[] json, String name) {
    List<Column> columns = new ArrayList<>();
    for (Object each : JsonTree.list(JsonTree.object("columns", json), name)) {
      if (each instanceof Map<?, ?> column) {
        columns.add(new Column("" + column.get("name"), type("" + column.get("type"))));
      }
    }
    return List.copyOf(columns);
  }

  private static ColumnType type(String text) {
    ColumnType type = ColumnType.of(text);
    if (type == null) {
      throw new IllegalArgumentException("a column has the type " + text + ", which is none");
    }
    return type;
  }
}
