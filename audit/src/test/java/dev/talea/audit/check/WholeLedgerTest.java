// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.check;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.audit.anchor.Anchorer;
import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.Int128;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A whole ledger under every single fault: many books at once, each through several segments,
 * checkpoints, files of keys and of subtrees, anchors, clean stops and a clock that jumps. At each
 * of its I/O operations in turn the power goes, the disk fails once, or it has no room. Then it is
 * opened again: what was acknowledged is there, once, balances follow from the events, and verify
 * finds everything right.
 *
 * <p>{@code -Dtalea.whole.step=1} takes every operation and not every nth; {@code
 * -Dtalea.crash.seed=S} begins with another seed, which also says where the steps begin.
 */
@Tag("slow")
class WholeLedgerTest {
  private static final int STEP = Integer.getInteger("talea.whole.step", 151);
  private static final long SEED = Long.getLong("talea.crash.seed", 20_261_128L);
  private static final Path DIRECTORY = Path.of("/data/talea");
  private static final List<String> BOOKS = List.of("a", "b", "c", "книга / ..", "e", "CON");
  private static final long HOUR_MICROS = 3_600_000_000L;

  private static final LogSettings LOGS =
      LogSettings.DEFAULTS
          .withSegmentBytesMax(1 << 16)
          .withGroupMax(1 << 13, 64)
          .withSpaceSteps(1 << 13, 1 << 14)
          .withIdleMillis(5);

  private final AtomicLong micros = new AtomicLong(1_700_000_000_000_000L);
  private final AtomicLong nanos = new AtomicLong();
  private final AtomicLong chance = new AtomicLong(SEED);
  private final Random jumps = new Random(SEED);

  /** Within an hour of the time that passes, either way. */
  private synchronized long jumpingClock() {
    return micros.addAndGet(100) + (jumps.nextInt(20) == 0 ? jumps.nextLong(HOUR_MICROS) : 0);
  }

  private LogLedgerStore open(SimulatedDisk disk) {
    LogEnvironment environment =
        SystemLogEnvironment.create()
            .withDisk(disk)
            .withClock(this::jumpingClock)
            .withNanos(() -> nanos.addAndGet(1_000_000_000L))
            .withRandom(() -> chance.addAndGet(0x9E3779B97F4A7C15L))
            .withBackground(Runnable::run);
    return LogLedgerStore.open(
        it -> new LogFiles(DIRECTORY, disk).open(LOGS, it),
        LogStoreSettings.DEFAULTS.withMaintenance(12, 9),
        environment,
        Runnable::run);
  }

  /** What was sent and what was acknowledged of it. */
  private static final class Story {
    final Map<String, Posted> acknowledged = new LinkedHashMap<>();
    final List<List<String>> atomic = new ArrayList<>();
    int refusals;
    int keys;
  }

  private void tell(SimulatedDisk disk, Story story) {
    for (int life = 0; life < 3; life++) {
      try (LogLedgerStore store = open(disk)) {
        Anchorer anchorer = new Anchorer(store);
        attempt(story, () -> store.registerAsset(fiat("EUR")).join());
        for (String book : BOOKS) {
          for (String path : List.of("p", "q")) {
            attempt(story, () -> store.openAccount(account(book, path, "EUR")).join());
          }
        }
        for (int i = 0; i < 5; i++) {
          everywhere(store, story, i);
          attempt(story, anchorer::round);
        }
      } catch (LogException | LedgerException e) {
        story.refusals++; // it did not open
      }
    }
  }

  /** Long enough for a book to go through segments. */
  private static TransactionDraft draft(String book, String key) {
    TransactionDraft bare = move(book, key, "p", "q", 1, "EUR");
    JsonText metadata =
        new JsonText("\"" + "x".repeat(book.equals("a") ? 200 : key.hashCode() & 0xFFF) + "\"");
    return new TransactionDraft(book, key, bare.postings(), List.of(), metadata, null);
  }

  /** Drafts to all books at the same time. */
  private static void everywhere(LogLedgerStore store, Story story, int turn) {
    Map<List<String>, CompletableFuture<List<PostResult>>> answers = new LinkedHashMap<>();
    for (int i = 0; i < BOOKS.size(); i++) {
      String book = BOOKS.get(i);
      List<TransactionDraft> drafts = new ArrayList<>();
      List<String> keys = new ArrayList<>();
      int count = i == 0 ? 20 : 1 + (turn + i) % 4 * 3;
      for (int n = 0; n < count; n++) {
        keys.add(book + "|" + story.keys++);
        drafts.add(draft(book, keys.get(n)));
      }
      boolean all = (turn + i) % 3 == 0;
      if (all) {
        story.atomic.add(keys);
      }
      answers.put(keys, store.commit(book, drafts, all));
    }
    answers.forEach(
        (keys, answer) ->
            attempt(
                story,
                () -> {
                  List<PostResult> results = answer.join();
                  for (int n = 0; n < keys.size(); n++) {
                    if (results.get(n) instanceof Posted posted) {
                      story.acknowledged.put(keys.get(n), posted);
                    } else {
                      story.refusals++;
                    }
                  }
                }));
  }

  private static void attempt(Story story, Runnable step) {
    try {
      step.run();
    } catch (LogException | LedgerException | CompletionException e) {
      story.refusals++;
    }
  }

  private void after(SimulatedDisk found, Story story) {
    // An opening makes derived files again that a lost power has torn, which verify tells of.
    for (int opening = 0; opening < 2; opening++) {
      try (LogLedgerStore store = open(found)) {
        check(store, story);
        if (opening == 0) {
          Anchorer anchorer = new Anchorer(store);
          assertEquals(List.of(), anchorer.round().contradictions());
          store.registerAsset(fiat("EUR")).join();
          for (String book : BOOKS) {
            store.openAccount(account(book, "p", "EUR")).join();
            store.openAccount(account(book, "q", "EUR")).join();
            String key = book + "|after " + story.keys++;
            List<TransactionDraft> draft = List.of(move(book, key, "p", "q", 1, "EUR"));
            story.acknowledged.put(key, (Posted) store.commit(book, draft, false).join().get(0));
          }
          anchorer.round();
        }
      }
    }
    LedgerVerdict verdict = verify(found);
    List<String> wrong = new ArrayList<>();
    verdict.books().forEach(book -> book.findings().forEach(each -> note(each, wrong)));
    verdict.findings().forEach(each -> note(each, wrong));
    assertEquals(List.of(), wrong);
  }

  private static LedgerVerdict verify(SimulatedDisk disk) {
    LedgerVerifier.Options options =
        new LedgerVerifier.Options(book -> true, Map.of(), 1000, Runnable::run, bytes -> {});
    return new LedgerVerifier(new LogFiles(DIRECTORY, disk), disk, options).verify();
  }

  /** Files that follow from the log may be torn until they are used or made anew; no log may be. */
  private static void note(Finding finding, List<String> wrong) {
    if (finding.level() == Finding.Level.WRONG
        && !finding.text().contains("though the log is right")) {
      wrong.add(finding.text());
    }
  }

  private static void check(LogLedgerStore store, Story story) {
    Map<String, Event> byKey = new HashMap<>();
    for (String book : BOOKS) {
      long posted = 0;
      long last = store.reads().lastSeq(book);
      for (long seq = 0; seq < last; ) {
        for (Event event : store.reads().events(book, seq, 100, 1 << 16)) {
          assertEquals(++seq, event.seq(), "a gap in " + book);
          if (event.payload() instanceof TransactionPosted transaction) {
            posted++;
            Event twice = byKey.put(transaction.draft().idempotencyKey(), event);
            assertEquals(null, twice, "posted twice");
          }
        }
      }
      if (posted > 0) {
        assertEquals(
            Int128.of(posted), store.reads().balance(new AccountId(book, "q"), null).effective());
      }
    }
    story.acknowledged.forEach(
        (key, receipt) -> {
          Event event = byKey.get(key);
          assertNotNull(event, () -> "lost: acknowledged " + key + " as " + receipt);
          assertEquals(receipt.seq(), event.seq(), key);
          assertEquals(receipt.at(), event.at(), key);
          assertEquals(receipt.txId(), ((TransactionPosted) event.payload()).id(), key);
        });
    for (List<String> batch : story.atomic) {
      long there = batch.stream().filter(byKey::containsKey).count();
      assertTrue(there == 0 || there == batch.size(), "half of an atomic batch: " + batch);
    }
  }

  /** One of the three things that happen at an operation. */
  private enum Kind {
    POWER,
    EIO,
    ENOSPC
  }

  @Test
  void whateverHappensAtWhicheverOperation() throws IOException {
    SimulatedDisk whole = new SimulatedDisk(SEED);
    Story told = new Story();
    AtomicInteger looks = new AtomicInteger();
    whole.setFault(
        (operation, file) -> {
          looks.incrementAndGet();
          return null;
        });
    tell(whole, told);
    int operations = looks.get(); // with those that only read, which fail as well
    assertEquals(0, told.refusals, "the story gets to its end if nothing happens");
    List<String> files = whole.list(DIRECTORY.resolve("books").resolve("a"));
    for (String suffix : List.of("1.log", ".ckp", ".idx", "tree.bin", "subtrees.bin")) {
      assertTrue(files.stream().anyMatch(name -> name.endsWith(suffix)), () -> suffix + files);
    }
    assertTrue(files.stream().filter(name -> name.endsWith(".log")).count() > 1, files::toString);
    SimulatedDisk closed = whole.afterProcessDeath();
    assertTrue(verify(closed).isRight(), "a ledger that was closed, with all its files");
    after(closed, told);
    int tried = 0;
    for (int at = 1 + (int) Long.remainderUnsigned(SEED, STEP); at <= operations; at += STEP) {
      for (Kind kind : Kind.values()) {
        try {
          one(kind, at);
          tried++;
        } catch (RuntimeException | AssertionError e) {
          throw new AssertionError(
              kind + " at operation " + at + " of " + operations + ", seed " + SEED, e);
        }
      }
    }
    System.out.printf(
        "[talea] WholeLedgerTest: %d faults of a whole ledger, at operations 1 to %d, seed %d%n",
        tried, operations, SEED);
  }

  private void one(Kind kind, int at) {
    SimulatedDisk disk = new SimulatedDisk(SEED);
    Story story = new Story();
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
  }
}
