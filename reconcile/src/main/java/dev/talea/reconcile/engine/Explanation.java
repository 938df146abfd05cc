// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import dev.talea.reconcile.row.MatchSide;
import java.util.List;
import java.util.Map;

/**
 * Says of every row that stayed open why, and which row across came nearest: table {@code
 * left_unmatched} or {@code right_unmatched}.
 *
 * <p>All rules are looked at, and all rows across, whether they are taken or not. A row across is a
 * candidate of a rule if the conditions hold; what fails then, asset, amount or days, is the
 * reason, and if nothing fails, it was put together with another or the rule took neither. Of all
 * candidates the first in the order of reason, difference, days, rule and row is named
 * (docs/explanation-matching.md has the whole of it). Rules without an equality only look among
 * amounts that agree: with them every row would be a candidate of any other. Work is bounded: where
 * more rows share a key than can be looked at, it is the first ones. Used by the thread of the run.
 */
final class Explanation {
  /** Most rows of one key across that an open row is held against. */
  private static final long ACROSS_MAX = 100;

  private final RuleRoom room;
  private final MatchSide side;
  private final String mine;
  private final String across;

  Explanation(RuleRoom room, MatchSide side) {
    this.room = room;
    this.side = side;
    mine = side == MatchSide.LEFT ? "l" : "r";
    across = side == MatchSide.LEFT ? "r" : "l";
  }

  /**
   * Explains the open rows.
   *
   * @param rules by their places in the recipe, those of experts left out
   */
  void explain(Map<Integer, RuleSql> rules) {
    room.table("open", "SELECT b._row FROM " + room.open(side));
    room.session.run(
        "CREATE OR REPLACE TABLE near (row BIGINT, reason INTEGER, rule INTEGER, nearest BIGINT,"
            + " difference HUGEINT, days BIGINT)");
    long open = room.session.number("SELECT count(*) FROM open");
    if (open > 0) {
      long most = Math.max(1, Math.min(ACROSS_MAX, room.limits.explainPairsMax() / open));
      rules.forEach((index, sql) -> near(index, sql, most));
    }
    String ambiguous = side.text() + "_ambiguous";
    room.table(
        side.text() + "_unmatched",
        "SELECT o._row, CASE WHEN a._row IS NOT NULL THEN "
            + OpenReason.AMBIGUOUS.rank()
            + " ELSE coalesce(n.reason, "
            + OpenReason.NO_CANDIDATE.rank()
            + ") END AS reason, n.rule, n.nearest, n.difference, n.days FROM open o LEFT JOIN"
            + " (SELECT DISTINCT _row FROM "
            + ambiguous
            + ") a ON o._row = a._row LEFT JOIN (SELECT * FROM near QUALIFY row_number() OVER"
            + " (PARTITION BY row ORDER BY reason, abs(difference) NULLS LAST, abs(days) NULLS"
            + " LAST, rule, nearest) = 1) n ON o._row = n.row ORDER BY 1");
    room.session.run("DROP TABLE near");
    room.session.run("DROP TABLE open");
  }

  /** What one rule has near the open rows. */
  private void near(int index, RuleSql sql, long most) {
    room.session.goOn();
    frames(sql);
    PairRule.buckets(room, sql);
    candidates(index, sql, PairRule.joinNames(sql), most);
    if (sql.hasKeys()) {
      if (PairRule.usesBuckets(sql)) {
        PairRule.withoutBuckets(room, sql);
      }
      candidates(index, sql, sql.keyNames(), most);
    }
  }

  /** Open rows of this side, and rows across that share their key, with whether they are taken. */
  private void frames(RuleSql sql) {
    String other = side.other().text();
    room.table(
        "c_" + mine,
        "SELECT *, r AS c FROM (SELECT "
            + sql.frame(side)
            + " FROM "
            + side.text()
            + "_base SEMI JOIN open USING (_row)) WHERE "
            + sql.keysPresent());
    List<String> keys = sql.hasKeys() ? sql.keyNames() : List.of("s");
    room.table(
        "c_" + across,
        "SELECT t.*, r AS c, m._row IS NOT NULL AS taken FROM (SELECT "
            + across
            + ".* FROM (SELECT "
            + sql.frame(side.other())
            + " FROM "
            + other
            + "_base) "
            + across
            + " SEMI JOIN c_"
            + mine
            + " "
            + mine
            + " ON "
            + RuleSql.equal(keys)
            + ") t LEFT JOIN "
            + other
            + "_match m ON t.r = m._row");
  }

  private void candidates(int index, RuleSql sql, List<String> names, long most) {
    String first =
        "(SELECT t.* FROM (SELECT "
            + across
            + ".* FROM j_"
            + across
            + " "
            + across
            + " SEMI JOIN j_"
            + mine
            + " "
            + mine
            + " ON "
            + RuleSql.equal(names)
            + ") t QUALIFY row_number() OVER (PARTITION BY "
            + String.join(", ", names)
            + " ORDER BY r) <= "
            + most
            + ") "
            + across;
    String days = sql.days();
    String reason =
        "CASE WHEN l.s <> r.s THEN "
            + OpenReason.ASSET.rank()
            + " WHEN NOT coalesce("
            + RuleSql.distance("l.a", "r.a")
            + " <= l.tolerance, FALSE) THEN "
            + OpenReason.AMOUNT.rank()
            + " WHEN NOT coalesce("
            + sql.daysHold(days)
            + ", FALSE) THEN "
            + OpenReason.WINDOW.rank()
            + " WHEN "
            + across
            + ".taken THEN "
            + OpenReason.CONSUMED.rank()
            + " ELSE "
            + OpenReason.AMBIGUOUS.rank()
            + " END";
    boolean onlyNear = !sql.hasKeys();
    room.session.run(
        "INSERT INTO near SELECT me, reason, "
            + index
            + ", other, difference, days FROM (SELECT "
            + mine
            + ".r AS me, "
            + across
            + ".r AS other, "
            + reason
            + " AS reason, "
            + RuleSql.difference("l.a", "r.a")
            + " AS difference, "
            + days
            + " AS days FROM "
            + (side == MatchSide.LEFT ? "j_l l JOIN " + first : first + " JOIN j_r r")
            + " ON "
            + RuleSql.equal(names)
            + " WHERE "
            + sql.othersHold()
            + ")"
            + (onlyNear ? " WHERE reason <> " + OpenReason.AMOUNT.rank() : "")
            + " QUALIFY row_number() OVER (PARTITION BY me ORDER BY reason, abs(difference) NULLS"
            + " LAST, abs(days) NULLS LAST, other) = 1");
  }
}
