// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.Micros;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.TrialBalance;
import dev.talea.log.LogObserver;
import dev.talea.log.LogSettings;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.SimulatedDisk.Fault;
import dev.talea.log.SimulatedDisk.Operation;
import dev.talea.log.disk.SystemLogEnvironment;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An answer as of a moment that has passed is the same whenever the question is asked again. */
@Tag("slow")
class AsOfTest {
  private static final long NOON = 1_767_268_800_000_000L;
  private static final String BOOK = "b";
  private static final AccountId CASH = new AccountId(BOOK, "cash");
  private static final int READERS = 4;
  private static final int POSTS = 1500;

  private final ManualClock clock = new ManualClock(NOON);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final ExecutorService background = Executors.newSingleThreadExecutor();
  @TempDir private Path directory;

  @AfterEach
  void end() {
    threads.shutdownNow();
    background.shutdownNow();
  }

  private LogLedgerStore open(LogObserver observer) {
    LogLedgerStore store =
        LogLedgerStore.open(
            directory,
            LogStoreSettings.DEFAULTS,
            SystemLogEnvironment.create().withClock(clock).withObserver(observer),
            background);
    store.registerAsset(fiat("EUR")).join();
    store.openAccount(account(BOOK, "cash", "EUR")).join();
    store.openAccount(account(BOOK, "sales", "EUR")).join();
    return store;
  }

  private static CompletableFuture<List<PostResult>> post(LogLedgerStore store, String key) {
    return store.commit(BOOK, List.of(move(BOOK, key, "sales", "cash", 1, "EUR")), false);
  }

  private static long at(CompletableFuture<List<PostResult>> answer) {
    return Micros.floor(assertInstanceOf(Posted.class, answer.join().get(0)).at());
  }

  private static long balance(LogLedgerStore store, long micros) {
    return store.reads().balance(CASH, Micros.instant(micros)).effective().toLong();
  }

  private static long total(LogLedgerStore store, long micros) {
    List<TrialBalance.Line> lines =
        store.reads().trialBalance(BOOK, Micros.instant(micros)).lines();
    return lines.isEmpty() ? 0 : lines.get(0).debits().longValueExact();
  }

  @Test
  void aGroupIsLaterThanTheOneBeforeAndThanEveryAnswer() {
    try (LogLedgerStore store = open(LogObserver.NONE)) {
      clock.set(NOON + 100);
      assertEquals(NOON + 100, at(post(store, "a")));
      assertEquals(NOON + 101, at(post(store, "b")), "the clock stands still");
      clock.set(NOON + 200);
      assertEquals(2, balance(store, NOON + 200));
      assertEquals(NOON + 201, at(post(store, "c")));
      clock.set(NOON + 300);
      assertEquals(3, total(store, NOON + 300));
      assertEquals(NOON + 301, at(post(store, "d")));
      assertEquals(2, balance(store, NOON + 200));
      assertEquals(3, total(store, NOON + 300));
    }
  }

  @Test
  void aQuestionAboutTheFutureMovesNothing() {
    try (LogLedgerStore store = open(LogObserver.NONE)) {
      clock.set(NOON + 100);
      assertEquals(0, balance(store, NOON + 80L * 365 * 86_400_000_000L));
      store.reads().balance(CASH, Instant.MAX);
      store.reads().trialBalance(BOOK, Instant.MAX);
      assertEquals(NOON + 100, at(post(store, "a")));
    }
  }

  @Test
  void aQuestionAboutTheGroupUnderWayWaitsForItAndAnEarlierOneDoesNot() throws Exception {
    CountDownLatch synced = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    AtomicBoolean hold = new AtomicBoolean();
    LogObserver holding =
        (name, nanos, bytes, records) -> {
          if (hold.compareAndSet(true, false)) {
            synced.countDown();
            awaitQuietly(go);
          }
        };
    try (LogLedgerStore store = open(holding)) {
      at(post(store, "before"));
      clock.set(NOON + 1000);
      hold.set(true);
      CompletableFuture<List<PostResult>> underWay = post(store, "under way");
      synced.await();
      clock.set(NOON + 5000);
      assertEquals(1, balance(store, NOON + 999));
      assertEquals(1, total(store, NOON + 999));
      List<Future<Long>> answers = new ArrayList<>();
      List<AtomicReference<Thread>> askers = new ArrayList<>();
      for (Callable<Long> question :
          List.<Callable<Long>>of(
              () -> balance(store, NOON + 1000),
              () -> total(store, NOON + 1000),
              () -> balance(store, NOON + 5000))) {
        AtomicReference<Thread> asker = new AtomicReference<>();
        askers.add(asker);
        answers.add(
            threads.submit(
                () -> {
                  asker.set(Thread.currentThread());
                  return question.call();
                }));
      }
      for (AtomicReference<Thread> asker : askers) {
        while (asker.get() == null || asker.get().getState() != Thread.State.TIMED_WAITING) {
          Thread.onSpinWait();
        }
      }
      assertEquals(
          1, store.reads().balance(CASH, null).effective().toLong(), "what is now waits for none");
      go.countDown();
      for (Future<Long> answer : answers) {
        assertEquals(2, answer.get());
      }
      assertEquals(NOON + 1000, at(underWay));
      assertEquals(NOON + 5001, at(post(store, "after")));
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatManyAskWhileOthersPostIsTheSameAfterwards() throws Exception {
    clock.stepping(1);
    record Answer(long asOf, long balance, long total) {}
    AtomicBoolean posting = new AtomicBoolean(true);
    try (LogLedgerStore store = open(LogObserver.NONE)) {
      List<Future<List<Answer>>> readers = new ArrayList<>();
      for (int i = 0; i < READERS; i++) {
        int back = i;
        readers.add(
            threads.submit(
                () -> {
                  List<Answer> answers = new ArrayList<>();
                  while (posting.get()) {
                    long asOf = clock.micros() - back;
                    answers.add(new Answer(asOf, balance(store, asOf), total(store, asOf)));
                  }
                  return answers;
                }));
      }
      CompletableFuture<?> last = CompletableFuture.completedFuture(null);
      for (int i = 0; i < POSTS; i++) {
        last = post(store, "k" + i);
        if (i % 3 == 0) {
          last.join();
        }
      }
      last.join();
      posting.set(false);
      int asked = 0;
      for (Future<List<Answer>> reader : readers) {
        for (Answer answer : reader.get()) {
          assertEquals(answer.balance, balance(store, answer.asOf), () -> "as of " + answer.asOf);
          assertEquals(answer.total, total(store, answer.asOf), () -> "as of " + answer.asOf);
          assertEquals(answer.balance, answer.total);
          asked++;
        }
      }
      assertTrue(asked > READERS, "asked " + asked);
    }
  }

  /** The two numbers by themselves, where the windows are narrowest. */
  @Test
  void nothingIsOpenedAtOrBeforeWhatWasSettled() throws Exception {
    OpenGroup group = new OpenGroup();
    AtomicLong published = new AtomicLong();
    AtomicBoolean opening = new AtomicBoolean(true);
    AtomicLong now = new AtomicLong();
    List<Future<?>> readers = new ArrayList<>();
    for (int i = 0; i < READERS; i++) {
      readers.add(
          threads.submit(
              () -> {
                long settled = 0;
                while (opening.get()) {
                  long asOf = now.get();
                  assertNull(group.settle(asOf, asOf, () -> null, System::nanoTime));
                  long seen = published.get();
                  settled++;
                  for (int look = 0; look < 20; look++) {
                    long later = published.get();
                    assertTrue(later == seen || later > asOf, later + " came after " + asOf);
                    seen = later > asOf ? seen : later;
                  }
                }
                return settled;
              }));
    }
    long time = 0;
    for (int i = 0; i < 200_000; i++) {
      now.incrementAndGet();
      time = group.open(Math.max(now.get(), time + 1));
      published.set(time);
      group.over();
    }
    opening.set(false);
    for (Future<?> reader : readers) {
      reader.get();
    }
  }

  @Test
  void aGroupThatIsNeverOverIsWaitedForOnlySoLong() {
    OpenGroup group = new OpenGroup();
    long at = group.open(100);
    AtomicLong nanos = new AtomicLong();
    assertNotNull(
        group.settle(at, at, () -> null, () -> nanos.getAndAdd(OpenGroup.WAIT_NANOS_MAX)));
    assertNotNull(group.settle(at, at, () -> null, nanos::get), "all questions share the bound");
    assertNull(group.settle(at - 1, at, () -> null, nanos::get));
    group.over();
    assertNull(group.settle(at, at, () -> null, nanos::get));
    assertEquals(at + 1, group.open(50));
  }

  /** It is not known whether the group is on disk, and so not what the answer is. */
  @Test
  void afterAFailedSyncWhatDependsOnItIsNotAnswered() {
    SimulatedDisk disk = new SimulatedDisk(1);
    long before;
    LogSettings neverIdle = SimulatedLedger.SETTINGS.withIdleMillis(60_000);
    try (LogLedgerStore store = SimulatedLedger.open(disk, neverIdle)) {
      store.registerAsset(fiat("EUR")).join();
      store.openAccount(account(BOOK, "cash", "EUR")).join();
      store.openAccount(account(BOOK, "sales", "EUR")).join();
      before = at(post(store, "before"));
      disk.setFault(
          (operation, file) ->
              operation == Operation.FORCE && file.equals(SimulatedLedger.segment(BOOK, 1))
                  ? new IOException("Input/output error (injected)")
                  : null);
      assertThrows(RuntimeException.class, () -> post(store, "in doubt").join());
      disk.setFault(Fault.NONE);
      assertEquals(1, balance(store, before));
      RuntimeException e =
          assertThrows(RuntimeException.class, () -> balance(store, before + 1_000_000));
      assertInstanceOf(Unavailable.class, LedgerErrors.of(e));
      assertThrows(RuntimeException.class, () -> total(store, before + 1_000_000));
      assertEquals(1, store.reads().balance(CASH, null).effective().toLong());
    }
    try (LogLedgerStore store = SimulatedLedger.open(disk.afterProcessDeath())) {
      assertEquals(1, balance(store, before));
      assertEquals(balance(store, before + 1_000_000), total(store, before + 1_000_000));
    }
  }
}
