// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.decide.Remarks;
import dev.talea.reconcile.recipe.Cardinality;
import dev.talea.reconcile.recipe.Rule;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.jspecify.annotations.Nullable;

/**
 * A rule over whole groups: all open rows of an asset that are equal in the rule's equal conditions
 * are brought together, and are a match if both sides are there, as many rows as the cardinality
 * says, the sums agree, and every row of one side may stand beside every row of the other.
 *
 * <p>Groups share no row, so that each is decided where it is. Used by the thread of the run.
 */
final class GroupRule {
  private static final int LEFT = 0;
  private static final int RIGHT = 1;

  private final MatchRoom room;
  private final Rule rule;
  private final RuleTests tests;

  GroupRule(MatchRoom room, Rule rule, RuleTests tests) {
    this.room = room;
    this.rule = rule;
    this.tests = tests;
  }

  void run() {
    JavaRDD<Rec> blocks =
        room.openByPart(
            tests,
            (frame, to) -> {
              if (frame.keysPresent()) {
                to.accept(Joins.byBlock(frame, frame.left ? LEFT : RIGHT));
              }
            });
    BitSet cut = tests.hasOthers() ? cut(blocks) : new BitSet();
    RuleTests of = tests;
    Cardinality cardinality = rule.cardinality();
    FlatMapFunction<Iterator<Rec>, Found> task =
        records -> {
          List<Found> found = new ArrayList<>();
          Shuffle.Groups groups = new Shuffle.Groups(records);
          while (groups.nextGroup()) {
            Block block = new Block(groups, of);
            if (block.fits(cardinality, of)
                && !cut.get(block.left.rows.get(0))
                && (!of.hasOthers() || block.othersHold(of))) {
              found.add(new Found(block.left.rows.array(), block.right.rows.array()));
            }
          }
          return found.iterator();
        };
    List<Found> found = room.jobs.run(rule.name(), () -> blocks.mapPartitions(task).collect());
    List<MatchRoom.Group> groups = new ArrayList<>();
    found.forEach(each -> groups.add(new MatchRoom.Group(each.left(), each.right())));
    room.consumeGroups(groups);
    room.jobs.endStep();
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Found(int[] left, int[] right) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /** How many pairs of rows a group has, and its first left row. */
  private record Size(long pairs, int first) implements Serializable, Comparable<Size> {
    private static final long serialVersionUID = 1L;

    @Override
    public int compareTo(Size other) {
      int byPairs = Long.compare(pairs, other.pairs);
      return byPairs == 0 ? Integer.compare(first, other.first) : byPairs;
    }
  }

  /** Groups that are too much to look at, by their first left rows: the largest. */
  private BitSet cut(JavaRDD<Rec> blocks) {
    RuleTests of = tests;
    Cardinality cardinality = rule.cardinality();
    FlatMapFunction<Iterator<Rec>, Size> task =
        records -> {
          List<Size> sizes = new ArrayList<>();
          Shuffle.Groups groups = new Shuffle.Groups(records);
          while (groups.nextGroup()) {
            Block block = new Block(groups, of);
            if (block.fits(cardinality, of)) {
              sizes.add(new Size(block.pairs(), block.left.rows.get(0)));
            }
          }
          return sizes.iterator();
        };
    BitSet cut = new BitSet();
    long upto = 0;
    for (Size size :
        room.jobs.run(
            rule.name() + ", size",
            () -> blocks.mapPartitions(task).collect().stream().sorted().toList())) {
      upto += size.pairs();
      if (upto > room.limits.pairsMax()) {
        cut.set(size.first());
      }
    }
    if (!cut.isEmpty()) {
      room.remark(Remarks.groups(rule, cut.cardinality(), room.limits.pairsMax()));
    }
    return cut;
  }

  /** Rows of one side of a group. */
  private static final class Side {
    private final Ints rows = new Ints();
    private Int128 sum = Int128.ZERO;
    private String asset = "";
    private int days;
    private int first = Integer.MAX_VALUE;
    private int last = Integer.MIN_VALUE;

    /** What is held against the other side, each once. */
    private final Set<List<@Nullable Object>> kinds = new HashSet<>();

    private final List<@Nullable Object[]> others = new ArrayList<>();

    void add(Frame frame, boolean withOthers) {
      rows.add(frame.row);
      sum = Objects.requireNonNull(sum.plus(frame.amount), "of 128 bits");
      asset = frame.asset;
      Integer day = frame.day;
      if (day != null) {
        days++;
        first = Math.min(first, day);
        last = Math.max(last, day);
      }
      if (withOthers && kinds.add(Arrays.asList(frame.others))) {
        others.add(frame.others);
      }
    }
  }

  /** One group. */
  private static final class Block {
    private final Side left = new Side();
    private final Side right = new Side();

    Block(Shuffle.Groups groups, RuleTests tests) {
      Flow.goOn();
      while (groups.hasNext()) {
        Rec rec = groups.next();
        Frame frame = Joins.frame(rec, Joins.order(rec) == LEFT, tests);
        (frame.left ? left : right).add(frame, tests.hasOthers());
      }
    }

    long pairs() {
      return (long) left.rows.size() * right.rows.size();
    }

    boolean fits(Cardinality cardinality, RuleTests tests) {
      int lefts = left.rows.size();
      int rights = right.rows.size();
      boolean rows =
          lefts > 0
              && rights > 0
              && switch (cardinality) {
                case ONE_TO_ONE -> lefts == 1 && rights == 1;
                case ONE_TO_MANY -> lefts == 1;
                case MANY_TO_ONE -> rights == 1;
                case MANY_TO_MANY -> true;
              };
      return rows
          && tests.allows(RuleTests.distance(left.sum, right.sum), left.asset, left.sum)
          && (!tests.hasWindow()
              || (left.days == lefts
                  && right.days == rights
                  && tests.daysHold(left.first, left.last, right.first, right.last)));
    }

    boolean othersHold(RuleTests tests) {
      for (@Nullable Object[] l : left.others) {
        Flow.goOn();
        for (@Nullable Object[] r : right.others) {
          if (!tests.othersHold(l, r)) {
            return false;
          }
        }
      }
      return true;
    }
  }
}
