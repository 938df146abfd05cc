// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.talea.ledger.LedgerApi;
import dev.talea.reconcile.draft.KallaImport;
import dev.talea.reconcile.recipe.RecipeJson;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs with the documents, sources and engine that people have: a database and files. */
@Tag("slow")
class RealRunsTest {
  private static final String INVOICES =
      """
      {"name": "invoices", "format": "sql", "amount": {"column": "total"}, "asset": "EUR",
       "fields": [{"name": "invoice_id", "column": "invoice_id"},
                  {"name": "issued_on", "column": "issued_on", "type": "date"}]}
      """;

  private static final String PAYMENTS =
      """
      {"name": "payments", "amount": {"column": "amount"}, "asset": "EUR",
       "fields": [{"name": "reference", "column": "reference"},
                  {"name": "paid_on", "column": "paid_on", "type": "date"}]}
      """;

  private static final String KALLA =
      """
      {"recipe_id": "Invoice Payments", "name": "Invoices", "description": "By number",
       "match_sql": "SELECT l.id, r.id FROM left_src l INNER JOIN right_src AS r ON l.invoice_id = r.reference AND tolerance_match(l.total, r.amount, 0.01) WHERE r.paid_on >= l.issued_on",
       "match_description": "A cent off is fine",
       "sources": {
         "left": {"alias": "invoices", "type": "sqlite", "uri": "sqlite:///x?table=invoices",
           "primary_key": ["invoice_id"]},
         "right": {"alias": "payments", "type": "csv", "uri": "/app/payments.csv"}}}
      """;

  private static final String SUGGESTING =
      """
      {"name": "suggesting",
       "left": {"sql": {"source": "invoices", "profile": "invoices",
                        "query": "SELECT * FROM invoices"}},
       "right": {"file": {"profile": "payments"}},
       "rules": [
         {"name": "near", "cardinality": "1:1", "effect": "suggest",
          "conditions": [{"left": "invoice_id", "is": "equal", "right": "reference"}],
          "tolerance": {"absolute": 1000}}]}
      """;

  private static final Duration PATIENT = Duration.ofMinutes(5);
  private static final long PATIENCE_NANOS = 120_000_000_000L;

  @TempDir private Path folder;

  private void database(String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement()) {
      for (String each : statements) {
        statement.execute(each);
      }
    }
  }

  private String url() {
    return "jdbc:sqlite:" + folder.resolve("invoices.db");
  }

  private Reconciliation open(Path at) {
    LedgerApi none =
        (LedgerApi)
            Proxy.newProxyInstance(
                RealRunsTest.class.getClassLoader(),
                new Class<?>[] {LedgerApi.class},
                (p, m, a) -> null);
    NamedSources named =
        new NamedSources(
            Map.of("invoices", new NamedSources.Database(url(), null, null, Set.of())),
            List.of(),
            List.of());
    return Reconciliation.open(
        new ReconcileSettings(at, 1, 512L << 20, 2, PATIENT, 1L << 30, 1L << 30, named), none);
  }

  private static Object upload(Reconciliation of, String... lines) {
    byte[] file = ("reference,amount,paid_on\n" + String.join("\n", lines) + "\n").getBytes(UTF_8);
    return Objects.requireNonNull(of.uploads().begin("payments.csv", file, true, "test").get("id"));
  }

  private static Map<String, @Nullable Object> run(
      Reconciliation of, String recipe, @Nullable Boolean carry, Object upload) {
    Map<String, @Nullable Object> begun =
        of.runs()
            .start(
                JsonTree.of(
                    "recipe", recipe, "carry", carry, "right", JsonTree.of("upload", upload)),
                "person",
                "test");
    return ended(of, Long.parseLong(JsonTree.text(begun, "id")));
  }

  private static Map<String, @Nullable Object> ended(Reconciliation of, long id) {
    long begun = System.nanoTime();
    while (true) {
      Map<String, @Nullable Object> run = of.runs().one(id, books -> true);
      if (run.get("ended_at") != null) {
        return run;
      }
      assertTrue(System.nanoTime() - begun < PATIENCE_NANOS, () -> "run " + id + " does not end");
      LockSupport.parkNanos(20_000_000);
    }
  }

  private static List<Object> open(Reconciliation of, String recipe) {
    List<Object> ids = new ArrayList<>();
    Map<String, @Nullable Object> page =
        of.exceptions().list(recipe, null, "open", null, 100, books -> {});
    for (Object item : JsonTree.list(page, "items")) {
      ids.add(((Map<?, ?>) item).get("id"));
    }
    return ids;
  }

  private static void save(Reconciliation of) {
    of.documents().saveProfile("invoices", INVOICES.getBytes(UTF_8), "test");
    of.documents().saveProfile("payments", PAYMENTS.getBytes(UTF_8), "test");
  }

  private void invoices() throws SQLException {
    database(
        "CREATE TABLE invoices (invoice_id TEXT, total TEXT, issued_on TEXT)",
        "INSERT INTO invoices VALUES ('I-1', '10.00', '2026-01-01'), ('I-2', '20.00',"
            + " '2026-01-02'), ('I-3', '30.00', '2026-01-03')");
  }

  @Test
  void anImportedRecipeRunsOverADatabaseAndAFileAndCarriesWhatIsOpen() throws Exception {
    invoices();
    try (Reconciliation of = open(folder.resolve("state"))) {
      save(of);
      byte[] recipe = RecipeJson.write(KallaImport.read(KALLA.getBytes(UTF_8), 2).recipe());
      of.documents().saveRecipe(recipe, "test", books -> true);
      // Exactly; a cent off; and before it was issued.
      Object upload =
          upload(of, "I-1,10.00,2026-01-05", "I-2,20.01,2026-01-05", "I-3,30.00,2026-01-02");
      Map<String, @Nullable Object> first = run(of, "invoice-payments", null, upload);
      assertEquals("completed", first.get("state"), () -> "" + first);
      assertEquals(List.of("1-left-3", "1-right-3"), open(of, "invoice-payments"));

      database("DELETE FROM invoices", "INSERT INTO invoices VALUES ('I-4', '40', '2026-02-01')");
      Object second = upload(of, "I-3,29.99,2026-01-09");
      Map<String, @Nullable Object> carried = run(of, "invoice-payments", true, second);
      assertEquals("completed", carried.get("state"), () -> "" + carried);
      assertEquals(1L, carried.get("cleared"), () -> "" + carried);
      assertEquals(List.of("2-left-2", "1-right-3"), open(of, "invoice-payments"));
      Runs.Recorded recorded = of.runs().recorded(2);
      assertEquals(
          List.of(), Verification.of(recorded.folder(), (step, done, total) -> {}).findings());
    }
  }

  @Test
  void aSuggestionIsCarriedUntilItIsConfirmed() throws Exception {
    invoices();
    try (Reconciliation of = open(folder.resolve("state"))) {
      save(of);
      of.documents().saveRecipe(SUGGESTING.getBytes(UTF_8), "test", books -> true);
      run(of, "suggesting", null, upload(of, "I-1,11.00,2026-01-05", "I-9,1.00,2026-01-05"));
      assertEquals(
          List.of("1-left-2", "1-left-3", "1-left-1", "1-right-2", "1-right-1"),
          open(of, "suggesting"));
      database("DELETE FROM invoices");
      Map<String, @Nullable Object> again =
          run(of, "suggesting", true, upload(of, "I-8,1.00,2026-01-05"));
      assertEquals("completed", again.get("state"), () -> "" + again);
      assertEquals(
          List.of("1-left-2", "1-left-3", "1-left-1", "1-right-2", "2-right-3", "1-right-1"),
          open(of, "suggesting"));
      of.exceptions()
          .byHand(
              true,
              JsonTree.of("exceptions", List.of("1-left-1", "1-right-1"), "reason", "a fee of one"),
              "ann");
      run(of, "suggesting", true, upload(of, "I-7,1.00,2026-01-05"));
      assertEquals(
          List.of("1-left-2", "1-left-3", "1-right-2", "2-right-3", "3-right-3"),
          open(of, "suggesting"));
    }
  }

  private static boolean shell(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor()
        == 0;
  }

  private static List<String> names(Path of) throws IOException {
    try (Stream<Path> files = Files.list(of)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aFullDiskEndsTheRunAndLeavesNothingHalf() throws Exception {
    invoices();
    Path disk = Files.createDirectory(folder.resolve("disk"));
    assumeTrue(
        shell("mount", "-t", "tmpfs", "-o", "size=300m", "talea-test", disk.toString()),
        "a full disk: this process may not mount one");
    try (Reconciliation of = open(disk.resolve("state"))) {
      save(of);
      of.documents().saveRecipe(SUGGESTING.getBytes(UTF_8), "test", books -> true);
      String[] lines = new String[200_000];
      for (int i = 0; i < lines.length; i++) {
        lines[i] = "a reference that takes some room on a disk " + i + ",11.00,2026-01-05";
      }
      Object upload = upload(of, lines);
      // The engine's library is unpacked in the run's folder, and the rows do not fit beside it.
      long room = Files.getFileStore(disk).getUsableSpace();
      Path ballast = disk.resolve("ballast");
      Files.write(ballast, new byte[(int) (room - (100L << 20))]);
      Map<String, @Nullable Object> run = run(of, "suggesting", null, upload);
      assertEquals("failed", run.get("state"), () -> "" + run);
      assertEquals(
          "The disk that TALEA_RECONCILE_DIR is on is full; make room and start the run again.",
          run.get("reason"));
      assertEquals(List.of(), names(disk.resolve("state/evidence")));
      assertEquals(List.of(), names(disk.resolve("state/runs")));
      Files.delete(ballast);
      Map<String, @Nullable Object> again = run(of, "suggesting", null, upload);
      assertEquals("completed", again.get("state"), () -> "" + again);
    } finally {
      assertTrue(shell("umount", "-l", disk.toString()));
    }
  }
}
