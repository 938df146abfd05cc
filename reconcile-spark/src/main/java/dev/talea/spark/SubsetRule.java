// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import dev.talea.reconcile.decide.Remarks;
import dev.talea.reconcile.decide.SubsetDecisions;
import dev.talea.reconcile.recipe.Cardinality;
import dev.talea.reconcile.recipe.Rule;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FlatMapFunction;

/**
 * A rule that looks for the rows that make up one row across: single rows and those that may stand
 * beside them are brought together by Spark and handed to {@link SubsetDecisions}, here, in the
 * order of single rows. Used by the thread of the run.
 */
final class SubsetRule {
  /** Rows of the many come first, so that a task has them when it sees the single ones. */
  private static final int MANY = 0;

  private static final int SINGLE = 1;

  private final MatchRoom room;
  private final Rule rule;
  private final RuleTests tests;
  private final boolean oneLeft;

  SubsetRule(MatchRoom room, Rule rule, RuleTests tests) {
    this.room = room;
    this.rule = rule;
    this.tests = tests;
    oneLeft = rule.cardinality() == Cardinality.ONE_TO_MANY;
  }

  void run() {
    RuleTests of = tests;
    boolean singleIsLeft = oneLeft;
    JavaRDD<Rec> blocks =
        room.openByPart(
            tests,
            (frame, to) -> {
              if (frame.allPresent(of)) {
                to.accept(Joins.byBlock(frame, frame.left == singleIsLeft ? SINGLE : MANY));
              }
            });
    SubsetDecisions decisions = new SubsetDecisions(rule, room.limits, room.jobs::goOn);
    if (room.left.open() > 0 && room.right.open() > 0) {
      long max = room.limits.pairsMax();
      JavaRDD<Rec> bounded =
          room.left.open() <= max / room.right.open()
              ? blocks
              : Cut.of(
                  room,
                  rule,
                  blocks,
                  SINGLE,
                  (pairs, over, all) -> Remarks.pairs(rule, pairs, max, over, all));
      FlatMapFunction<Iterator<Rec>, Rec> singles =
          records -> new SingleFlow(records, of, singleIsLeft);
      JavaRDD<Rec> sorted =
          Shuffle.inOrder(room.jobs, bounded.mapPartitions(singles), room.parts());
      room.jobs.run(
          rule.name(),
          () -> {
            search(sorted.toLocalIterator(), decisions);
            return true;
          });
    }
    List<MatchRoom.Group> groups = new ArrayList<>();
    for (SubsetDecisions.Group group : decisions.groups()) {
      int[] one = {group.single()};
      int[] many = group.members().stream().mapToInt(row -> row).sorted().toArray();
      groups.add(oneLeft ? new MatchRoom.Group(one, many) : new MatchRoom.Group(many, one));
    }
    room.consumeGroups(groups);
    decisions
        .ambiguous()
        .forEach(
            (oneLeft ? room.ambiguous(room.left.side()) : room.ambiguous(room.right.side()))::set);
    decisions.remarks().forEach(room::remark);
    room.jobs.endStep();
  }

  private static void search(Iterator<Rec> singles, SubsetDecisions decisions) {
    while (singles.hasNext()) {
      Rec single = singles.next();
      ByteReader in = new ByteReader(single.body);
      decisions.single(new ByteReader(single.key).int32(), in.text(), in.int128().toBigInteger());
      int rows = in.int32();
      for (int i = 0; i < rows; i++) {
        int row = in.int32();
        int kind = in.int32();
        var amount = in.int128();
        if (decisions.wants(row)) {
          decisions.add(row, kind, amount.toBigInteger());
        }
      }
    }
    decisions.end();
  }

  /** A single row with those that may stand beside it, nearest day first. */
  private static final class SingleFlow extends Flow<Rec> {
    private final Shuffle.Groups groups;
    private final RuleTests tests;
    private final List<Frame> many = new ArrayList<>();

    /** Rows by what the rule sees of them, which is their class: named by the first. */
    private final Map<ByteBuffer, Integer> kinds = new HashMap<>();

    private final Ints kindOf = new Ints();

    private final boolean singleIsLeft;

    SingleFlow(Iterator<Rec> records, RuleTests tests, boolean singleIsLeft) {
      groups = new Shuffle.Groups(records);
      this.tests = tests;
      this.singleIsLeft = singleIsLeft;
    }

    private record Beside(int at, int distance) {}

    @Override
    protected boolean advance() {
      if (!groups.hasNext()) {
        many.clear();
        kinds.clear();
        kindOf.clear();
        return groups.nextGroup();
      }
      Rec rec = groups.next();
      Frame frame = Joins.frame(rec, true, tests);
      if (Joins.order(rec) == MANY) {
        many.add(frame);
        kindOf.add(kinds.computeIfAbsent(ByteBuffer.wrap(frame.bytes()), any -> frame.row));
        return true;
      }
      goOn();
      List<Beside> beside = new ArrayList<>();
      for (int i = 0; i < many.size(); i++) {
        Frame other = many.get(i);
        Integer days = RuleTests.days(frame.day, other.day);
        if (holds(frame, other)) {
          beside.add(new Beside(i, days == null ? 0 : Math.abs(days)));
        }
      }
      if (beside.isEmpty()) {
        return true;
      }
      // Rows are in their order already, which a sort keeps.
      beside.sort(Comparator.comparingInt(Beside::distance));
      ByteWriter out = new ByteWriter();
      byte[] key = out.int32(frame.row).take();
      out.text(frame.asset).int128(frame.amount).int32(beside.size());
      for (Beside each : beside) {
        Frame other = many.get(each.at());
        out.int32(other.row).int32(kindOf.get(each.at())).int128(other.amount);
      }
      give(new Rec(0, key, key.length, out.take()));
      return true;
    }

    private boolean holds(Frame single, Frame other) {
      Frame l = singleIsLeft ? single : other;
      Frame r = singleIsLeft ? other : single;
      return tests.daysHold(RuleTests.days(l.day, r.day)) && tests.othersHold(l.others, r.others);
    }
  }
}
