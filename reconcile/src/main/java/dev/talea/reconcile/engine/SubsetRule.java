// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import dev.talea.reconcile.decide.SubsetDecisions;
import dev.talea.reconcile.recipe.Cardinality;
import dev.talea.reconcile.recipe.Rule;
import dev.talea.reconcile.row.MatchSide;
import java.math.BigInteger;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/**
 * A rule that looks for the rows that make up one row across: for each row of the single side, in
 * the order of rows, {@link SubsetDecisions} is asked among those that may stand beside it and are
 * free. Candidates come from the database, nearest day first. Used by the thread of the run.
 */
final class SubsetRule {
  private final RuleRoom room;
  private final Rule rule;
  private final RuleSql sql;
  private final boolean oneLeft;

  private final SubsetDecisions decisions;

  SubsetRule(RuleRoom room, Rule rule, RuleSql sql) {
    this.room = room;
    this.rule = rule;
    this.sql = sql;
    oneLeft = rule.cardinality() == Cardinality.ONE_TO_MANY;
    String fault = SubsetDecisions.fault(rule);
    if (fault != null) {
      throw new EngineException(EngineException.Kind.RECIPE, fault);
    }
    decisions = new SubsetDecisions(rule, room.limits, room.session::goOn);
  }

  void run(int index) {
    room.frames(sql, sql.allPresent());
    String one = oneLeft ? "l" : "r";
    String many = oneLeft ? "r" : "l";
    room.table("j_l", "SELECT * FROM f_l");
    room.table("j_r", "SELECT * FROM f_r");
    if (oneLeft) {
      PairRule.cut(room, rule, sql.blockNames(), "r");
    } else {
      cutRight();
    }
    String classes = String.join(", ", sql.classNames());
    String named =
        "(SELECT *, min(r) OVER (PARTITION BY " + classes + ") AS c FROM j_" + many + ")";
    room.session.query(
        "SELECT "
            + one
            + ".r, "
            + one
            + ".s, "
            + one
            + ".a, "
            + many
            + ".r, "
            + many
            + ".a, "
            + many
            + ".c FROM "
            + (oneLeft ? "j_l l JOIN " + named + " r" : named + " l JOIN j_r r")
            + " ON "
            + RuleSql.equal(sql.blockNames())
            + " WHERE "
            + sql.daysHold(sql.days())
            + " AND "
            + sql.othersHold()
            + " ORDER BY 1, abs("
            + (sql.hasWindow() ? sql.days() : "0")
            + "), 4",
        this::read);
    room.session.run("DROP TABLE j_l; DROP TABLE j_r");
    fill(oneLeft ? "found_l" : "found_r", false);
    fill(oneLeft ? "found_r" : "found_l", true);
    room.consumeGroups(index);
    mark();
    decisions.remarks().forEach(room::remark);
  }

  /** As {@link PairRule#cut}, but what is counted and left out are rows of the right side. */
  private void cutRight() {
    room.session.run("ALTER TABLE j_l RENAME TO j_swap");
    room.session.run("ALTER TABLE j_r RENAME TO j_l");
    room.session.run("ALTER TABLE j_swap RENAME TO j_r");
    PairRule.cut(room, rule, sql.blockNames(), "r");
    room.session.run("ALTER TABLE j_l RENAME TO j_swap");
    room.session.run("ALTER TABLE j_r RENAME TO j_l");
    room.session.run("ALTER TABLE j_swap RENAME TO j_r");
  }

  private void read(ResultSet rows) throws SQLException {
    int last = 0;
    while (rows.next()) {
      int single = rows.getInt(1);
      if (single != last) {
        decisions.single(single, rows.getString(2), (BigInteger) rows.getObject(3));
        last = single;
      }
      int row = rows.getInt(4);
      if (decisions.wants(row)) {
        decisions.add(row, rows.getInt(6), (BigInteger) rows.getObject(5));
      }
    }
    decisions.end();
  }

  private void fill(String table, boolean members) {
    room.numbers(
        table,
        List.of("g", "r"),
        into -> {
          for (SubsetDecisions.Group group : decisions.groups()) {
            for (int row : members ? group.members() : List.of(group.single())) {
              into.beginRow().append((long) group.single()).append((long) row).endRow();
            }
          }
        });
  }

  private void mark() {
    room.numbers(
        "found_l",
        List.of("r"),
        into -> {
          for (int row : decisions.ambiguous()) {
            into.beginRow().append((long) row).endRow();
          }
        });
    MatchSide side = oneLeft ? MatchSide.LEFT : MatchSide.RIGHT;
    room.session.run("INSERT INTO " + side.text() + "_ambiguous SELECT r FROM found_l");
  }
}
