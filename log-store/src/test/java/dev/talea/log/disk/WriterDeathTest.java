// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.talea.log.Disk;
import dev.talea.log.Log;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogSettings;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.LogUnavailableException.Reason;
import dev.talea.log.ShortageException;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.thread.OpenLog;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/**
 * Whatever is thrown on the thread of a writer, and wherever: every request is answered, the log
 * says that it has failed, closing returns, and other logs go on.
 */
@Timeout(60)
class WriterDeathTest {

  private static final Path DIR = Path.of("/data");
  private static final LogSettings SETTINGS =
      LogSettings.DEFAULTS.withIdleMillis(50).withWriterThreadsMax(1);

  private final SimulatedDisk disk = new SimulatedDisk(1);
  private LogEnvironment environment = CrashTest.environment(disk);

  /** Throws an Error at every line of the log, as one that is out of memory does. */
  private static final class BrokenAppender extends AppenderBase<ILoggingEvent> {
    final AtomicInteger lines = new AtomicInteger();

    @Override
    public synchronized void doAppend(ILoggingEvent event) {
      lines.incrementAndGet();
      throw new OutOfMemoryError("injected into logging");
    }

    @Override
    protected void append(ILoggingEvent event) {
      // never reached
    }
  }

  @Test
  void anErrorOutOfTheHandlerAndAnotherOutOfLogging() {
    BrokenAppender broken = new BrokenAppender();
    broken.start();
    Logger logger = (Logger) LoggerFactory.getLogger("dev.talea.log.thread.LogWriter");
    logger.addAppender(broken);
    Level before = logger.getLevel();
    logger.setLevel(Level.ERROR);
    try (LogDirectory logs = LogDirectory.open(DIR, SETTINGS, environment)) {
      AppendHandler handler = new AppendHandler();
      Log<Append> log = logs.createLog("log", reader -> handler);
      CountDownLatch queued = new CountDownLatch(1);
      handler.beforeHandling =
          request -> {
            await(queued);
            throw new OutOfMemoryError("injected into the handler");
          };
      List<Append> all = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        all.add(Append.of(new byte[1]));
        assertTrue(log.submit(all.get(i), 1));
      }
      queued.countDown();
      all.forEach(append -> assertEquals(Reason.FAILED, refusalOf(append).reason()));
      checkFailed(logs, log);
      assertTrue(broken.lines.get() > 0, "nothing was logged, so this tests nothing");
    } finally {
      logger.detachAppender(broken);
      logger.setLevel(before);
    }
  }

  @Test
  void anErrorOutOfTheHandlerThatRefuses() {
    try (LogDirectory logs = LogDirectory.open(DIR, SETTINGS, environment)) {
      AtomicInteger refusals = new AtomicInteger();
      AppendHandler handler =
          new AppendHandler() {
            @Override
            public void refused(Append request, LogUnavailableException why) {
              refusals.incrementAndGet();
              super.refused(request, why);
              throw new StackOverflowError("injected");
            }
          };
      CountDownLatch queued = new CountDownLatch(1);
      handler.beforeHandling =
          request -> {
            await(queued);
            throw new IllegalStateException("a bug");
          };
      Log<Append> log = logs.createLog("log", reader -> handler);
      List<Append> all = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        all.add(Append.of(new byte[1]));
        assertTrue(log.submit(all.get(i), 1));
      }
      queued.countDown();
      all.forEach(append -> assertEquals(Reason.FAILED, refusalOf(append).reason()));
      assertEquals(5, refusals.get());
      checkFailed(logs, log);
    }
  }

  @Test
  void anErrorOutOfTheObserver() {
    AtomicBoolean armed = new AtomicBoolean();
    environment =
        environment.withObserver(
            (log, nanos, bytes, records) -> {
              if (armed.get() && log.equals("log")) {
                throw new OutOfMemoryError("injected into the observer");
              }
            });
    try (LogDirectory logs = LogDirectory.open(DIR, SETTINGS, environment)) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      append(log);
      armed.set(true);
      Append append = Append.of(new byte[1]);
      assertTrue(log.submit(append, 1));
      assertTrue(refusalOf(append).mayBeDurable());
      checkFailed(logs, log);
    }
  }

  /** Between two turns there is no guard but the thread's own. */
  @Test
  void anErrorOutsideOfEveryGuard() {
    AtomicBoolean armed = new AtomicBoolean();
    AtomicBoolean thrown = new AtomicBoolean();
    environment =
        environment.withNanos(
            () -> {
              if (armed.get()
                  && isLookOfTheWriterThreadItself()
                  && thrown.compareAndSet(false, true)) {
                throw new OutOfMemoryError("injected into the clock");
              }
              return System.nanoTime();
            });
    try (LogDirectory logs = LogDirectory.open(DIR, SETTINGS, environment)) {
      OpenLog<Append> log = (OpenLog<Append>) logs.createLog("log", AppendHandler::goingOn);
      append(log);
      while (log.hasThread()) {
        Thread.onSpinWait();
      }
      armed.set(true);
      append(log);
      while (log.failure() == null) {
        Thread.onSpinWait();
      }
      assertTrue(thrown.get());
      checkFailed(logs, log);
    }
  }

  private static boolean isLookOfTheWriterThreadItself() {
    List<String> methods =
        StackWalker.getInstance()
            .walk(frames -> frames.map(StackWalker.StackFrame::getMethodName).toList());
    return methods.contains("lingered");
  }

  @Test
  void aThreadThatCannotBeStartedWhateverItThrows() {
    AtomicBoolean none = new AtomicBoolean();
    environment =
        environment.withWriters(
            task -> {
              if (none.get()) {
                throw new InternalError("injected");
              }
              return new Thread(task);
            });
    try (LogDirectory logs = LogDirectory.open(DIR, SETTINGS, environment)) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      none.set(true);
      Append append = Append.of(new byte[1]);
      assertTrue(log.submit(append, 1));
      LogUnavailableException why = refusalOf(append);
      assertEquals(Reason.NO_RESOURCES, why.reason());
      assertTrue(why.logGoesOn());
      none.set(false);
      append(log);
    }
  }

  @Test
  void anErrorWhileSpaceIsFilled() {
    AtomicBoolean armed = new AtomicBoolean();
    Disk failing =
        FaultyDisk.on(
            disk,
            file -> {
              if (armed.get()) {
                throw new OutOfMemoryError("Java heap space (injected)");
              }
            });
    try (LogDirectory logs =
        LogDirectory.open(
            DIR, SETTINGS.withSpaceSteps(4096, 4096), environment.withDisk(failing))) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      armed.set(true);
      Append append = Append.of(new byte[8000]);
      assertTrue(log.submit(append, 1));
      assertEquals(Reason.FAILED, refusalOf(append).reason());
      armed.set(false);
      assertNotNull(log.failure());
      log.close();
      append(logs.openLog("log", AppendHandler::goingOn));
    }
  }

  @Test
  void directMemoryThatIsShortWhileSpaceIsFilledPasses() {
    AtomicBoolean armed = new AtomicBoolean();
    Disk failing =
        FaultyDisk.on(
            disk,
            file -> {
              if (armed.get()) {
                throw new ShortageException("no direct memory", new OutOfMemoryError("injected"));
              }
            });
    AtomicLong nanos = new AtomicLong();
    try (LogDirectory logs =
        LogDirectory.open(
            DIR,
            SETTINGS.withSpaceSteps(4096, 4096),
            environment.withDisk(failing).withNanos(nanos::get))) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      armed.set(true);
      Append append = Append.of(new byte[8000]);
      assertTrue(log.submit(append, 1));
      LogUnavailableException why = refusalOf(append);
      assertEquals(Reason.NO_RESOURCES, why.reason());
      assertTrue(why.logGoesOn());
      assertNull(log.failure());
      armed.set(false);
      nanos.addAndGet(SpaceFiller.RETRY_NANOS);
      append(log);
    }
  }

  /** It is known to have failed, takes nothing, closes, and others go on with the same thread. */
  private static void checkFailed(LogDirectory logs, Log<Append> log) {
    LogUnavailableException why =
        assertThrows(LogUnavailableException.class, () -> log.submit(Append.of(new byte[1]), 1));
    assertEquals(Reason.FAILED, why.reason());
    assertFalse(why.mayBeReopened());
    assertNotNull(log.failure());
    assertEquals(0, log.queuedWeight());
    append(logs.createLog("other", AppendHandler::goingOn));
    CompletableFuture<Void> closing =
        CompletableFuture.runAsync(log::close, task -> new Thread(task).start());
    closing.orTimeout(20, TimeUnit.SECONDS).join();
  }

  private static void append(Log<Append> log) {
    Append append = Append.of(new byte[10]);
    assertTrue(log.submit(append, 1));
    append.done.orTimeout(20, TimeUnit.SECONDS).join();
  }

  private static LogUnavailableException refusalOf(Append append) {
    ExecutionException e =
        assertThrows(ExecutionException.class, () -> append.done.get(20, TimeUnit.SECONDS));
    return assertInstanceOf(LogUnavailableException.class, e.getCause());
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
