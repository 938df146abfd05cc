// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import dev.talea.reconcile.decide.SearchLimits;
import dev.talea.reconcile.recipe.Cardinality;
import dev.talea.reconcile.row.MatchSide;
import java.sql.SQLException;
import java.util.List;
import org.duckdb.DuckDBAppender;

/**
 * What all kinds of rules work with: the tables of what is open and of what was decided.
 *
 * <pre>
 *   left_base    rows that take part, with derived columns     f_l   frame of the rule at work
 *   left_match   match, _row: what is out for later rules      f_r
 *   matches      match, rule, difference, days                 found_l, found_r   g, r: its groups
 * </pre>
 *
 * <p>Apart from the rules because consuming rows has to be the same for each of them. Used by the
 * thread of the run.
 */
final class RuleRoom {
  final DuckSession session;
  final SearchLimits limits;
  final DuckSide left;
  final DuckSide right;
  private final List<String> remarks;
  private long matches;

  RuleRoom(
      DuckSession session,
      SearchLimits limits,
      DuckSide left,
      DuckSide right,
      List<String> remarks) {
    this.session = session;
    this.limits = limits;
    this.left = left;
    this.right = right;
    this.remarks = remarks;
    session.run("CREATE TABLE left_match (match BIGINT, _row BIGINT)");
    session.run("CREATE TABLE right_match (match BIGINT, _row BIGINT)");
    session.run(
        "CREATE TABLE matches (match BIGINT, rule INTEGER, difference HUGEINT, days BIGINT)");
    session.run("CREATE TABLE left_ambiguous (_row BIGINT)");
    session.run("CREATE TABLE right_ambiguous (_row BIGINT)");
  }

  DuckSide side(MatchSide side) {
    return side == MatchSide.LEFT ? left : right;
  }

  void remark(String text) {
    remarks.add(text);
  }

  /** Rows of a side that no rule has put together with others so far. */
  String open(MatchSide side) {
    String base = side.text() + "_base b";
    return matches == 0 ? base : base + " ANTI JOIN " + side.text() + "_match m ON b._row = m._row";
  }

  /** Makes the frames of a rule from the open rows. */
  void frames(RuleSql sql, String where) {
    table("f_l", "SELECT * FROM (" + frame(sql, MatchSide.LEFT) + ") WHERE " + where);
    table("f_r", "SELECT * FROM (" + frame(sql, MatchSide.RIGHT) + ") WHERE " + where);
  }

  private String frame(RuleSql sql, MatchSide side) {
    return "SELECT " + sql.frame(side).replace("_row AS r", "b._row AS r") + " FROM " + open(side);
  }

  /** Makes a table anew. */
  void table(String name, String select) {
    session.run("CREATE OR REPLACE TABLE " + name + " AS " + select);
  }

  /** Takes what a rule has paired: {@code pairs} with l, r, difference and days. */
  void consumePairs(int rule) {
    table(
        "decided",
        "SELECT "
            + matches
            + " + row_number() OVER (ORDER BY l) AS match, l, r, difference, days FROM pairs");
    session.run("INSERT INTO left_match SELECT match, l FROM decided ORDER BY match");
    session.run("INSERT INTO right_match SELECT match, r FROM decided ORDER BY match");
    matches +=
        session.run(
            "INSERT INTO matches SELECT match, "
                + rule
                + ", difference, days FROM decided ORDER BY match");
    session.run("DROP TABLE decided");
  }

  /** Takes the groups that a rule has found: {@code found_l} and {@code found_r} with g and r. */
  void consumeGroups(int rule) {
    table(
        "decided",
        "SELECT "
            + matches
            + " + row_number() OVER (ORDER BY first) AS match, g, amount FROM (SELECT g,"
            + " min(f.r) AS first, sum(a) AS amount FROM found_l f JOIN f_l USING (r) GROUP BY g)");
    session.run(
        "INSERT INTO left_match SELECT match, r FROM found_l JOIN decided USING (g) ORDER BY 1, 2");
    session.run(
        "INSERT INTO right_match SELECT match, r FROM found_r JOIN decided USING (g) ORDER BY 1, 2");
    matches +=
        session.run(
            "INSERT INTO matches SELECT match, "
                + rule
                + ", try(r.amount - d.amount), NULL FROM decided d JOIN (SELECT g, sum(a) AS amount"
                + " FROM found_r JOIN f_r USING (r) GROUP BY g) r USING (g) ORDER BY match");
    session.run("DROP TABLE decided");
  }

  /** Rows of a table that is filled from here. */
  interface Filler {
    void fill(DuckDBAppender into) throws SQLException;
  }

  /** Makes a table of whole numbers anew and fills it. */
  void numbers(String name, List<String> columns, Filler filler) {
    session.run(
        "CREATE OR REPLACE TABLE " + name + " (" + String.join(" BIGINT, ", columns) + " BIGINT)");
    try (DuckDBAppender into = session.appender(name)) {
      filler.fill(into);
    } catch (SQLException e) {
      throw session.failed("filling " + name, e);
    }
  }

  /** Whether so many rows of each side are a match of this kind. */
  static String fits(Cardinality cardinality, String leftRows, String rightRows) {
    return switch (cardinality) {
      case ONE_TO_ONE -> "(" + leftRows + " = 1 AND " + rightRows + " = 1)";
      case ONE_TO_MANY -> "(" + leftRows + " = 1 AND " + rightRows + " >= 1)";
      case MANY_TO_ONE -> "(" + leftRows + " >= 1 AND " + rightRows + " = 1)";
      case MANY_TO_MANY -> "(" + leftRows + " >= 1 AND " + rightRows + " >= 1)";
    };
  }
}
