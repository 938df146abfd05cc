// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import dev.talea.reconcile.recipe.Rule;
import java.io.Serializable;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FlatMapFunction;

/**
 * Bounds how many pairs a rule looks at: what has the most to be held against is left out first.
 *
 * <p>What comes in are records that were brought together, those of one order before those of the
 * other: the first are left out as a whole, by their rows. Used by the thread of the run.
 */
final class Cut {
  /** More than that are as good as endless. */
  private static final long ENDLESS = 1_000_000_000_000_000_000L;

  private static final byte[] NOTHING = new byte[0];

  private Cut() {}

  /** What is told of what was left out. */
  interface Words {
    String of(long pairs, long over, long all);
  }

  /** Leaves so many records that their pairs are within the limit. */
  static JavaRDD<Rec> of(MatchRoom room, Rule rule, JavaRDD<Rec> joined, int first, Words words) {
    FlatMapFunction<Iterator<Rec>, Long> counting =
        records -> List.of(pairs(records, first)).iterator();
    long max = room.limits.pairsMax();
    long pairs =
        room.jobs.run(
            rule.name() + ", size",
            () -> joined.mapPartitions(counting).collect().stream().reduce(0L, Cut::sum));
    if (pairs <= max) {
      return joined;
    }
    FlatMapFunction<Iterator<Rec>, Rec> costs = records -> new CostFlow(records, first);
    JavaRDD<Rec> byRow = Shuffle.byPart(room.jobs, joined.mapPartitions(costs), room.parts());
    FlatMapFunction<Iterator<Rec>, Rec> sums = SumFlow::new;
    JavaRDD<Rec> sorted = Shuffle.inOrder(room.jobs, byRow.mapPartitions(sums), room.parts());
    Kept kept = room.jobs.run(rule.name() + ", bound", () -> kept(sorted.toLocalIterator(), max));
    room.remark(words.of(pairs, kept.all - kept.rows.cardinality(), kept.all));
    BitSet rows = kept.rows;
    return joined.filter(rec -> Joins.order(rec) != first || rows.get(Joins.row(rec)));
  }

  private static long sum(long a, long b) {
    return Math.min(ENDLESS, a + b);
  }

  private static long pairs(Iterator<Rec> records, int first) {
    Shuffle.Groups groups = new Shuffle.Groups(records);
    long pairs = 0;
    while (groups.nextGroup()) {
      long firsts = 0;
      long others = 0;
      while (groups.hasNext()) {
        if (Joins.order(groups.next()) == first) {
          firsts++;
        } else {
          others++;
        }
      }
      // Of at most 2^31 rows each.
      pairs = sum(pairs, Math.min(ENDLESS, firsts * others));
    }
    return pairs;
  }

  /** What each row has to be held against in one group. */
  private static final class CostFlow extends Flow<Rec> {
    private final Shuffle.Groups groups;
    private final int first;

    CostFlow(Iterator<Rec> records, int first) {
      groups = new Shuffle.Groups(records);
      this.first = first;
    }

    @Override
    protected boolean advance() {
      if (!groups.nextGroup()) {
        return false;
      }
      Ints firsts = new Ints();
      long others = 0;
      while (groups.hasNext()) {
        Rec rec = groups.next();
        if (Joins.order(rec) == first) {
          firsts.add(Joins.row(rec));
        } else {
          others++;
        }
      }
      if (others > 0) {
        byte[] cost = new ByteWriter().int64(others).take();
        for (int i = 0; i < firsts.size(); i++) {
          give(Rec.ofGroup(new ByteWriter().int32(firsts.get(i)).take(), 4, cost));
        }
      }
      return true;
    }
  }

  /** What each row has to be held against in all groups, as records in the order of that. */
  private static final class SumFlow extends Flow<Rec> {
    private final Shuffle.Groups groups;

    SumFlow(Iterator<Rec> records) {
      groups = new Shuffle.Groups(records);
    }

    @Override
    protected boolean advance() {
      if (!groups.nextGroup()) {
        return false;
      }
      int row = new ByteReader(groups.peek().key).int32();
      long cost = 0;
      while (groups.hasNext()) {
        cost += new ByteReader(groups.next().body).int64();
      }
      give(new Rec(0, new ByteWriter().int64(cost).int32(row).take(), 8, NOTHING));
      return true;
    }
  }

  private static final class Kept implements Serializable {
    private static final long serialVersionUID = 1L;
    private final BitSet rows = new BitSet();
    private long all;
  }

  private static Kept kept(Iterator<Rec> costs, long max) {
    Kept kept = new Kept();
    long upto = 0;
    while (costs.hasNext()) {
      ByteReader in = new ByteReader(costs.next().key);
      upto = sum(upto, in.int64());
      kept.all++;
      if (upto <= max) {
        kept.rows.set(in.int32());
      }
    }
    return kept;
  }
}
