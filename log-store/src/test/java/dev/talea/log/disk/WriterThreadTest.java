// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.Log;
import dev.talea.log.LogCursor;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogReader;
import dev.talea.log.LogSettings;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.LogUnavailableException.Reason;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.thread.OpenLog;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The writer as a thread: started when needed, gone when not, never asleep over work. */
@Timeout(120)
@Tag("slow")
class WriterThreadTest {

  private static final Path DIR = Path.of("/data");
  private static final LogSettings SETTINGS = LogSettings.DEFAULTS.withIdleMillis(20);

  private final SimulatedDisk disk = new SimulatedDisk(1);
  private final LogEnvironment environment = CrashTest.environment(disk);

  /** Counts the threads it makes and knows when they have ended. */
  private static final class CountingThreads implements ThreadFactory {
    final AtomicInteger made = new AtomicInteger();
    final AtomicInteger alive = new AtomicInteger();
    final AtomicInteger mostAlive = new AtomicInteger();
    final Semaphore ends = new Semaphore(0);

    @Override
    public Thread newThread(Runnable task) {
      made.incrementAndGet();
      mostAlive.accumulateAndGet(alive.incrementAndGet(), Math::max);
      Thread thread =
          new Thread(
              () -> {
                task.run();
                alive.decrementAndGet();
                ends.release();
              },
              "test-log-writer");
      thread.setDaemon(true);
      return thread;
    }
  }

  @Test
  void theThreadEndsWhenIdleAndIsStartedAgain() throws Exception {
    CountingThreads threads = new CountingThreads();
    try (LogDirectory logs = LogDirectory.open(DIR, SETTINGS, environment.withWriters(threads))) {
      OpenLog<Append> log = (OpenLog<Append>) logs.createLog("log", AppendHandler::goingOn);
      assertEquals(0, threads.made.get(), "opening needs no thread");
      for (int i = 1; i <= 5; i++) {
        append(log, i);
        assertTrue(threads.ends.tryAcquire(60, TimeUnit.SECONDS), "the thread did not end");
        assertEquals(i, threads.made.get());
        assertEquals(i, log.durableSeq());
        assertFalse(log.hasThread());
      }
    }
  }

  @Test
  void thousandsOfIdleLogsCostNoThreads() throws Exception {
    CountingThreads threads = new CountingThreads();
    LogSettings small = SETTINGS.withSpaceSteps(4096, 4096).withIdleMillis(1);
    int logsCount = 2000;
    try (LogDirectory logs = LogDirectory.open(DIR, small, environment.withWriters(threads))) {
      List<Log<Append>> all = new ArrayList<>();
      for (int i = 0; i < logsCount; i++) {
        Log<Append> log = logs.createLog("log-" + i, AppendHandler::goingOn);
        if (i % 4 == 0) {
          append(log, 1);
        }
        all.add(log);
      }
      threads.ends.acquire(threads.made.get());
      assertEquals(0, threads.alive.get());
      assertEquals(logsCount / 4, all.stream().mapToLong(LogReader::durableSeq).sum());
    }
  }

  @Test
  void logsTakeTurnsIfThereAreMoreThanThreads() throws Exception {
    CountingThreads threads = new CountingThreads();
    LogSettings one = SETTINGS.withWriterThreadsMax(1).withGroupMax(1 << 14, 16);
    try (LogDirectory logs = LogDirectory.open(DIR, one, environment.withWriters(threads))) {
      Log<Append> hot = logs.createLog("hot", AppendHandler::goingOn);
      List<Log<Append>> quiet = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        quiet.add(logs.createLog("quiet-" + i, AppendHandler::goingOn));
      }
      AtomicBoolean enough = new AtomicBoolean();
      Thread feeder =
          new Thread(
              () -> {
                ArrayDeque<Append> open = new ArrayDeque<>();
                while (!enough.get()) {
                  Append append = Append.of(new byte[100]);
                  assertTrue(hot.submit(append, 1));
                  open.add(append);
                  if (open.size() == 64) { // there is always something for the hot one to do
                    open.remove().done.join();
                  }
                }
              });
      feeder.start();
      // Were the hot log to keep the one thread, this would never end.
      for (int round = 1; round <= 3; round++) {
        List<Append> all = new ArrayList<>();
        for (Log<Append> log : quiet) {
          Append append = Append.of(new byte[10]);
          assertTrue(log.submit(append, 1));
          all.add(append);
        }
        for (Append append : all) {
          append.done.get(60, TimeUnit.SECONDS);
        }
      }
      enough.set(true);
      feeder.join();
      // The one, and possibly its successor while it is just ending.
      assertTrue(threads.mostAlive.get() <= 2, threads.mostAlive + " threads");
      quiet.forEach(log -> assertEquals(3, log.durableSeq()));
    }
  }

  @Test
  void manySubmittersToAThreadThatKeepsEndingAllGetTheirAnswers() throws Exception {
    LogSettings restless = SETTINGS.withIdleMillis(1).withGroupMax(1 << 14, 10);
    int submitters = 6;
    long each = 400;
    try (LogDirectory logs = LogDirectory.open(DIR, restless, environment)) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      List<CompletableFuture<Void>> all = new ArrayList<>();
      for (int s = 0; s < submitters; s++) {
        all.add(
            CompletableFuture.runAsync(
                () -> {
                  for (int i = 0; i < each; i++) {
                    append(log, i);
                  }
                },
                task -> new Thread(task).start()));
      }
      CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0])).get(90, TimeUnit.SECONDS);
      assertEquals(submitters * each, log.durableSeq());
      assertEquals(0, log.queuedWeight());
    }
    assertEquals(submitters * each, new LogFiles(DIR, disk).verify("log").records());
  }

  @Test
  void aFullQueueSaysSoAtOnceAndAHeavyRequestIsTakenWhenItIsEmpty() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    AppendHandler handler = new AppendHandler();
    try (LogDirectory logs = LogDirectory.open(DIR, SETTINGS.withQueueWeightMax(10), environment)) {
      Log<Append> log = logs.createLog("log", reader -> handler);
      handler.beforeHandling =
          request -> {
            begun.countDown();
            awaitQuietly(go);
          };
      List<Append> taken = new ArrayList<>();
      Append first = Append.of(new byte[1]);
      assertTrue(log.submit(first, 25), "heavier than the queue, but the queue is empty");
      begun.await();
      assertEquals(0, log.queuedWeight(), "what is being handled waits no more");
      for (int i = 0; i < 3; i++) {
        Append append = Append.of(new byte[1]);
        assertTrue(log.submit(append, 3));
        taken.add(append);
      }
      assertEquals(9, log.queuedWeight());
      Append refused = Append.of(new byte[1]);
      assertFalse(log.submit(refused, 2));
      Append last = Append.of(new byte[1]);
      assertTrue(log.submit(last, 1));
      taken.add(last);
      assertFalse(log.submit(refused, 1));
      go.countDown();
      first.done.get(20, TimeUnit.SECONDS);
      for (Append append : taken) {
        append.done.get(20, TimeUnit.SECONDS);
      }
      assertFalse(refused.done.isDone());
      assertEquals(5, log.durableSeq());
      assertEquals(0, log.queuedWeight());
    }
  }

  @Test
  void whatCameWhileAGroupWasOnItsWayIsTheNextGroup() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    AppendHandler handler = new AppendHandler();
    try (LogDirectory logs =
        LogDirectory.open(DIR, SETTINGS.withGroupMax(1 << 20, 4), environment)) {
      Log<Append> log = logs.createLog("log", reader -> handler);
      handler.beforeHandling =
          request -> {
            begun.countDown();
            awaitQuietly(go);
          };
      List<Append> appends = new ArrayList<>();
      for (int i = 0; i < 7; i++) {
        Append append = Append.of(new byte[10]);
        appends.add(append);
        assertTrue(log.submit(append, 1));
        begun.await();
      }
      go.countDown();
      for (Append append : appends) {
        append.done.get(20, TimeUnit.SECONDS);
      }
      assertEquals(
          List.of("1-1", "2-5", "6-7"),
          handler.published.stream().map(group -> group[0] + "-" + group[1]).toList());
    }
  }

  @Test
  void closingFinishesWhatIsQueuedAndTakesNothingNew() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    AppendHandler handler = new AppendHandler();
    LogDirectory logs = LogDirectory.open(DIR, SETTINGS, environment);
    Log<Append> log = logs.createLog("log", reader -> handler);
    handler.beforeHandling =
        request -> {
          begun.countDown();
          awaitQuietly(go);
        };
    List<Append> appends = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Append append = Append.of(new byte[10]);
      appends.add(append);
      assertTrue(log.submit(append, 1));
    }
    begun.await();
    CompletableFuture<Void> closing =
        CompletableFuture.runAsync(logs::close, task -> new Thread(task).start());
    assertThrows(
        LogUnavailableException.class,
        () -> {
          while (log.submit(Append.of(), 0)) {
            Thread.onSpinWait(); // until the closing has begun
          }
        });
    go.countDown();
    closing.get(60, TimeUnit.SECONDS);
    for (Append append : appends) {
      assertTrue(append.done.isDone() && !append.done.isCompletedExceptionally());
    }
    assertEquals(20, log.durableSeq());
    LogUnavailableException closed =
        assertThrows(LogUnavailableException.class, () -> log.submit(Append.of(new byte[1]), 1));
    assertEquals(Reason.CLOSED, closed.reason());
    assertEquals(1, log.record(log.positionOf(1)).seq(), "reading goes on after closing");
    log.close();
    logs.close();
  }

  @Test
  void aRequestWithoutRecordsIsAnsweredWithoutASyncButNotBeforeTheRecordsOfItsGroup()
      throws Exception {
    try (LogDirectory logs = LogDirectory.open(DIR, SETTINGS, environment)) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      append(log, 1);
      int before = disk.operations();
      Append empty = Append.of();
      assertTrue(log.submit(empty, 1));
      empty.done.get(20, TimeUnit.SECONDS);
      assertEquals(before, disk.operations());
    }
    AtomicReference<@Nullable Append> late = new AtomicReference<>();
    AtomicInteger syncsAtAnswer = new AtomicInteger(-1);
    SimulatedDisk other = new SimulatedDisk(2);
    CountDownLatch go = new CountDownLatch(1);
    AppendHandler handler =
        new AppendHandler() {
          @Override
          public void committed(Append request) {
            if (request == late.get()) {
              syncsAtAnswer.set((int) lastPublished);
            }
            super.committed(request);
          }
        };
    handler.beforeHandling = request -> awaitQuietly(go);
    try (LogDirectory logs = LogDirectory.open(DIR, SETTINGS, CrashTest.environment(other))) {
      Log<Append> log = logs.createLog("log", reader -> handler);
      Append blocker = Append.of();
      Append withRecord = Append.of(new byte[5]);
      Append without = Append.of();
      late.set(without);
      assertTrue(log.submit(blocker, 1));
      assertTrue(log.submit(withRecord, 1));
      assertTrue(log.submit(without, 1));
      go.countDown();
      without.done.get(20, TimeUnit.SECONDS);
      assertEquals(1, syncsAtAnswer.get(), "answered before what it saw was durable");
    }
  }

  @Test
  void aCursorFollowsTheWriterAndNeverSeesWhatIsNotDurable() throws Exception {
    LogSettings small =
        SETTINGS.withSegmentBytesMax(1 << 16).withGroupMax(4096, 16).withSpaceSteps(4096, 8192);
    int records = 3000;
    try (LogDirectory logs = LogDirectory.open(DIR, small, environment)) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      CompletableFuture<Void> reading =
          CompletableFuture.runAsync(
              () -> {
                LogCursor cursor = log.cursor(1);
                for (long seq = 1; seq <= records; ) {
                  if (cursor.next()) {
                    assertEquals(seq, cursor.seq());
                    assertTrue(seq <= log.durableSeq());
                    assertEquals((byte) seq, cursor.payload().get(0));
                    assertEquals(cursor.position(), log.positionOf(seq));
                    seq++;
                  }
                }
              },
              task -> new Thread(task).start());
      for (int i = 1; i <= records; i++) {
        byte[] payload = new byte[1 + i % 200];
        payload[0] = (byte) i;
        Append append = Append.of(payload);
        assertTrue(log.submit(append, 1));
        if (i % 7 == 0) {
          append.done.get(20, TimeUnit.SECONDS);
        }
      }
      reading.get(90, TimeUnit.SECONDS);
    }
    assertTrue(new LogFiles(DIR, disk).verify("log").segments() > 3);
  }

  /** On a real disk, where a look can fall into the middle of a write. */
  @Test
  void looksFromOutsideBesideARunningWriterSeeAWholeLogThatOnlyGrows(@TempDir Path real) {
    LogSettings small =
        SETTINGS.withSegmentBytesMax(1 << 16).withGroupMax(1 << 14, 64).withSpaceSteps(4096, 8192);
    try (LogDirectory logs = LogDirectory.open(real, small, SystemLogEnvironment.create())) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      CompletableFuture<Void> writing =
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; i < 400; i++) {
                  Append append = Append.of(new byte[i * 7 % 3000], new byte[i % 9 * 500]);
                  assertTrue(log.submit(append, 1));
                  append.done.orTimeout(60, TimeUnit.SECONDS).join();
                }
              },
              task -> new Thread(task).start());
      long seen = 0;
      while (!writing.isDone()) {
        LogReader reader = new LogFiles(real, new NioDisk()).read("log").reader();
        assertTrue(reader.durableSeq() >= seen, "the log has become shorter");
        seen = reader.durableSeq();
        if (seen > 0) {
          assertEquals(seen, reader.record(reader.positionOf(seen)).seq());
        }
        assertTrue(new LogFiles(real, new NioDisk()).verify("log").records() >= seen);
      }
      writing.join();
      assertTrue(seen <= log.durableSeq());
    }
  }

  @Test
  void anInterruptLeftByACallbackDoesNotReachTheDisk(@TempDir Path real) {
    AppendHandler handler = new AppendHandler();
    handler.beforeHandling = request -> Thread.currentThread().interrupt();
    try (LogDirectory logs = LogDirectory.open(real, SETTINGS, SystemLogEnvironment.create())) {
      Log<Append> log = logs.createLog("log", reader -> handler);
      for (int i = 0; i < 50; i++) {
        append(log, i);
      }
      assertNull(log.failure());
      assertEquals(50, log.durableSeq());
    }
  }

  @Test
  void theHandlerCannotCloseItsOwnLog() throws Exception {
    AppendHandler handler = new AppendHandler();
    try (LogDirectory logs = LogDirectory.open(DIR, SETTINGS, environment)) {
      Log<Append> log = logs.createLog("log", reader -> handler);
      handler.beforeHandling = request -> log.close();
      Append append = Append.of(new byte[1]);
      assertTrue(log.submit(append, 1));
      Throwable why =
          assertThrows(ExecutionException.class, () -> append.done.get(20, TimeUnit.SECONDS))
              .getCause();
      assertInstanceOf(
          IllegalStateException.class,
          assertInstanceOf(LogUnavailableException.class, why).getCause());
    }
  }

  private static void append(Log<Append> log, int i) {
    Append append = Append.of(new byte[] {(byte) i, (byte) (i >> 8)});
    assertTrue(log.submit(append, 1));
    append.done.orTimeout(60, TimeUnit.SECONDS).join();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
