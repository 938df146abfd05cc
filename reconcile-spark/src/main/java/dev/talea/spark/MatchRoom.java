// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import dev.talea.reconcile.decide.SearchLimits;
import dev.talea.reconcile.row.MatchSide;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.jspecify.annotations.Nullable;

/**
 * What all kinds of rules work with: the rows of both sides, what has become of them, and the
 * numbers of matches.
 *
 * <p>Apart from the rules because consuming rows has to be the same for each of them. Used by the
 * thread of the run.
 */
final class MatchRoom {
  final SparkJobs jobs;
  final SearchLimits limits;
  final SideRows left;
  final SideRows right;
  final SidePlan leftPlan;
  final SidePlan rightPlan;
  private final int chunkRows;
  private final List<String> remarks = new ArrayList<>();
  private final BitSet leftAmbiguous = new BitSet();
  private final BitSet rightAmbiguous = new BitSet();

  /** For each rule that was run, the last match that is its own. */
  private final Ints lastMatches = new Ints();

  private int matches;

  MatchRoom(
      SparkJobs jobs,
      SearchLimits limits,
      int chunkRows,
      SideRows left,
      SideRows right,
      SidePlan leftPlan,
      SidePlan rightPlan) {
    this.jobs = jobs;
    this.limits = limits;
    this.chunkRows = chunkRows;
    this.left = left;
    this.right = right;
    this.leftPlan = leftPlan;
    this.rightPlan = rightPlan;
  }

  SideRows side(MatchSide side) {
    return side == MatchSide.LEFT ? left : right;
  }

  BitSet ambiguous(MatchSide side) {
    return side == MatchSide.LEFT ? leftAmbiguous : rightAmbiguous;
  }

  void remark(String text) {
    remarks.add(text);
  }

  List<String> remarks() {
    return List.copyOf(remarks);
  }

  /** Rows of one task, by and large. */
  int chunkRows() {
    return chunkRows;
  }

  /** Into how many partitions so many records are put. */
  int parts(long records) {
    return (int) Math.max(1, Math.min(1 << 16, (records + chunkRows - 1) / chunkRows));
  }

  /** As many as for all rows. */
  int parts() {
    return parts((long) left.rows() + right.rows());
  }

  /** Rows of chunks, in tasks of about the same size. */
  JavaRDD<RowChunk> chunks(List<RowChunk> chunks) {
    return jobs.spark.parallelize(chunks, Math.max(1, Math.min(parts(), chunks.size())));
  }

  /** Open rows of both sides. */
  JavaRDD<RowChunk> open() {
    List<RowChunk> all = new ArrayList<>(left.openChunks());
    all.addAll(right.openChunks());
    return chunks(all);
  }

  /** Makes something of each chosen row as a rule sees it. */
  interface FrameMaker extends Serializable {
    void make(Frame frame, Consumer<Rec> to);
  }

  /** The same for several rules, which are told by their places. */
  interface FramesMaker extends Serializable {
    void make(int rule, Frame frame, Consumer<Rec> to);
  }

  /** Chosen rows of chunks, as records of what a rule sees of them. */
  JavaRDD<Rec> records(JavaRDD<RowChunk> chunks, RuleTests tests, FrameMaker maker) {
    return records(chunks, List.of(tests), (rule, frame, to) -> maker.make(frame, to));
  }

  /** The open rows as records of what a rule sees of them, those of one part together. */
  JavaRDD<Rec> openByPart(RuleTests tests, FrameMaker maker) {
    return Shuffle.byPart(jobs, records(open(), tests, maker), parts());
  }

  /** Chosen rows of chunks, as records of what each of several rules sees of them. */
  JavaRDD<Rec> records(JavaRDD<RowChunk> chunks, List<RuleTests> rules, FramesMaker maker) {
    ArrayList<RuleTests> tests = new ArrayList<>(rules);
    SidePlan ofLeft = leftPlan;
    SidePlan ofRight = rightPlan;
    FlatMapFunction<Iterator<RowChunk>, Rec> task =
        rows -> new FrameFlow(rows, ofLeft, ofRight, tests, maker);
    return chunks.mapPartitions(task);
  }

  private static final class FrameFlow extends Flow<Rec> {
    private final Iterator<RowChunk> chunks;
    private final SidePlan left;
    private final SidePlan right;
    private final List<RuleTests> tests;
    private final FramesMaker maker;
    private @Nullable RowChunk chunk;
    private Iterator<RowChunk.Loaded> rows = List.<RowChunk.Loaded>of().iterator();

    FrameFlow(
        Iterator<RowChunk> chunks,
        SidePlan left,
        SidePlan right,
        List<RuleTests> tests,
        FramesMaker maker) {
      this.chunks = chunks;
      this.left = left;
      this.right = right;
      this.tests = tests;
      this.maker = maker;
    }

    @Override
    protected boolean advance() {
      RowChunk of = chunk;
      if (of == null || !rows.hasNext()) {
        if (!chunks.hasNext()) {
          return false;
        }
        goOn();
        of = chunks.next();
        chunk = of;
        // Nothing is read of rows that are all settled.
        rows =
            of.chosen().isEmpty()
                ? List.<RowChunk.Loaded>of().iterator()
                : of.read(plan(of).columns());
        return true;
      }
      RowChunk.Loaded row = rows.next();
      if (of.isChosen(row.row())) {
        boolean taken = of.numbers().length > 0 && of.numbers()[row.row() - of.first()] != 0;
        @Nullable Object[] values = plan(of).complete(row.values());
        for (int i = 0; i < tests.size(); i++) {
          maker.make(i, tests.get(i).frame(of.side(), row.row(), values, taken), this::give);
        }
      }
      return true;
    }

    private SidePlan plan(RowChunk of) {
      return of.side() == MatchSide.LEFT ? left : right;
    }
  }

  // --- what was decided ---

  /** Takes pairs that a rule has found: of each the left row and the right row. */
  void consumePairs(long[] pairs) {
    Arrays.sort(pairs);
    for (long pair : pairs) {
      matches++;
      left.take((int) (pair >>> 32), matches);
      right.take((int) pair, matches);
    }
    lastMatches.add(matches);
  }

  /** Two rows as one number, which is sorted by the left one. */
  static long pair(int left, int right) {
    return (long) left << 32 | right;
  }

  /** Rows that a rule has put together. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Group(int[] left, int[] right) {
    int first() {
      int first = left[0];
      for (int row : left) {
        first = Math.min(first, row);
      }
      return first;
    }
  }

  /** Takes groups that a rule has found. */
  void consumeGroups(List<Group> groups) {
    groups.stream()
        .sorted(Comparator.comparingInt(Group::first))
        .forEach(
            group -> {
              matches++;
              for (int row : group.left()) {
                left.take(row, matches);
              }
              for (int row : group.right()) {
                right.take(row, matches);
              }
            });
    lastMatches.add(matches);
  }

  int matches() {
    return matches;
  }

  /** For each rule the last match that is its own. */
  int[] lastMatches() {
    return lastMatches.array();
  }

  /** Which rule a match is of. */
  static int rule(int[] lastMatches, int match) {
    int rule = 0;
    while (lastMatches[rule] < match) {
      rule++;
    }
    return rule;
  }
}
