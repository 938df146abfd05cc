// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.backup;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.audit.anchor.Anchorer;
import dev.talea.audit.check.BookVerdict;
import dev.talea.audit.check.LedgerVerdict;
import dev.talea.audit.check.LedgerVerifier;
import dev.talea.index.LedgerSnapshot;
import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.TransactionDraft;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogException;
import dev.talea.log.LogSettings;
import dev.talea.log.NoSpaceException;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.SystemLogEnvironment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Three backups into one directory, each beside a writer of several books, under every single
 * fault: at each I/O operation of writer and backup in turn the power goes, the disk fails once, or
 * it has no room. Then the last backup that was finished is restored: it verifies, all that was
 * acknowledged before it began is in it, and nothing without what was acknowledged earlier. The
 * ledger is opened again, and the next backup holds all of it.
 *
 * <p>The writer writes whenever the backup says how far it is, or waits, so that a seed is one
 * order of events, but for the marks of logs that rest, which come by themselves. {@code
 * -Dtalea.backup.step=1} takes every operation and not every nth; {@code -Dtalea.crash.seed=S}
 * begins with another seed, which also says where the steps begin.
 */
@Tag("slow")
class BackupFaultsTest {
  private static final int STEP = Integer.getInteger("talea.backup.step", 151);
  private static final long SEED = Long.getLong("talea.crash.seed", 20_261_128L);
  private static final Path LEDGER = Path.of("/data/talea");
  private static final Path BACKUP = Path.of("/backup/talea");
  private static final Path ANEW = Path.of("/backup/anew");
  private static final List<String> BOOKS = List.of("a", "b", "книга / ..", "CON");

  private static final LogSettings LOGS =
      LogSettings.DEFAULTS
          .withSegmentBytesMax(1 << 16)
          .withGroupMax(1 << 13, 64)
          .withSpaceSteps(1 << 13, 1 << 14)
          .withIdleMillis(5);

  private final AtomicLong micros = new AtomicLong(1_700_000_000_000_000L);
  private final AtomicLong nanos = new AtomicLong();
  private final AtomicLong chance = new AtomicLong(SEED);

  private LogEnvironment environment(SimulatedDisk disk) {
    return SystemLogEnvironment.create()
        .withDisk(disk)
        .withClock(() -> micros.addAndGet(100))
        .withNanos(() -> nanos.addAndGet(1_000_000_000L))
        .withRandom(() -> chance.addAndGet(0x9E3779B97F4A7C15L))
        .withBackground(Runnable::run);
  }

  private LogLedgerStore open(SimulatedDisk disk) {
    return LogLedgerStore.open(
        it -> new LogFiles(LEDGER, disk).open(LOGS, it),
        LogStoreSettings.DEFAULTS.withMaintenance(200, 500),
        environment(disk),
        Runnable::run);
  }

  /** What was acknowledged, in this order, and how much of it before the last whole backup. */
  private static final class Story {
    final Map<String, Posted> acknowledged = new LinkedHashMap<>();
    final Random random;
    int keys;
    int promised;
    int finished;
    int refused;
    int unfinished;
    int anew;

    /**
     * A log had failed before the last whole backup. The block that it failed in was not
     * acknowledged, and lies at its end like one that was; the backup has to take it, and the power
     * may then take it from the ledger.
     */
    boolean unproven;

    Story(long seed) {
      random = new Random(seed);
    }

    Story(long seed, Story begun) {
      this(seed);
      acknowledged.putAll(begun.acknowledged);
      keys = begun.keys;
    }
  }

  private static void write(LogLedgerStore store, Story story, String book, int count) {
    List<TransactionDraft> drafts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      TransactionDraft bare = move(book, book + "|" + story.keys++, "p", "q", 1, "EUR");
      JsonText metadata = new JsonText("\"" + "x".repeat(story.random.nextInt(400)) + "\"");
      drafts.add(
          new TransactionDraft(
              book, bare.idempotencyKey(), bare.postings(), List.of(), metadata, null));
    }
    attempt(
        story,
        () -> {
          List<PostResult> results = store.commit(book, drafts, false).join();
          for (int i = 0; i < count; i++) {
            if (results.get(i) instanceof Posted posted) {
              story.acknowledged.put(drafts.get(i).idempotencyKey(), posted);
            } else {
              story.refused++;
            }
          }
        });
  }

  private static void attempt(Story story, Runnable step) {
    try {
      step.run();
    } catch (LogException | LedgerException | CompletionException e) {
      story.refused++;
    }
  }

  private static void writeSomewhere(LogLedgerStore store, Story story) {
    String book = BOOKS.get(story.random.nextInt(BOOKS.size()));
    write(store, story, book, 1 + story.random.nextInt(6));
  }

  private SimulatedDisk begun(Story story) {
    SimulatedDisk disk = new SimulatedDisk(SEED);
    try (LogLedgerStore store = open(disk)) {
      store.registerAsset(fiat("EUR")).join();
      for (String book : BOOKS) {
        store.openAccount(account(book, "p", "EUR")).join();
        store.openAccount(account(book, "q", "EUR")).join();
        write(store, story, book, 10);
      }
      for (int i = 0; i < 12; i++) {
        write(store, story, "a", 20); // so that it has several segments
      }
      new Anchorer(store).round();
    }
    assertEquals(0, story.refused);
    return disk;
  }

  private void tell(SimulatedDisk disk, Story story) {
    try (LogLedgerStore store = open(disk)) {
      Anchorer anchorer = new Anchorer(store);
      for (int i = 0; i < 3; i++) {
        for (String book : BOOKS) {
          write(store, story, book, 5);
        }
        attempt(story, anchorer::round);
        backup(disk, BACKUP, store, story);
      }
      write(store, story, "a", 1);
    } catch (LogException | LedgerException e) {
      story.refused++; // it did not open, or did not close
    }
  }

  private void backup(SimulatedDisk disk, Path to, LogLedgerStore store, Story story) {
    int promised = story.acknowledged.size();
    boolean failed = story.refused > 0;
    try {
      new LedgerBackup(
              new LogFiles(LEDGER, disk),
              to,
              () -> micros.addAndGet(100),
              pause -> writeSomewhere(store, story),
              bytes -> {
                if (story.random.nextInt(3) == 0) {
                  writeSomewhere(store, story);
                }
              })
          .run();
      story.promised = promised;
      story.finished++;
      story.unproven = failed;
    } catch (IOException | LogException e) {
      story.unfinished++;
    }
  }

  private void right(SimulatedDisk disk, Path directory) {
    LedgerVerdict verdict =
        new LedgerVerifier(new LogFiles(directory, disk), disk, options()).verify();
    assertTrue(
        verdict.isRight(),
        () ->
            verdict.findings()
                + " "
                + verdict.books().stream().map(BookVerdict::findings).toList());
  }

  private static LedgerVerifier.Options options() {
    return new LedgerVerifier.Options(book -> true, Map.of(), 10_000, Runnable::run, bytes -> {});
  }

  private void restore(SimulatedDisk disk, Path backup, String name, Story story, int promised)
      throws IOException {
    Path restored = Path.of("/restored", name);
    new LedgerRestore(
            new LogFiles(backup, disk), restored, environment(disk), options(), bytes -> {})
        .run(new LedgerRestore.Request(Map.of(), null, ""));
    right(disk, restored);
    Map<String, Event> byKey = new HashMap<>();
    LedgerSnapshot ledger = LedgerSnapshot.of(restored, book -> true, environment(disk), 1);
    for (String book : BOOKS) {
      List<Event> events = ledger.events(book, 0, Long.MAX_VALUE, Integer.MAX_VALUE, 1 << 30);
      for (Event event : events) {
        if (event.payload() instanceof TransactionPosted transaction) {
          byKey.put(transaction.draft().idempotencyKey(), event);
        }
      }
    }
    int nth = 0;
    String missing = "";
    for (Map.Entry<String, Posted> each : story.acknowledged.entrySet()) {
      Event event = byKey.get(each.getKey());
      if (event == null) {
        assertTrue(
            nth >= promised,
            each.getKey() + " was acknowledged before the backup began, and is not in it");
        missing = each.getKey();
      } else {
        assertEquals("", missing, "not there, though " + each.getKey() + " is, which came later");
        assertEquals(each.getValue().seq(), event.seq(), each.getKey());
        assertEquals(each.getValue().at(), event.at(), each.getKey());
      }
      nth++;
    }
  }

  private void after(SimulatedDisk found, Story story) throws IOException {
    if (story.finished > 0) {
      restore(found, BACKUP, "before", story, story.promised);
    }
    Path to = BACKUP;
    try (LogLedgerStore store = open(found)) {
      for (String book : BOOKS) {
        write(store, story, book, 2);
      }
      int finished = story.finished;
      try {
        backup(found, to, store, story);
      } catch (IllegalStateException e) {
        if (!story.unproven || !("" + e.getMessage()).endsWith("the backup in a new directory")) {
          throw e;
        }
        restore(found, to, "refused", story, story.promised); // it is as it was
        to = ANEW;
        backup(found, to, store, story);
        story.anew++;
      }
      assertEquals(finished + 1, story.finished, "the next backup mends what there is");
      restore(found, to, "beside", story, story.promised);
      write(store, story, "b", 1);
    }
    new LedgerBackup(
            new LogFiles(LEDGER, found), to, () -> micros.addAndGet(100), pause -> {}, bytes -> {})
        .run();
    right(found, to);
    restore(found, to, "closed", story, story.acknowledged.size());
  }

  /** One of the three things that happen at an operation. */
  private enum Kind {
    POWER,
    EIO,
    ENOSPC
  }

  @Test
  void whateverHappensAtWhicheverOperation() throws IOException {
    Story begun = new Story(SEED);
    SimulatedDisk prepared = begun(begun);
    SimulatedDisk whole = prepared.afterProcessDeath();
    AtomicInteger looks = new AtomicInteger();
    whole.setFault(
        (operation, file) -> {
          looks.incrementAndGet();
          return null;
        });
    Story told = new Story(SEED, begun);
    tell(whole, told);
    int changing = whole.operations();
    int operations = looks.get(); // with those that only read, which fail as well
    assertEquals(0, told.refused + told.unfinished, "the story gets to its end if nothing happens");
    assertEquals(3, told.finished);
    List<String> files = whole.list(BACKUP.resolve("books").resolve("a"));
    assertTrue(files.stream().filter(name -> name.endsWith(".log")).count() > 1, files::toString);
    after(whole.afterProcessDeath(), told);
    int tried = 0;
    int anew = 0;
    for (int at = 1 + (int) Long.remainderUnsigned(SEED, STEP); at <= operations; at += STEP) {
      for (Kind kind : Kind.values()) {
        if (kind == Kind.POWER && at > changing) {
          continue; // it goes at operations that change something
        }
        try {
          anew += one(kind, at, prepared, begun).anew;
          tried++;
        } catch (IOException | RuntimeException | AssertionError e) {
          throw new AssertionError(
              kind + " at operation " + at + " of " + operations + ", seed " + SEED, e);
        }
      }
    }
    System.out.printf(
        "[talea] BackupFaultsTest: %d faults of backups, at operations 1 to %d, %d begun anew, seed %d%n",
        tried, operations, anew, SEED);
  }

  /** What is readable after a sync that failed may be on no disk, and is written again. */
  @Test
  void aFormatThatWasNotSyncedIsWrittenAgain() throws IOException {
    Story begun = new Story(SEED);
    SimulatedDisk disk = begun(begun).afterProcessDeath();
    Story story = new Story(SEED, begun);
    AtomicInteger failed = new AtomicInteger();
    disk.setFault(
        (operation, file) ->
            operation == SimulatedDisk.Operation.FORCE
                    && file.equals(BACKUP.resolve("FORMAT"))
                    && failed.getAndIncrement() == 0
                ? new IOException("Input/output error (injected)")
                : null);
    tell(disk, story);
    disk.setFault(SimulatedDisk.Fault.NONE);
    assertEquals(1, story.unfinished);
    assertEquals(2, story.finished);
    SimulatedDisk lost = disk.afterPowerLoss(SEED);
    assertTrue(lost.exists(BACKUP.resolve("FORMAT")));
    assertEquals(
        lost.openForReading(LEDGER.resolve("FORMAT")).size(),
        lost.openForReading(BACKUP.resolve("FORMAT")).size());
    after(lost, story);
  }

  private Story one(Kind kind, int at, SimulatedDisk prepared, Story begun) throws IOException {
    SimulatedDisk disk = prepared.afterProcessDeath();
    Story story = new Story(SEED, begun);
    if (kind == Kind.POWER) {
      disk.crashAtOperation(at);
    } else {
      AtomicInteger seen = new AtomicInteger();
      disk.setFault(
          (operation, file) ->
              seen.incrementAndGet() != at
                  ? null
                  : kind == Kind.EIO
                      ? new IOException("Input/output error (injected)")
                      : new NoSpaceException("No space left on device (injected)"));
    }
    tell(disk, story);
    disk.setFault(SimulatedDisk.Fault.NONE);
    after(disk.afterPowerLoss(SEED + at), story);
    return story;
  }
}
