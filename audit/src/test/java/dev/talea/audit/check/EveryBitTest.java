// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.check;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.audit.anchor.Anchorer;
import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.log.LogEnvironment;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.SystemLogEnvironment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Each bit of the logs of a small ledger in turn is another: verify says that it is wrong, or, in
 * the close mark alone, that the end is not proven.
 *
 * <p>{@code -Dtalea.bits.step=1} takes every bit and not every nth; {@code -Dtalea.seed=S} says at
 * which it begins.
 */
@Tag("slow")
class EveryBitTest {
  private static final int STEP = Integer.getInteger("talea.bits.step", 97);
  private static final long SEED = Long.getLong("talea.seed", 20_261_128L);
  private static final Path DIRECTORY = Path.of("/data/talea");

  /** Bytes of a group without records up to its last hash; zeros follow. */
  private static final int CLOSE_MARK = 104;

  private final SimulatedDisk disk = new SimulatedDisk(5);

  private LedgerVerdict verify() {
    LedgerVerifier.Options options =
        new LedgerVerifier.Options(book -> true, Map.of(), 1000, Runnable::run, bytes -> {});
    return new LedgerVerifier(new LogFiles(DIRECTORY, disk), disk, options).verify();
  }

  private void write() {
    LogEnvironment environment =
        SystemLogEnvironment.create().withDisk(disk).withBackground(Runnable::run);
    try (LogLedgerStore store =
        LogLedgerStore.open(DIRECTORY, LogStoreSettings.DEFAULTS, environment, Runnable::run)) {
      store.registerAsset(fiat("EUR")).join();
      store.openAccount(account("a", "p", "EUR")).join();
      store.openAccount(account("a", "q", "EUR")).join();
      for (int i = 0; i < 3; i++) {
        store.commit("a", List.of(move("a", "key " + i, "p", "q", 1, "EUR")), false).join();
      }
      new Anchorer(store).round();
    }
  }

  @Test
  void noBitCanBeAnother() throws IOException {
    write();
    assertTrue(verify().isRight());
    int flipped = 0;
    int bits = (int) Long.remainderUnsigned(SEED, STEP);
    for (String book : List.of("_system", "_anchors", "a")) {
      Path file = DIRECTORY.resolve("books").resolve(book).resolve("00000000000000000001.log");
      byte[] content = disk.content(file);
      int end = content.length;
      while (content[end - 1] == 0) {
        end--;
      }
      for (; bits < end * 8; bits += STEP) {
        int at = bits / 8;
        disk.flipBit(file, at, bits % 8);
        LedgerVerdict verdict = verify();
        String where = file + ", bit " + bits % 8 + " of byte " + at + ", seed " + SEED;
        if (at >= end - CLOSE_MARK) {
          assertFalse(
              verdict.isRight() && verdict.books().stream().allMatch(b -> b.findings().isEmpty()),
              where);
        } else {
          assertFalse(verdict.isRight(), where);
        }
        disk.flipBit(file, at, bits % 8);
        flipped++;
      }
      bits -= end * 8;
    }
    assertTrue(verify().isRight());
    System.out.printf("[talea] EveryBitTest: %d flipped bits, seed %d%n", flipped, SEED);
  }
}
