// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.embedded;

import dev.talea.bench.baseline.Measured;
import dev.talea.bench.baseline.OneAtATime;
import dev.talea.bench.baseline.RawFile;
import dev.talea.ledger.BlockingLedger;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One caller, one durable transaction of two postings after the other, next to raw writes and syncs
 * of the same bytes. The two take turns of half a second, so that a disk that becomes slow is slow
 * for both.
 */
public final class OneCommitAtATime {
  private static final Load LOAD = new Load(1, 100);
  private static final double TURN_SECONDS = 0.5;
  private static final long RAW_BYTES = 64L << 20;

  private OneCommitAtATime() {}

  /**
   * What was seen.
   *
   * @param blockBytes length of a block with one transaction, which is what the raw file gets
   */
  public record Outcome(Measured ledger, Measured raw, int blockBytes) {}

  /**
   * Measures.
   *
   * @param directory an empty folder
   * @param seconds for each of the two
   */
  public static Outcome run(Path directory, double warmUpSeconds, double seconds)
      throws IOException {
    try (EmbeddedLedger ledger = EmbeddedLedger.open(directory.resolve("ledger"));
        RawFile raw = new RawFile(directory.resolve("raw"), RAW_BYTES)) {
      ledger.prepare(LOAD);
      long[] next = {0};
      SyncMeter.Sums before = ledger.sums();
      turn(ledger, next, warmUpSeconds);
      int blockBytes = ledger.sums().minus(before).bytesPerSync();
      raw.repeat(blockBytes, 0, Math.min(warmUpSeconds, 1));
      ByteBuffer noise = RawFile.noise(blockBytes);
      List<Measured> ledgerTurns = new ArrayList<>();
      List<Measured> rawTurns = new ArrayList<>();
      for (double done = 0; done < seconds; done += TURN_SECONDS) {
        ledgerTurns.add(turn(ledger, next, TURN_SECONDS));
        rawTurns.add(
            OneAtATime.run(
                0,
                TURN_SECONDS,
                blockBytes,
                () -> {
                  raw.commit(noise.rewind());
                  return 1;
                }));
      }
      return new Outcome(Measured.sum(ledgerTurns), Measured.sum(rawTurns), blockBytes);
    }
  }

  private static Measured turn(EmbeddedLedger ledger, long[] next, double seconds) {
    SyncMeter.Sums before = ledger.sums();
    BlockingLedger blocking = ledger.blocking();
    Measured turn =
        OneAtATime.run(
            0,
            seconds,
            0,
            () -> {
              blocking.post(LOAD.draft(next[0]++));
              return 1;
            });
    long bytes = ledger.sums().minus(before).bytes();
    return new Measured(turn.operations(), bytes, turn.seconds(), turn.latency());
  }
}
