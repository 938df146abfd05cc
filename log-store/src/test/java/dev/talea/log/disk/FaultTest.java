// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.BlockBuilder;
import dev.talea.log.DiskFile;
import dev.talea.log.Log;
import dev.talea.log.LogCursor;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogIoException;
import dev.talea.log.LogRecord;
import dev.talea.log.LogSettings;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.LogUnavailableException.Reason;
import dev.talea.log.NoSpaceException;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.SimulatedDisk.Fault;
import dev.talea.log.SimulatedDisk.Operation;
import dev.talea.log.format.BlockHeader;
import dev.talea.log.format.Bytes;
import dev.talea.log.format.SegmentHeader;
import dev.talea.log.thread.BufferPool;
import dev.talea.log.thread.LogWriters;
import dev.talea.log.thread.OpenLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Disks that say no: failed syncs and writes, full disks, too many open files, too many threads.
 *
 * <p>{@code -Dtalea.crash.seed=S}: other lengths, and another outcome of each power loss.
 */
@Tag("slow")
@Timeout(120)
class FaultTest {

  private static final Path DIR = Path.of("/data");
  private static final LogSettings SETTINGS =
      LogSettings.DEFAULTS
          .withSegmentBytesMax(1 << 16)
          .withGroupMax(1 << 14, 64)
          .withSpaceSteps(1 << 12, 1 << 13)
          .withIdleMillis(5);

  /** Added to each seed. */
  private static final long SEED = Long.getLong("talea.crash.seed", 0);

  private final SimulatedDisk disk = new SimulatedDisk(SEED + 1);
  private final AtomicLong nanos = new AtomicLong(1);
  private LogEnvironment environment = CrashTest.environment(disk).withNanos(nanos::get);

  // ------------------------------------------------------------------ failed syncs and writes

  @Test
  void afterAFailedSyncNothingIsAcknowledgedAndOtherLogsGoOn() {
    try (LogDirectory logs = LogDirectory.open(DIR, SETTINGS, environment)) {
      Log<Append> sick = logs.createLog("sick", AppendHandler::goingOn);
      Log<Append> well = logs.createLog("well", AppendHandler::goingOn);
      List<Long> positions = append(sick, bytes(100, 1), bytes(100, 2)).positions();
      disk.setFault(
          (operation, file) ->
              operation == Operation.FORCE && file.toString().contains("sick")
                  ? new IOException("Input/output error")
                  : null);

      LogUnavailableException first = refusal(sick, bytes(100, 3));
      assertEquals(Reason.FAILED, first.reason());
      assertTrue(first.mayBeDurable(), "the block was on its way");
      disk.setFault(Fault.NONE);

      LogUnavailableException later =
          assertThrows(LogUnavailableException.class, () -> sick.submit(Append.of(bytes(1, 4)), 1));
      assertEquals(Reason.FAILED, later.reason());
      assertFalse(later.mayBeDurable());
      assertNotNull(sick.failure());
      assertEquals(2, sick.durableSeq());
      assertArrayEquals(bytes(100, 2), payload(sick.record(positions.get(1))));

      append(well, bytes(100, 5));
      assertNull(well.failure());

      sick.close();
      Log<Append> cured = logs.openLog("sick", AppendHandler::goingOn);
      assertTrue(cured.durableSeq() >= 2);
      append(cured, bytes(100, 6));
    }
  }

  /**
   * The trap: after a failed sync the operating system shows the bytes and believes them written.
   * If reopening trusted what it reads, a power failure would take back what it has shown.
   */
  @Test
  void whatReopeningShowsAfterAFailedSyncIsReallyOnDisk() {
    for (int n = 1; n <= 12; n++) {
      for (int seed = 0; seed < 8; seed++) {
        SimulatedDisk failing = new SimulatedDisk(SEED + seed);
        LogEnvironment env = CrashTest.environment(failing);
        LogDirectory logs = LogDirectory.open(DIR, SETTINGS, env);
        Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
        List<byte[]> all = new ArrayList<>();
        failing.setFault(Fault.nth(Operation.FORCE, n));
        int acknowledged = appendUntilFailure(log, all, new Random(SEED + seed));
        log.close();
        failing.setFault(Fault.NONE);

        Log<Append> reopened = logs.openLog("log", AppendHandler::goingOn);
        long shown = reopened.durableSeq();
        assertTrue(shown >= acknowledged, shown + " shown, " + acknowledged + " acknowledged");
        SimulatedDisk after = failing.afterPowerLoss(SEED + seed);
        try (LogDirectory again = LogDirectory.open(DIR, SETTINGS, CrashTest.environment(after))) {
          Log<Append> found = again.openLog("log", AppendHandler::goingOn);
          assertEquals(shown, found.durableSeq(), "failed force " + n + ", seed " + (SEED + seed));
          LogCursor cursor = found.cursor(1);
          for (int i = 0; i < shown; i++) {
            assertTrue(cursor.next());
            assertEquals(all.get(i).length, cursor.payload().remaining());
          }
        }
      }
    }
  }

  /**
   * As above, of a close mark: one that the operating system shows and the disk never got must not
   * be what the next block follows on. The block and the mark end with a sector, so that nothing
   * written later rewrites it by the way.
   */
  @Test
  void aCloseMarkWhoseSyncFailedIsNotTrustedOnReopening() throws Exception {
    for (boolean idle : new boolean[] {false, true}) {
      for (int seed = 0; seed < 30; seed++) {
        SimulatedDisk failing = new SimulatedDisk(SEED + seed);
        LogEnvironment env = CrashTest.environment(failing);
        LogSettings settings = SETTINGS.withIdleMillis(idle ? 1 : 60_000);
        LogDirectory logs = LogDirectory.open(DIR, settings, env);
        OpenLog<Append> log = (OpenLog<Append>) logs.createLog("log", AppendHandler::goingOn);
        AtomicBoolean appended = new AtomicBoolean();
        Semaphore failed = new Semaphore(0);
        failing.setFault(
            (operation, file) -> {
              if (operation != Operation.FORCE || !appended.get()) {
                return null;
              }
              failed.release();
              return new IOException("Input/output error");
            });
        // While the log answers it cannot be marked yet: the thread is the same.
        Append first = Append.of(bytes(240, 1));
        CompletableFuture<Void> armed = first.done.thenRun(() -> appended.set(true));
        assertTrue(log.submit(first, 1));
        assertNull(refusalOf(first));
        armed.join();
        if (idle) {
          assertTrue(failed.tryAcquire(20, TimeUnit.SECONDS), "no mark was written");
          while (log.hasThread()) {
            Thread.onSpinWait();
          }
        }
        log.close();
        assertEquals(Reason.FAILED, Objects.requireNonNull(log.failure()).reason());
        failing.setFault(Fault.NONE);

        Log<Append> reopened = logs.openLog("log", AppendHandler::goingOn);
        append(reopened, bytes(240, 2));
        SimulatedDisk after = failing.afterPowerLoss(SEED + seed);
        try (LogDirectory again = LogDirectory.open(DIR, settings, CrashTest.environment(after))) {
          assertEquals(
              2,
              again.openLog("log", AppendHandler::goingOn).durableSeq(),
              "seed " + (SEED + seed));
        }
      }
    }
  }

  private static int appendUntilFailure(Log<Append> log, List<byte[]> all, Random random) {
    int acknowledged = 0;
    for (int i = 0; i < 40; i++) {
      byte[] payload = bytes(random.nextInt(3000), i);
      all.add(payload);
      try {
        append(log, payload);
        acknowledged = all.size();
      } catch (CompletionException | LogUnavailableException e) {
        break;
      }
    }
    return acknowledged;
  }

  @Test
  void aFailedWriteFailsTheLogAndReopeningCutsTheTornBlockAndKeepsIt() {
    for (int n = 1; n <= 6; n++) {
      SimulatedDisk failing = new SimulatedDisk(SEED + n);
      try (LogDirectory logs = LogDirectory.open(DIR, SETTINGS, CrashTest.environment(failing))) {
        Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
        failing.setFault(Fault.nth(Operation.WRITE, n));
        int acknowledged = appendUntilFailure(log, new ArrayList<>(), new Random(SEED + n));
        assertNotNull(log.failure());
        log.close();
        Log<Append> reopened = logs.openLog("log", AppendHandler::goingOn);
        assertEquals(acknowledged, reopened.durableSeq());
        append(reopened, bytes(10, 1));
      }
      assertEquals(
          new LogFiles(DIR, failing).read("log").reader().durableSeq(),
          new LogFiles(DIR, failing).verify("log").records());
    }
  }

  @Test
  void tornBytesAreKeptBesideTheLogAsTheyWere() throws Exception {
    LogDirectory logs = LogDirectory.open(DIR, SETTINGS, environment);
    Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
    append(log, bytes(50, 1));
    Path segment = logs.folder("log").resolve("00000000000000000001.log");
    disk.afterProcessDeath(); // ends this life without a close mark
    SimulatedDisk next = disk.afterProcessDeath();
    int end = SegmentHeader.BYTES + BlockHeader.BYTES + BlockBuilder.bytesFor(50);
    byte[] garbage = bytes(700, 9);
    try (DiskFile file = next.open(segment)) {
      file.write(ByteBuffer.wrap(garbage), end);
    }
    try (LogDirectory again = LogDirectory.open(DIR, SETTINGS, CrashTest.environment(next))) {
      assertEquals(1, again.openLog("log", AppendHandler::goingOn).durableSeq());
    }
    Path kept = logs.folder("log").resolve("torn-00000000000000000002-" + end + ".bin");
    assertArrayEquals(garbage, next.content(kept));
  }

  @Test
  void aFailedSyncWhileFillingSpaceFailsTheLog() {
    try (LogDirectory logs = LogDirectory.open(DIR, SETTINGS, environment)) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      disk.setFault(
          (operation, file) ->
              operation == Operation.FORCE ? new IOException("Input/output error") : null);
      LogUnavailableException why = refusal(log, bytes(3000, 1), bytes(3000, 2));
      assertEquals(Reason.FAILED, why.reason());
      disk.setFault(Fault.NONE);
      log.close();
      Log<Append> reopened = logs.openLog("log", AppendHandler::goingOn);
      append(reopened, bytes(3000, 1));
    }
  }

  // ------------------------------------------------------------------ full disks

  @Test
  void aFullDiskIsNoticedBeforeAnythingIsHalfWrittenAndHeals() throws Exception {
    try (LogDirectory logs = LogDirectory.open(DIR, SETTINGS, environment)) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      append(log, bytes(500, 0));
      disk.setSpace(disk.usedSpace() + 100);
      int accepted = 1;
      LogUnavailableException full = null;
      while (full == null) {
        Append append = Append.of(bytes(2000, accepted));
        assertTrue(log.submit(append, 1));
        full = refusalOf(append);
        accepted += full == null ? 1 : 0;
      }
      assertEquals(Reason.NO_SPACE, full.reason());
      assertFalse(full.mayBeDurable());
      assertNull(log.failure(), "a full disk is no failure");
      assertEquals(accepted, log.durableSeq());
      zerosBehind(log);

      int operations = disk.operations();
      assertEquals(Reason.NO_SPACE, refusal(log, bytes(2000, 1)).reason());
      assertEquals(operations, disk.operations(), "the disk is not asked again at once");

      Append nothing = Append.of();
      assertTrue(log.submit(nothing, 1));
      assertNull(refusalOf(nothing), "what needs no room needs no disk");

      disk.setSpace(Long.MAX_VALUE);
      nanos.addAndGet(SpaceFiller.RETRY_NANOS);
      append(log, bytes(2000, 7));
      assertEquals(accepted + 1, log.durableSeq());
    }
    assertEquals(0, new LogFiles(DIR, disk).verify("log").bytes() % 8);
  }

  /** The zeros that did fit were never synced, nor was the length of the file with them. */
  @Test
  void spaceThatWasHalfFilledIsNotTrustedAfterACleanClose() {
    try (LogDirectory logs = LogDirectory.open(DIR, SETTINGS, environment)) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      disk.setSpace(disk.usedSpace() + 2500);
      assertEquals(Reason.NO_SPACE, refusal(log, bytes(1500, 1)).reason());
      disk.setSpace(Long.MAX_VALUE);
      nanos.addAndGet(SpaceFiller.RETRY_NANOS);
      append(log, bytes(300, 1));
      disk.setSpace(disk.usedSpace() + 2500);
      assertEquals(Reason.NO_SPACE, refusal(log, bytes(9000, 1)).reason());
    }
    LogDirectory again = LogDirectory.open(DIR, SETTINGS, environment);
    Log<Append> log = again.openLog("log", AppendHandler::goingOn);
    disk.setSpace(disk.usedSpace()); // so that no filling syncs the file by the way
    Append append;
    do {
      append = Append.of(bytes(700, 1));
      assertTrue(log.submit(append, 1));
    } while (refusalOf(append) == null);
    long last = log.durableSeq();
    assertTrue(last > 2, "nothing fitted the half-filled space, so this tests nothing");
    for (int seed = 0; seed < 20; seed++) {
      SimulatedDisk after = disk.afterPowerLoss(SEED + seed);
      LogDirectory found = LogDirectory.open(DIR, SETTINGS, CrashTest.environment(after));
      assertEquals(last, found.openLog("log", AppendHandler::goingOn).durableSeq());
    }
  }

  @Test
  void aDiskThatIsFullAtEveryPossibleByteNeverTearsAnything() {
    for (int space = 4096; space < 90_000; space += 1237) {
      SimulatedDisk small = new SimulatedDisk(SEED + space);
      LogEnvironment env = CrashTest.environment(small).withNanos(nanos::get);
      small.setSpace(space);
      long last = 0;
      try (LogDirectory logs = LogDirectory.open(DIR, SETTINGS, env)) {
        Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
        for (int i = 0; i < 60; i++) {
          Append append = Append.of(bytes(1500, i));
          assertTrue(log.submit(append, 1));
          LogUnavailableException why = refusalOf(append);
          if (why != null) {
            assertEquals(Reason.NO_SPACE, why.reason());
          }
        }
        last = log.durableSeq();
        small.setSpace(Long.MAX_VALUE);
        nanos.addAndGet(SpaceFiller.RETRY_NANOS);
        append(log, bytes(1500, 99));
      } catch (LogUnavailableException e) { // not even room for the first segment
        assertEquals(Reason.NO_SPACE, e.reason());
        continue;
      } catch (LogIoException e) { // not even room for the directory
        assertInstanceOf(NoSpaceException.class, e.getCause());
        continue;
      }
      assertEquals(last + 1, new LogFiles(DIR, small).verify("log").records());
    }
  }

  @Test
  void aTornTailThatCannotBeKeptForLackOfSpaceLeavesEverythingAsItWas() throws Exception {
    LogDirectory logs = LogDirectory.open(DIR, SETTINGS, environment);
    append(logs.createLog("log", AppendHandler::goingOn), bytes(50, 1));
    Path segment = logs.folder("log").resolve("00000000000000000001.log");
    SimulatedDisk next = disk.afterProcessDeath();
    try (DiskFile file = next.open(segment)) {
      file.write(ByteBuffer.wrap(bytes(700, 9)), 5000);
    }
    byte[] before = next.content(segment);
    try (LogDirectory again = LogDirectory.open(DIR, SETTINGS, CrashTest.environment(next))) {
      next.setSpace(next.usedSpace() + 10);
      LogUnavailableException full =
          assertThrows(
              LogUnavailableException.class, () -> again.openLog("log", AppendHandler::goingOn));
      assertEquals(Reason.NO_SPACE, full.reason());
      assertArrayEquals(before, next.content(segment));
      next.setSpace(Long.MAX_VALUE);
      assertEquals(1, again.openLog("log", AppendHandler::goingOn).durableSeq());
    }
  }

  /**
   * A copy-on-write file system has room for zeros and none to overwrite them: the disk is found
   * full in the middle of a commit. The log ends, and opens again when there is room, with nothing
   * that was not synced trusted; while there is none, opening says so and changes nothing.
   */
  @Test
  void aDiskThatIsFoundFullInAWriteOrASyncEndsTheLogAndItOpensAgain() {
    for (Operation late : new Operation[] {Operation.WRITE, Operation.FORCE}) {
      for (int seed = 0; seed < 10; seed++) {
        SimulatedDisk cow = new SimulatedDisk(SEED + seed);
        LogEnvironment env = CrashTest.environment(cow);
        LogDirectory logs = LogDirectory.open(DIR, SETTINGS.withIdleMillis(600_000), env);
        Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
        append(log, bytes(240, 1), bytes(300, 2));
        cow.setFault(
            (operation, file) ->
                operation == late ? new NoSpaceException("No space left on device") : null);
        LogUnavailableException why = refusal(log, bytes(240, 3));
        assertEquals(Reason.NO_SPACE, why.reason());
        assertTrue(why.mayBeDurable());
        assertFalse(why.logGoesOn());
        LogUnavailableException ended = Objects.requireNonNull(log.failure());
        assertTrue(ended.mayBeReopened());
        assertTrue(ended.getMessage().contains("has no room"), ended.getMessage());

        log.close();
        LogUnavailableException still =
            assertThrows(
                LogUnavailableException.class, () -> logs.openLog("log", AppendHandler::goingOn));
        assertEquals(Reason.NO_SPACE, still.reason());
        assertTrue(still.mayBeReopened());

        cow.setFault(Fault.NONE);
        Log<Append> reopened = logs.openLog("log", AppendHandler::goingOn);
        long shown = reopened.durableSeq();
        assertTrue(shown == 2 || shown == 3, shown + " records");
        append(reopened, bytes(100, 4));
        SimulatedDisk after = cow.afterPowerLoss(SEED + seed);
        try (LogDirectory again = LogDirectory.open(DIR, SETTINGS, CrashTest.environment(after))) {
          assertEquals(shown + 1, again.openLog("log", AppendHandler::goingOn).durableSeq());
        }
      }
    }
  }

  // ------------------------------------------------------------------ the filling ahead

  /** It runs beside the writer, on a handle of its own, and its sync is about the same disk. */
  @Test
  void aFailureOfTheFillingAheadIsHeededByTheNextGroupAndByTheOneUnderWay() {
    for (boolean duringTheSync : new boolean[] {false, true}) {
      SimulatedDisk failing = new SimulatedDisk(SEED + 3);
      List<Runnable> background = new CopyOnWriteArrayList<>();
      Runnable fillAndFail =
          () -> {
            failing.setFault(
                (operation, file) ->
                    operation == Operation.FORCE ? new IOException("Input/output error") : null);
            List.copyOf(background).forEach(Runnable::run);
            failing.setFault(Fault.NONE);
          };
      LogEnvironment env = CrashTest.environment(failing).withBackground(background::add);
      try (LogDirectory logs = LogDirectory.open(DIR, SETTINGS.withSpaceSteps(8192, 8192), env)) {
        Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
        append(log, bytes(10, 1)); // the rest of the first space is short now: more is asked for
        awaitSize(background);
        if (duringTheSync) {
          failing.setFault(
              (operation, file) -> {
                if (operation == Operation.WRITE) {
                  fillAndFail.run(); // while the block is on its way
                }
                return null;
              });
        } else {
          fillAndFail.run();
        }
        LogUnavailableException why = refusal(log, bytes(10, 2));
        assertEquals(Reason.FAILED, why.reason());
        assertEquals(duringTheSync, why.mayBeDurable());
        assertEquals(1, log.durableSeq());
      } finally {
        List.copyOf(background).forEach(Runnable::run);
      }
    }
  }

  // ------------------------------------------------------------------ what readers may see

  /** While the block is on its way to the disk, and until its sync has returned. */
  @Test
  void nothingOfABlockIsShownBeforeItsSync() {
    AppendHandler handler = new AppendHandler();
    try (LogDirectory logs =
        LogDirectory.open(DIR, SETTINGS.withIdleMillis(600_000), environment)) {
      Log<Append> log = logs.createLog("log", reader -> handler);
      long next = append(log, bytes(100, 1)).positions().get(0) + BlockBuilder.bytesFor(100);
      LogCursor cursor = log.cursor(2);
      List<String> seen = new ArrayList<>();
      disk.setFault(
          (operation, file) -> {
            if (operation == Operation.FORCE) {
              seen.add(
                  log.durableSeq()
                      + " "
                      + handler.lastPublished
                      + " "
                      + cursor.next()
                      + " "
                      + log.treeHead().size()
                      + " "
                      + isReadable(log, next + BlockHeader.BYTES));
            }
            return null;
          });
      append(log, bytes(100, 2));
      assertEquals(List.of("1 1 false 1 false"), seen);
      disk.setFault(Fault.NONE);
      assertTrue(cursor.next());
      assertTrue(isReadable(log, next + BlockHeader.BYTES));
      assertEquals(2, handler.lastPublished);
    }
  }

  /** The writer asks for space after its answers. */
  private static void awaitSize(List<Runnable> background) {
    while (background.isEmpty()) {
      assertFalse(Thread.currentThread().isInterrupted(), "nothing is to be filled");
      Thread.onSpinWait();
    }
  }

  private static boolean isReadable(Log<Append> log, long position) {
    try {
      return log.record(position).seq() == 2;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  // ------------------------------------------------------------------ other shortages

  /** Taken before the handler decides: the request is refused, and the log goes on. */
  @Test
  void directMemoryThatIsShortRefusesAndHeals() throws Exception {
    AtomicLong left = new AtomicLong(1 << 16);
    BufferPool pool =
        new BufferPool(
            0,
            bytes -> {
              if (bytes > left.get()) {
                throw new OutOfMemoryError(
                    "Cannot reserve " + bytes + " bytes of direct buffer memory (injected)");
              }
              return ByteBuffer.allocate(bytes);
            });
    try (LogDirectory logs =
        LogDirectory.open(
            DIR, SETTINGS, environment, new LogWriters(SETTINGS, environment, pool))) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      append(log, bytes(100, 1));
      Append half = Append.of(bytes(9000, 2), bytes(100_000, 3));
      assertTrue(log.submit(half, 1));
      LogUnavailableException why = Objects.requireNonNull(refusalOf(half));
      assertEquals(Reason.NO_RESOURCES, why.reason());
      assertTrue(why.logGoesOn());
      assertEquals(2, log.durableSeq(), "what was decided before is durable");
      left.set(0);
      assertNull(log.failure());
      Append nothing = Append.of();
      assertTrue(log.submit(nothing, 1));
      assertNull(refusalOf(nothing), "what appends nothing needs none");
      left.set(1 << 20);
      append(log, bytes(100_000, 4));
      assertEquals(3, log.durableSeq());
    }
  }

  @Test
  void deniedAccessSaysSoAndHeals() {
    try (LogDirectory logs =
        LogDirectory.open(DIR, SETTINGS.withIdleMillis(600_000), environment)) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      disk.setFault(
          (operation, file) ->
              operation == Operation.OPEN ? new AccessDeniedException(file.toString()) : null);
      LogUnavailableException why = refusal(log, bytes(10, 1));
      assertEquals(Reason.NO_PERMISSION, why.reason());
      assertTrue(why.getMessage().contains("permission denied"), why.getMessage());
      assertTrue(why.getMessage().contains(DIR.toString()), why.getMessage());
      assertFalse(why.clientMessage().contains("/data"), why.clientMessage());
      assertFalse(why.clientMessage().contains("Exception"), why.clientMessage());
      assertNull(log.failure());
      disk.setFault(Fault.NONE);
      nanos.addAndGet(SpaceFiller.RETRY_NANOS);
      append(log, bytes(10, 1));
    }
  }

  /** In bytes as well as in weights; one that is larger than everything is taken alone. */
  @Test
  void theQueueAndTheGroupAreBoundedInBytes() throws Exception {
    AppendHandler handler = new AppendHandler();
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    handler.beforeHandling =
        request -> {
          begun.countDown();
          try {
            go.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        };
    LogSettings settings = SETTINGS.withQueueBytesMax(8000);
    try (LogDirectory logs = LogDirectory.open(DIR, settings, environment)) {
      Log<Append> log = logs.createLog("log", reader -> handler);
      List<Append> all = new ArrayList<>();
      all.add(Append.of(bytes(1, 0)));
      assertTrue(log.submit(all.get(0), 1, 1_000_000), "alone");
      begun.await();
      for (int i = 0; i < 8; i++) {
        Append append = Append.of(bytes(1, i));
        all.add(append);
        assertTrue(log.submit(append, 1, 1000));
      }
      assertEquals(8000, log.queuedBytes());
      assertFalse(log.submit(Append.of(bytes(1, 9)), 1, 1));
      assertEquals(8, log.queuedWeight(), "what was refused holds no room");
      go.countDown();
      for (Append append : all) {
        assertNull(refusalOf(append));
      }
      assertEquals(0, log.queuedBytes());
      assertEquals(9, handler.published.size(), "an eighth of the queue ends a group");
    }
  }

  @Test
  void tooManyOpenFilesRefusesAndHeals() {
    try (LogDirectory logs = LogDirectory.open(DIR, SETTINGS, environment)) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      AtomicBoolean tooMany = new AtomicBoolean(true);
      disk.setFault(
          (operation, file) ->
              operation == Operation.OPEN && tooMany.get()
                  ? new IOException("Too many open files")
                  : null);
      assertEquals(Reason.NO_RESOURCES, refusal(log, bytes(10, 1)).reason());
      assertNull(log.failure());
      tooMany.set(false);
      nanos.addAndGet(SpaceFiller.RETRY_NANOS);
      append(log, bytes(10, 2));
      assertEquals(1, log.durableSeq());
    }
  }

  @Test
  void aThreadThatCannotBeStartedRefusesAndHeals() {
    AtomicBoolean none = new AtomicBoolean(true);
    environment =
        environment.withWriters(
            task -> {
              if (none.get()) {
                throw new OutOfMemoryError("unable to create native thread (injected)");
              }
              return new Thread(task);
            });
    try (LogDirectory logs = LogDirectory.open(DIR, SETTINGS, environment)) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      assertEquals(Reason.NO_RESOURCES, refusal(log, bytes(10, 1)).reason());
      assertEquals(0, log.queuedWeight());
      none.set(false);
      append(log, bytes(10, 2));
      assertEquals(1, log.durableSeq());
    }
  }

  @Test
  void aHandlerThatThrowsFailsTheLogLoudly() {
    RuntimeException bug = new IllegalStateException("a bug");
    try (LogDirectory logs = LogDirectory.open(DIR, SETTINGS, environment)) {
      AppendHandler handler = new AppendHandler();
      Log<Append> log = logs.createLog("log", reader -> handler);
      append(log, bytes(10, 1));
      handler.beforeHandling =
          request -> {
            throw bug;
          };
      LogUnavailableException why = refusal(log, bytes(10, 2));
      assertEquals(Reason.FAILED, why.reason());
      assertFalse(why.mayBeDurable());
      assertSame(bug, why.getCause());
      assertNotNull(log.failure());
    }
    assertEquals(1, new LogFiles(DIR, disk).verify("log").records());
  }

  @Test
  void aHandlerThatFailsWhilePublishingLeavesItsGroupInDoubt() {
    try (LogDirectory logs = LogDirectory.open(DIR, SETTINGS, environment)) {
      Log<Append> log =
          logs.createLog(
              "log",
              reader ->
                  new AppendHandler() {
                    @Override
                    public void publish(long firstSeq, long lastSeq) {
                      throw new IllegalStateException("a bug");
                    }
                  });
      LogUnavailableException why = refusal(log, bytes(10, 1));
      assertEquals(Reason.FAILED, why.reason());
      assertTrue(why.mayBeDurable());
      assertEquals(0, log.durableSeq(), "what was not published is not shown");
      log.close();
      assertEquals(1, logs.openLog("log", AppendHandler::goingOn).durableSeq());
    }
  }

  // ------------------------------------------------------------------ helpers

  private static Append.Done append(Log<Append> log, byte[]... payloads) {
    Append append = Append.of(payloads);
    assertTrue(log.submit(append, 1));
    try {
      return append.done.get(20, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new CompletionException(e.getCause());
    } catch (Exception e) {
      throw new AssertionError("no answer", e);
    }
  }

  private static LogUnavailableException refusal(Log<Append> log, byte[]... payloads) {
    Append append = Append.of(payloads);
    assertTrue(log.submit(append, 1));
    LogUnavailableException why = refusalOf(append);
    assertNotNull(why, "it was acknowledged");
    return why;
  }

  private static @Nullable LogUnavailableException refusalOf(Append append) {
    try {
      append.done.get(20, TimeUnit.SECONDS);
      return null;
    } catch (ExecutionException e) {
      return assertInstanceOf(LogUnavailableException.class, e.getCause());
    } catch (Exception e) {
      throw new AssertionError("no answer", e);
    }
  }

  private void zerosBehind(Log<Append> log) {
    Recovery found =
        Recovery.find(new SegmentMaps(disk, 16), DIR.resolve("books").resolve("log"), log.name());
    byte[] content = disk.content(found.segments().last().file());
    assertTrue(Bytes.allZero(content, (int) found.offset(), content.length));
  }

  private static byte[] payload(LogRecord record) {
    byte[] bytes = new byte[record.payload().remaining()];
    record.payload().get(bytes);
    return bytes;
  }

  private static byte[] bytes(int length, int seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
