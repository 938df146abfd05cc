// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.Log;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogLockedException;
import dev.talea.log.LogSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
@Timeout(300)
class DirectoryLockTest {

  @TempDir Path dir;

  @Test
  void aSecondProcessIsRefusedAndToldWhoHoldsTheDirectory() throws Exception {
    try (ChildJvm holder = ChildJvm.start("hold", dir)) {
      assertEquals("open", holder.line());
      LogLockedException e = assertThrows(LogLockedException.class, this::open);
      assertTrue(e.getMessage().contains("pid " + holder.pid()), e.getMessage());
      assertTrue(
          e.getMessage().contains("on host " + ProcessIdentity.ofThisProcess().host()),
          e.getMessage());
      assertTrue(e.getMessage().matches(".*since \\d{4}-\\d\\d-\\d\\dT.*Z.*"), e.getMessage());
    }
    open().close();
  }

  @Test
  void aKilledProcessHoldsNothing() throws Exception {
    try (ChildJvm holder = ChildJvm.start("hold", dir)) {
      assertEquals("open", holder.line());
      holder.kill();
    }
    assertTrue(Files.exists(dir.resolve("LOCK.info")), "left by the dead process");
    open().close();
  }

  @Test
  void theSecondOpeningWithinAProcessIsRefusedAlsoUnderAnotherName() throws Exception {
    Path link = dir.resolve("link");
    Path real = Files.createDirectory(dir.resolve("real"));
    Files.createSymbolicLink(link, real);
    try (LogDirectory first = LogDirectory.open(real, LogSettings.DEFAULTS, environment())) {
      assertNotNull(first);
      for (Path name : List.of(real, link, real.resolve("../link/."))) {
        LogLockedException e =
            assertThrows(
                LogLockedException.class,
                () -> LogDirectory.open(name, LogSettings.DEFAULTS, environment()));
        assertTrue(e.getMessage().contains("already in this process"), e.getMessage());
      }
    }
    LogDirectory.open(link, LogSettings.DEFAULTS, environment()).close();
  }

  /**
   * The trap of POSIX locks: closing any descriptor of a locked file gives the lock of the whole
   * process up. A refused second opening must not do that, nor may anything the log itself does.
   */
  @Test
  void nothingTheLogDoesGivesTheLockUp() throws Exception {
    try (LogDirectory held = open()) {
      assertThrows(LogLockedException.class, this::open);
      Log<Append> log = held.createLog("log", AppendHandler::goingOn);
      Append append = Append.of(new byte[10]);
      assertTrue(log.submit(append, 1));
      append.done.join();
      assertEquals(List.of("log"), held.names());
      new LogFiles(dir, new NioDisk()).verify("log");
      new LogFiles(dir, new NioDisk()).read("log").reader().cursor(1);
      log.close();
      readEverythingExcept("LOCK");
      assertRefusedElsewhere("in use by another process: pid " + ProcessHandle.current().pid());
    }
  }

  /** A backup that runs within the process and copies every file, LOCK included. */
  @Test
  void evenWhenTheLockFileIsOpenedAndClosedASecondProcessIsRefused() throws Exception {
    try (LogDirectory held = open()) {
      assertNotNull(held);
      readEverythingExcept("nothing");
      assertRefusedElsewhere("has lost the lock on its LOCK file");
    }
    try (ChildJvm after = ChildJvm.start("hold", dir)) {
      assertEquals("open", after.line());
    }
  }

  @Test
  void aLockInfoThatSaysNonsenseIsNoObstacle() throws Exception {
    for (String nonsense :
        List.of("", "pid=", "pid=x\nhost=y\n", "\0\0\0", "pid=1\nhost=h\nstarted=z\n")) {
      Files.write(dir.resolve("LOCK.info"), nonsense.getBytes(StandardCharsets.UTF_8));
      open().close();
      assertFalse(Files.exists(dir.resolve("LOCK.info")));
    }
  }

  private void assertRefusedElsewhere(String why) throws Exception {
    try (ChildJvm other = ChildJvm.start("hold", dir)) {
      String said = String.valueOf(other.line());
      assertTrue(said.contains(why), said);
    }
  }

  private void readEverythingExcept(String name) throws Exception {
    try (Stream<Path> all = Files.walk(dir)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        if (!file.getFileName().toString().equals(name)) {
          Files.readAllBytes(file);
        }
      }
    }
  }

  private LogDirectory open() {
    return LogDirectory.open(dir, LogSettings.DEFAULTS, environment());
  }

  private static LogEnvironment environment() {
    return SystemLogEnvironment.create();
  }
}
