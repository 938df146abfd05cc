// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.embedded;

import dev.talea.bench.baseline.Measured;
import dev.talea.bench.report.Result;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A large ledger in a small heap, in a process of its own: loaded million by million, read at
 * several sizes, stopped in good order and opened, killed under load and opened, and weighed.
 *
 * <p>For one thread.
 */
public final class ScaleRun {
  private static final long MILLION = 1_000_000;

  private final Load load;
  private final String heap;
  private final double readSeconds;
  private final Consumer<String> progress;
  private final List<Result> results = new ArrayList<>();
  private final List<Measured> parts = new ArrayList<>();
  private final List<String> rows = new ArrayList<>();

  /**
   * What was seen.
   *
   * @param rows the table for people, a line each
   * @param loaded all parts of loading together
   * @param lastReads those of the largest size
   * @param memory after everything was loaded and read
   * @param cleanOpenSeconds after a clean stop, without starting the virtual machine
   * @param killedOpenSeconds the same after SIGKILL under load
   * @param bytesOnDisk by kind of file, before the kill
   */
  public record Outcome(
      List<Result> results,
      List<String> rows,
      Measured loaded,
      Map<Reads.Kind, Measured> lastReads,
      Memory memory,
      double cleanOpenSeconds,
      double killedOpenSeconds,
      Map<String, Long> bytesOnDisk) {

    /** All files together. */
    public double bytesPerTransaction() {
      return bytesOnDisk.values().stream().mapToLong(Long::longValue).sum()
          / (double) loaded.operations();
    }
  }

  private ScaleRun(Load load, String heap, double readSeconds, Consumer<String> progress) {
    this.load = load;
    this.heap = heap;
    this.readSeconds = readSeconds;
    this.progress = progress;
  }

  /**
   * Measures.
   *
   * @param ledger folder of the ledger; must not exist
   * @param sizes numbers of transactions at which to read, ascending; the last one is all there is
   * @param readSeconds for each kind of read at each size
   * @throws IOException if the process ends before its time, for want of memory perhaps
   */
  public static Outcome run(
      Path ledger,
      Load load,
      List<Long> sizes,
      String heap,
      double readSeconds,
      Consumer<String> progress)
      throws IOException {
    return new ScaleRun(load, heap, readSeconds, progress).run(ledger, sizes);
  }

  private Outcome run(Path ledger, List<Long> sizes) throws IOException {
    Map<Reads.Kind, Measured> lastReads = Map.of();
    Memory memory;
    long all = sizes.get(sizes.size() - 1);
    try (LedgerProcess process = LedgerProcess.open(ledger, load, heap)) {
      double prepared = process.prepare();
      row(
          "%,d accounts in %,d books opened in %.1f s",
          (long) load.books() * load.accountsPerBook(), load.books(), prepared);
      long done = 0;
      for (long size : sizes) {
        done = load(process, done, size);
        lastReads = process.reads(size, readSeconds);
        lastReads.forEach((kind, measured) -> addRead(kind, measured, size));
      }
      memory = process.memory();
      row(
          "heap in use %.0f MB of %.0f MB, resident %.0f MB (%.0f MB without files), %d collections,"
              + " %.1f s",
          memory.heapBytes() / 1e6,
          memory.heapBytesMax() / 1e6,
          memory.residentBytes() / 1e6,
          memory.anonymousBytes() / 1e6,
          memory.collections(),
          memory.collectionMillis() / 1e3);
    }
    Map<String, Long> bytes = DiskUse.byKind(ledger);
    bytes.forEach(
        (kind, length) -> row("on disk, %s: %.1f B/transaction", kind, length / (double) all));
    double clean = openAndKill(ledger, all);
    double killed = open(ledger);
    row("opened after a clean stop in %.3f s, after SIGKILL in %.3f s", clean, killed);
    Measured loaded = Measured.sum(parts);
    addWhole(loaded, memory, clean, killed, bytes);
    return new Outcome(
        List.copyOf(results), List.copyOf(rows), loaded, lastReads, memory, clean, killed, bytes);
  }

  /** Loads up to a size in parts of a million, each a point of the rate over the size. */
  private long load(LedgerProcess process, long from, long to) throws IOException {
    long done = from;
    while (done < to) {
      long end = Math.min(done + MILLION, to);
      Measured part = process.load(done, end);
      parts.add(part);
      row("loaded up to %,d: %,.0f transactions/s", end, part.perSecond());
      results.add(
          Result.named("talea, -Xmx" + heap, "loading, million by million")
              .parameter("up to", end)
              .throughput(part.operations(), "transactions", part.seconds())
              .figure("in the log", (double) part.bytes() / part.operations(), "B/transaction")
              .build());
      done = end;
    }
    return done;
  }

  private void addRead(Reads.Kind kind, Measured measured, long size) {
    row(
        "at %,d, %s: p50 %.1f us, p99 %.1f us, max %.0f us of %,d",
        size,
        kind,
        measured.nanosAt(50) / 1e3,
        measured.nanosAt(99) / 1e3,
        measured.nanosAt(100) / 1e3,
        measured.operations());
    results.add(
        Result.named(kind.toString(), "reads, embedded")
            .parameter("transactions", size)
            .parameter("books", load.books())
            .parameter("heap", heap)
            .throughput(measured.operations(), "reads", measured.seconds())
            .latency(measured.latency())
            .build());
  }

  private double openAndKill(Path ledger, long all) throws IOException {
    try (LedgerProcess process = LedgerProcess.open(ledger, load, heap)) {
      process.pour(all);
      process.kill();
      return process.openSeconds();
    }
  }

  private double open(Path ledger) throws IOException {
    try (LedgerProcess process = LedgerProcess.open(ledger, load, heap)) {
      return process.openSeconds();
    }
  }

  private void addWhole(
      Measured loaded, Memory memory, double clean, double killed, Map<String, Long> bytes) {
    Result.Builder whole =
        Result.named("talea, -Xmx" + heap, "scale")
            .parameter("transactions", loaded.operations())
            .parameter("books", load.books())
            .parameter("accounts", (long) load.books() * load.accountsPerBook())
            .throughput(loaded.operations(), "transactions", loaded.seconds())
            .figure("heap in use", memory.heapBytes() / 1e6, "MB")
            .figure("resident", memory.residentBytes() / 1e6, "MB")
            .figure("resident without files", memory.anonymousBytes() / 1e6, "MB")
            .figure("collections", (double) memory.collections(), "")
            .figure("in collections", memory.collectionMillis() / 1e3, "s")
            .figure("opening after a clean stop", clean, "s")
            .figure("opening after SIGKILL", killed, "s");
    bytes.forEach(
        (kind, length) ->
            whole.figure(
                "on disk, " + kind, length / (double) loaded.operations(), "B/transaction"));
    results.add(whole.build());
  }

  private void row(String format, Object... values) {
    String row = String.format(Locale.ROOT, format, values);
    rows.add(row);
    progress.accept(row);
  }
}
