// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.embedded;

import dev.talea.bench.baseline.Measured;
import dev.talea.bench.baseline.RawFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One book, as many transactions of two postings as go in, in groups as large as the writer takes,
 * next to what the disk takes of the same bytes: once in pieces as large as the groups were, once
 * in pieces of 2 MiB. They take turns.
 */
public final class FullGroups {
  private static final Load LOAD = new Load(1, 1000);

  /** Handed over in one call: small enough for several calls to be under way at once. */
  private static final int DRAFTS_PER_COMMIT = 1024;

  private static final int SEQUENTIAL_BYTES = 2 << 20;
  private static final long RAW_BYTES = 256L << 20;

  private FullGroups() {}

  /**
   * What was seen. Latencies of {@code ledger} are empty.
   *
   * @param sameBlocks raw writes and syncs in pieces of the length of the groups
   * @param sequential the same in pieces of 2 MiB
   */
  public record Outcome(
      Measured ledger,
      Measured sameBlocks,
      Measured sequential,
      int blockBytes,
      double transactionsPerBlock) {

    /** Bytes in the log for a transaction, its share of the block header included. */
    public double bytesPerTransaction() {
      return (double) ledger.bytes() / ledger.operations();
    }

    /** Transactions a second that the disk alone would allow in its best pieces. */
    public double diskAllows() {
      return Math.max(sameBlocks.bytesPerSecond(), sequential.bytesPerSecond())
          / bytesPerTransaction();
    }
  }

  /**
   * Measures.
   *
   * @param directory an empty folder
   * @param transactions of a turn
   * @param rawSeconds for each raw measurement of each turn
   */
  public static Outcome run(Path directory, int turns, int transactions, double rawSeconds)
      throws IOException {
    try (EmbeddedLedger ledger = EmbeddedLedger.open(directory.resolve("ledger"));
        RawFile raw = new RawFile(directory.resolve("raw"), RAW_BYTES)) {
      ledger.prepare(LOAD);
      ledger.load(LOAD, 0, transactions, DRAFTS_PER_COMMIT);
      long next = transactions;
      List<Measured> ofLedger = new ArrayList<>();
      List<Measured> ofBlocks = new ArrayList<>();
      List<Measured> ofPieces = new ArrayList<>();
      SyncMeter.Sums begin = ledger.sums();
      for (int i = 0; i < turns; i++) {
        SyncMeter.Sums before = ledger.sums();
        long from = System.nanoTime();
        ledger.load(LOAD, next, next + transactions, DRAFTS_PER_COMMIT);
        double seconds = (System.nanoTime() - from) / 1e9;
        next += transactions;
        SyncMeter.Sums turn = ledger.sums().minus(before);
        ofLedger.add(new Measured(transactions, turn.bytes(), seconds, Measured.histogram()));
        ofBlocks.add(raw.repeat(turn.bytesPerSync(), 0, rawSeconds));
        ofPieces.add(raw.repeat(SEQUENTIAL_BYTES, 0, rawSeconds));
      }
      SyncMeter.Sums all = ledger.sums().minus(begin);
      return new Outcome(
          Measured.sum(ofLedger),
          Measured.sum(ofBlocks),
          Measured.sum(ofPieces),
          all.bytesPerSync(),
          all.recordsPerSync());
    }
  }
}
