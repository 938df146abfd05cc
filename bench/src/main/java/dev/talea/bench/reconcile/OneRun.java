// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.reconcile;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.talea.bench.baseline.ChildJvm;
import dev.talea.ledger.LedgerApi;
import dev.talea.reconcile.run.NamedSources;
import dev.talea.reconcile.run.ReconcileSettings;
import dev.talea.reconcile.run.Reconciliation;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One run of reconciliation as a server does it, from the request to its recorded end, evidence
 * included: sources read by their profiles, matched by a process of its own, conservation checked,
 * every row explained. A process of its own.
 *
 * <p>{@code OneRun FOLDER MEMORY_MIB [JDBC_URL]}: the left side is the table {@code rows} of that
 * database, or a file. Tells {@code seconds} and {@code outcome}.
 */
public final class OneRun {
  private static final String FIELDS =
      """
      "fields": [{"name": "reference", "column": "reference"},
                 {"name": "date", "column": "date"},
                 {"name": "counterparty", "column": "counterparty"}]}
      """;

  private static final String RULES =
      """
      "rules": [
        {"name": "reference", "conditions": [{"column": "reference"}], "window": {"days": 3}},
        {"name": "near", "conditions": [{"column": "reference"}], "tolerance": {"absolute": 1},
         "window": {"days": 3}}]}
      """;

  private static final int PART_BYTES = 2 << 20;
  private static final String BY = "bench";

  private OneRun() {}

  /** Runs it. */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    String url = args.length > 2 ? args[2] : null;
    NamedSources named =
        new NamedSources(
            url == null
                ? Map.of()
                : Map.of("rows", new NamedSources.Database(url, null, null, Set.of())),
            List.of(),
            List.of());
    ReconcileSettings settings =
        new ReconcileSettings(
            folder.resolve("reconcile"),
            1,
            Long.parseLong(args[1]) << 20,
            Runtime.getRuntime().availableProcessors(),
            Duration.ofHours(1),
            20L << 30,
            2L << 30,
            named);
    LedgerApi none =
        (LedgerApi)
            Proxy.newProxyInstance(
                OneRun.class.getClassLoader(),
                new Class<?>[] {LedgerApi.class},
                (proxy, method, arguments) -> {
                  throw new UnsupportedOperationException("no ledger is measured here");
                });
    try (Reconciliation of = Reconciliation.open(settings, none)) {
      of.documents().saveProfile("file", profile("file", "delimited"), BY);
      of.documents().saveProfile("table", profile("table", "sql"), BY);
      of.documents().saveRecipe(recipe(url != null), BY, books -> true);
      Map<String, @Nullable Object> wanted = new java.util.HashMap<>();
      wanted.put("recipe", "bench");
      wanted.put("right", Map.of("upload", upload(of, BankFiles.right(folder))));
      if (url == null) {
        wanted.put("left", Map.of("upload", upload(of, BankFiles.left(folder))));
      }
      long from = System.nanoTime();
      of.runs().start(wanted, BY, BY, books -> {}, sender -> true);
      Map<String, @Nullable Object> run = of.runs().one(1, books -> true);
      while (run.get("ended_at") == null) {
        LockSupport.parkNanos(5_000_000);
        run = of.runs().one(1, books -> true);
      }
      ChildJvm.tell("seconds", (System.nanoTime() - from) / 1e9);
      ChildJvm.tell("outcome", run.get("state") + " " + run.get("reason") + run.get("outcome"));
    }
    ChildJvm.awaitEndOfInput();
  }

  private static byte[] profile(String name, String format) {
    String head =
        """
        {"name": "%s", "format": "%s", "amount": {"column": "amount"}, "asset": "EUR",
        """;
    return (head.formatted(name, format) + FIELDS).getBytes(UTF_8);
  }

  private static byte[] recipe(boolean database) {
    String left =
        database
            ? "{\"sql\": {\"source\": \"rows\", \"profile\": \"table\", \"query\":"
                + " \"SELECT * FROM rows ORDER BY id\"}}"
            : "{\"file\": {\"profile\": \"file\"}}";
    return ("{\"name\": \"bench\", \"left\": "
            + left
            + ", \"right\": {\"file\": {\"profile\": \"file\"}}, "
            + RULES)
        .getBytes(UTF_8);
  }

  private static String upload(Reconciliation of, Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] part = in.readNBytes(PART_BYTES);
      byte[] next = in.readNBytes(PART_BYTES);
      Object id = of.uploads().begin("rows.csv", part, next.length == 0, BY).get("id");
      long upload = Long.parseLong(String.valueOf(id));
      long offset = part.length;
      while (next.length > 0) {
        part = next;
        next = in.readNBytes(PART_BYTES);
        of.uploads().add(upload, offset, part, next.length == 0, BY, BY::equals);
        offset += part.length;
      }
      return Long.toString(upload);
    }
  }
}
