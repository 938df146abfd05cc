// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import dev.talea.reconcile.recipe.Effect;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Writes what was read and decided, each table as Parquet and as CSV.
 *
 * <p>Every file has an order of its rows that leaves nothing open, so that the same decisions are
 * the same bytes. Whole numbers are text of digits: DuckDB writes those of 128 bits as floating
 * point. The columns that we add begin with an underscore where columns of a source stand beside
 * them, which none of those does. Used by the thread of the run.
 */
final class DuckEvidence {
  private final DuckSession session;
  private final DuckSide left;
  private final DuckSide right;
  private final Path folder;
  private final List<String> files = new ArrayList<>();

  DuckEvidence(DuckSession session, DuckSide left, DuckSide right, Path folder) {
    this.session = session;
    this.left = left;
    this.right = right;
    this.folder = folder;
  }

  List<String> write(MatchProgress progress) {
    // Nine tables, each as Parquet and as CSV.
    List<Runnable> tables =
        List.of(
            () -> rows(left),
            () -> rows(right),
            () -> decided("matched", Effect.MATCH),
            () -> decided("suggested", Effect.SUGGEST),
            () -> suggested(left),
            () -> suggested(right),
            () -> unmatched(left),
            () -> unmatched(right),
            this::rejected);
    for (int i = 0; i < tables.size(); i++) {
      progress.at("write", i, tables.size());
      tables.get(i).run();
    }
    progress.at("write", tables.size(), tables.size());
    return files.stream().sorted().toList();
  }

  private void rows(DuckSide side) {
    copy(
        side.rowTable(),
        "SELECT _row, "
            + side.origin("_row")
            + " AS _origin, _line, "
            + columns(side, "")
            + " FROM "
            // Loaded in this order, which a COPY keeps.
            + side.rowTable(),
        side.rows(),
        side.columns());
  }

  private static String columns(DuckSide side, String table) {
    return side.columns().stream()
        .map(
            column -> {
              String name = table + Sql.name(column.name());
              return column.type() == ColumnType.INTEGER
                  ? Sql.digits(name) + " AS " + Sql.name(column.name())
                  : name;
            })
        .collect(Collectors.joining(", "));
  }

  private void decided(String file, Effect effect) {
    String rules = "(SELECT * FROM rule_names WHERE effect = " + Sql.text(effect.text()) + ")";
    session.run(
        "CREATE OR REPLACE TABLE written AS SELECT * FROM ("
            + members(left, rules)
            + " UNION ALL "
            + members(right, rules)
            + ") ORDER BY match, side, row");
    long rows = session.number("SELECT count(*) FROM written");
    copy(
        file,
        "SELECT match, rule, side, row, line, asset, "
            + Sql.digits("amount")
            + " AS amount, "
            + Sql.digits("difference")
            + " AS difference, days FROM written",
        rows,
        List.of());
    session.run("DROP TABLE written");
  }

  private static String members(DuckSide side, String rules) {
    return "SELECT m.match, n.name AS rule, '"
        + side.side().text()
        + "' AS side, r._row AS row, r._line AS line, r.asset, r.amount, d.difference, d.days FROM "
        + side.side().text()
        + "_match m JOIN matches d ON m.match = d.match JOIN "
        + rules
        + " n ON d.rule = n.rule JOIN "
        + side.rowTable()
        + " r ON m._row = r._row";
  }

  /** Rows of a side with a suggested partner, with all their columns: they are open as well. */
  private void suggested(DuckSide loaded) {
    String side = loaded.side().text();
    String from =
        " FROM "
            + side
            + "_match m JOIN matches d ON m.match = d.match JOIN rule_names n ON d.rule = n.rule"
            + " AND n.effect = "
            + Sql.text(Effect.SUGGEST.text())
            + " JOIN "
            + loaded.rowTable()
            + " r ON m._row = r._row";
    copy(
        "suggested_" + side,
        "SELECT r._row, "
            + loaded.origin("r._row")
            + " AS _origin, r._line, m.match AS _match, n.name AS _rule, "
            + columns(loaded, "r.")
            + from
            + " ORDER BY r._row",
        session.number("SELECT count(*)" + from),
        loaded.columns());
  }

  private void unmatched(DuckSide loaded) {
    StringBuilder reasons = new StringBuilder("CASE u.reason");
    for (OpenReason reason : OpenReason.values()) {
      reasons.append(" WHEN " + reason.rank() + " THEN '" + reason.text() + "'");
    }
    String side = loaded.side().text();
    String table = side + "_unmatched";
    copy(
        "unmatched_" + side,
        "SELECT r._row, "
            + loaded.origin("r._row")
            + " AS _origin, r._line, "
            + reasons
            + " END AS _reason, n.name AS _rule, u.nearest AS _nearest,"
            + " "
            + Sql.digits("u.difference")
            + " AS _difference, u.days AS _days, "
            + columns(loaded, "r.")
            + " FROM "
            + table
            + " u JOIN "
            + loaded.rowTable()
            + " r ON u._row = r._row LEFT JOIN rule_names n ON u.rule = n.rule ORDER BY r._row",
        session.number("SELECT count(*) FROM " + table),
        loaded.columns());
  }

  private void rejected() {
    String all =
        List.of(left, right).stream()
            .map(
                side ->
                    "SELECT '"
                        + side.side().text()
                        + "' AS side, _row AS row, _origin AS origin, _line AS line, field, reason,"
                        + " text, amount, asset FROM "
                        + side.rejectTable())
            .collect(Collectors.joining(" UNION ALL "));
    copy(
        "rejected",
        "SELECT * FROM (" + all + ") ORDER BY side, row",
        left.rejects() + right.rejects(),
        List.of());
  }

  private void copy(String name, String select, long rows, List<Column> columns) {
    String kept =
        columns.stream()
            .map(column -> column.name() + ":" + column.type().text())
            .collect(Collectors.joining(","));
    to(
        name + ".parquet",
        select,
        "FORMAT parquet, KV_METADATA {'talea.columns': " + Sql.text(kept) + "}",
        rows);
    to(name + ".csv", select, "FORMAT csv, HEADER, TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%S.%fZ'", rows);
  }

  private void to(String file, String select, String how, long rows) {
    long written =
        session.run(
            "COPY ("
                + select
                + ") TO "
                + Sql.text(folder.resolve(file).toString())
                + " ("
                + how
                + ")");
    if (written != rows) {
      throw new EngineException(
          EngineException.Kind.FAULT,
          file
              + " was written with "
              + written
              + " rows, and "
              + rows
              + " were decided. Nothing of this run counts; keep its sources and report it.");
    }
    files.add(file);
  }
}
