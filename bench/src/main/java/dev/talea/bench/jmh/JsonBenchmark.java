// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.jmh;

import dev.talea.bench.embedded.Load;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.json.DraftReader;
import dev.talea.ledger.json.DraftWriter;
import dev.talea.ledger.json.ResultJson;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The JSON of a post: a draft of two postings read, a receipt written, and a batch of 500. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class JsonBenchmark {
  private static final int BATCH = 500;

  private final byte[] draft = DraftWriter.transaction(new Load(1, 100).draft(42));
  private final byte[] batch = batch();
  private final Posted posted =
      new Posted(
          UUID.fromString("019a8c00-0000-7000-8000-000000000000"),
          1_234_567,
          Instant.parse("2026-01-01T00:00:00.123456Z"),
          false);

  private static byte[] batch() {
    Load load = new Load(1, 100);
    List<TransactionDraft> drafts = new ArrayList<>();
    for (int i = 0; i < BATCH; i++) {
      drafts.add(load.draft(i));
    }
    return DraftWriter.transactions(drafts);
  }

  /** A body of one draft. */
  @Benchmark
  public TransactionDraft readDraft() {
    return DraftReader.transaction(draft);
  }

  /** A body of many, per draft. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public List<TransactionDraft> readBatch() {
    return DraftReader.transactions(batch, BATCH);
  }

  /** An answer. */
  @Benchmark
  public byte[] writeReceipt() {
    return ResultJson.posted(posted);
  }
}
