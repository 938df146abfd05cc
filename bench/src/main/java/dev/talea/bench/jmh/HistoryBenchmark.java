// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.jmh;

import static java.util.Objects.requireNonNull;

import dev.talea.bench.embedded.DiskUse;
import dev.talea.bench.embedded.EmbeddedLedger;
import dev.talea.bench.embedded.Load;
import dev.talea.bench.embedded.Reads;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Reads into a history of a book, the account that every transaction touches: over jump pointers,
 * by key and by id, at places chosen evenly. The answers are checked.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Benchmark)
public class HistoryBenchmark {
  private static final Load LOAD = new Load(1, 1000);
  private static final int DRAFTS_PER_COMMIT = 1024;

  /** Length of the history. */
  @Param({"100000", "1000000"})
  private int transactions;

  private Path folder = Path.of("");
  private @Nullable EmbeddedLedger ledger;
  private @Nullable Reads reads;

  /** Loads the history. */
  @Setup
  public void load() throws IOException {
    folder = CommitLatencyBenchmark.freshFolder();
    EmbeddedLedger opened = EmbeddedLedger.open(folder);
    opened.prepare(LOAD);
    opened.load(LOAD, 0, transactions, DRAFTS_PER_COMMIT);
    reads = new Reads(opened.store(), LOAD, transactions);
    ledger = opened;
  }

  /** Removes it. */
  @TearDown
  public void close() throws IOException {
    requireNonNull(ledger).close();
    DiskUse.delete(folder);
  }

  /** One look at a published head. */
  @Benchmark
  public void balanceNow() {
    requireNonNull(reads).read(Reads.Kind.BALANCE_NOW);
  }

  /** Over jump pointers. */
  @Benchmark
  public void balanceAsOf() {
    requireNonNull(reads).read(Reads.Kind.BALANCE_AS_OF);
  }

  /** Over jump pointers of the totals. */
  @Benchmark
  public void trialBalanceAsOf() {
    requireNonNull(reads).read(Reads.Kind.TRIAL_BALANCE_AS_OF);
  }

  /** A post sent again; goes to the writer's thread and back. */
  @Benchmark
  public void byKey() {
    requireNonNull(reads).read(Reads.Kind.BY_KEY);
  }

  /** A transaction by its id. */
  @Benchmark
  public void byId() {
    requireNonNull(reads).read(Reads.Kind.BY_ID);
  }
}
