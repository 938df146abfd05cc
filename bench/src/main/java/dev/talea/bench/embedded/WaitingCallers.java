// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.embedded;

import dev.talea.bench.baseline.Callers;
import dev.talea.bench.baseline.GroupCommittedFile;
import dev.talea.bench.baseline.Measured;
import dev.talea.bench.baseline.RawFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Many threads that each wait for their commit, one book, next to the same threads in front of a
 * bare group-committed file that gets the same bytes for each. They take turns.
 */
public final class WaitingCallers {
  private static final Load LOAD = new Load(1, 100);
  private static final long RAW_BYTES = 256L << 20;
  private static final double WARM_UP_SHARE = 0.2;

  private WaitingCallers() {}

  /**
   * What was seen.
   *
   * @param bytesPerCommit what the bare file gets for each call
   */
  public record Outcome(Measured ledger, Measured bare, int bytesPerCommit) {}

  /**
   * Measures.
   *
   * @param directory an empty folder
   * @param turnSeconds for each of the two in each turn
   */
  public static Outcome run(
      Path directory, int callers, double warmUpSeconds, int turns, double turnSeconds)
      throws IOException, InterruptedException {
    try (EmbeddedLedger ledger = EmbeddedLedger.open(directory.resolve("ledger"));
        GroupCommittedFile bare =
            new GroupCommittedFile(new RawFile(directory.resolve("raw"), RAW_BYTES))) {
      ledger.prepare(LOAD);
      SyncMeter.Sums before = ledger.sums();
      ledger(ledger, callers, warmUpSeconds, 0, 0);
      SyncMeter.Sums warm = ledger.sums().minus(before);
      long next = warm.records();
      byte[] bytes = new byte[(int) (warm.bytes() / warm.records())];
      RawFile.noise(bytes.length).get(bytes);
      bare(bare, callers, warmUpSeconds, 0, bytes);
      List<Measured> ofLedger = new ArrayList<>();
      List<Measured> ofBare = new ArrayList<>();
      for (int i = 0; i < turns; i++) {
        long recordsBefore = ledger.sums().records();
        double warmUp = turnSeconds * WARM_UP_SHARE;
        ofLedger.add(ledger(ledger, callers, warmUp, turnSeconds, next));
        next += ledger.sums().records() - recordsBefore;
        ofBare.add(bare(bare, callers, warmUp, turnSeconds, bytes));
      }
      return new Outcome(Measured.sum(ofLedger), Measured.sum(ofBare), bytes.length);
    }
  }

  private static Measured ledger(
      EmbeddedLedger ledger, int callers, double warmUp, double seconds, long first)
      throws InterruptedException {
    return Callers.run(
        callers,
        warmUp,
        seconds,
        first,
        0,
        n -> EmbeddedLedger.posted(ledger.store(), List.of(LOAD.draft(n))));
  }

  private static Measured bare(
      GroupCommittedFile file, int callers, double warmUp, double seconds, byte[] bytes)
      throws InterruptedException {
    return Callers.run(callers, warmUp, seconds, 0, bytes.length, n -> file.commit(bytes));
  }
}
