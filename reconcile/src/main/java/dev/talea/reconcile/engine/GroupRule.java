// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import dev.talea.reconcile.decide.Remarks;
import dev.talea.reconcile.recipe.Rule;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A rule over whole groups: all open rows of an asset that are equal in the rule's equal conditions
 * are a group, and it is a match if both sides are there, as many rows as the cardinality says, the
 * sums agree, and every row of one side may stand beside every row of the other.
 *
 * <p>Groups share no row, so that there is no order to decide about. Used by the thread of the run.
 */
final class GroupRule {
  private final RuleRoom room;
  private final Rule rule;
  private final RuleSql sql;

  GroupRule(RuleRoom room, Rule rule, RuleSql sql) {
    this.room = room;
    this.rule = rule;
    this.sql = sql;
  }

  void run(int index) {
    room.frames(sql, sql.keysPresent());
    String names = String.join(", ", sql.blockNames());
    String sums =
        "(SELECT "
            + names
            + ", min(r) AS g, count(*) AS n, sum(a) AS a"
            + (sql.hasWindow() ? ", count(d) AS days, min(d) AS first, max(d) AS last" : "")
            + " FROM f_";
    String of = " GROUP BY " + names + ")";
    room.table(
        "groups",
        "SELECT l.g, l.n * r.n AS pairs, "
            + sql.blockNames().stream().map(name -> "l." + name).collect(Collectors.joining(", "))
            + " FROM "
            + sums
            + "l"
            + of
            + " l JOIN "
            + sums
            + "r"
            + of
            + " r ON "
            + RuleSql.equal(sql.blockNames())
            + " WHERE "
            + RuleRoom.fits(rule.cardinality(), "l.n", "r.n")
            + " AND "
            + RuleSql.distance("l.a", "r.a")
            + " <= "
            + sql.tolerance("l.s", "l.a")
            + " AND "
            + sql.groupDaysHold());
    if (sql.hasOthers()) {
      others();
    }
    members("l");
    members("r");
    room.session.run("DROP TABLE groups");
    room.consumeGroups(index);
  }

  private void members(String side) {
    room.table(
        "found_" + side,
        "SELECT r.g, l.r FROM f_"
            + side
            + " l JOIN groups r ON "
            + RuleSql.equal(sql.blockNames()));
  }

  /** Leaves the groups in which the other conditions hold between any two rows. */
  private void others() {
    long max = room.limits.pairsMax();
    String over =
        "(SELECT g FROM (SELECT g, sum(pairs) OVER (ORDER BY pairs, g ROWS UNBOUNDED PRECEDING) AS"
            + " upto FROM groups) WHERE upto > "
            + max
            + ")";
    long cut = room.session.number("SELECT count(*) FROM " + over);
    if (cut > 0) {
      room.session.run("DELETE FROM groups WHERE g IN " + over);
      room.remark(Remarks.groups(rule, cut, max));
    }
    List<String> names = sql.blockNames();
    room.session.run(
        "DELETE FROM groups WHERE g IN (SELECT g.g FROM groups g JOIN f_l l ON "
            + RuleSql.equal(names).replace("r.", "g.")
            + " JOIN f_r r ON "
            + RuleSql.equal(names)
            + " WHERE NOT coalesce("
            + sql.othersHold()
            + ", FALSE))");
  }
}
