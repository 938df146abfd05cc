// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.decide.Greedy;
import dev.talea.reconcile.decide.Remarks;
import dev.talea.reconcile.recipe.Rule;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FlatMapFunction;

/**
 * A rule of one to one, in two steps. Rows that are the same in everything that the rule looks at
 * are brought together and paired there, the k-th with the k-th: these are the first pairs of the
 * order, and for most recipes nearly all. Of what is left, classes of rows that are near enough to
 * each other are brought together, their pairs sorted by Spark and handed to {@link Greedy}, here,
 * in one order.
 *
 * <p>Used by the thread of the run.
 */
final class PairRule {
  private static final int LEFT = 0;
  private static final int RIGHT = 1;

  private final MatchRoom room;
  private final Rule rule;
  private final RuleTests tests;

  PairRule(MatchRoom room, Rule rule, RuleTests tests) {
    this.room = room;
    this.rule = rule;
    this.tests = tests;
  }

  /**
   * What one task found.
   *
   * @param pairs of rows that are the same
   * @param chains of what is left, the rows of each class that has more than one: how many, then
   *     the rows, those of the left side as they are and those of the right side below zero
   * @param left how many left rows are left
   * @param right how many right rows are left
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Same(long[] pairs, int[] chains, long left, long right) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  void run() {
    boolean others = tests.hasOthers();
    boolean near = others || tests.windowIsWide() || !tests.isExact();
    RuleTests of = tests;
    JavaRDD<Rec> classes =
        room.openByPart(
            tests,
            (frame, to) -> {
              if (frame.allPresent(of)) {
                to.accept(Joins.byClass(frame, frame.left ? LEFT : RIGHT));
              }
            });
    FlatMapFunction<Iterator<Rec>, Same> pairing =
        records -> List.of(same(records, !others, near)).iterator();
    List<Same> found = room.jobs.run(rule.name(), () -> classes.mapPartitions(pairing).collect());
    List<long[]> pairs = new ArrayList<>();
    found.forEach(each -> pairs.add(each.pairs()));
    if (near) {
      pairs.add(near(classes, found));
    }
    room.consumePairs(joined(pairs));
    room.jobs.endStep();
  }

  private static long[] joined(List<long[]> parts) {
    long[] all = new long[Math.toIntExact(parts.stream().mapToLong(part -> part.length).sum())];
    int at = 0;
    for (long[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  /** The rows of one class that no row across is the same as. */
  private static final class ClassRows {
    private final Ints left = new Ints();
    private final Ints right = new Ints();

    /** Rows of each side that have a partner. */
    private int paired;

    boolean read(Shuffle.Groups groups, boolean pairs) {
      left.clear();
      right.clear();
      while (groups.hasNext()) {
        Rec rec = groups.next();
        (Joins.order(rec) == LEFT ? left : right).add(Joins.row(rec));
      }
      paired = pairs ? Math.min(left.size(), right.size()) : 0;
      return left.size() > paired || right.size() > paired;
    }
  }

  private static Same same(Iterator<Rec> records, boolean pairs, boolean near) {
    Shuffle.Groups groups = new Shuffle.Groups(records);
    ClassRows rows = new ClassRows();
    Longs found = new Longs();
    Ints chains = new Ints();
    long left = 0;
    long right = 0;
    int seen = 0;
    while (groups.nextGroup()) {
      if (++seen % 4096 == 0) {
        Flow.goOn();
      }
      boolean rest = rows.read(groups, pairs);
      for (int k = 0; k < rows.paired; k++) {
        found.add(MatchRoom.pair(rows.left.get(k), rows.right.get(k)));
      }
      if (rest && near) {
        left += rows.left.size() - rows.paired;
        right += rows.right.size() - rows.paired;
        chain(rows.left, rows.paired, 1, chains);
        chain(rows.right, rows.paired, -1, chains);
      }
    }
    return new Same(found.array(), chains.array(), left, right);
  }

  private static void chain(Ints rows, int from, int sign, Ints chains) {
    if (rows.size() - from > 1) {
      chains.add(rows.size() - from);
      for (int i = from; i < rows.size(); i++) {
        chains.add(sign * rows.get(i));
      }
    }
  }

  // --- what is near enough ---

  private long[] near(JavaRDD<Rec> classes, List<Same> found) {
    long lefts = found.stream().mapToLong(Same::left).sum();
    long rights = found.stream().mapToLong(Same::right).sum();
    if (lefts == 0 || rights == 0) {
      return new long[0];
    }
    boolean pairs = !tests.hasOthers();
    Map<String, List<byte[]>> widths = tests.widthsDiffer() ? widths(classes, pairs) : Map.of();
    RuleTests of = tests;
    FlatMapFunction<Iterator<Rec>, Rec> rest = records -> new RestFlow(records, pairs, of, widths);
    JavaRDD<Rec> joined =
        Shuffle.byPart(
            room.jobs, classes.mapPartitions(rest), room.parts(Math.addExact(lefts, rights)));
    // Two rows meet at most once, so that few rows cannot have too many pairs.
    JavaRDD<Rec> bounded =
        lefts <= room.limits.pairsMax() / rights
            ? joined
            : Cut.of(
                room,
                rule,
                joined,
                LEFT,
                (pairsFound, over, all) ->
                    Remarks.pairs(rule, pairsFound, room.limits.pairsMax(), over, all));
    FlatMapFunction<Iterator<Rec>, Rec> candidates = records -> new CandidateFlow(records, of);
    long most = lefts > room.limits.pairsMax() / rights ? room.limits.pairsMax() : lefts * rights;
    JavaRDD<Rec> sorted =
        Shuffle.inOrder(
            room.jobs, bounded.mapPartitions(candidates), (int) Math.max(1, most / 2_000_000));
    Greedy greedy = new Greedy(room.left.rows(), room.right.rows());
    found.forEach(each -> chains(each.chains(), greedy));
    return room.jobs.run(
        rule.name() + ", pairs",
        () -> {
          feed(sorted.toLocalIterator(), greedy);
          long[] taken = new long[greedy.size()];
          for (int i = 0; i < taken.length; i++) {
            taken[i] = MatchRoom.pair(greedy.leftOf(i), greedy.rightOf(i));
          }
          return taken;
        });
  }

  private static void chains(int[] chains, Greedy greedy) {
    int at = 0;
    while (at < chains.length) {
      int size = chains[at++];
      for (int i = 1; i < size; i++) {
        if (chains[at] > 0) {
          greedy.left().follows(chains[at + i - 1], chains[at + i]);
        } else {
          greedy.right().follows(-chains[at + i - 1], -chains[at + i]);
        }
      }
      at += size;
    }
  }

  /** Puts pairs into the order of levels, as they come. */
  private void feed(Iterator<Rec> candidates, Greedy greedy) {
    byte[] level = new byte[0];
    long seen = 0;
    while (candidates.hasNext()) {
      Rec candidate = candidates.next();
      if (!Arrays.equals(level, 0, level.length, candidate.key, 0, candidate.group)) {
        greedy.endLevel();
        level = Arrays.copyOf(candidate.key, candidate.group);
      }
      ByteReader in = new ByteReader(candidate.key, candidate.group);
      greedy.pair(in.int32(), in.int32());
      if (++seen % 65_536 == 0) {
        room.jobs.goOn();
      }
    }
    greedy.endLevel();
  }

  /** How wide buckets are by asset, where they depend on the amounts of left rows. */
  private Map<String, List<byte[]>> widths(JavaRDD<Rec> classes, boolean pairs) {
    RuleTests of = tests;
    FlatMapFunction<Iterator<Rec>, Widths.Width> task =
        records -> {
          Widths widths = new Widths(of);
          Shuffle.Groups groups = new Shuffle.Groups(records);
          ClassRows rows = new ClassRows();
          while (groups.nextGroup()) {
            byte[] bytes = RestFlow.classBytes(groups);
            rows.read(groups, pairs);
            if (rows.left.size() > rows.paired) {
              widths.add(Frame.of(true, 0, false, bytes, 0, of));
            }
          }
          return widths.found().iterator();
        };
    return Widths.byAsset(
        room.jobs.run(rule.name() + ", widths", () -> classes.mapPartitions(task).collect()));
  }

  /** Classes of rows that are left, each by its first row, to be brought together. */
  private static final class RestFlow extends Flow<Rec> {
    private final Shuffle.Groups groups;
    private final boolean pairs;
    private final RuleTests tests;
    private final Map<String, List<byte[]>> widths;
    private final ClassRows rows = new ClassRows();

    RestFlow(
        Iterator<Rec> records, boolean pairs, RuleTests tests, Map<String, List<byte[]>> widths) {
      groups = new Shuffle.Groups(records);
      this.pairs = pairs;
      this.tests = tests;
      this.widths = widths;
    }

    /** What all rows of the group are alike in, which is the group's name. */
    static byte[] classBytes(Shuffle.Groups groups) {
      Rec name = groups.peek();
      return Arrays.copyOf(name.key, name.group);
    }

    @Override
    protected boolean advance() {
      if (!groups.nextGroup()) {
        return false;
      }
      byte[] bytes = classBytes(groups);
      if (rows.read(groups, pairs)) {
        give(true, rows.left, bytes);
        give(false, rows.right, bytes);
      }
      return true;
    }

    private void give(boolean left, Ints side, byte[] bytes) {
      if (side.size() > rows.paired) {
        Frame frame = Frame.of(left, side.get(rows.paired), false, bytes, 0, tests);
        Joins.near(frame, tests, widths, left ? LEFT : RIGHT, this::give);
      }
    }
  }

  /** Pairs of classes that are near enough, in the order in which they are taken. */
  private static final class CandidateFlow extends Flow<Rec> {
    private static final byte[] NOTHING = new byte[0];
    private final Shuffle.Groups groups;
    private final RuleTests tests;
    private final List<Frame> lefts = new ArrayList<>();
    private final ByteWriter out = new ByteWriter();

    CandidateFlow(Iterator<Rec> records, RuleTests tests) {
      groups = new Shuffle.Groups(records);
      this.tests = tests;
    }

    @Override
    protected boolean advance() {
      if (!groups.hasNext()) {
        lefts.clear();
        return groups.nextGroup();
      }
      Rec rec = groups.next();
      Frame frame = Joins.frame(rec, Joins.order(rec) == LEFT, tests);
      if (frame.left) {
        lefts.add(frame);
        return true;
      }
      goOn();
      for (Frame left : lefts) {
        Int128 distance = RuleTests.distance(left.amount, frame.amount);
        Integer days = RuleTests.days(left.day, frame.day);
        if (tests.allows(distance, left.asset, left.amount)
            && tests.daysHold(days)
            && tests.othersHold(left.others, frame.others)
            && distance != null) {
          out.int128(distance).int32(days == null ? 0 : Math.abs(days));
          int level = out.size();
          give(new Rec(0, out.int32(left.row).int32(frame.row).take(), level, NOTHING));
        }
      }
      return true;
    }
  }

  /** Pairs, without an object for each. Used by the thread of a task. */
  private static final class Longs {
    private long[] values = new long[16];
    private int size;

    void add(long value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, 2 * size);
      }
      values[size++] = value;
    }

    long[] array() {
      return Arrays.copyOf(values, size);
    }
  }
}
