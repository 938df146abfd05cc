// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.move;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.index.failure.BrokenRecordException;
import dev.talea.index.keys.KeyIndex;
import dev.talea.index.keys.ReplayedKeys;
import dev.talea.index.record.Bytes;
import dev.talea.index.record.RecordLayout;
import dev.talea.index.record.TransactionRecord;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.rules.GroupRules;
import dev.talea.ledger.rules.PostingRules.Accepted;
import dev.talea.log.BlockBuilder;
import dev.talea.log.CommitHandler;
import dev.talea.log.Log;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogSettings;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.ReadOnlyDisk;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.disk.LogDirectory;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.SystemLogEnvironment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The keys of a book are checked behind the back of its replay. Whichever thread checks them, and
 * whenever: what comes out is what comes out when everything is done in the order of the log.
 */
class ReplayedKeysTest {
  private static final String BOOK = "b";
  private static final int BATCH = 64;
  private static final int BATCHES_MAX = 4;

  /** More batches than may be under way, and a part of one. */
  private static final int MANY = (2 * BATCHES_MAX + 1) * BATCH + 17;

  /** Keys go into files in the middle of batches, and at their ends. */
  private static final int KEYS_MAX = BATCH / 2 + BATCH / 4;

  private final ExecutorService thread = Executors.newSingleThreadExecutor();

  @AfterEach
  void endTheThread() {
    thread.shutdown();
  }

  // ------------------------------------------------------------------ what is right

  @Test
  void allKeysAreFoundWhicheverThreadIndexedThem() {
    SimulatedDisk disk = book(MANY, Map.of(), Set.of());
    for (Executor beside : List.of(thread, (Executor) Runnable::run, new Laggard())) {
      BookState state = open(disk, beside);
      for (int n = 0; n < MANY; n++) {
        TransactionRecord found = state.keys.durable(Bytes.utf8(key(n)));
        assertEquals(seq(n), requireNonNull(found, key(n)).seq());
      }
      assertTrue(state.keys.index().filedSeq() > seq(MANY) - KEYS_MAX, "most keys are in files");
    }
  }

  @Test
  void aBookThatFillsNoBatchTroublesNoOtherThread() {
    Executor none =
        task -> {
          throw new AssertionError("there is nothing to hand over");
        };
    assertEquals(0, open(new SimulatedDisk(1), none).accounts.size(), "a new book");
    for (int transactions : new int[] {0, 1, BATCH - 1}) {
      open(book(transactions, Map.of(), Set.of()), none);
    }
  }

  @Test
  void aBookOfWholeBatchesLeavesNothingForTheEnd() {
    AtomicInteger handedOver = new AtomicInteger();
    Executor counting =
        task -> {
          handedOver.incrementAndGet();
          thread.execute(task);
        };
    BookState state = open(book(2 * BATCH, Map.of(), Set.of()), counting);
    assertEquals(2, handedOver.get());
    assertEquals(
        seq(2 * BATCH - 1),
        requireNonNull(state.keys.durable(Bytes.utf8(key(2 * BATCH - 1)))).seq());
  }

  // ------------------------------------------------------------------ what is wrong

  @Test
  void theFirstKeyThatIsUsedTwiceIsNamed() {
    // The second use lies in the batch of the first, in a later one, in the last and unfinished.
    for (int second : new int[] {BATCH - 1, BATCH, 3 * BATCH / 2, 2 * BATCH + 5}) {
      String message = refusal(2 * BATCH + 10, Map.of(second, 7, 2 * BATCH + 8, 9), Set.of());
      assertTrue(
          message.contains("seq " + seq(second) + " ")
              && message.contains("uses the idempotency key '" + key(7) + "' a second time"),
          message);
    }
  }

  /** In one pass over the hashes of all keys, and in many over parts of them. */
  @Test
  void checkingABookFindsTheKeyThatIsUsedTwiceAsWell() {
    for (int keysMax : new int[] {1 << 20, 3 * BATCH / 2, 10}) {
      for (int second : new int[] {8, BATCH, 2 * BATCH + 5}) {
        SimulatedDisk disk = book(2 * BATCH + 10, Map.of(second, 7), Set.of());
        BrokenRecordException e =
            assertThrows(BrokenRecordException.class, () -> check(disk, keysMax).run());
        String message = String.valueOf(e.getMessage());
        assertTrue(message.contains("seq " + seq(second) + " "), message);
        assertTrue(message.contains("'" + key(7) + "' a second time"), message);
      }
      BookCheck.Result right = check(book(2 * BATCH, Map.of(), Set.of()), keysMax).run();
      assertEquals(2 * BATCH, right.transactions());
    }
  }

  private static BookCheck check(SimulatedDisk disk, int keysMax) {
    LogFiles files = new LogFiles(SimulatedLedger.DIRECTORY, ReadOnlyDisk.of(disk));
    return new BookCheck(
        files.read(BOOK).found(), ReadOnlyDisk.of(disk), files.folder(BOOK), keysMax, bytes -> {});
  }

  @Test
  void aKeyUsedTwiceComesBeforeARecordThatIsWrongManyBatchesLater() {
    String message = refusal(MANY, Map.of(20, 7), Set.of(MANY - 1));
    assertTrue(message.contains("seq " + seq(20) + " "), message);
  }

  @Test
  void aKeyUsedTwiceComesBeforeARecordThatIsWrongFurtherOn() {
    for (int damaged : new int[] {21, BATCH + 1, 2 * BATCH + 5}) {
      String message = refusal(2 * BATCH + 10, Map.of(20, 7), Set.of(damaged));
      assertTrue(message.contains("seq " + seq(20) + " "), message);
      assertTrue(message.contains("a second time"), message);
    }
  }

  @Test
  void aRecordThatIsWrongComesBeforeAKeyUsedTwiceFurtherOn() {
    for (int second : new int[] {21, BATCH - 1, BATCH + 1, 2 * BATCH + 5}) {
      String message = refusal(2 * BATCH + 10, Map.of(second, 7), Set.of(20));
      assertTrue(message.contains("seq " + seq(20) + " "), message);
      assertTrue(message.contains("of its payload from what follows"), message);
    }
  }

  @Test
  void ofOneRecordTheKeyIsLookedAtBeforeTheBytes() {
    for (int both : new int[] {20, BATCH - 1, BATCH, 2 * BATCH + 5}) {
      String message = refusal(2 * BATCH + 10, Map.of(both, 7), Set.of(both));
      assertTrue(message.contains("seq " + seq(both) + " "), message);
      assertTrue(message.contains("a second time"), message);
    }
  }

  // ------------------------------------------------------------------ the other thread

  @Test
  void nothingIsUnderWayAnyMoreWhenOpeningFails() {
    AtomicInteger begun = new AtomicInteger();
    Laggard laggard = new Laggard();
    Executor counting =
        task ->
            laggard.execute(
                () -> {
                  begun.incrementAndGet();
                  task.run();
                });
    SimulatedDisk disk = book(4 * BATCH, Map.of(), Set.of(3 * BATCH + 1));
    assertThrows(BrokenRecordException.class, () -> open(disk, counting));
    assertEquals(3, begun.get(), "what was handed over has been waited for");
  }

  @Test
  void anExecutorThatTakesNothingFailsTheOpening() {
    thread.shutdown();
    SimulatedDisk disk = book(BATCH + 1, Map.of(), Set.of());
    assertThrows(RejectedExecutionException.class, () -> open(disk, thread));
  }

  @Test
  void anErrorOnTheOtherThreadIsThrownAsItIs() {
    Error error = new OutOfMemoryError("of this test");
    Executor failing =
        task -> {
          throw error;
        };
    SimulatedDisk disk = book(BATCH + 1, Map.of(), Set.of());
    assertSame(error, assertThrows(OutOfMemoryError.class, () -> open(disk, failing)));
  }

  @Test
  void anInterruptDoesNotEndTheOpeningAndIsKept() {
    SimulatedDisk disk = book(MANY, Map.of(), Set.of());
    Thread.currentThread().interrupt();
    BookState state = open(disk, new Laggard());
    assertTrue(Thread.interrupted(), "the interrupt is the caller's");
    assertEquals(seq(0), requireNonNull(state.keys.durable(Bytes.utf8(key(0)))).seq());
  }

  @Test
  void aStoreWhoseBookIsBrokenKeepsNoThreadForIt(@TempDir Path folder) throws Exception {
    LogEnvironment environment = SystemLogEnvironment.create();
    try (LogDirectory directory = LogDirectory.open(folder, LogSettings.DEFAULTS, environment)) {
      int batch = ReplayedKeys.BATCH_KEYS;
      write(directory, 2 * batch, Map.of(batch, 7), Set.of());
    }
    try (LogLedgerStore store = LogLedgerStore.open(folder, LogStoreSettings.DEFAULTS)) {
      LedgerException closed =
          assertThrows(LedgerException.class, () -> store.reads().lastSeq(BOOK));
      String reason = assertInstanceOf(Unavailable.class, closed.error()).reason();
      assertTrue(reason.contains("'" + key(7) + "' a second time"), reason);
      for (Thread running : Thread.getAllStackTraces().keySet()) {
        if (running.getName().startsWith("talea-opener")) {
          running.join(60_000);
          assertFalse(running.isAlive(), running::toString);
        }
      }
    }
  }

  // ------------------------------------------------------------------ books and openings

  /** What opening says, which has to be the same however the work is shared. */
  private String refusal(int transactions, Map<Integer, Integer> reused, Set<Integer> damaged) {
    SimulatedDisk disk = book(transactions, reused, damaged);
    String alone =
        requireNonNull(
            assertThrows(BrokenRecordException.class, () -> open(disk, Runnable::run))
                .getMessage());
    for (Executor beside : List.of(thread, new Laggard())) {
      BrokenRecordException e = assertThrows(BrokenRecordException.class, () -> open(disk, beside));
      assertEquals(alone, e.getMessage());
    }
    return alone;
  }

  private static String key(int n) {
    return "key " + n;
  }

  /** Two accounts come before the transactions. */
  private static long seq(int n) {
    return n + 3L;
  }

  private static SimulatedDisk book(
      int transactions, Map<Integer, Integer> reused, Set<Integer> damaged) {
    SimulatedDisk disk = new SimulatedDisk(1);
    try (LogDirectory directory = directory(disk)) {
      write(directory, transactions, reused, damaged);
    }
    return disk;
  }

  private static LogDirectory directory(SimulatedDisk disk) {
    return LogDirectory.open(
        SimulatedLedger.DIRECTORY,
        LogSettings.DEFAULTS.withSegmentBytesMax(1 << 20),
        SimulatedLedger.environment(disk));
  }

  /** Opens a copy of the book, so that no opening finds files of another. */
  private static BookState open(SimulatedDisk disk, Executor beside) {
    SimulatedDisk copy = disk.afterProcessDeath();
    AtomicReference<BookState> opened = new AtomicReference<>();
    try (LogDirectory directory = directory(copy)) {
      if (!directory.exists(BOOK)) {
        directory
            .createLog(BOOK, log -> new Teller(new BookState(log, copy, Path.of("/"))))
            .close();
      }
      directory.openLog(
          BOOK,
          log -> {
            Path folder = directory.folder(BOOK);
            BookState state = new BookState(log, copy, folder);
            KeyIndex index = state.keys.index();
            BookReplay.run(
                state,
                log,
                1,
                Long.MIN_VALUE,
                0,
                new ReplayedKeys(log, index, KEYS_MAX, BATCH, BATCHES_MAX, beside));
            Maintenance maintenance = new Maintenance(copy, Runnable::run, 1 << 20, 1 << 20);
            opened.set(state);
            return SimulatedLedger.writer(
                state, new BookMaintenance(maintenance, log, folder, state));
          });
    }
    return requireNonNull(opened.get());
  }

  /**
   * Writes transactions as a ledger would that looks at no key.
   *
   * @param reused which of them have the key of which other
   * @param damaged in which of them a balance is wrong
   */
  private static void write(
      LogDirectory directory,
      int transactions,
      Map<Integer, Integer> reused,
      Set<Integer> damaged) {
    Story story = new Story(transactions, reused, damaged);
    Log<Story> log =
        directory.createLog(
            BOOK, reader -> new Teller(new BookState(reader, new SimulatedDisk(2), Path.of("/"))));
    assertTrue(log.submit(story, 1));
    story.told.join();
    assertEquals(transactions + 2, log.durableSeq());
    log.close();
  }

  private static final class Story {
    final int transactions;
    final Map<Integer, Integer> reused;
    final Set<Integer> damaged;
    final CompletableFuture<Void> told = new CompletableFuture<>();
    int next = -2;

    Story(int transactions, Map<Integer, Integer> reused, Set<Integer> damaged) {
      this.transactions = transactions;
      this.reused = reused;
      this.damaged = damaged;
    }
  }

  private record Teller(BookState state) implements CommitHandler<Story> {
    private static final int BALANCE_AT =
        RecordLayout.TX_POSTINGS + RecordLayout.NARROW_POSTING_BALANCE;

    @Override
    public int handle(Story story, BlockBuilder block) {
      for (; story.next < story.transactions; story.next++) {
        int room = BlockBuilder.bytesFor(1024);
        if (block.remaining() < room) {
          return room;
        }
        ByteBuffer payload;
        if (story.next < 0) {
          String path = story.next == -2 ? "cash" : "sales";
          payload = block.begin(1024);
          state.open(account(BOOK, path, "EUR"), 2, block.commitTime(), payload);
        } else {
          payload = post(story, block);
        }
        block.end(RecordLayout.provenBytes(payload));
      }
      return DONE;
    }

    private ByteBuffer post(Story story, BlockBuilder block) {
      int n = story.next;
      String key = key(story.reused.getOrDefault(n, n));
      TransactionDraft draft = move(BOOK, key, "sales", "cash", 1, "EUR");
      PreparedDraft prepared = PreparedDraft.of(draft, state.keys.hash(), state.accounts);
      Accepted<AccountEntry> accepted = (Accepted<AccountEntry>) GroupRules.decide(prepared, state);
      long seq = block.nextSeq();
      long position = block.nextPosition();
      ByteBuffer payload = block.begin(1024);
      state.post(prepared, accepted, block.commitTime(), seq, position, payload);
      if (story.damaged.contains(n)) {
        payload.put(BALANCE_AT, (byte) (payload.get(BALANCE_AT) ^ 4));
      }
      return payload;
    }

    @Override
    public void publish(long firstSeq, long lastSeq) {}

    @Override
    public void committed(Story story) {
      story.told.complete(null);
    }

    @Override
    public void refused(Story story, LogUnavailableException why) {
      story.told.completeExceptionally(why);
    }
  }

  /** Does nothing until the thread that opens the book has to wait for it. */
  private final class Laggard implements Executor {
    private final Thread opener = Thread.currentThread();

    @Override
    public void execute(Runnable task) {
      thread.execute(
          () -> {
            while (opener.getState() != Thread.State.WAITING) {
              Thread.onSpinWait();
            }
            task.run();
          });
    }
  }
}
