// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.check;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.audit.anchor.Anchorer;
import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.ledger.LedgerException;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogException;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.SystemLogEnvironment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The power goes at every single I/O operation of a ledger that is served and anchored. Whatever is
 * left on the disk, verify finds it right: no anchor is of records that are not there. And so it
 * finds what the next process has made of it.
 *
 * <p>{@code -Dtalea.crash.outcomes=N} looks at N states per crash, {@code -Dtalea.crash.seed=S}
 * begins with another seed.
 */
@Tag("slow")
class AnchorCrashTest {
  private static final int OUTCOMES = Integer.getInteger("talea.crash.outcomes", 3);
  private static final long SEED = Long.getLong("talea.crash.seed", 20_261_128L);
  private static final Path DIRECTORY = Path.of("/data/talea");

  private final AtomicLong micros = new AtomicLong(1_700_000_000_000_000L);
  private final AtomicLong nanos = new AtomicLong();
  private final AtomicLong chance = new AtomicLong(SEED);

  private LogLedgerStore open(SimulatedDisk disk) {
    LogEnvironment environment =
        SystemLogEnvironment.create()
            .withDisk(disk)
            .withClock(() -> micros.addAndGet(100))
            .withNanos(() -> nanos.addAndGet(1_000_000_000L))
            .withRandom(() -> chance.addAndGet(0x9E3779B97F4A7C15L))
            .withBackground(Runnable::run);
    // With derived files, which a lost power may tear: verify warns of that until the next start.
    return LogLedgerStore.open(
        DIRECTORY, LogStoreSettings.DEFAULTS.withMaintenance(2, 5), environment, Runnable::run);
  }

  private void story(SimulatedDisk disk) {
    try {
      try (LogLedgerStore store = open(disk)) {
        store.registerAsset(fiat("EUR")).join();
        Anchorer anchorer = new Anchorer(store);
        live(store, anchorer, "1", "a");
        live(store, anchorer, "2", "a", "b");
      }
      try (LogLedgerStore store = open(disk)) {
        live(store, new Anchorer(store), "3", "b", "c");
      }
    } catch (LogException | LedgerException | CompletionException e) {
      assertTrue(disk.isOff(), () -> "only a lost power may end the story: " + e);
    }
  }

  private static void live(LogLedgerStore store, Anchorer anchorer, String key, String... books) {
    for (String book : books) {
      store.openAccount(account(book, "p", "EUR")).join();
      store.openAccount(account(book, "q", "EUR")).join();
      for (int i = 0; i < 3; i++) {
        store.commit(book, List.of(move(book, key + i, "p", "q", 1, "EUR")), false).join();
      }
      anchorer.round();
    }
  }

  private static void assertRight(SimulatedDisk disk) {
    LogFiles files = new LogFiles(DIRECTORY, disk);
    LedgerVerifier.Options options =
        new LedgerVerifier.Options(book -> true, Map.of(), 1000, Runnable::run, bytes -> {});
    LedgerVerdict verdict = new LedgerVerifier(files, disk, options).verify();
    assertTrue(
        verdict.isRight(),
        () ->
            verdict.findings()
                + verdict.books().stream()
                    .map(book -> book.book() + book.findings())
                    .collect(Collectors.joining()));
  }

  @Test
  void noAnchorIsAheadOfItsBook() {
    SimulatedDisk whole = new SimulatedDisk(SEED);
    story(whole);
    assertRight(whole);
    int operations = whole.operations();
    assertTrue(operations > 100, "the story has " + operations + " operations");
    for (int at = 1; at <= operations + 2; at++) {
      SimulatedDisk disk = new SimulatedDisk(SEED);
      disk.crashAtOperation(at);
      story(disk);
      for (int outcome = 0; outcome < OUTCOMES; outcome++) {
        long seed = SEED + 1000L * at + outcome;
        try {
          after(disk.afterPowerLoss(seed));
        } catch (RuntimeException | AssertionError e) {
          throw new AssertionError(
              "power gone at operation " + at + " of " + operations + ", seed " + seed, e);
        }
      }
      after(disk.afterProcessDeath());
    }
    System.out.printf(
        "[talea] AnchorCrashTest: %d crashes, %d outcomes each, seed %d%n",
        operations + 2, OUTCOMES + 1, SEED);
  }

  private void after(SimulatedDisk found) {
    assertRight(found);
    try (LogLedgerStore store = open(found)) {
      Anchorer anchorer = new Anchorer(store);
      assertEquals(List.of(), anchorer.round().contradictions());
      store.registerAsset(fiat("EUR")).join();
      live(store, anchorer, "after", "a", "d");
    }
    assertRight(found);
  }
}
