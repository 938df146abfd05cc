// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.Log;
import dev.talea.log.LogCursor;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogSettings;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.LogUnavailableException.Reason;
import dev.talea.log.Logs;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.disk.Append;
import dev.talea.log.disk.AppendHandler;
import dev.talea.log.disk.SystemLogEnvironment;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** The seams carry a log that lies nowhere near a disk, and one that another process takes over. */
class MemoryLogsTest {

  private final MemoryLogs memory = new MemoryLogs(Path.of("/memory"));
  private final LogEnvironment environment =
      SystemLogEnvironment.create().withDisk(new SimulatedDisk(1));

  @Test
  void whatIsAppendedIsReadNowAndByTheNextOpening() {
    for (int opening = 0; opening < 3; opening++) {
      try (Logs logs = memory.open(LogSettings.DEFAULTS, environment)) {
        Log<Append> log =
            opening == 0
                ? logs.createLog("log", AppendHandler::goingOn)
                : logs.openLog("log", AppendHandler::goingOn);
        assertEquals(100L * opening, log.treeHead().size());
        for (int i = 0; i < 100; i++) {
          append(log, i);
        }
        assertEquals(100L * (opening + 1), log.durableSeq());
        LogCursor cursor = log.cursor(1);
        for (int i = 0; i < log.durableSeq(); i++) {
          assertTrue(cursor.next());
          assertEquals(i % 100, cursor.payload().remaining());
        }
        assertFalse(cursor.next());
      }
    }
  }

  @Test
  void anOwnerThatWasReplacedAcknowledgesNothingAndSaysWhy() {
    try (Logs before = memory.open(LogSettings.DEFAULTS, environment)) {
      Log<Append> log = before.createLog("log", AppendHandler::goingOn);
      append(log, 1);
      try (Logs after = memory.open(LogSettings.DEFAULTS, environment)) {
        Append late = Append.of(new byte[2]);
        assertTrue(log.submit(late, 1));
        CompletionException e = assertThrows(CompletionException.class, late.done::join);
        LogUnavailableException why = assertInstanceOf(LogUnavailableException.class, e.getCause());
        assertEquals(Reason.FENCED, why.reason());
        assertFalse(why.mayBeReopened());
        assertTrue(why.getMessage().contains("Another process writes this log"), why.getMessage());
        assertEquals(Reason.FENCED, failureOf(before));
        Log<Append> next = after.openLog("log", AppendHandler::goingOn);
        append(next, 3);
        assertEquals(2, next.durableSeq(), "the late one is not there");
      }
    }
  }

  private static Reason failureOf(Logs logs) {
    return Objects.requireNonNull(logs.unavailable()).reason();
  }

  private static void append(Log<Append> log, int length) {
    Append append = Append.of(new byte[length]);
    assertTrue(log.submit(append, 1));
    append.done.join();
  }
}
