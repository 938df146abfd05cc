// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.engine.OpenReason;
import dev.talea.reconcile.row.MatchSide;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.jspecify.annotations.Nullable;

/**
 * Says of every row of a side that stayed open why, and which row across came nearest: a file with
 * one entry for each, in the order of rows.
 *
 * <p>All rules are looked at, and all rows across, whether they are taken or not. A row across is a
 * candidate of a rule if the conditions hold; what fails then, asset, amount or days, is the
 * reason, and if nothing fails, another row was put together with it. Rules without an equality
 * only look among amounts that agree: with them every row would be a candidate of any other. Work
 * is bounded: where more rows share a key than can be looked at, it is the first ones. Used by the
 * thread of the run.
 */
final class Nearest {
  /** Most rows of one key across that an open row is held against. */
  private static final long ACROSS_MAX = 100;

  /** Bits for the keys of open rows: 16 MiB. */
  private static final long KEY_BITS_MAX = 1L << 27;

  /** Rows across come first, so that a task has them when it sees the open ones. */
  private static final int ACROSS = 0;

  private static final int MINE = 1;

  private final MatchRoom room;
  private final MatchSide side;
  private final SideRows mine;
  private final SideRows across;

  Nearest(MatchRoom room, MatchSide side) {
    this.room = room;
    this.side = side;
    mine = room.side(side);
    across = room.side(side.other());
  }

  /**
   * Explains the open rows.
   *
   * @param rules in the order of the recipe
   * @param to takes an entry for each open row
   * @return the rows it was written for
   */
  BitSet explain(List<RuleTests> rules, DataOutputStream to) {
    BitSet told =
        room.jobs.run(
            "explain " + side.text(),
            () -> {
              int open = mine.open();
              boolean any = open > 0 && across.rows() > across.filtered() && !rules.isEmpty();
              return tell(
                  any ? near(rules, open).toLocalIterator() : List.<Rec>of().iterator(), to);
            });
    room.jobs.endStep();
    return told;
  }

  private BitSet tell(Iterator<Rec> near, DataOutputStream to) throws IOException {
    BitSet told = new BitSet();
    Rec next = near.hasNext() ? near.next() : null;
    for (int row = 1; row <= mine.rows(); row++) {
      if (!mine.isOpen(row)) {
        continue;
      }
      told.set(row);
      Rec found = null;
      while (next != null && new ByteReader(next.key).int32() == row) {
        // The first of a row is the nearest.
        found = found == null ? next : found;
        next = near.hasNext() ? near.next() : null;
      }
      entry(row, found).write(to);
    }
    return told;
  }

  private Open entry(int row, @Nullable Rec found) {
    boolean ambiguous = room.ambiguous(side).get(row);
    if (found == null) {
      return new Open(
          row, ambiguous ? OpenReason.AMBIGUOUS : OpenReason.NO_CANDIDATE, -1, 0, null, null);
    }
    ByteReader in = new ByteReader(found.body);
    OpenReason reason = OpenReason.of(in.int8());
    return new Open(
        row,
        ambiguous ? OpenReason.AMBIGUOUS : reason,
        in.int32(),
        in.int32(),
        (Int128) in.value(),
        (Integer) in.value());
  }

  /** What is near each open row by any rule, nearest first. */
  private JavaRDD<Rec> near(List<RuleTests> rules, int open) {
    long most = Math.max(1, Math.min(ACROSS_MAX, room.limits.explainPairsMax() / open));
    ArrayList<Map<String, List<byte[]>>> widths = new ArrayList<>();
    rules.forEach(tests -> widths.add(tests.widthsDiffer() ? widths(tests) : Map.of()));
    boolean left = side == MatchSide.LEFT;
    ArrayList<RuleTests> all = new ArrayList<>(rules);
    JavaRDD<Rec> ofMine =
        room.records(
            room.chunks(mine.openChunks()),
            rules,
            (rule, frame, to) -> joins(rule, frame, all.get(rule), widths.get(rule), MINE, to));
    // A row across that shares no key with an open row is not worth its way.
    BitSet wanted = across.rows() > room.chunkRows() ? keys(ofMine, open, rules) : null;
    JavaRDD<Rec> ofAcross =
        room.records(
            room.chunks(across.partChunks()),
            rules,
            (rule, frame, to) ->
                joins(
                    rule,
                    frame,
                    all.get(rule),
                    widths.get(rule),
                    ACROSS,
                    wanted == null
                        ? to
                        : rec -> {
                          if (wanted.get(rec.part & mask(wanted))) {
                            to.accept(rec);
                          }
                        }));
    FlatMapFunction<Iterator<Rec>, Rec> task = joined -> new NearFlow(joined, all, most, left);
    JavaRDD<Rec> found =
        Shuffle.byPart(room.jobs, ofMine.union(ofAcross), room.parts()).mapPartitions(task);
    return Shuffle.inOrder(room.jobs, found, room.parts(open));
  }

  /** What a row is brought together with others by: whatever is near, and whatever has its key. */
  private static void joins(
      int rule,
      Frame frame,
      RuleTests tests,
      Map<String, List<byte[]>> widths,
      int order,
      Consumer<Rec> to) {
    if (!frame.keysPresent()) {
      return;
    }
    Joins.near(frame, tests, widths, order, rec -> to.accept(Joins.ofJoin(2 * rule, rec)));
    if (tests.hasKeys()) {
      to.accept(Joins.ofJoin(2 * rule + 1, Joins.byKey(frame, order)));
    }
  }

  /**
   * Which hashes of keys open rows have. A row that is let through by chance finds none, so that it
   * only costs its way.
   */
  private BitSet keys(JavaRDD<Rec> ofMine, int open, List<RuleTests> rules) {
    int bits =
        Integer.highestOneBit(
            (int) Math.min(KEY_BITS_MAX, Math.max(1024, 32L * open * rules.size())));
    FlatMapFunction<Iterator<Rec>, BitSet> task =
        records -> {
          BitSet keys = new BitSet(bits);
          while (records.hasNext()) {
            keys.set(records.next().part & (bits - 1));
          }
          return List.of(keys).iterator();
        };
    BitSet all = new BitSet(bits);
    room.jobs
        .run("explain " + side.text() + ", keys", () -> ofMine.mapPartitions(task).collect())
        .forEach(all::or);
    // The bit behind the last says how many there are.
    all.set(bits);
    return all;
  }

  private static int mask(BitSet keys) {
    return keys.length() - 2;
  }

  private Map<String, List<byte[]>> widths(RuleTests tests) {
    SideRows lefts = room.left;
    SidePlan plan = room.leftPlan;
    FlatMapFunction<Iterator<RowChunk>, Widths.Width> task =
        chunks -> {
          Widths widths = new Widths(tests);
          while (chunks.hasNext()) {
            RowChunk chunk = chunks.next();
            Iterator<RowChunk.Loaded> rows = chunk.read(plan.columns());
            while (rows.hasNext()) {
              RowChunk.Loaded row = rows.next();
              if (chunk.isChosen(row.row())) {
                widths.add(
                    tests.frame(MatchSide.LEFT, row.row(), plan.complete(row.values()), false));
              }
            }
          }
          return widths.found().iterator();
        };
    List<RowChunk> chunks = side == MatchSide.LEFT ? lefts.openChunks() : lefts.partChunks();
    return Widths.byAsset(
        room.jobs.run(
            "explain " + side.text() + ", widths",
            () -> room.chunks(chunks).mapPartitions(task).collect()));
  }

  /** The nearest row across of each open row, among those that were brought together with it. */
  private static final class NearFlow extends Flow<Rec> {
    private final Shuffle.Groups groups;
    private final List<RuleTests> rules;
    private final long most;
    private final boolean left;
    private final List<Frame> across = new ArrayList<>();

    NearFlow(Iterator<Rec> records, List<RuleTests> rules, long most, boolean left) {
      groups = new Shuffle.Groups(records);
      this.rules = rules;
      this.most = most;
      this.left = left;
    }

    @Override
    protected boolean advance() {
      if (!groups.hasNext()) {
        across.clear();
        goOn();
        return groups.nextGroup();
      }
      Rec rec = groups.next();
      int rule = Joins.join(rec) / 2;
      RuleTests tests = rules.get(rule);
      if (Joins.order(rec) == ACROSS) {
        if (across.size() < most) {
          across.add(Joins.frame(rec, !left, tests));
        }
        return true;
      }
      if (across.isEmpty()) {
        return true;
      }
      Frame me = Joins.frame(rec, left, tests);
      Rec best = null;
      for (Frame other : across) {
        Rec near = near(rule, tests, me, other);
        if (near != null && (best == null || near.compareTo(best) < 0)) {
          best = near;
        }
      }
      if (best != null) {
        give(best);
      }
      return true;
    }

    private @Nullable Rec near(int rule, RuleTests tests, Frame me, Frame other) {
      Frame l = left ? me : other;
      Frame r = left ? other : me;
      if (!tests.othersHold(l.others, r.others)) {
        return null;
      }
      Int128 difference = r.amount.minus(l.amount);
      Int128 distance = RuleTests.distance(l.amount, r.amount);
      Integer days = RuleTests.days(l.day, r.day);
      OpenReason reason;
      if (!l.asset.equals(r.asset)) {
        reason = OpenReason.ASSET;
      } else if (!tests.allows(distance, l.asset, l.amount)) {
        reason = OpenReason.AMOUNT;
      } else if (!tests.daysHold(days)) {
        reason = OpenReason.WINDOW;
      } else {
        reason = other.taken ? OpenReason.CONSUMED : OpenReason.AMBIGUOUS;
      }
      if (reason == OpenReason.AMOUNT && !tests.hasKeys()) {
        return null;
      }
      ByteWriter out = new ByteWriter();
      // In this order the first is the nearest; what is not known comes last.
      out.int32(me.row).int8(reason.rank());
      out.int8(distance == null ? 1 : 0).int128(distance == null ? Int128.ZERO : distance);
      out.int8(days == null ? 1 : 0).int32(days == null ? 0 : Math.abs(days));
      byte[] key = out.int32(rule).int32(other.row).take();
      out.int8(reason.rank()).int32(rule).int32(other.row).value(difference).value(days);
      return new Rec(0, key, 4, out.take());
    }
  }
}
