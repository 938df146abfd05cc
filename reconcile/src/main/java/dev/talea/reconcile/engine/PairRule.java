// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import dev.talea.reconcile.decide.Greedy;
import dev.talea.reconcile.decide.Remarks;
import dev.talea.reconcile.recipe.Rule;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A rule of one to one, in two steps. What is the same in everything that the rule looks at is
 * paired inside the database, the k-th with the k-th: these are the first pairs of the order, and
 * for most recipes nearly all. Of what is left, classes of rows that are near enough to each other
 * are joined, sorted and handed to {@link Greedy}.
 *
 * <p>To find what is near enough without looking at everything, amounts are put into buckets twice
 * as wide as the tolerance: what is within it lies in the same bucket or in one beside. Used by the
 * thread of the run.
 */
final class PairRule {
  private final RuleRoom room;
  private final Rule rule;
  private final RuleSql sql;

  PairRule(RuleRoom room, Rule rule, RuleSql sql) {
    this.room = room;
    this.rule = rule;
    this.sql = sql;
  }

  void run(int index) {
    room.frames(sql, sql.allPresent());
    room.session.run(
        "CREATE OR REPLACE TABLE pairs (l BIGINT, r BIGINT, difference HUGEINT, days BIGINT)");
    if (!sql.hasOthers()) {
      pairSame();
    }
    if (sql.hasOthers() || sql.windowIsWide() || !sql.isExact()) {
      pairNear();
    }
    room.consumePairs(index);
  }

  /**
   * The first rows of classes that both sides have are paired without sorting anything, which is
   * all there is to do where keys are unique. The others are numbered.
   */
  private void pairSame() {
    String classes = String.join(", ", sql.classNames());
    String firsts = "(SELECT min(r) AS r, " + classes + " FROM f_";
    pair(firsts + "l GROUP BY " + classes + ")", firsts + "r GROUP BY " + classes + ")", "");
    rest();
    String numbered =
        "(SELECT *, row_number() OVER (PARTITION BY " + classes + " ORDER BY r) AS n FROM rest_";
    pair(numbered + "l)", numbered + "r)", " AND l.n = r.n");
  }

  private void pair(String lefts, String rights, String and) {
    room.session.run(
        "INSERT INTO pairs SELECT l.r, r.r, 0, "
            + (sql.hasWindow() ? "0" : "NULL")
            + " FROM "
            + lefts
            + " l JOIN "
            + rights
            + " r ON "
            + RuleSql.equal(sql.classNames())
            + and);
  }

  /** Makes rest_l and rest_r of the rows that are not paired yet. */
  private void rest() {
    for (String side : List.of("l", "r")) {
      room.table(
          "rest_" + side, "SELECT f.* FROM f_" + side + " f ANTI JOIN pairs p ON f.r = p." + side);
    }
  }

  private void pairNear() {
    rest();
    Greedy greedy = new Greedy(room.left.rows(), room.right.rows());
    classes("l", greedy.left());
    classes("r", greedy.right());
    buckets(room, sql);
    cut(room, rule, joinNames(sql), "c");
    room.session.query(
        "SELECT l.c, r.c, "
            + distance(sql)
            + " AS distance, abs("
            + (sql.hasWindow() ? sql.days() : "0")
            + ") AS days FROM j_l l JOIN j_r r ON "
            + RuleSql.equal(joinNames(sql))
            + " WHERE "
            + holds(sql)
            + " ORDER BY distance, days, l.c",
        rows -> feed(room.session, greedy, rows));
    add(greedy);
    room.session.run("DROP TABLE j_l; DROP TABLE j_r; DROP TABLE c_l; DROP TABLE c_r");
  }

  /** Makes classes of the rows of a frame that are left, and tells which rows they hold. */
  private void classes(String side, Greedy.Rows rows) {
    String names = String.join(", ", sql.classNames());
    String rest = "rest_" + side;
    room.table(
        "c_" + side,
        "SELECT min(r) AS c, count(*) AS n, " + names + " FROM " + rest + " GROUP BY " + names);
    room.session.query(
        "SELECT l.c, r.r FROM c_"
            + side
            + " l JOIN "
            + rest
            + " r ON "
            + RuleSql.equal(sql.classNames())
            + " WHERE l.n > 1 ORDER BY 1, 2",
        members -> {
          int last = 0;
          int lastClass = 0;
          while (members.next()) {
            int first = members.getInt(1);
            int row = members.getInt(2);
            if (first == lastClass) {
              rows.follows(last, row);
            }
            lastClass = first;
            last = row;
          }
        });
  }

  /** Puts pairs into the order of levels, as they come. */
  static void feed(DuckSession session, Greedy greedy, ResultSet rows) throws SQLException {
    @Nullable Object distance = null;
    long days = -1;
    long seen = 0;
    while (rows.next()) {
      Object nextDistance = rows.getObject(3);
      long nextDays = rows.getLong(4);
      if (nextDays != days || !java.util.Objects.equals(nextDistance, distance)) {
        greedy.endLevel();
        distance = nextDistance;
        days = nextDays;
      }
      greedy.pair(rows.getInt(1), rows.getInt(2));
      if (++seen % 65_536 == 0) {
        session.goOn();
      }
    }
    greedy.endLevel();
  }

  /** Adds what was found to the pairs, with how far apart they are. */
  private void add(Greedy greedy) {
    found(room, greedy);
    room.session.run(
        "INSERT INTO pairs SELECT l.r, r.r, "
            + RuleSql.difference("l.a", "r.a")
            + ", "
            + sql.days()
            + " FROM found f JOIN f_l l ON f.l = l.r JOIN f_r r ON f.r = r.r");
    room.session.run("DROP TABLE found");
  }

  static void found(RuleRoom room, Greedy greedy) {
    room.numbers(
        "found",
        List.of("l", "r"),
        into -> {
          for (int i = 0; i < greedy.size(); i++) {
            into.beginRow().append((long) greedy.leftOf(i)).append((long) greedy.rightOf(i));
            into.endRow();
          }
        });
  }

  private static String distance(RuleSql sql) {
    return sql.isExact() ? "0" : RuleSql.distance("l.a", "r.a");
  }

  static boolean usesBuckets(RuleSql sql) {
    return !sql.isExact() && !(sql.isRelative() && sql.hasKeys());
  }

  /** What rows that are near enough to each other have in common. */
  static List<String> joinNames(RuleSql sql) {
    List<String> names = new ArrayList<>(sql.blockNames());
    if (sql.isExact()) {
      names.add("a");
    } else if (usesBuckets(sql)) {
      names.add("w");
      names.add("bucket");
    }
    return names;
  }

  /** What a join by {@link #joinNames} does not say already. */
  private static String holds(RuleSql sql) {
    return (sql.isExact() ? "TRUE" : distance(sql) + " <= l.tolerance")
        + " AND "
        + sql.daysHold(sql.days())
        + " AND "
        + sql.othersHold();
  }

  /** Makes j_l and j_r of c_l and c_r, to be joined by {@link #joinNames}. */
  static void buckets(RuleRoom room, RuleSql sql) {
    if (usesBuckets(sql)) {
      room.table(
          "j_l",
          "SELECT t.*, b, CASE WHEN w = 0 THEN 0 ELSE a // w + b END AS bucket FROM (SELECT *, "
              + sql.width("s", "tolerance")
              + " AS w FROM (SELECT *, "
              + sql.tolerance("s", "a")
              + " AS tolerance FROM c_l)) t, (VALUES (-1), (0), (1)) v(b) WHERE w <> 0 OR b = 0");
      room.table(
          "j_r",
          "SELECT r.*, w, CASE WHEN w = 0 THEN 0 ELSE a // w END AS bucket FROM c_r r JOIN"
              + " (SELECT DISTINCT s, w FROM j_l) w ON r.s = w.s");
    } else {
      withoutBuckets(room, sql);
    }
  }

  /** As {@link #buckets}, for rows that have only names in common. */
  static void withoutBuckets(RuleRoom room, RuleSql sql) {
    room.table("j_l", "SELECT *, " + sql.tolerance("s", "a") + " AS tolerance FROM c_l");
    room.table("j_r", "SELECT * FROM c_r");
  }

  /**
   * Leaves only so much in j_l that joining it with j_r is bounded: what has the most to be held
   * against is left out first.
   *
   * @param name column of what is left or taken out as a whole
   */
  static void cut(RuleRoom room, Rule rule, List<String> joinNames, String name) {
    String names = String.join(", ", joinNames);
    String counted = "(SELECT " + names + ", count(*) AS n FROM j_";
    String of = " GROUP BY " + names + ")";
    long max = room.limits.pairsMax();
    long pairs =
        room.session.number(
            "SELECT CAST(least(coalesce(sum(l.n * r.n), 0), 1000000000000000000) AS BIGINT) FROM "
                + counted
                + "l"
                + of
                + " l JOIN "
                + counted
                + "r"
                + of
                + " r ON "
                + RuleSql.equal(joinNames));
    if (pairs <= max) {
      return;
    }
    room.table(
        "cost",
        "SELECT c, sum(n) OVER (ORDER BY n, c ROWS UNBOUNDED PRECEDING) AS upto FROM (SELECT l."
            + name
            + " AS c, sum(r.n) AS n FROM j_l l JOIN "
            + counted
            + "r"
            + of
            + " r ON "
            + RuleSql.equal(joinNames)
            + " GROUP BY 1)");
    room.session.run(
        "DELETE FROM j_l WHERE " + name + " IN (SELECT c FROM cost WHERE upto > " + max + ")");
    long all = room.session.number("SELECT count(*) FROM cost");
    long over = room.session.number("SELECT count(*) FROM cost WHERE upto > " + max);
    room.session.run("DROP TABLE cost");
    room.remark(Remarks.pairs(rule, pairs, max, over, all));
  }
}
