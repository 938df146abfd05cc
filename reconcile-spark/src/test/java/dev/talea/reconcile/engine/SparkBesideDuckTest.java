// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.decide.SearchLimits;
import dev.talea.reconcile.recipe.Cardinality;
import dev.talea.reconcile.recipe.Comparison;
import dev.talea.reconcile.recipe.Condition;
import dev.talea.reconcile.recipe.Grouping;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.Rule;
import dev.talea.reconcile.recipe.Tolerance;
import dev.talea.reconcile.recipe.Value;
import dev.talea.reconcile.row.MatchSide;
import dev.talea.reconcile.row.Reject;
import dev.talea.spark.TestSpark;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Spark and DuckDB leave the same evidence: every file of CSV byte by byte, with all reasons,
 * nearest rows and remarks, and the same numbers.
 */
@Tag("slow")
class SparkBesideDuckTest {
  private static final int CASES = Integer.getInteger("talea.reconcile.cases", 25);

  /** So few rows a task that a few rows are work for several. */
  private static final int FEW_ROWS = 7;

  @TempDir Path folder;

  /** Rows that are carried in, and those of the source. */
  private record Sides(
      @Nullable ListSource leftCarried,
      ListSource left,
      @Nullable ListSource rightCarried,
      ListSource right) {
    Sides(ListSource left, ListSource right) {
      this(null, left, null, right);
    }
  }

  private record Ran(Outcome outcome, Path evidence) {}

  private Ran run(Engine engine, Recipe recipe, Map<String, Value> parameters, Sides sides)
      throws IOException {
    Path work = Files.createTempDirectory(folder, engine.name());
    Path evidence = Files.createDirectory(work.resolve("evidence"));
    try (EngineRun run = engine.open(work, EngineConformance.LIMITS)) {
      load(run, MatchSide.LEFT, sides.leftCarried(), sides.left());
      load(run, MatchSide.RIGHT, sides.rightCarried(), sides.right());
      Outcome outcome = run.match(recipe, parameters, MatchProgress.UNSEEN);
      run.write(evidence, MatchProgress.UNSEEN);
      return new Ran(outcome, evidence);
    }
  }

  private static void load(
      EngineRun run, MatchSide side, @Nullable ListSource carried, ListSource source)
      throws IOException {
    if (carried != null) {
      run.load(side, Origin.CARRIED, carried, MatchProgress.UNSEEN);
    }
    run.load(side, Origin.SOURCE, source, MatchProgress.UNSEEN);
  }

  private Outcome same(
      String name,
      Engine spark,
      Engine duck,
      Recipe recipe,
      Map<String, Value> parameters,
      Sides sides)
      throws IOException {
    Ran expected = run(duck, recipe, parameters, sides);
    Ran found = run(spark, recipe, parameters, sides);
    assertEquals(names(expected.evidence()), names(found.evidence()), name);
    for (String file : names(expected.evidence())) {
      if (file.endsWith(".csv")) {
        assertEquals(
            Files.readString(expected.evidence().resolve(file)),
            Files.readString(found.evidence().resolve(file)),
            file + " of " + name);
      }
    }
    assertEquals(expected.outcome(), found.outcome(), name);
    return found.outcome();
  }

  private Outcome same(Recipe recipe, ListSource left, ListSource right) throws IOException {
    return same(
        recipe.toString(),
        TestSpark.engine(),
        new DuckEngine(),
        recipe,
        Map.of(),
        new Sides(left, right));
  }

  private static List<String> names(Path evidence) throws IOException {
    try (var files = Files.list(evidence)) {
      return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    }
  }

  @Test
  void randomCasesLeaveTheSameEvidence() throws IOException {
    long first = Long.getLong("talea.seed", 1);
    SearchLimits few = new SearchLimits(40, 30, 5, 60, 60);
    for (int i = 0; i < CASES; i++) {
      long seed = first + i;
      RandomCase random = new RandomCase(seed);
      boolean ended = seed % 2 == 0;
      SearchLimits limits = ended ? few : SearchLimits.DEFAULTS;
      same(
          "case of -Dtalea.seed=" + seed + (ended ? " that ends early: " : ": ") + random.recipe,
          TestSpark.engine(limits, seed % 3 == 0 ? 1000 : FEW_ROWS),
          new DuckEngine(limits),
          random.recipe,
          random.parameters,
          new Sides(random.left, random.right));
    }
  }

  @Test
  void rowsOfManyTasksLeaveTheSameEvidence() throws IOException {
    Random random = new Random(11);
    String columns = "reference:text date:date note:text";
    ListSource left = new ListSource(columns);
    ListSource right = new ListSource(columns);
    for (int i = 0; i < 20_000; i++) {
      String reference = "r" + random.nextInt(16_000);
      String day = "2026-01-0" + (1 + random.nextInt(9));
      int amount = 100 * random.nextInt(400);
      left.row(amount, "EUR", reference, day, "paid " + reference);
      if (random.nextInt(10) > 0) {
        right.row(amount + random.nextInt(3) - 1, "EUR", reference, day, reference);
      }
    }
    Recipe recipe =
        Recipes.recipe(
            Recipes.rule("same").equal("reference").days(0, 0).build(),
            Recipes.rule("near").equal("reference").within(2).days(3, 3).suggest().build(),
            Recipes.rule("sum")
                .equal("reference")
                .groups(Cardinality.MANY_TO_MANY, Grouping.WHOLE, 0)
                .build(),
            Recipes.rule("parts")
                .equal("reference")
                .groups(Cardinality.ONE_TO_MANY, Grouping.SUBSET, 3)
                .build(),
            Recipes.rule("amount").within(1).days(0, 0).suggest().build());
    Outcome outcome =
        same(
            "many tasks",
            TestSpark.engine(SearchLimits.DEFAULTS, 2_500), // eight tasks of a side
            new DuckEngine(),
            recipe,
            Map.of(),
            new Sides(left, right));
    assertTrue(outcome.left().matched() > 5_000, outcome::toString);
    assertTrue(outcome.left().suggested() > 1_000, outcome::toString);
    assertTrue(outcome.left().unmatched() > 100, outcome::toString);
  }

  @Test
  void aKeyThatNearlyAllRowsShareLeavesTheSameEvidence() throws IOException {
    Random random = new Random(5);
    ListSource left = new ListSource("reference:text date:date");
    ListSource right = new ListSource("reference:text date:date");
    for (int i = 0; i < 50_000; i++) {
      String reference = i % 50 == 0 ? "r" + i : "all";
      left.row(random.nextInt(900), "EUR", reference, "2026-01-0" + (1 + random.nextInt(9)));
      right.row(random.nextInt(900), "EUR", reference, "2026-01-0" + (1 + random.nextInt(9)));
    }
    Recipe recipe =
        Recipes.recipe(
            Recipes.rule("near").equal("reference").within(1).days(1, 1).build(),
            Recipes.rule("sums")
                .equal("reference")
                .groups(Cardinality.MANY_TO_MANY, Grouping.WHOLE, 0)
                .build());
    assertTrue(same(recipe, left, right).left().matched() > 40_000);
  }

  @Test
  void everyRowIsEmptyOrMissing() throws IOException {
    String columns = "reference:text date:date at:time n:integer flag:boolean";
    ListSource left = new ListSource(columns);
    ListSource right = new ListSource(columns);
    for (int i = 0; i < 9; i++) {
      left.row(0, "", i % 2 == 0 ? "" : null, null, null, null, null);
      right.row(0, "", i % 3 == 0 ? "" : null, null, null, null, null);
    }
    for (Rule rule :
        List.of(
            Recipes.rule("a").equal("reference").build(),
            Recipes.rule("b").equal("n").days(1, 1).build(),
            Recipes.rule("c").days(1, 1).within(5).build(),
            Recipes.rule("d").groups(Cardinality.MANY_TO_MANY, Grouping.WHOLE, 0).build(),
            Recipes.rule("e").groups(Cardinality.ONE_TO_MANY, Grouping.SUBSET, 4).build(),
            Recipes.rule("f")
                .condition(
                    new Condition(
                        "reference",
                        Comparison.SIMILAR,
                        "reference",
                        List.of(),
                        new BigDecimal("0.5")))
                .build(),
            Recipes.rule("g")
                .groups(Cardinality.MANY_TO_ONE, Grouping.WHOLE, 0)
                .condition(
                    new Condition("reference", Comparison.LESS, "reference", List.of(), null))
                .build())) {
      same(Recipes.recipe(rule), left, right);
      same(Recipes.recipe(rule), new ListSource(columns), right);
    }
  }

  @Test
  void textsDaysAndMomentsAreWrittenAlike() throws IOException {
    ListSource left = new ListSource("date:date at:time note:text");
    ListSource right = new ListSource("");
    for (int c = 1; c < 256; c++) {
      left.row(c, "EUR", "2026-01-01", null, "a" + (char) c + "b");
    }
    for (String text :
        List.of("", " ", "a,b", "\"", "a\"b\"", "\r\n", "#", "NULL", "null", "\uD83D\uDE00", "é")) {
      left.row(1, text, null, null, text);
    }
    for (String day : List.of("0001-01-01", "0099-12-31", "9999-12-31", "1969-12-31")) {
      left.row(1, "EUR", day, Instant.parse(day + "T23:59:59.000001Z"), null);
    }
    same(Recipes.recipe(Recipes.rule("r").build()), left, right);
  }

  @Test
  void amountsAtTheEdgeOf128BitsAreWrittenAlike() throws IOException {
    ListSource left = new ListSource("n:integer");
    ListSource right = new ListSource("n:integer");
    List<Int128> edges =
        List.of(
            Int128.MAX,
            Int128.MIN,
            Int128.of(Long.MAX_VALUE),
            Int128.of(Long.MIN_VALUE),
            Int128.of(-1),
            Int128.ZERO);
    for (int i = 0; i < edges.size(); i++) {
      left.row(edges.get(i), "A" + i, edges.get(i));
      right.row(edges.get(edges.size() - 1 - i), "A" + i, edges.get(i).negated());
    }
    for (Rule rule :
        List.of(
            Recipes.rule("a").tolerance(Tolerance.of(Int128.MAX)).build(),
            Recipes.rule("b")
                .tolerance(new Tolerance(Int128.MAX, new TreeMap<>(), 999_999L))
                .build(),
            Recipes.rule("c").tolerance(new Tolerance(null, new TreeMap<>(), 400_000L)).build(),
            Recipes.rule("d")
                .opposite()
                .tolerance(new Tolerance(null, new TreeMap<>(Map.of("A1", Int128.MAX)), 1L))
                .build(),
            Recipes.rule("e").equal("n").within(7).build())) {
      same(Recipes.recipe(rule), left, right);
    }
  }

  @Test
  void carriedRowsAndRejectsLeaveTheSameEvidence() throws IOException {
    ListSource leftCarried =
        new ListSource("reference:text old:integer")
            .row(5, "EUR", "carried", 1)
            .reject(new Reject(9, null, "whole line, \"quoted\"", "x;y", null, null));
    ListSource left =
        new ListSource("date:date reference:text")
            .row(7, "EUR", "2026-01-01", "new")
            .reject(new Reject(3, "amount", "no number", "1,x", null, null))
            .reject(new Reject(4, "date", "no day", "31.02.", Int128.of(-12), "EUR"))
            .reject(new Reject(5, "asset", "no asset", "", Int128.of(3), null));
    ListSource right =
        new ListSource("reference:text").row(5, "EUR", "carried").row(8, "EUR", "new");
    Recipe recipe = Recipes.recipe(Recipes.rule("r").equal("reference").build());
    Outcome outcome =
        same(
            "carried",
            TestSpark.engine(),
            new DuckEngine(),
            recipe,
            Map.of(),
            new Sides(leftCarried, left, null, right));
    assertEquals(4, outcome.left().rejected());
  }

  @Test
  void twoRunsWriteTheSameBytesInAnyNumberOfTasks() throws IOException {
    Random random = new Random(7);
    ListSource left = new ListSource("reference:text date:date at:time flag:boolean");
    ListSource right = new ListSource("reference:text date:date");
    for (int i = 0; i < 3_000; i++) {
      String reference = "r" + random.nextInt(2_500);
      String day = "2026-01-0" + (1 + random.nextInt(9));
      left.row(random.nextInt(5), "EUR", reference, day, Instant.ofEpochSecond(i), i % 3 == 0);
      right.row(random.nextInt(5), "EUR", reference, day);
    }
    Recipe recipe =
        Recipes.recipe(
            Recipes.rule("near").equal("reference").within(2).days(3, 3).suggest().build(),
            Recipes.rule("sum")
                .equal("reference")
                .groups(Cardinality.MANY_TO_MANY, Grouping.WHOLE, 0)
                .build());
    Sides sides = new Sides(left, right);
    Path first = run(TestSpark.engine(), recipe, Map.of(), sides).evidence();
    Path second =
        run(TestSpark.engine(SearchLimits.DEFAULTS, 500), recipe, Map.of(), sides).evidence();
    List<String> names = names(first);
    assertEquals(18, names.size(), "nine tables, twice");
    assertEquals(names, names(second));
    for (String name : names) {
      assertArrayEquals(
          Files.readAllBytes(first.resolve(name)), Files.readAllBytes(second.resolve(name)), name);
    }
    assertTrue(
        new String(Files.readAllBytes(first.resolve("left_rows.parquet")), StandardCharsets.UTF_8)
            .contains("amount:integer,asset:text,reference:text"));
  }

  @Test
  void differentTextsAreChangedAlike() {
    List<String> different = new ArrayList<>();
    Random random = new Random(1);
    for (int i = 0; i < 200_000; i++) {
      String a = text(random);
      String b = text(random);
      double expected = ReferenceMatcher.similarity(a, b);
      if (expected != TestSpark.similarity(a, b)) {
        different.add(a + " " + b);
      }
    }
    assertEquals(List.of(), different);
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    int length = random.nextInt(9);
    for (int i = 0; i < length; i++) {
      text.append("abcé".charAt(random.nextInt(4)));
    }
    return text.toString();
  }
}
