// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.Log;
import dev.talea.log.LogLockedException;
import dev.talea.log.LogSettings;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.LogUnavailableException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The directory is removed under a running log, or another is put in its place: nothing is
 * acknowledged that would not be found again, and the other directory is left alone.
 */
@Timeout(300)
class ReplacedDirectoryTest {

  private static final LogSettings SETTINGS = LogSettings.DEFAULTS.withIdleMillis(600_000);

  @TempDir Path temp;
  private Path dir;

  @BeforeEach
  void aDirectoryWithTwoLogs() {
    dir = temp.resolve("data");
    try (LogDirectory logs = open(dir)) {
      for (String name : new String[] {"busy", "quiet"}) {
        append(logs.createLog(name, AppendHandler::goingOn));
      }
    }
  }

  @Test
  @SuppressWarnings("try") // closed early on purpose: what closing does is part of the test
  void whenACopyIsPutInItsPlaceNothingIsAcknowledgedAndTheCopyIsNotTouched() throws Exception {
    Path backup = temp.resolve("backup");
    copy(dir, backup);
    Files.delete(backup.resolve("LOCK"));
    try (LogDirectory logs = open(dir)) {
      Log<Append> busy = logs.openLog("busy", AppendHandler::goingOn);
      Log<Append> quiet = logs.openLog("quiet", AppendHandler::goingOn);
      append(busy);
      assertNull(logs.unavailable());

      Files.move(dir, temp.resolve("moved"));
      copy(backup, dir);
      try (ChildJvm other = ChildJvm.start("hold", dir)) {
        assertEquals("open", other.line(), "the copy is a directory of its own");
        Map<Path, String> before = contents(dir);

        LogUnavailableException why = refusal(busy);
        assertEquals(Reason.REPLACED, why.reason());
        assertTrue(why.mayBeDurable(), "it was on its way when that was seen");
        assertFalse(why.mayBeReopened());
        assertFalse(why.clientMessage().contains(temp.toString()), why.clientMessage());
        assertEquals(Reason.REPLACED, refusal(quiet).reason());
        assertEquals(1, quiet.durableSeq());
        assertEquals(2, busy.durableSeq());
        busy.close();
        assertThrowsReplaced(() -> logs.openLog("busy", AppendHandler::goingOn));
        assertThrowsReplaced(() -> logs.createLog("new", AppendHandler::goingOn));
        assertEquals(Reason.REPLACED, Objects.requireNonNull(logs.unavailable()).reason());

        assertEquals(before, contents(dir));
        logs.close();
        assertEquals(before, contents(dir), "closing leaves it alone as well");
      }
    }
    try (LogDirectory logs = open(dir)) {
      Log<Append> restored = logs.openLog("busy", AppendHandler::goingOn);
      assertEquals(1, restored.durableSeq());
      append(restored);
    }
  }

  @Test
  void whenItIsRemovedNothingIsAcknowledgedAndNothingIsMade() throws Exception {
    LogDirectory logs = open(dir);
    Log<Append> busy = logs.openLog("busy", AppendHandler::goingOn);
    append(busy);
    delete(dir);
    assertEquals(Reason.REPLACED, refusal(busy).reason());
    assertThrowsReplaced(() -> logs.createLog("new", AppendHandler::goingOn));
    logs.close();
    assertFalse(Files.exists(dir));
  }

  @Test
  void whenOnlyTheLockIsRemovedNothingIsAcknowledged() throws Exception {
    try (LogDirectory logs = open(dir)) {
      Log<Append> busy = logs.openLog("busy", AppendHandler::goingOn);
      append(busy);
      Files.delete(dir.resolve("LOCK"));
      assertEquals(Reason.REPLACED, refusal(busy).reason());
      Files.createFile(dir.resolve("LOCK"));
      assertThrowsReplaced(() -> logs.openLog("quiet", AppendHandler::goingOn));
    }
  }

  @Test
  void whenTheFoldersOfAllLogsAreMovedNoneIsMadeAnew() throws Exception {
    try (LogDirectory logs = open(dir)) {
      Log<Append> busy = logs.openLog("busy", AppendHandler::goingOn);
      append(busy);
      Files.move(dir.resolve("books"), dir.resolve("books.old"));
      assertThrowsReplaced(() -> logs.createLog("new", AppendHandler::goingOn));
      assertFalse(Files.exists(dir.resolve("books")));
      assertEquals(Reason.REPLACED, refusal(busy).reason());
    }
  }

  @Test
  void whenTheFolderOfOneLogIsExchangedTheOthersGoOn() throws Exception {
    try (LogDirectory logs = open(dir)) {
      Log<Append> busy = logs.openLog("busy", AppendHandler::goingOn);
      Log<Append> quiet = logs.openLog("quiet", AppendHandler::goingOn);
      append(busy);
      Path folder = logs.folder("busy");
      Files.move(folder, temp.resolve("old"));
      copy(temp.resolve("old"), folder);
      assertEquals(Reason.REPLACED, refusal(busy).reason());
      assertNotNull(busy.failure());
      append(quiet);
      append(logs.createLog("new", AppendHandler::goingOn));
      assertNull(logs.unavailable());
    }
  }

  /**
   * Which a copy made while the original runs has, unless the operator thought of leaving it out.
   */
  @Test
  void aCopyWithTheLockInfoOfTheRunningOriginalIsNotInUse() throws Exception {
    try (ChildJvm holder = ChildJvm.start("hold", dir)) {
      assertEquals("open", holder.line());
      Path withLock = temp.resolve("with-lock");
      copy(dir, withLock);
      Path withoutLock = temp.resolve("without-lock");
      copy(dir, withoutLock);
      Files.delete(withoutLock.resolve("LOCK"));
      for (Path copied : new Path[] {withLock, withoutLock}) {
        assertTrue(Files.exists(copied.resolve("LOCK.info")));
        try (LogDirectory logs = open(copied)) {
          append(logs.openLog("busy", AppendHandler::goingOn));
        }
      }
      Files.delete(dir.resolve("LOCK"));
      LogLockedException e = assertThrows(LogLockedException.class, () -> open(dir));
      assertTrue(e.getMessage().contains("pid " + holder.pid()), e.getMessage());
    }
  }

  private static void assertThrowsReplaced(org.junit.jupiter.api.function.Executable opening) {
    assertEquals(Reason.REPLACED, assertThrows(LogUnavailableException.class, opening).reason());
  }

  private static LogDirectory open(Path path) {
    return LogDirectory.open(path, SETTINGS, SystemLogEnvironment.create());
  }

  private static void append(Log<Append> log) {
    Append append = Append.of(new byte[100]);
    assertTrue(log.submit(append, 1));
    append.done.orTimeout(60, TimeUnit.SECONDS).join();
  }

  private static LogUnavailableException refusal(Log<Append> log) {
    Append append = Append.of(new byte[100]);
    assertTrue(log.submit(append, 1));
    ExecutionException e =
        assertThrows(ExecutionException.class, () -> append.done.get(60, TimeUnit.SECONDS));
    return assertInstanceOf(LogUnavailableException.class, e.getCause());
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path file : all.toList()) {
        Files.copy(file, to.resolve(from.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }

  private static void delete(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      for (Path file : all.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
  }

  private static Map<Path, String> contents(Path root) throws IOException {
    Map<Path, String> found = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        found.put(file, HexFormat.of().formatHex(Files.readAllBytes(file)));
      }
    }
    return found;
  }
}
