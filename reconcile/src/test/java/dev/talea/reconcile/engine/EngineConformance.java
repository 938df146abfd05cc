// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.recipe.Cardinality;
import dev.talea.reconcile.recipe.Comparison;
import dev.talea.reconcile.recipe.Condition;
import dev.talea.reconcile.recipe.Effect;
import dev.talea.reconcile.recipe.Expression;
import dev.talea.reconcile.recipe.Grouping;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.Tolerance;
import dev.talea.reconcile.recipe.Value;
import dev.talea.reconcile.row.MatchSide;
import dev.talea.reconcile.row.Reject;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every engine has to decide, held against {@link ReferenceMatcher} row by row. An engine
 * passes by extending this class and bringing itself.
 */
public abstract class EngineConformance {
  /** What random cases are run with. */
  protected static final EngineLimits LIMITS = new EngineLimits(512L << 20, 2, 4L << 30);

  @TempDir Path folder;

  /** The engine that is held against the reference. */
  protected abstract Engine engine();

  /** What one run left behind, read from its evidence. */
  protected record Ran(Outcome outcome, Path evidence) {
    /** Rows of a file of the evidence. */
    List<Map<String, String>> rows(String file) throws IOException {
      return Csv.read(evidence.resolve(file + ".csv"));
    }

    /** Groups as {@code rule [left rows] [right rows]}, sorted. */
    List<String> groups() throws IOException {
      Map<Integer, String> rules = new TreeMap<>();
      Map<Integer, TreeSet<Integer>> left = new TreeMap<>();
      Map<Integer, TreeSet<Integer>> right = new TreeMap<>();
      for (String file : List.of("matched", "suggested")) {
        for (Map<String, String> row : rows(file)) {
          int match = Integer.parseInt(row.get("match"));
          rules.put(match, row.get("rule"));
          ("left".equals(row.get("side")) ? left : right)
              .computeIfAbsent(match, any -> new TreeSet<>())
              .add(Integer.parseInt(row.get("row")));
        }
      }
      List<String> groups = new ArrayList<>();
      rules.forEach(
          (match, rule) -> groups.add(rule + " " + left.get(match) + " " + right.get(match)));
      groups.sort(null);
      return groups;
    }

    /** Why each open row of a side is open, as {@code row reason nearest difference days}. */
    List<String> open(MatchSide side) throws IOException {
      return rows("unmatched_" + side.text()).stream()
          .map(
              row ->
                  row.get("_row")
                      + " "
                      + row.get("_reason")
                      + " "
                      + row.get("_nearest")
                      + " "
                      + row.get("_difference")
                      + " "
                      + row.get("_days"))
          .toList();
    }
  }

  /** Why each open row of a side is open, as {@code row reason rule nearest difference days}. */
  private static List<String> explained(Ran ran, MatchSide side) throws IOException {
    return ran.rows("unmatched_" + side.text()).stream()
        .map(
            row ->
                Stream.of("_row", "_reason", "_rule", "_nearest", "_difference", "_days")
                    .map(row::get)
                    .map(String::valueOf)
                    .collect(Collectors.joining(" ")))
        .toList();
  }

  /** Runs a recipe over two lists. */
  protected Ran run(Recipe recipe, Map<String, Value> parameters, ListSource l, ListSource r)
      throws IOException {
    Path run = Files.createTempDirectory(folder, "run");
    Path evidence = Files.createDirectory(run.resolve("evidence"));
    try (EngineRun engineRun = engine().open(run, LIMITS)) {
      engineRun.load(MatchSide.LEFT, Origin.SOURCE, l, MatchProgress.UNSEEN);
      engineRun.load(MatchSide.RIGHT, Origin.SOURCE, r, MatchProgress.UNSEEN);
      Outcome outcome = engineRun.match(recipe, parameters, MatchProgress.UNSEEN);
      engineRun.write(evidence, MatchProgress.UNSEEN);
      return new Ran(outcome, evidence);
    }
  }

  /** As above, without parameters. */
  protected Ran run(Recipe recipe, ListSource left, ListSource right) throws IOException {
    return run(recipe, Map.of(), left, right);
  }

  /** How many random cases run at the same time, each with a run of its own. */
  protected int casesAtOnce() {
    return 1;
  }

  @Test
  void decidesAsTheReferenceDoes() throws Exception {
    int all = Integer.getInteger("talea.reconcile.cases", 100);
    long first = Long.getLong("talea.seed", 1);
    Map<String, Integer> reasons = new TreeMap<>();
    ExecutorService threads = Executors.newFixedThreadPool(casesAtOnce());
    try {
      List<Future<List<String>>> cases = new ArrayList<>();
      for (int i = 0; i < all; i++) {
        long seed = first + i;
        cases.add(threads.submit(() -> decides(seed)));
      }
      for (Future<List<String>> each : cases) {
        each.get().forEach(reason -> reasons.merge(reason, 1, Integer::sum));
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof AssertionError wrong) {
        throw wrong;
      }
      throw e;
    } finally {
      threads.shutdownNow();
      threads.awaitTermination(1, TimeUnit.MINUTES); // they write into the folder of this test
    }
    System.out.printf(
        "[talea] %s: %d random reconciliations, seed %d, open rows by reason %s%n",
        getClass().getSimpleName(), all, first, reasons);
  }

  /** Holds one case against the reference; returns the reason of each open row. */
  private List<String> decides(long seed) throws IOException {
    RandomCase random = new RandomCase(seed);
    String name = "case of -Dtalea.seed=" + seed + ": " + random.recipe;
    Ran ran;
    try {
      ran = run(random.recipe, random.parameters, random.left, random.right);
    } catch (EngineException e) {
      throw new AssertionError(name, e);
    }
    ReferenceMatcher reference =
        new ReferenceMatcher(random.recipe, random.parameters, random.left, random.right);
    List<String> groups = new ArrayList<>();
    long matched = 0;
    for (ReferenceMatcher.Group group : reference.match()) {
      groups.add(
          random.recipe.rules().get(group.rule()).name()
              + " "
              + new TreeSet<>(group.left())
              + " "
              + new TreeSet<>(group.right()));
      if (random.recipe.rules().get(group.rule()).effect() == Effect.MATCH) {
        matched += group.left().size();
      }
    }
    groups.sort(null);
    assertEquals(groups, ran.groups(), name);
    assertEquals(matched, ran.outcome().left().matched(), name);
    assertEquals(
        random.left.rows().size() - reference.participants(true).size(),
        ran.outcome().left().filtered(),
        name);
    List<String> reasons = new ArrayList<>();
    for (MatchSide side : MatchSide.values()) {
      List<String> explained = reference.explained(side == MatchSide.LEFT);
      assertEquals(explained, explained(ran, side), name);
      explained.forEach(row -> reasons.add(row.split(" ", 3)[1]));
    }
    return reasons;
  }

  // --- what goes wrong elsewhere, each a test with its name ---

  /** Pairs that lie exactly a cent apart; the whole is 600008. */
  private static final int PAIRS = Integer.getInteger("talea.reconcile.pairs", 60_008);

  @Test
  void allOfManyPairsExactlyOneCentApartMatchAtOneCent() throws IOException {
    ListSource left = new ListSource("reference:text");
    ListSource right = new ListSource("reference:text");
    for (int i = 0; i < PAIRS; i++) {
      left.row(1000 + i % 977, "EUR", "r" + i);
      right.row(1001 + i % 977, "EUR", "r" + i);
    }
    Outcome outcome =
        run(Recipes.recipe(Recipes.rule("cent").equal("reference").within(1).build()), left, right)
            .outcome();
    assertEquals(PAIRS, outcome.left().matched());
    assertEquals(PAIRS, outcome.right().matched());
  }

  @Test
  void emptyTextsAreSimilarToNothing() throws IOException {
    ListSource left = new ListSource("note:text").row(1, "EUR", "").row(2, "EUR", "same");
    ListSource right = new ListSource("note:text").row(1, "EUR", "").row(2, "EUR", "same");
    Recipe recipe =
        Recipes.recipe(
            Recipes.rule("similar")
                .condition(
                    new Condition("note", Comparison.SIMILAR, "note", List.of(), BigDecimal.ONE))
                .build());
    assertEquals(List.of("similar [2] [2]"), run(recipe, left, right).groups());
  }

  @Test
  void oneCentMoreThanTheToleranceIsTooMuch() throws IOException {
    ListSource left = new ListSource("").row(1000, "EUR").row(-1000, "USD");
    ListSource right = new ListSource("").row(1002, "EUR").row(-1001, "USD");
    Ran ran = run(Recipes.recipe(Recipes.rule("cent").within(1).build()), left, right);
    assertEquals(List.of("cent [2] [2]"), ran.groups());
  }

  @Test
  void amountsOfAll128BitsSurvive() throws IOException {
    ListSource left = new ListSource("n:integer");
    ListSource right = new ListSource("n:integer");
    List<Int128> edges =
        List.of(
            Int128.MAX,
            Int128.MIN,
            Objects.requireNonNull(Int128.MAX.minus(Int128.of(1))),
            Int128.of(Long.MAX_VALUE),
            Int128.of(Long.MIN_VALUE),
            Int128.ZERO);
    for (int i = 0; i < edges.size(); i++) {
      left.row(edges.get(i), "A" + i, edges.get(i));
      right.row(edges.get(i).negated(), "A" + i, edges.get(edges.size() - 1 - i));
    }
    Recipe recipe =
        Recipes.recipe(
            Recipes.rule("far").equal("n").build(),
            Recipes.rule("edge").opposite().within(1).build());
    Ran ran = run(recipe, left, right);
    assertEquals(6, ran.outcome().left().matched());
    assertEquals(
        Int128.MIN, Objects.requireNonNull(ran.outcome().left().sums().get("A1")).matched());
    assertEquals(
        edges.stream().map(Int128::toString).toList(),
        ran.rows("left_rows").stream().map(row -> row.get("amount")).toList());
    assertEquals(
        edges.stream().map(Int128::toString).toList(),
        ran.rows("left_rows").stream().map(row -> row.get("n")).toList());
  }

  @Test
  void aDifferenceBeyond128BitsIsNoError() throws IOException {
    ListSource left = new ListSource("").row(Int128.MAX, "A");
    ListSource right = new ListSource("").row(Int128.MIN, "A");
    Recipe recipe =
        Recipes.recipe(
            Recipes.rule("all")
                .tolerance(new Tolerance(Int128.MAX, new TreeMap<>(), 1_000_000L))
                .build(),
            Recipes.rule("sums")
                .groups(Cardinality.MANY_TO_MANY, Grouping.WHOLE, 0)
                .tolerance(new Tolerance(Int128.MAX, new TreeMap<>(), null))
                .build());
    assertEquals(List.of(), run(recipe, left, right).groups());
  }

  @Test
  void aDifferenceThatIsNoAmountIsNotSaid() throws IOException {
    // Exactly -2^127 fits 128 bits, and has no absolute value there; the next one does not fit.
    ListSource left =
        new ListSource("reference:text").row(1, "A", "edge").row(2, "B", "over").row(0, "C", "in");
    ListSource right =
        new ListSource("reference:text")
            .row(Int128.MIN, "A", "edge")
            .row(Int128.MIN, "B", "over")
            .row(Int128.MIN, "C", "in");
    Ran ran = run(Recipes.recipe(Recipes.rule("same").equal("reference").build()), left, right);
    List<String> open =
        List.of(
            "1 amount 1 null null", "2 amount 2 null null", "3 amount 3 " + Int128.MIN + " null");
    assertEquals(open, ran.open(MatchSide.LEFT));
    assertEquals(open, ran.open(MatchSide.RIGHT));
  }

  @Test
  void whatAddsUpToMoreThan128BitsIsRefusedByName() {
    ListSource left = new ListSource("").row(Int128.MAX, "WEI").row(1, "WEI");
    EngineException refused =
        assertThrows(
            EngineException.class,
            () -> run(Recipes.recipe(Recipes.rule("r").build()), left, new ListSource("")));
    assertEquals(EngineException.Kind.LIMIT, refused.kind());
    assertTrue(String.valueOf(refused.getMessage()).contains("WEI"), refused::toString);
  }

  @Test
  void percentagesAreTakenOfWholeNumbers() throws IOException {
    // Half a percent of 200 is 1; of 199 it is 0.995, and a difference of 1 is too much.
    BigInteger most = Int128.MAX.toBigInteger();
    BigInteger least = most.subtract(most.divide(BigInteger.valueOf(200)));
    ListSource left =
        new ListSource("")
            .row(200, "EUR")
            .row(199, "USD")
            .row(Int128.MAX, "WEI")
            .row(Int128.MAX, "GWEI");
    ListSource right =
        new ListSource("")
            .row(201, "EUR")
            .row(200, "USD")
            .row(Int128.of(least), "WEI")
            .row(Int128.of(least.subtract(BigInteger.ONE)), "GWEI");
    Recipe recipe =
        Recipes.recipe(
            Recipes.rule("half percent")
                .tolerance(new Tolerance(null, new TreeMap<>(), 5_000L))
                .build());
    assertEquals(
        List.of("half percent [1] [1]", "half percent [3] [3]"), run(recipe, left, right).groups());
  }

  @Test
  void valuesOfEveryTypeAreKept() throws IOException {
    ListSource left =
        new ListSource("date:date at:time flag:boolean n:integer note:text")
            .row(1, "EUR", "2026-02-28", Instant.parse("2026-01-01T00:00:00.000001Z"), true, 7, "a")
            .row(2, "EUR", null, null, null, null, null)
            .row(3, "EUR", "1969-12-31", Instant.parse("1969-12-31T23:59:59.5Z"), false, -7, "");
    List<Map<String, String>> rows =
        run(Recipes.recipe(Recipes.rule("r").build()), left, new ListSource("")).rows("left_rows");
    assertEquals("2026-02-28", rows.get(0).get("date"));
    assertEquals("2026-01-01T00:00:00.000001Z", rows.get(0).get("at"));
    assertEquals("true", rows.get(0).get("flag"));
    assertEquals("7", rows.get(0).get("n"));
    assertEquals(Set.of("_row", "_origin", "_line", "amount", "asset"), rows.get(1).keySet());
    assertEquals("1969-12-31", rows.get(2).get("date"));
    assertEquals("1969-12-31T23:59:59.500000Z", rows.get(2).get("at"));
    assertEquals("", rows.get(2).get("note"));
  }

  @Test
  void rowsAreCountedAndNotPairs() throws IOException {
    ListSource left = new ListSource("reference:text");
    ListSource right = new ListSource("reference:text");
    for (int i = 0; i < 30; i++) {
      left.row(100, "EUR", "same");
    }
    for (int i = 0; i < 20; i++) {
      right.row(100, "EUR", "same");
    }
    Ran ran = run(Recipes.recipe(Recipes.rule("same").equal("reference").build()), left, right);
    assertEquals(20, ran.outcome().left().matched());
    assertEquals(10, ran.outcome().left().unmatched());
    assertEquals(20, ran.outcome().right().matched());
    assertEquals(0, ran.outcome().right().unmatched());
    assertTrue(ran.groups().contains("same [20] [20]"), "the k-th with the k-th");
    assertTrue(ran.open(MatchSide.LEFT).get(0).startsWith("21 consumed "), "and why it is open");
  }

  @Test
  void duplicatesOfDifferentDaysDoNotMakeTheirProduct() throws IOException {
    ListSource left = new ListSource("date:date");
    ListSource right = new ListSource("date:date");
    for (int i = 0; i < 10_000; i++) {
      left.row(100, "EUR", "2026-01-01");
      right.row(100, "EUR", "2026-01-02");
    }
    Ran ran = run(Recipes.recipe(Recipes.rule("next day").days(0, 1).build()), left, right);
    assertEquals(10_000, ran.outcome().left().matched());
    assertEquals(List.of(), ran.outcome().remarks());
  }

  @Test
  void tiesAreDecidedByTheOrderOfRows() throws IOException {
    // 75 and 125 are equally far from 100, and no rows of one kind.
    ListSource left = new ListSource("").row(100, "EUR").row(100, "EUR");
    ListSource right = new ListSource("").row(125, "EUR").row(75, "EUR").row(75, "EUR");
    Recipe recipe = Recipes.recipe(Recipes.rule("tie").within(25).build());
    assertEquals(List.of("tie [1] [1]", "tie [2] [2]"), run(recipe, left, right).groups());
  }

  @Test
  void allColumnsOfACompositeKeyCount() throws IOException {
    ListSource left =
        new ListSource("reference:text n:integer").row(1, "EUR", "A", 1).row(1, "EUR", "A", 2);
    ListSource right =
        new ListSource("reference:text n:integer").row(1, "EUR", "A", 2).row(1, "EUR", "B", 1);
    Recipe recipe = Recipes.recipe(Recipes.rule("both").equal("reference").equal("n").build());
    assertEquals(List.of("both [2] [1]"), run(recipe, left, right).groups());
  }

  @Test
  void columnsMayHaveTheSameNamesOnBothSides() throws IOException {
    // And names that are words of SQL, or those of our own tables.
    ListSource left =
        new ListSource("select:text r:text left_rows:text").row(1, "EUR", "A", "x", "y");
    ListSource right =
        new ListSource("select:text r:text left_rows:text").row(1, "EUR", "A", "x", "y");
    Recipe recipe =
        Recipes.recipe(Recipes.rule("r").equal("select").equal("r").equal("left_rows").build());
    assertEquals(List.of("r [1] [1]"), run(recipe, left, right).groups());
  }

  @Test
  void filtersAreObeyed() throws IOException {
    ListSource left =
        new ListSource("n:integer").row(1, "EUR", 1).row(1, "EUR", null).row(1, "EUR", 3);
    ListSource right = new ListSource("n:integer").row(1, "EUR", 1).row(1, "EUR", 9);
    Expression filter =
        new Expression.Compare(
            Expression.Operator.GREATER, Recipes.column("n"), Recipes.integer(1));
    Ran ran = run(Recipes.recipe(filter, null, Recipes.rule("any").build()), left, right);
    assertEquals(List.of("any [3] [1]"), ran.groups());
    assertEquals(2, ran.outcome().left().filtered());
    assertEquals(
        Int128.of(2), Objects.requireNonNull(ran.outcome().left().sums().get("EUR")).filtered());
  }

  @Test
  void numbersAreNotComparedAsText() throws IOException {
    ListSource left = new ListSource("n:integer").row(1, "EUR", 9).row(1, "EUR", 10);
    Expression filter =
        new Expression.Compare(
            Expression.Operator.GREATER, Recipes.column("n"), Recipes.integer(9));
    Ran ran = run(Recipes.recipe(filter, null, Recipes.rule("any").build()), left, left);
    assertEquals(List.of("any [2] [1]"), ran.groups());
    Expression mixed =
        new Expression.Compare(Expression.Operator.GREATER, Recipes.column("n"), Recipes.text("9"));
    EngineException refused =
        assertThrows(
            EngineException.class,
            () -> run(Recipes.recipe(mixed, null, Recipes.rule("any").build()), left, left));
    assertEquals(EngineException.Kind.RECIPE, refused.kind());
  }

  @Test
  void sourcesWithoutRowsAreSources() throws IOException {
    ListSource none = new ListSource("reference:text");
    ListSource some = new ListSource("reference:text").row(1, "EUR", "A");
    Recipe recipe = Recipes.recipe(Recipes.rule("r").equal("reference").build());
    assertEquals(0, run(recipe, none, none).outcome().left().read());
    Ran ran = run(recipe, some, none);
    assertEquals(1, ran.outcome().left().unmatched());
    assertEquals(List.of("1 no_candidate null null null"), ran.open(MatchSide.LEFT));
  }

  @Test
  void sumsOfGroupsAreCheckedAndRowsWithoutPartnerStayOpen() throws IOException {
    ListSource left =
        new ListSource("reference:text")
            .row(100, "EUR", "paid in two")
            .row(100, "EUR", "paid short")
            .row(100, "EUR", "not paid");
    ListSource right =
        new ListSource("reference:text")
            .row(60, "EUR", "paid in two")
            .row(40, "EUR", "paid in two")
            .row(60, "EUR", "paid short")
            .row(39, "EUR", "paid short")
            .row(7, "EUR", "nobody's");
    Recipe recipe =
        Recipes.recipe(
            Recipes.rule("parts")
                .equal("reference")
                .groups(Cardinality.ONE_TO_MANY, Grouping.WHOLE, 0)
                .build());
    Ran ran = run(recipe, left, right);
    assertEquals(List.of("parts [1] [1, 2]"), ran.groups());
    assertEquals(2, ran.outcome().left().unmatched());
    assertEquals(3, ran.outcome().right().unmatched());
  }

  @Test
  void partsOfASumAreFoundUnlessTwoChoicesWouldDo() throws IOException {
    ListSource left = new ListSource("").row(100, "EUR").row(300, "USD");
    ListSource right =
        new ListSource("")
            .row(60, "EUR")
            .row(40, "EUR")
            .row(40, "EUR")
            .row(100, "USD")
            .row(200, "USD")
            .row(150, "USD")
            .row(150, "USD")
            .row(290, "USD")
            .row(10, "USD");
    Recipe recipe =
        Recipes.recipe(
            Recipes.rule("sum").groups(Cardinality.ONE_TO_MANY, Grouping.SUBSET, 3).build());
    Ran ran = run(recipe, left, right);
    assertEquals(List.of("sum [1] [1, 2]"), ran.groups());
    assertTrue(ran.open(MatchSide.LEFT).get(0).startsWith("2 ambiguous"), "100+200 or 150+150");
  }

  @Test
  void rejectedRowsAreCountedWithWhatCouldBeReadOfThem() throws IOException {
    ListSource left =
        new ListSource("")
            .row(1, "EUR")
            .reject(new Reject(2, "amount", "no number", "1,x", null, null))
            .reject(new Reject(3, "date", "no day, \"\u00e4\"", "31.02.", Int128.of(5), "EUR"));
    Ran ran = run(Recipes.recipe(Recipes.rule("any").build()), left, new ListSource(""));
    assertEquals(3, ran.outcome().left().read());
    assertEquals(2, ran.outcome().left().rejected());
    assertEquals(
        Int128.of(6), Objects.requireNonNull(ran.outcome().left().sums().get("EUR")).read());
    assertEquals("no day, \"\u00e4\"", ran.rows("rejected").get(1).get("reason"));
  }

  @Test
  void openRowsSayWhy() throws IOException {
    String columns = "reference:text date:date";
    ListSource left =
        new ListSource(columns)
            .row(100, "EUR", "cent off", "2026-01-01")
            .row(100, "EUR", "late", "2026-01-01")
            .row(100, "EUR", "dollars", "2026-01-01")
            .row(100, "EUR", "twice", "2026-01-01")
            .row(100, "EUR", "twice", "2026-01-01")
            .row(100, "EUR", "lost", "2026-01-01");
    ListSource right =
        new ListSource(columns)
            .row(99, "EUR", "cent off", "2026-01-01")
            .row(100, "EUR", "late", "2026-01-09")
            .row(100, "USD", "dollars", "2026-01-01")
            .row(100, "EUR", "twice", "2026-01-01");
    Recipe recipe = Recipes.recipe(Recipes.rule("r").equal("reference").days(1, 2).build());
    Ran ran = run(recipe, left, right);
    assertEquals(
        List.of(
            "1 amount 1 -1 0",
            "2 window 2 0 8",
            "3 asset 3 0 0",
            "5 consumed 4 0 0",
            "6 no_candidate null null null"),
        ran.open(MatchSide.LEFT));
    assertEquals(
        List.of("1 amount 1 -1 0", "2 window 2 0 8", "3 asset 3 0 0"), ran.open(MatchSide.RIGHT));
  }
}
