// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.jmh;

import static java.util.Objects.requireNonNull;

import dev.talea.bench.baseline.RawFile;
import dev.talea.bench.embedded.DiskUse;
import dev.talea.bench.embedded.EmbeddedLedger;
import dev.talea.bench.embedded.Load;
import dev.talea.bench.embedded.SyncMeter;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.PostResult.Posted;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One durable commit at a time: a transaction of two postings, and a raw write and sync of exactly
 * the bytes that it puts on disk. Files lie below {@code -Dtalea.bench.dir}, or else below the
 * temporary folder, which may not be a real disk.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class CommitLatencyBenchmark {
  private static final Load LOAD = new Load(1, 100);
  private static final long RAW_BYTES = 64L << 20;

  /** A fresh folder that goes away with the fork. */
  static Path freshFolder() throws IOException {
    Path parent =
        Path.of(System.getProperty("talea.bench.dir", System.getProperty("java.io.tmpdir")));
    Files.createDirectories(parent);
    return Files.createTempDirectory(parent, "talea-jmh-");
  }

  /** A ledger with one book. */
  @State(Scope.Benchmark)
  public static class Ledger {
    private Path folder = Path.of("");
    private @Nullable EmbeddedLedger ledger;
    private @Nullable BlockingLedger blocking;
    private long next;

    /** Opens it. */
    @Setup
    public void open() throws IOException {
      folder = freshFolder();
      EmbeddedLedger opened = EmbeddedLedger.open(folder);
      opened.prepare(LOAD);
      ledger = opened;
      blocking = opened.blocking();
    }

    Posted post() {
      return requireNonNull(blocking).post(LOAD.draft(next++));
    }

    /** Removes it. */
    @TearDown
    public void close() throws IOException {
      requireNonNull(ledger).close();
      DiskUse.delete(folder);
    }
  }

  /** A file of zeros, and as many bytes as the ledger writes for a commit. */
  @State(Scope.Benchmark)
  public static class Raw {
    private Path folder = Path.of("");
    private @Nullable RawFile file;
    private ByteBuffer bytes = ByteBuffer.allocate(0);

    /** Asks a ledger how many bytes, then makes the file. */
    @Setup
    public void open() throws IOException {
      folder = freshFolder();
      try (EmbeddedLedger ledger = EmbeddedLedger.open(folder.resolve("ledger"))) {
        ledger.prepare(LOAD);
        SyncMeter.Sums before = ledger.sums();
        ledger.post(LOAD.draft(0)).join();
        bytes = RawFile.noise(ledger.sums().minus(before).bytesPerSync());
      }
      file = new RawFile(folder.resolve("raw"), RAW_BYTES);
    }

    /** Removes it. */
    @TearDown
    public void close() throws IOException {
      requireNonNull(file).close();
      DiskUse.delete(folder);
    }
  }

  /** talea. */
  @Benchmark
  public Posted ledger(Ledger ledger) {
    return requireNonNull(ledger).post();
  }

  /** The floor. */
  @Benchmark
  public void raw(Raw raw) throws IOException {
    requireNonNull(raw.file).commit(raw.bytes.rewind());
  }
}
