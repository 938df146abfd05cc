// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.reconcile.run.JsonTree;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a reconciliation came to, as tables for people. Stateless. */
final class ReconcileView {
  private ReconcileView() {}

  static String text(@Nullable Object value) {
    return value == null ? "" : String.valueOf(value);
  }

  /** A run with its totals. */
  static String run(Map<String, @Nullable Object> run) {
    Table table = Table.ofFields();
    for (String field :
        List.of(
            "id",
            "state",
            "recipe",
            "reason",
            "queued_at",
            "ended_at",
            "manifest_sha256",
            "open_left",
            "open_right",
            "cleared")) {
      if (run.get(field) != null) {
        table.row(field, text(run.get(field)));
      }
    }
    Map<String, @Nullable Object> outcome = JsonTree.child(run, "outcome");
    return outcome.isEmpty() ? table.toString() : table + "\n\n" + totals(outcome);
  }

  /** Rows of both sides by what became of them. */
  static String totals(Map<String, @Nullable Object> outcome) {
    Table table =
        new Table(
            "side", ">read", ">filtered", ">matched", ">suggested", ">unmatched", ">rejected");
    for (String side : List.of("left", "right")) {
      Map<String, @Nullable Object> of = JsonTree.child(outcome, side);
      table.row(
          side,
          text(of.get("read")),
          text(of.get("filtered")),
          text(of.get("matched")),
          text(of.get("suggested")),
          text(of.get("unmatched")),
          text(of.get("rejected")));
    }
    StringBuilder lines = new StringBuilder(table.toString());
    for (Object remark : JsonTree.list(outcome, "remarks")) {
      lines.append('\n').append(text(remark));
    }
    return lines.toString();
  }

  /** Runs, one a line. */
  static String runs(List<Map<String, @Nullable Object>> runs) {
    Table table = new Table(">id", "recipe", "state", "queued", ">open left", ">open right");
    for (Map<String, @Nullable Object> run : runs) {
      table.row(
          text(run.get("id")),
          text(run.get("recipe")),
          text(run.get("state")),
          text(run.get("queued_at")),
          text(run.get("open_left")),
          text(run.get("open_right")));
    }
    return table.toString();
  }

  /** Rows under the names of their fields. */
  static String rows(List<Map<String, @Nullable Object>> rows) {
    if (rows.isEmpty()) {
      return "none";
    }
    List<String> names = List.copyOf(rows.get(0).keySet());
    Table table =
        new Table(
            names.stream().map(name -> isNumber(name) ? ">" + name : name).toArray(String[]::new));
    for (Map<String, @Nullable Object> row : rows) {
      table.row(names.stream().map(name -> text(row.get(name))).toArray());
    }
    return table.toString();
  }

  private static boolean isNumber(String name) {
    return List.of("amount", "_row", "_line", "row", "line", "match", "_difference", "_days")
        .contains(name);
  }

  /** A list of things by a few fields of each. */
  static String list(List<Map<String, @Nullable Object>> items, List<String> fields) {
    Table table = new Table(fields.toArray(String[]::new));
    for (Map<String, @Nullable Object> item : items) {
      table.row(fields.stream().map(field -> text(item.get(field))).toArray());
    }
    return table.toString();
  }
}
