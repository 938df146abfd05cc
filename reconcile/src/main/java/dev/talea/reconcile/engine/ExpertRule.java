// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import dev.talea.reconcile.decide.Greedy;
import dev.talea.reconcile.decide.Remarks;
import dev.talea.reconcile.recipe.Cardinality;
import dev.talea.reconcile.recipe.Rule;
import dev.talea.reconcile.recipe.SignRule;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.MatchSide;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A rule that an expert wrote in SQL: a query over {@code left_open} and {@code right_open} (or
 * {@code left_src} and {@code right_src}) that says which rows may be put together. What becomes of
 * these pairs is decided here as for any other rule.
 *
 * <p>Two fences are around the query. The parser has to find exactly one SELECT in it, so that it
 * changes nothing and ends no statement of ours; and the database as a whole was cut off from
 * files, networks and settings when the rows had been loaded. Used by the thread of the run.
 */
final class ExpertRule {
  private final RuleRoom room;
  private final Rule rule;

  ExpertRule(RuleRoom room, Rule rule) {
    this.room = room;
    this.rule = rule;
  }

  void run(int index) {
    String query = query();
    view(MatchSide.LEFT);
    view(MatchSide.RIGHT);
    try {
      room.table(
          "expert",
          "SELECT DISTINCT CAST(q.left_row AS BIGINT) AS l, CAST(q.right_row AS BIGINT) AS r FROM ("
              + query
              + "\n) q WHERE q.left_row IS NOT NULL AND q.right_row IS NOT NULL");
    } catch (EngineException e) {
      if (e.kind() != EngineException.Kind.FAULT || !(e.getCause() instanceof SQLException cause)) {
        throw e;
      }
      throw wrong("its query fails: " + cause.getMessage());
    }
    frame(MatchSide.LEFT);
    frame(MatchSide.RIGHT);
    check();
    if (rule.cardinality() == Cardinality.ONE_TO_ONE) {
      pair();
      room.consumePairs(index);
    } else {
      group();
      room.consumeGroups(index);
    }
    room.session.run("DROP TABLE expert");
  }

  private EngineException wrong(String what) {
    return new EngineException(EngineException.Kind.RECIPE, "Rule " + rule.name() + ": " + what);
  }

  /** The query, if it is one and nothing else. */
  private String query() {
    String query = Objects.requireNonNull(rule.sql()).strip();
    while (query.endsWith(";")) {
      query = query.substring(0, query.length() - 1).strip();
    }
    String asJson = "json_serialize_sql(" + Sql.text(query) + ")";
    String[] found = new String[2];
    room.session.query(
        "SELECT json_extract_string(j, '$.error_message'),"
            + " json_array_length(j, '$.statements') FROM (SELECT "
            + asJson
            + " AS j)",
        rows -> {
          rows.next();
          found[0] = rows.getString(1);
          found[1] = rows.getString(2);
        });
    if (found[0] != null) {
      throw wrong("its query is refused, it has to be one SELECT: " + found[0]);
    }
    if (!"1".equals(found[1])) {
      throw wrong("it holds " + found[1] + " statements, and has to be one SELECT.");
    }
    return query;
  }

  /** What the expert sees: the columns of the recipe, and the number of the row. */
  private void view(MatchSide side) {
    String number = side.text() + "_row";
    if (room.side(side).types().containsKey(number)) {
      throw wrong(
          "the "
              + side.text()
              + " side has a column "
              + number
              + ", which is the name of the row's number; give it another name.");
    }
    String view =
        " AS SELECT b._row AS " + number + ", b.* EXCLUDE (_row, _line) FROM " + room.open(side);
    room.session.run("CREATE OR REPLACE VIEW " + side.text() + "_open" + view);
    room.session.run("CREATE OR REPLACE VIEW " + side.text() + "_src" + view);
  }

  private void frame(MatchSide side) {
    String sign = side == MatchSide.RIGHT && rule.sign() == SignRule.OPPOSITE ? "-" : "";
    room.table(
        side == MatchSide.LEFT ? "f_l" : "f_r",
        "SELECT b._row AS r, b."
            + Column.ASSET
            + " AS s, "
            + sign
            + "b."
            + Column.AMOUNT
            + " AS a FROM "
            + room.open(side));
  }

  /** Rows that are not open cannot be taken, and those of different assets are not put together. */
  private void check() {
    long strange =
        room.session.number(
            "SELECT count(*) FROM expert e LEFT JOIN f_l l ON e.l = l.r LEFT JOIN f_r r ON e.r = r.r"
                + " WHERE l.r IS NULL OR r.r IS NULL");
    if (strange > 0) {
      throw wrong(
          "its query returned "
              + strange
              + " pairs with a number that is not of an open row; return left_row of left_open and"
              + " right_row of right_open.");
    }
    long apart =
        room.session.run(
            "DELETE FROM expert WHERE (l, r) IN (SELECT (e.l, e.r) FROM expert e JOIN f_l l ON e.l ="
                + " l.r JOIN f_r r ON e.r = r.r WHERE l.s <> r.s)");
    if (apart > 0) {
      room.remark(
          Remarks.of(
              rule,
              apart + " pairs of its query were left out: their rows are of different assets."));
    }
    long max = room.limits.pairsMax();
    long pairs = room.session.number("SELECT count(*) FROM expert");
    if (pairs > max) {
      room.table("expert", "SELECT * FROM expert ORDER BY l, r LIMIT " + max);
      room.remark(
          Remarks.of(
              rule,
              "its query returned "
                  + pairs
                  + " pairs; only the first "
                  + max
                  + " were looked at, in the order of rows."));
    }
  }

  private void pair() {
    Greedy greedy = new Greedy(room.left.rows(), room.right.rows());
    room.session.query(
        "SELECT e.l, e.r, "
            + RuleSql.distance("l.a", "r.a")
            + " AS distance, 0 FROM expert e JOIN f_l l ON e.l = l.r JOIN f_r r ON e.r = r.r"
            + " ORDER BY distance NULLS LAST, e.l, e.r",
        rows -> PairRule.feed(room.session, greedy, rows));
    PairRule.found(room, greedy);
    room.table(
        "pairs",
        "SELECT f.l, f.r, "
            + RuleSql.difference("l.a", "r.a")
            + " AS difference, NULL AS days FROM found f JOIN f_l l ON f.l"
            + " = l.r JOIN f_r r ON f.r = r.r");
  }

  /** Rows that hang together through pairs are a group, if there are as many as there may be. */
  private void group() {
    int lefts = Math.toIntExact(room.left.rows());
    int[] up = new int[lefts + Math.toIntExact(room.right.rows()) + 1];
    Arrays.setAll(up, i -> i);
    List<int[]> pairs = new ArrayList<>();
    room.session.query(
        "SELECT l, r FROM expert ORDER BY l, r",
        rows -> {
          while (rows.next()) {
            int[] pair = {rows.getInt(1), lefts + rows.getInt(2)};
            pairs.add(pair);
            int a = root(up, pair[0]);
            int b = root(up, pair[1]);
            up[Math.max(a, b)] = Math.min(a, b);
          }
        });
    Map<Integer, int[]> sizes = new HashMap<>();
    boolean[] seen = new boolean[up.length];
    for (int[] pair : pairs) {
      for (int i = 0; i < 2; i++) {
        if (!seen[pair[i]]) {
          seen[pair[i]] = true;
          sizes.computeIfAbsent(root(up, pair[i]), root -> new int[2])[i]++;
        }
      }
    }
    members("found_l", up, seen, 1, lefts, 0, sizes, true);
    members("found_r", up, seen, lefts + 1, up.length - 1, lefts, sizes, true);
    members("misfits", up, seen, 1, lefts, 0, sizes, false);
    room.session.run("INSERT INTO left_ambiguous SELECT r FROM misfits");
    members("misfits", up, seen, lefts + 1, up.length - 1, lefts, sizes, false);
    room.session.run("INSERT INTO right_ambiguous SELECT r FROM misfits");
    room.session.run("DROP TABLE misfits");
  }

  private void members(
      String table,
      int[] up,
      boolean[] seen,
      int from,
      int to,
      int offset,
      Map<Integer, int[]> sizes,
      boolean fitting) {
    room.numbers(
        table,
        List.of("g", "r"),
        into -> {
          for (int i = from; i <= to; i++) {
            if (seen[i]) {
              int root = root(up, i);
              if (fits(Objects.requireNonNull(sizes.get(root))) == fitting) {
                into.beginRow().append((long) root).append((long) (i - offset)).endRow();
              }
            }
          }
        });
  }

  private boolean fits(int[] size) {
    return switch (rule.cardinality()) {
      case ONE_TO_ONE -> size[0] == 1 && size[1] == 1;
      case ONE_TO_MANY -> size[0] == 1;
      case MANY_TO_ONE -> size[1] == 1;
      case MANY_TO_MANY -> true;
    };
  }

  private static int root(int[] up, int of) {
    int at = of;
    while (up[at] != at) {
      up[at] = up[up[at]];
      at = up[at];
    }
    return at;
  }
}
