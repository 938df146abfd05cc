// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.decide.SearchLimits;
import dev.talea.reconcile.recipe.Cardinality;
import dev.talea.reconcile.recipe.Grouping;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.Rule;
import dev.talea.reconcile.row.MatchSide;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What DuckDB is not allowed: more than its limits, anything outside of the run's folder, going on
 * after a cancel, and writing other bytes for the same rows.
 */
@Tag("slow")
class DuckFenceTest {
  private static final EngineLimits LIMITS = new EngineLimits(512L << 20, 2, 1L << 30);

  @TempDir Path folder;

  private Path evidence(Path run) throws IOException {
    return Files.createDirectories(run.resolve("evidence"));
  }

  private static ListSource numbered(int rows) {
    ListSource source = new ListSource("reference:text");
    for (int i = 0; i < rows; i++) {
      source.row(i % 1000, "EUR", "reference " + i);
    }
    return source;
  }

  private EngineRun loaded(Path run, EngineLimits limits, ListSource left, ListSource right)
      throws IOException {
    EngineRun engineRun = new DuckEngine().open(run, limits);
    engineRun.load(MatchSide.LEFT, Origin.SOURCE, left, MatchProgress.UNSEEN);
    engineRun.load(MatchSide.RIGHT, Origin.SOURCE, right, MatchProgress.UNSEEN);
    return engineRun;
  }

  private EngineException refused(String query) throws IOException {
    ListSource rows = numbered(3);
    try (EngineRun run = loaded(folder, LIMITS, rows, rows)) {
      Recipe recipe = Recipes.recipe(Recipes.rule("expert").sql(query).build());
      return assertThrows(
          EngineException.class, () -> run.match(recipe, Map.of(), MatchProgress.UNSEEN), query);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1 AS left_row, length(content) AS right_row FROM read_text('/etc/hostname')",
        "SELECT 1 AS left_row, 1 AS right_row FROM read_csv('/etc/passwd')",
        "SELECT 1 AS left_row, 1 AS right_row FROM glob('/etc/*')",
        "SELECT 1 AS left_row, 1 AS right_row FROM read_parquet('http://127.0.0.1:1/x.parquet')",
        "SELECT 1 AS left_row, 1 AS right_row FROM read_csv('https://127.0.0.1:1/x')",
        "SELECT 1 AS left_row, 1 AS right_row FROM sqlite_scan('/tmp/x.db', 't')",
        "SELECT 1 AS left_row, 1 AS right_row FROM '/etc/passwd'",
        "COPY left_rows TO '/tmp/talea-stolen.csv'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "ATTACH '/tmp/talea-attached.db'",
        "ATTACH ':memory:' AS other",
        "SET memory_limit = '100GB'",
        "RESET lock_configuration",
        "PRAGMA threads = 64",
        "CREATE TABLE mine (i INTEGER)",
        "DELETE FROM left_rows",
        "SELECT left_row, 1 AS right_row FROM left_open; DELETE FROM left_rows",
        "SELECT 1 AS left_row, 1 AS right_row) q; DELETE FROM left_rows; SELECT * FROM (SELECT 1",
        "",
        "no SQL at all",
        "SELECT 7 AS left_row, 1 AS right_row",
        "SELECT left_row FROM left_open",
      })
  void theExpertsQueryIsRefused(String query) throws IOException {
    EngineException refused = refused(query);
    assertEquals(EngineException.Kind.RECIPE, refused.kind(), refused::toString);
    assertTrue(String.valueOf(refused.getMessage()).startsWith("Rule expert: "), refused::toString);
    assertFalse(Files.exists(Path.of("/tmp/talea-stolen.csv")));
    assertFalse(Files.exists(Path.of("/tmp/talea-attached.db")));
  }

  /** The fence itself: what the parser lets through by mistake does not get out either. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "COPY (SELECT 1) TO '/tmp/talea-stolen.csv'",
        "EXPORT DATABASE '/tmp/talea-exported'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "ATTACH '/tmp/talea-attached.db'",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SET threads = 64",
        "SET memory_limit = '100GB'",
        "SET temp_directory = '/tmp'",
        "CREATE PERSISTENT SECRET s (TYPE s3)",
      })
  void theFenceHoldsForAnyStatement(String sql) {
    try (DuckSession session = new DuckSession(folder, folder.resolve("spill"), LIMITS)) {
      session.fence();
      assertThrows(EngineException.class, () -> session.run(sql), sql);
    }
  }

  @Test
  void aDifferenceOfAnExpertsPairThatIsNoAmountIsNotSaid() throws IOException {
    ListSource left = new ListSource("").row(1, "EUR");
    ListSource right = new ListSource("").row(Int128.MIN, "EUR");
    Path evidence = evidence(folder);
    try (EngineRun run = loaded(folder, LIMITS, left, right)) {
      run.match(
          Recipes.recipe(
              Recipes.rule("any")
                  .sql("SELECT left_row, right_row FROM left_open, right_open")
                  .build()),
          Map.of(),
          MatchProgress.UNSEEN);
      run.write(evidence, MatchProgress.UNSEEN);
    }
    List<Map<String, String>> matched = Csv.read(evidence.resolve("matched.csv"));
    assertEquals(2, matched.size());
    matched.forEach(row -> assertFalse(row.containsKey("difference"), row::toString));
  }

  @Test
  void anExpertsQueryPairsRows() throws IOException {
    ListSource left = new ListSource("reference:text").row(100, "EUR", "a").row(7, "EUR", "b");
    ListSource right =
        new ListSource("reference:text")
            .row(-101, "EUR", "A")
            .row(-100, "EUR", "A")
            .row(-7, "USD", "B");
    String query =
        """
        -- as the seed has it
        SELECT l.left_row, r.right_row FROM left_src l LEFT JOIN right_src r
        ON upper(l.reference) = r.reference AND tolerance_match(l.amount, -r.amount, 1);
        """;
    Recipe recipe = Recipes.recipe(Recipes.rule("sql").opposite().sql(query).build());
    try (EngineRun run = loaded(folder, LIMITS, left, right)) {
      Outcome outcome = run.match(recipe, Map.of(), MatchProgress.UNSEEN);
      assertEquals(1, outcome.left().matched());
      assertEquals(
          List.of(
              "Rule sql: 1 pairs of its query were left out: their rows are of different"
                  + " assets."),
          outcome.remarks());
      run.write(evidence(folder), MatchProgress.UNSEEN);
      assertEquals(
          List.of("1", "2"),
          Csv.read(folder.resolve("evidence/matched.csv")).stream()
              .map(row -> row.get("row"))
              .toList());
    }
  }

  @Test
  void groupsOfAnExpertsQueryHaveItsCardinality() throws IOException {
    ListSource left = new ListSource("").row(100, "EUR").row(5, "EUR").row(6, "EUR");
    ListSource right =
        new ListSource("").row(60, "EUR").row(40, "EUR").row(5, "EUR").row(11, "EUR");
    String query =
        "SELECT * FROM (VALUES (1, 1), (1, 2), (2, 3), (2, 4), (3, 4)) v(left_row, right_row)";
    Rule rule = Recipes.rule("sql").cardinality(Cardinality.ONE_TO_MANY).sql(query).build();
    try (EngineRun run = loaded(folder, LIMITS, left, right)) {
      Outcome outcome = run.match(Recipes.recipe(rule), Map.of(), MatchProgress.UNSEEN);
      assertEquals(List.of(new Outcome.RuleTotals("sql", 1, 1, 2)), outcome.rules());
      run.write(evidence(folder), MatchProgress.UNSEEN);
      assertEquals(
          List.of("ambiguous", "ambiguous"),
          Csv.read(folder.resolve("evidence/unmatched_left.csv")).stream()
              .map(row -> row.get("_reason"))
              .toList());
    }
  }

  @Test
  void twoRunsWriteTheSameBytesWithAnyNumberOfThreads() throws IOException {
    Random random = new Random(7);
    ListSource left = new ListSource("reference:text date:date");
    ListSource right = new ListSource("reference:text date:date");
    // More than fit into one group of rows, so that several threads have something to do.
    for (int i = 0; i < 130_000; i++) {
      String reference = "r" + random.nextInt(108_000);
      left.row(random.nextInt(5), "EUR", reference, "2026-01-0" + (1 + random.nextInt(9)));
      right.row(random.nextInt(5), "EUR", reference, "2026-01-0" + (1 + random.nextInt(9)));
    }
    Recipe recipe =
        Recipes.recipe(
            Recipes.rule("same").equal("reference").days(0, 0).build(),
            Recipes.rule("near").equal("reference").within(2).days(3, 3).suggest().build(),
            Recipes.rule("sum")
                .equal("reference")
                .groups(Cardinality.MANY_TO_MANY, Grouping.WHOLE, 0)
                .build());
    Path first = write("first", new EngineLimits(1L << 30, 1, 1L << 30), left, right, recipe);
    Path second = write("second", new EngineLimits(256L << 20, 4, 4L << 30), left, right, recipe);
    List<String> names;
    try (var files = Files.list(first)) {
      names = files.map(file -> file.getFileName().toString()).sorted().toList();
    }
    assertEquals(18, names.size()); // nine tables, twice
    for (String name : names) {
      assertArrayEquals(
          Files.readAllBytes(first.resolve(name)), Files.readAllBytes(second.resolve(name)), name);
    }
  }

  private Path write(
      String name, EngineLimits limits, ListSource left, ListSource right, Recipe recipe)
      throws IOException {
    Path run = Files.createDirectories(folder.resolve(name));
    Path evidence = evidence(run);
    try (EngineRun engineRun = loaded(run, limits, left, right)) {
      engineRun.match(recipe, Map.of(), MatchProgress.UNSEEN);
      engineRun.write(evidence, MatchProgress.UNSEEN);
    }
    return evidence;
  }

  @Test
  void tooLittleMemoryAndDiskAreNamed() throws IOException {
    ListSource rows = numbered(400_000);
    Recipe recipe = Recipes.recipe(Recipes.rule("r").equal("reference").within(5).build());
    EngineException disk =
        assertThrows(
            EngineException.class,
            () -> matched(recipe, new EngineLimits(64L << 20, 1, 1 << 20), rows));
    assertEquals(EngineException.Kind.LIMIT, disk.kind(), disk::toString);
    assertTrue(String.valueOf(disk.getMessage()).contains("TALEA_RECONCILE_DISK"), disk::toString);
    // A list of all rows is one value, which cannot be spilled.
    Recipe greedy =
        Recipes.recipe(
            Recipes.rule("r")
                .sql(
                    "SELECT 1 AS left_row, length(list(l.reference || r.reference)) AS right_row FROM"
                        + " left_open l, right_open r")
                .build());
    EngineException memory =
        assertThrows(
            EngineException.class,
            () -> matched(greedy, new EngineLimits(128L << 20, 1, 8L << 30), rows));
    assertEquals(EngineException.Kind.LIMIT, memory.kind(), memory::toString);
    assertTrue(
        String.valueOf(memory.getMessage()).contains("TALEA_RECONCILE_MEMORY"), memory::toString);
  }

  private void matched(Recipe recipe, EngineLimits limits, ListSource rows) throws IOException {
    try (EngineRun run = loaded(folder, limits, rows, rows)) {
      run.match(recipe, Map.of(), MatchProgress.UNSEEN);
    }
  }

  @Test
  void aSearchThatWouldTakeTooLongEndsAtItsLimitAndSaysSo() throws IOException {
    ListSource left = new ListSource("n:integer");
    ListSource right = new ListSource("n:integer");
    for (int i = 0; i < 100; i++) {
      left.row(2 * i, "EUR", i);
      right.row(2 * i + 1, "EUR", i);
    }
    left.row(5_000, "USD", 1);
    right.row(5_001, "USD", 1);
    SearchLimits few = new SearchLimits(150, 10, 5, 15, 100);
    try (EngineRun run = new DuckEngine(few).open(folder, LIMITS)) {
      run.load(MatchSide.LEFT, Origin.SOURCE, left, MatchProgress.UNSEEN);
      run.load(MatchSide.RIGHT, Origin.SOURCE, right, MatchProgress.UNSEEN);
      Recipe recipe =
          Recipes.recipe(
              Recipes.rule("near").within(1_000).build(),
              Recipes.rule("sum").groups(Cardinality.ONE_TO_MANY, Grouping.SUBSET, 4).build());
      Outcome outcome = run.match(recipe, Map.of(), MatchProgress.UNSEEN);
      assertEquals(2, outcome.rules().get(0).groups(), "USD, and one row of EUR");
      assertTrue(
          outcome.remarks().get(0).startsWith("Rule near: there were 10001 pairs to look at"),
          outcome::toString);
      assertTrue(outcome.remarks().size() > 1, outcome::toString);
      assertEquals(101, outcome.left().matched() + outcome.left().unmatched());
    }
  }

  /** In each phase, beginning with the call that says it has begun. */
  @ParameterizedTest
  @ValueSource(strings = {"load right", "endless", "explain left", "write"})
  void aCancelEndsWhatIsBeingDone(String phase) throws Exception {
    ListSource rows = numbered(200_000);
    String endless =
        "SELECT max(l.left_row) AS left_row, max(r.right_row) AS right_row FROM left_open l,"
            + " right_open r, left_open x WHERE l.amount + r.amount * x.amount = 7";
    Recipe recipe =
        phase.equals("endless")
            ? Recipes.recipe(Recipes.rule("endless").sql(endless).build())
            : Recipes.recipe(Recipes.rule("r").equal("reference").build());
    CompletableFuture<EngineRun> begun = new CompletableFuture<>();
    CompletableFuture<Boolean> cancelled = new CompletableFuture<>();
    CompletableFuture<Void> ended = new CompletableFuture<>();
    try (EngineRun run = new DuckEngine().open(folder, LIMITS)) {
      MatchProgress progress =
          (step, done, total) -> {
            if (step.equals(phase)) {
              begun.complete(run);
              if (!phase.equals("endless")) {
                cancelled.join();
              }
            }
          };
      Thread thread =
          new Thread(
              () -> {
                try {
                  run.load(MatchSide.LEFT, Origin.SOURCE, rows, progress);
                  run.load(MatchSide.RIGHT, Origin.SOURCE, rows, progress);
                  run.match(recipe, Map.of(), progress);
                  run.write(evidence(folder), progress);
                  ended.complete(null);
                } catch (Throwable e) {
                  ended.completeExceptionally(e);
                }
              });
      thread.start();
      begun.get(60, TimeUnit.SECONDS).cancel();
      cancelled.complete(true);
      ExecutionException failed =
          assertThrows(ExecutionException.class, () -> ended.get(10, TimeUnit.SECONDS));
      assertEquals(EngineException.Kind.CANCELLED, kind(failed));
      thread.join();
    }
    try (var left = Files.list(folder)) {
      assertEquals(
          List.of(), left.filter(file -> file.endsWith("spill")).toList(), "nothing is left");
    }
  }

  @Test
  void aSearchThatRunsInJavaIsCancelledToo() throws Exception {
    ListSource left = new ListSource("");
    ListSource right = new ListSource("");
    Random random = new Random(3);
    for (int i = 0; i < 3_000; i++) {
      left.row(1_000_000 + random.nextInt(1_000_000), "EUR");
      right.row(100_000 + random.nextInt(900_000), "EUR");
    }
    Recipe recipe =
        Recipes.recipe(
            Recipes.rule("sum").groups(Cardinality.ONE_TO_MANY, Grouping.SUBSET, 12).build());
    SearchLimits many = new SearchLimits(1L << 40, 1L << 40, 200, 1L << 40, 100);
    CompletableFuture<Boolean> begun = new CompletableFuture<>();
    CompletableFuture<Void> ended = new CompletableFuture<>();
    try (EngineRun run = new DuckEngine(many).open(folder, LIMITS)) {
      run.load(MatchSide.LEFT, Origin.SOURCE, left, MatchProgress.UNSEEN);
      run.load(MatchSide.RIGHT, Origin.SOURCE, right, MatchProgress.UNSEEN);
      Thread thread =
          new Thread(
              () -> {
                try {
                  run.match(recipe, Map.of(), (step, done, total) -> begun.complete(true));
                  ended.complete(null);
                } catch (Throwable e) {
                  ended.completeExceptionally(e);
                }
              });
      thread.start();
      begun.get(60, TimeUnit.SECONDS);
      run.cancel();
      ExecutionException failed =
          assertThrows(ExecutionException.class, () -> ended.get(10, TimeUnit.SECONDS));
      assertEquals(EngineException.Kind.CANCELLED, kind(failed));
      thread.join();
    }
  }

  private static EngineException.@Nullable Kind kind(ExecutionException failed) {
    return failed.getCause() instanceof EngineException e ? e.kind() : null;
  }
}
