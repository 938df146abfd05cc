// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.LedgerApi;
import dev.talea.spark.TestSpark;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs as an installation has them that asks for Spark: in a process of their own. */
@Tag("slow")
class SparkRunsTest {
  private static final String LINES =
      """
      {"name": "lines", "amount": {"column": "amount"}, "asset": "EUR",
       "fields": [{"name": "reference", "column": "reference"}]}
      """;

  private static final String RECIPE =
      """
      {"name": "lines",
       "left": {"file": {"profile": "lines"}},
       "right": {"file": {"profile": "lines"}},
       "rules": [
         {"name": "same", "cardinality": "1:1", "effect": "match",
          "conditions": [{"left": "reference", "is": "equal", "right": "reference"}]}]}
      """;

  private static final long PATIENCE_NANOS = 240_000_000_000L;

  @TempDir private Path folder;

  @BeforeEach
  void sparkRunsHere() {
    var unused = TestSpark.spark();
  }

  private Reconciliation open(long memoryBytes) {
    LedgerApi none =
        (LedgerApi)
            Proxy.newProxyInstance(
                SparkRunsTest.class.getClassLoader(),
                new Class<?>[] {LedgerApi.class},
                (proxy, method, arguments) -> null);
    Reconciliation of =
        Reconciliation.open(
            new ReconcileSettings(
                folder.resolve("state"),
                1,
                memoryBytes,
                2,
                Duration.ofMinutes(5),
                1L << 30,
                1L << 20,
                NamedSources.NONE,
                ReconcileSettings.SPARK),
            none);
    of.documents().saveProfile("lines", LINES.getBytes(UTF_8), "test");
    of.documents().saveRecipe(RECIPE.getBytes(UTF_8), "test", books -> true);
    return of;
  }

  private static Object upload(Reconciliation of, String... lines) {
    byte[] file = ("reference,amount\n" + String.join("\n", lines) + "\n").getBytes(UTF_8);
    return Objects.requireNonNull(of.uploads().begin("lines.csv", file, true, "test").get("id"));
  }

  private static Map<String, @Nullable Object> run(Reconciliation of, boolean carry)
      throws InterruptedException {
    Map<String, @Nullable Object> begun =
        of.runs()
            .start(
                JsonTree.of(
                    "recipe",
                    "lines",
                    "carry",
                    carry,
                    "left",
                    JsonTree.of("upload", upload(of, "A,1.00", carry ? "B,2.00" : "C,3.00")),
                    "right",
                    JsonTree.of("upload", upload(of, "A,1.00", carry ? "C,3.00" : "B,2.00"))),
                "person",
                "test");
    long id = Long.parseLong(JsonTree.text(begun, "id"));
    long since = System.nanoTime();
    while (true) {
      Map<String, @Nullable Object> run = of.runs().one(id, books -> true);
      if (run.get("ended_at") != null) {
        return run;
      }
      assertTrue(System.nanoTime() - since < PATIENCE_NANOS, () -> "run " + id + " does not end");
      LockSupport.parkNanos(20_000_000);
    }
  }

  @Test
  void aRunIsMatchedBySparkCarriedOnAndCheckedByDuckDb() throws Exception {
    try (Reconciliation of = open(1L << 30)) {
      Map<String, @Nullable Object> first = run(of, false);
      assertEquals("completed", first.get("state"), () -> "" + first);
      Map<String, @Nullable Object> second = run(of, true);
      assertEquals("completed", second.get("state"), () -> "" + second);
      assertEquals(2L, second.get("cleared"), () -> "" + second);
      Path evidence = of.runs().recorded(2).folder();
      assertTrue(
          Files.readString(evidence.resolve("manifest.json")).contains("\"spark\""),
          "the manifest names the engine");
      assertEquals(
          List.of(), Verification.of(evidence, (step, done, total) -> {}).findings(), "by DuckDB");
    }
  }

  @Test
  void tooLittleMemoryForSparkIsNamed() throws Exception {
    try (Reconciliation of = open(256L << 20)) {
      Map<String, @Nullable Object> run = run(of, false);
      assertEquals("failed", run.get("state"), () -> "" + run);
      assertTrue(
          String.valueOf(run.get("reason")).contains("raise TALEA_RECONCILE_MEMORY"),
          () -> "" + run);
    }
  }
}
