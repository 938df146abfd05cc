// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import dev.talea.reconcile.decide.ParameterValues;
import dev.talea.reconcile.decide.RuleColumns;
import dev.talea.reconcile.decide.SearchLimits;
import dev.talea.reconcile.decide.SubsetDecisions;
import dev.talea.reconcile.engine.EngineException;
import dev.talea.reconcile.engine.EngineRun;
import dev.talea.reconcile.engine.MatchProgress;
import dev.talea.reconcile.engine.Origin;
import dev.talea.reconcile.engine.Outcome;
import dev.talea.reconcile.recipe.Cardinality;
import dev.talea.reconcile.recipe.Derived;
import dev.talea.reconcile.recipe.Expression;
import dev.talea.reconcile.recipe.Grouping;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.Rule;
import dev.talea.reconcile.recipe.Value;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.MatchSide;
import dev.talea.reconcile.row.RowSource;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.jspecify.annotations.Nullable;

/**
 * One run on Spark: sees to the order of its steps. What a step does is in a class of its own.
 *
 * <p>Used by one thread, but for {@link #cancel}.
 */
final class SparkRun implements EngineRun {
  private final Path folder;
  private final Path work;
  private final SparkJobs jobs;
  private final SearchLimits limits;
  private final int chunkRows;
  private final SideRows left;
  private final SideRows right;
  private @Nullable Decided decided;
  private boolean matched;

  /** What there is to write once rows are matched. */
  private record Decided(MatchRoom room, Recipe recipe, List<RuleTests> tests) {}

  SparkRun(Path folder, SparkJobs jobs, SearchLimits limits, int chunkRows) {
    this.folder = folder;
    this.jobs = jobs;
    this.limits = limits;
    this.chunkRows = chunkRows;
    work = folder.resolve("spark");
    try {
      SystemFiles.makeFolder(work);
    } catch (IOException e) {
      throw jobs.failed("making " + work, e);
    }
    left = new SideRows(MatchSide.LEFT, jobs, work, chunkRows);
    right = new SideRows(MatchSide.RIGHT, jobs, work, chunkRows);
  }

  private SideRows side(MatchSide side) {
    return side == MatchSide.LEFT ? left : right;
  }

  @Override
  public long load(MatchSide side, Origin origin, RowSource source, MatchProgress progress)
      throws IOException {
    if (matched) {
      throw new IllegalStateException("rows are loaded before they are matched");
    }
    return side(side).load(origin, source, progress);
  }

  @Override
  public List<Column> columns(MatchSide side) {
    return side(side).columns();
  }

  @Override
  public Outcome match(Recipe recipe, Map<String, Value> parameters, MatchProgress progress) {
    if (matched) {
      throw new IllegalStateException("a run matches once");
    }
    matched = true;
    try {
      left.ready();
      right.ready();
    } catch (IOException e) {
      throw jobs.failed("loading", e);
    }
    String fault = ParameterValues.fault(recipe, parameters);
    if (fault != null) {
      throw recipe(fault);
    }
    Map<String, Value> values = ParameterValues.of(recipe, parameters);
    Map<MatchSide, Map<String, ColumnType>> types = new EnumMap<>(MatchSide.class);
    SidePlan leftPlan = plan(MatchSide.LEFT, recipe, values, types);
    SidePlan rightPlan = plan(MatchSide.RIGHT, recipe, values, types);
    // All rules are held against the columns before one of them is worked on.
    List<RuleTests> tests = new ArrayList<>();
    for (Rule rule : recipe.rules()) {
      tests.add(
          tests(
              rule,
              types.getOrDefault(MatchSide.LEFT, Map.of()),
              types.getOrDefault(MatchSide.RIGHT, Map.of())));
    }
    MatchRoom room = new MatchRoom(jobs, limits, chunkRows, left, right, leftPlan, rightPlan);
    filter(room);
    long rows = (long) left.rows() + right.rows();
    for (int i = 0; i < recipe.rules().size(); i++) {
      Rule rule = recipe.rules().get(i);
      jobs.goOn();
      progress.at(rule.name(), 0, rows);
      if (rule.cardinality() == Cardinality.ONE_TO_ONE) {
        new PairRule(room, rule, tests.get(i)).run();
      } else if (rule.grouping() == Grouping.WHOLE) {
        new GroupRule(room, rule, tests.get(i)).run();
      } else {
        new SubsetRule(room, rule, tests.get(i)).run();
      }
      progress.at(rule.name(), rows, rows);
    }
    Map<MatchSide, BitSet> open = new EnumMap<>(MatchSide.class);
    for (MatchSide side : MatchSide.values()) {
      progress.at("explain " + side.text(), 0, rows);
      open.put(side, explain(room, side, tests));
      progress.at("explain " + side.text(), rows, rows);
    }
    Tally tally =
        new Tally(
            room,
            recipe,
            open.getOrDefault(MatchSide.LEFT, new BitSet()),
            open.getOrDefault(MatchSide.RIGHT, new BitSet()));
    Outcome outcome =
        new Outcome(
            tally.of(MatchSide.LEFT), tally.of(MatchSide.RIGHT), tally.rules(), room.remarks());
    decided = new Decided(room, recipe, tests);
    return outcome;
  }

  private static EngineException recipe(String what) {
    return new EngineException(
        EngineException.Kind.RECIPE, "The recipe does not fit the rows: " + what + ".");
  }

  /** How the rows of a side are completed; also notes the types that rules see. */
  private SidePlan plan(
      MatchSide side,
      Recipe recipe,
      Map<String, Value> values,
      Map<MatchSide, Map<String, ColumnType>> types) {
    Map<String, ColumnType> known = new LinkedHashMap<>(side(side).types());
    int columns = known.size();
    List<RowExpression.Function> derived = new ArrayList<>();
    for (Derived each : recipe.side(side).derived()) {
      RowExpression.Typed made =
          new RowExpression(
                  side.text() + " column " + each.name(), new LinkedHashMap<>(known), values)
              .compile(each.expression());
      if (known.putIfAbsent(each.name(), made.type()) != null) {
        throw recipe(
            "column " + each.name() + " is derived, but the " + side.text() + " side has it");
      }
      derived.add(made.function());
    }
    types.put(side, known);
    Expression filter = recipe.side(side).filter();
    return new SidePlan(
        columns,
        derived.toArray(new RowExpression.Function[0]),
        filter == null
            ? null
            : new RowExpression(side.text() + " filter", known, values).condition(filter));
  }

  private static RuleTests tests(
      Rule rule, Map<String, ColumnType> leftTypes, Map<String, ColumnType> rightTypes) {
    if (rule.sql() != null) {
      throw new EngineException(
          EngineException.Kind.RECIPE,
          "Rule "
              + rule.name()
              + ": it is an expert's query, and the engine spark has none. Say it in conditions, or"
              + " match with the engine duckdb.");
    }
    String fault = RuleColumns.fault(rule, leftTypes, rightTypes);
    if (fault != null) {
      throw new EngineException(
          EngineException.Kind.RECIPE,
          "The recipe does not fit the rows, rule " + rule.name() + ": " + fault + ".");
    }
    if (rule.cardinality() != Cardinality.ONE_TO_ONE && rule.grouping() == null) {
      throw recipe("rule " + rule.name() + " does not say how its groups are found");
    }
    String subset = rule.grouping() == Grouping.SUBSET ? SubsetDecisions.fault(rule) : null;
    if (subset != null) {
      throw new EngineException(EngineException.Kind.RECIPE, subset);
    }
    return new RuleTests(rule, leftTypes, rightTypes);
  }

  /** Rows of a chunk that do not take part. */
  private record Filtered(MatchSide side, int first, BitSet rows) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  private void filter(MatchRoom room) {
    SidePlan leftPlan = room.leftPlan;
    SidePlan rightPlan = room.rightPlan;
    List<RowChunk> chunks = new ArrayList<>();
    if (leftPlan.filters()) {
      chunks.addAll(left.openChunks());
    }
    if (rightPlan.filters()) {
      chunks.addAll(right.openChunks());
    }
    if (chunks.isEmpty()) {
      return;
    }
    FlatMapFunction<Iterator<RowChunk>, Filtered> task =
        each -> {
          List<Filtered> found = new ArrayList<>();
          while (each.hasNext()) {
            Flow.goOn();
            RowChunk chunk = each.next();
            SidePlan plan = chunk.side() == MatchSide.LEFT ? leftPlan : rightPlan;
            BitSet out = new BitSet();
            Iterator<RowChunk.Loaded> rows = chunk.read(plan.columns());
            while (rows.hasNext()) {
              RowChunk.Loaded row = rows.next();
              if (!plan.passes(plan.complete(row.values()))) {
                out.set(row.row() - chunk.first());
              }
            }
            found.add(new Filtered(chunk.side(), chunk.first(), out));
          }
          return found.iterator();
        };
    for (Filtered each :
        jobs.run("filter", () -> room.chunks(chunks).mapPartitions(task).collect())) {
      each.rows().stream().forEach(at -> side(each.side()).filter(each.first() + at));
    }
  }

  private BitSet explain(MatchRoom room, MatchSide side, List<RuleTests> tests) {
    try (DataOutputStream to = SystemFiles.write(SparkEvidence.openFile(work, side))) {
      return new Nearest(room, side).explain(tests, to);
    } catch (IOException | UncheckedIOException e) {
      throw jobs.failed("explaining", e);
    }
  }

  @Override
  public List<String> write(Path into, MatchProgress progress) {
    Decided what = decided;
    if (what == null) {
      throw new IllegalStateException("rows are matched before they are written");
    }
    Path place = into.toAbsolutePath().normalize();
    if (!place.startsWith(folder)) {
      throw new IllegalArgumentException(
          "evidence is written below the run's folder " + folder + ", not into " + place);
    }
    return new SparkEvidence(what.room(), what.recipe(), what.tests(), work, place).write(progress);
  }

  @Override
  public void cancel() {
    jobs.cancel();
  }

  @Override
  public void close() {
    try {
      left.close();
      right.close();
      SystemFiles.drop(work);
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Kind.FAULT, work + " cannot be removed: " + e.getMessage(), e);
    } finally {
      jobs.close();
    }
  }
}
