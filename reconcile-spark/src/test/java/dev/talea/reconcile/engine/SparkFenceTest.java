// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.disk.NioDisk;
import dev.talea.reconcile.decide.SearchLimits;
import dev.talea.reconcile.evidence.EvidenceCheck;
import dev.talea.reconcile.evidence.Manifest;
import dev.talea.reconcile.evidence.RunInput;
import dev.talea.reconcile.recipe.Cardinality;
import dev.talea.reconcile.recipe.Comparison;
import dev.talea.reconcile.recipe.Condition;
import dev.talea.reconcile.recipe.Grouping;
import dev.talea.reconcile.recipe.Normalisation;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.RecipeJson;
import dev.talea.reconcile.row.MatchSide;
import dev.talea.spark.SparkEngine;
import dev.talea.spark.TestSpark;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
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
 * What Spark is not asked for and what ends it: an expert's query, more disk than the run may have,
 * a cancel. And that its evidence can be checked without believing it.
 */
@Tag("slow")
class SparkFenceTest {
  @TempDir Path folder;

  private static ListSource numbered(int rows) {
    ListSource source = new ListSource("reference:text");
    for (int i = 0; i < rows; i++) {
      source.row(i % 1000, "EUR", "reference " + i);
    }
    return source;
  }

  private static final Recipe BY_REFERENCE =
      Recipes.recipe(Recipes.rule("r").equal("reference").build());

  private static EngineRun load(EngineRun run, ListSource left, ListSource right)
      throws IOException {
    run.load(MatchSide.LEFT, Origin.SOURCE, left, MatchProgress.UNSEEN);
    run.load(MatchSide.RIGHT, Origin.SOURCE, right, MatchProgress.UNSEEN);
    return run;
  }

  @Test
  void anExpertsQueryIsRefusedByName() throws IOException {
    Recipe recipe =
        Recipes.recipe(
            Recipes.rule("first").build(), Recipes.rule("expert").sql("SELECT 1").build());
    ListSource rows = numbered(3);
    try (EngineRun run = TestSpark.engine().open(folder, EngineConformance.LIMITS)) {
      load(run, rows, rows);
      EngineException refused =
          assertThrows(
              EngineException.class, () -> run.match(recipe, Map.of(), MatchProgress.UNSEEN));
      assertEquals(EngineException.Kind.RECIPE, refused.kind());
      assertEquals(
          "Rule expert: it is an expert's query, and the engine spark has none. Say it in"
              + " conditions, or match with the engine duckdb.",
          refused.getMessage());
    }
  }

  @Test
  void moreDiskThanARunMayHaveIsNamed() throws IOException {
    ListSource rows = numbered(50_000);
    EngineException rowsOnly =
        assertThrows(
            EngineException.class, () -> matched(new EngineLimits(512L << 20, 2, 1L << 20), rows));
    assertEquals(EngineException.Kind.LIMIT, rowsOnly.kind(), rowsOnly::toString);
    // The rows have less than five megabytes together, and what is sorted comes on top.
    EngineException sorted =
        assertThrows(
            EngineException.class, () -> matched(new EngineLimits(512L << 20, 2, 5L << 20), rows));
    assertEquals(EngineException.Kind.LIMIT, sorted.kind(), sorted::toString);
    assertTrue(
        String.valueOf(sorted.getMessage()).contains("TALEA_RECONCILE_DISK"), sorted::toString);
    matched(new EngineLimits(512L << 20, 2, 1L << 30), rows);
  }

  private void matched(EngineLimits limits, ListSource rows) throws IOException {
    try (EngineRun run = TestSpark.engine().open(folder, limits)) {
      load(run, rows, rows);
      run.match(BY_REFERENCE, Map.of(), MatchProgress.UNSEEN);
      // Spark tells of what it has written a little later, and a run looks after each step.
      Path evidence = Files.createDirectory(folder.resolve("evidence"));
      run.write(evidence, MatchProgress.UNSEEN);
    } finally {
      assertFalse(Files.exists(folder.resolve("spark")), "nothing is left of its own files");
    }
  }

  /** In each phase, beginning with the call that says it has begun. */
  @ParameterizedTest
  @ValueSource(strings = {"load right", "r", "explain left", "write"})
  void aCancelEndsWhatIsBeingDone(String phase) throws Exception {
    ListSource rows = numbered(60_000);
    CompletableFuture<Boolean> begun = new CompletableFuture<>();
    CompletableFuture<Boolean> cancelled = new CompletableFuture<>();
    MatchProgress progress =
        (step, done, total) -> {
          if (step.equals(phase)) {
            begun.complete(true);
            cancelled.join();
          }
        };
    Path evidence = Files.createDirectory(folder.resolve("evidence"));
    assertEquals(
        EngineException.Kind.CANCELLED,
        cancelled(
            TestSpark.engine(),
            begun,
            cancelled,
            run -> {
              run.load(MatchSide.LEFT, Origin.SOURCE, rows, progress);
              run.load(MatchSide.RIGHT, Origin.SOURCE, rows, progress);
              run.match(BY_REFERENCE, Map.of(), progress);
              run.write(evidence, progress);
            }));
    try (var left = Files.list(folder)) {
      assertEquals(List.of(evidence), left.toList(), "nothing else is left");
    }
  }

  /** The tasks of a job and the search in this process: both would go on for minutes. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSearchIsCancelledInTheMiddle(boolean inTasks) throws Exception {
    ListSource left = new ListSource("note:text");
    ListSource right = new ListSource("note:text");
    Random random = new Random(3);
    int rows = inTasks ? 60_000 : 3_000;
    for (int i = 0; i < rows; i++) {
      left.row(1_000_000 + random.nextInt(1_000_000), "EUR", "left " + i);
      right.row(100_000 + random.nextInt(900_000), "EUR", "right " + i);
    }
    Recipe recipe =
        Recipes.recipe(
            inTasks
                ? Recipes.rule("similar")
                    .within(10_000_000)
                    .condition(
                        new Condition(
                            "note",
                            Comparison.SIMILAR,
                            "note",
                            List.of(),
                            new BigDecimal("0.9999")))
                    .build()
                : Recipes.rule("sum").groups(Cardinality.ONE_TO_MANY, Grouping.SUBSET, 12).build());
    SearchLimits many = new SearchLimits(1L << 40, 1L << 40, 200, 1L << 40, 100);
    CompletableFuture<Boolean> begun = new CompletableFuture<>();
    CompletableFuture<Boolean> cancelled = new CompletableFuture<>();
    assertEquals(
        EngineException.Kind.CANCELLED,
        cancelled(
            TestSpark.engine(many, 10_000),
            begun,
            cancelled,
            run ->
                load(run, left, right)
                    .match(
                        recipe,
                        Map.of(),
                        (step, done, total) ->
                            // It has begun, and goes on while it is cancelled a little later.
                            CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS)
                                .execute(() -> begun.complete(true)))));
  }

  private interface Work {
    void with(EngineRun run) throws IOException;
  }

  /** Why a run ended that was cancelled once it had begun. */
  private EngineException.@Nullable Kind cancelled(
      SparkEngine engine,
      CompletableFuture<Boolean> begun,
      CompletableFuture<Boolean> cancelled,
      Work work)
      throws Exception {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    try (EngineRun run = engine.open(folder, EngineConformance.LIMITS)) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  work.with(run);
                  ended.complete(null);
                } catch (Throwable e) {
                  ended.completeExceptionally(e);
                }
              });
      thread.start();
      begun.get(60, TimeUnit.SECONDS);
      run.cancel();
      cancelled.complete(true);
      ExecutionException failed =
          assertThrows(ExecutionException.class, () -> ended.get(20, TimeUnit.SECONDS));
      thread.join();
      return failed.getCause() instanceof EngineException e ? e.kind() : null;
    }
  }

  /** Also by DuckDB, which reads its rows and leaves the same CSV. */
  @Test
  void itsEvidenceIsCheckedByEitherEngine() throws IOException {
    RandomCase random = new RandomCase(4);
    Path work = Files.createDirectory(folder.resolve("work"));
    Path evidence = Files.createDirectory(work.resolve("evidence"));
    SparkEngine spark = TestSpark.engine();
    NioDisk disk = new NioDisk();
    try (EngineRun run = spark.open(work, EngineConformance.LIMITS)) {
      load(run, random.left, random.right);
      Outcome outcome = run.match(random.recipe, random.parameters, MatchProgress.UNSEEN);
      List<String> names = run.write(evidence, MatchProgress.UNSEEN);
      new Manifest(
              new String(RecipeJson.write(random.recipe), StandardCharsets.UTF_8),
              new TreeMap<>(random.parameters),
              spark.name(),
              spark.version(),
              List.of(
                  new RunInput(MatchSide.LEFT, Origin.SOURCE, random.left.facts()),
                  new RunInput(MatchSide.RIGHT, Origin.SOURCE, random.right.facts())),
              outcome,
              Manifest.files(disk, evidence, names))
          .write(disk, evidence);
    }
    for (Engine engine : List.of(spark, new DuckEngine())) {
      Path again = Files.createDirectory(folder.resolve(engine.name()));
      EvidenceCheck.Verdict verdict =
          new EvidenceCheck(
                  disk,
                  engine,
                  EngineConformance.LIMITS,
                  json -> RecipeJson.read(json.getBytes(StandardCharsets.UTF_8)))
              .check(evidence, again, MatchProgress.UNSEEN);
      assertEquals(List.of(), verdict.findings(), engine.name());
      assertTrue(verdict.matchedAgain());
    }
  }

  /** What is done to a text means the same here and in the reference, for every character. */
  @Test
  void everyCharacterIsChangedAlike() {
    List<String> different = new ArrayList<>();
    for (Normalisation.Kind kind : Normalisation.Kind.values()) {
      String pattern = kind == Normalisation.Kind.CAPTURE ? "a(.)" : null;
      List<Normalisation> steps = List.of(new Normalisation(kind, pattern));
      for (int point = 1; point <= Character.MAX_CODE_POINT; point++) {
        if (Character.isDefined(point) && (point < 0xD800 || point > 0xDFFF)) {
          String character = Character.toString(point);
          String text = character + "0a" + character + "1" + character;
          Object changed = TestSpark.normalised(text, steps);
          if (!Objects.equals(changed, ReferenceMatcher.normalised(text, steps))) {
            different.add(kind + " U+" + Integer.toHexString(point) + " " + changed);
          }
        }
      }
    }
    assertEquals(List.of(), different);
  }
}
