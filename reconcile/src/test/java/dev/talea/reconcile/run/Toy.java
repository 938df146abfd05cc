// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.LedgerApi;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A reconciliation whose recipes say how their engine misbehaves, in real processes. */
final class Toy implements AutoCloseable {
  /** Far more than anything here takes; what waits this long has failed. */
  private static final long PATIENCE_NANOS = 60_000_000_000L;

  final Reconciliation reconciliation;

  Toy(Path folder) {
    this(folder, Duration.ofMinutes(5), NamedSources.NONE);
  }

  Toy(Path folder, Duration time, NamedSources named) {
    this(folder, time, named, 1);
  }

  Toy(Path folder, Duration time, NamedSources named, int runs) {
    LedgerApi none =
        (LedgerApi)
            Proxy.newProxyInstance(
                Toy.class.getClassLoader(), new Class<?>[] {LedgerApi.class}, (p, m, a) -> null);
    this.reconciliation =
        Reconciliation.open(
            new ReconcileSettings(folder, runs, 256L << 20, 1, time, 1L << 30, 1 << 20, named),
            none,
            new ToyForms(),
            new RunWorker.Command(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                System.getProperty("java.class.path"),
                System.getProperty("path.separator"),
                ToyChild.class.getName()));
  }

  /** Saves a recipe of a mode, sends a file and begins a run. */
  Map<String, @Nullable Object> begin(String mode) {
    return begin(mode, null, false, "100,one", "200,two", "999,stranger", "oops");
  }

  Map<String, @Nullable Object> begin(
      String mode, @Nullable String key, boolean carry, String... lines) {
    reconciliation.documents().saveProfile("lines", "{}".getBytes(StandardCharsets.UTF_8), "test");
    reconciliation
        .documents()
        .saveRecipe(ToyForms.recipe("toy-" + mode, mode), "test", books -> true);
    byte[] file = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
    Object upload = reconciliation.uploads().begin("bank.csv", file, true, "test").get("id");
    return reconciliation
        .runs()
        .start(
            JsonTree.of(
                "recipe",
                "toy-" + mode,
                "key",
                key,
                "carry",
                carry,
                "right",
                JsonTree.of("upload", upload)),
            "person",
            "test");
  }

  Map<String, @Nullable Object> run(long id) {
    return reconciliation.runs().one(id, books -> true);
  }

  String stateOf(long id) {
    return JsonTree.text(run(id), "state");
  }

  String progressOf(long id) {
    return String.valueOf(run(id).get("progress"));
  }

  String ended(long id) {
    await(() -> !java.util.List.of("queued", "running", "cancelling").contains(stateOf(id)));
    return stateOf(id);
  }

  /** Waits for a condition. */
  void await(BooleanSupplier condition) {
    long begun = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - begun > PATIENCE_NANOS) {
        throw new AssertionError("what was waited for did not come");
      }
      LockSupport.parkNanos(5_000_000);
    }
  }

  @Override
  public void close() {
    reconciliation.close();
  }
}
