// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.recipe.Cardinality;
import dev.talea.reconcile.recipe.Rule;
import dev.talea.reconcile.recipe.Tolerance;
import dev.talea.reconcile.row.MatchSide;
import java.math.BigInteger;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A rule that looks for the rows that make up one row across: for each row of the single side, in
 * the order of rows, {@link SubsetSearch} is asked among those that may stand beside it and are
 * free. Candidates come from the database, nearest day first. Used by the thread of the run.
 */
final class SubsetRule {
  private final RuleRoom room;
  private final Rule rule;
  private final RuleSql sql;
  private final boolean oneLeft;

  private final BitSet taken = new BitSet();
  private final List<long[]> singles = new ArrayList<>();
  private final List<long[]> others = new ArrayList<>();
  private final List<Integer> ambiguous = new ArrayList<>();
  private long steps;
  private long ended;
  private long shortened;

  SubsetRule(RuleRoom room, Rule rule, RuleSql sql) {
    this.room = room;
    this.rule = rule;
    this.sql = sql;
    oneLeft = rule.cardinality() == Cardinality.ONE_TO_MANY;
    if (rule.cardinality() == Cardinality.MANY_TO_MANY) {
      throw new EngineException(
          EngineException.Kind.RECIPE,
          "Rule "
              + rule.name()
              + ": rows that make up a sum are looked for with 1:N or N:1, not with N:M; take whole"
              + " groups.");
    }
  }

  /** The rows that could be part of one sum. */
  private static final class Block {
    private int single;
    private String asset = "";
    private BigInteger amount = BigInteger.ZERO;

    /** Rows by their class, which is what the rule sees of them. */
    private final Map<Integer, List<Integer>> rows = new LinkedHashMap<>();

    private final Map<Integer, BigInteger> amounts = new LinkedHashMap<>();
    private int size;
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
    fill(oneLeft ? "found_l" : "found_r", singles);
    fill(oneLeft ? "found_r" : "found_l", others);
    room.consumeGroups(index);
    mark();
    if (ended > 0) {
      room.remark(
          rule,
          "the search for the rows of a sum ended at its limit for "
              + ended
              + " rows ("
              + room.limits.subsetStepsMax()
              + " steps for one, "
              + room.limits.ruleStepsMax()
              + " for all); they were not matched by it.");
    }
    if (shortened > 0) {
      room.remark(
          rule,
          "for "
              + shortened
              + " rows there were more than "
              + room.limits.subsetRowsMax()
              + " rows to make up their sum; only the first, nearest day first, were looked at.");
    }
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
    Block block = new Block();
    while (rows.next()) {
      int single = rows.getInt(1);
      if (single != block.single) {
        search(block);
        block = new Block();
        block.single = single;
        block.asset = rows.getString(2);
        block.amount = (BigInteger) rows.getObject(3);
      }
      int row = rows.getInt(4);
      if (taken.get(row)) {
        continue;
      }
      if (block.size++ >= room.limits.subsetRowsMax()) {
        continue;
      }
      int named = rows.getInt(6);
      block.rows.computeIfAbsent(named, name -> new ArrayList<>()).add(row);
      block.amounts.put(named, (BigInteger) rows.getObject(5));
    }
    search(block);
  }

  private void search(Block block) {
    if (block.rows.isEmpty()) {
      return;
    }
    room.session.goOn();
    if (block.size > room.limits.subsetRowsMax()) {
      shortened++;
    }
    long most = Math.min(room.limits.subsetStepsMax(), room.limits.ruleStepsMax() - steps);
    if (most <= 0) {
      ended++;
      return;
    }
    List<List<Integer>> rows = new ArrayList<>(block.rows.values());
    SubsetSearch search =
        new SubsetSearch(
            List.copyOf(block.amounts.values()),
            rows.stream().mapToInt(List::size).toArray(),
            block.amount,
            sum -> tolerance(rule.tolerance(), block.asset, oneLeft ? block.amount : sum),
            oneLeft || rule.tolerance().percentMillionths() == null,
            rule.groupMax(),
            most,
            room.session::goOn);
    int[] counts = search.run();
    steps += search.steps();
    if (search.isEnded()) {
      ended++;
    } else if (search.isAmbiguous()) {
      ambiguous.add(block.single);
    } else if (counts != null) {
      singles.add(new long[] {block.single, block.single});
      for (int i = 0; i < counts.length; i++) {
        List<Integer> members = rows.get(i);
        members.sort(null);
        for (int k = 0; k < counts[i]; k++) {
          others.add(new long[] {block.single, members.get(k)});
          taken.set(members.get(k));
        }
      }
    }
  }

  private void fill(String table, List<long[]> rows) {
    room.numbers(
        table,
        List.of("g", "r"),
        into -> {
          for (long[] row : rows) {
            into.beginRow().append(row[0]).append(row[1]).endRow();
          }
        });
  }

  private void mark() {
    room.numbers(
        "found_l",
        List.of("r"),
        into -> {
          for (int row : ambiguous) {
            into.beginRow().append((long) row).endRow();
          }
        });
    MatchSide side = oneLeft ? MatchSide.LEFT : MatchSide.RIGHT;
    room.session.run("INSERT INTO " + side.text() + "_ambiguous SELECT r FROM found_l");
  }

  /** The tolerance as {@link RuleSql#tolerance} has it. */
  static BigInteger tolerance(Tolerance tolerance, String asset, BigInteger leftAmount) {
    Int128 absolute = tolerance.byAsset().getOrDefault(asset, tolerance.absolute());
    Long percent = tolerance.percentMillionths();
    if (percent == null) {
      return absolute == null ? BigInteger.ZERO : absolute.toBigInteger();
    }
    BigInteger part =
        leftAmount
            .abs()
            .multiply(BigInteger.valueOf(percent))
            .divide(BigInteger.valueOf(1_000_000));
    return absolute == null ? part : part.min(absolute.toBigInteger());
  }
}
