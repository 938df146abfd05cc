package dev.talea.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogBasicsTest {

  @TempDir Path dir;

  @Test
  void whatWasAcknowledgedIsThereAfterReopening() throws Exception {
    LogEnvironment environment = SystemLogEnvironment.create();
    try (LogDirectory logs = LogDirectory.open(dir, LogSettings.DEFAULTS, environment)) {
      Log<Append> log = logs.createLog("books", AppendHandler::goingOn);
      for (int i = 1; i <= 100; i++) {
        Append append = Append.of(bytes("record " + i));
        assertTrue(log.submit(append, 1));
        assertEquals(i, append.done.get(10, TimeUnit.SECONDS).seqs().get(0));
        assertEquals(i, log.durableSeq());
        assertArrayEquals(
            bytes("record " + i), payload(log.record(append.positions.get(0)).payload()));
      }
    }
    try (LogDirectory logs = LogDirectory.open(dir, LogSettings.DEFAULTS, environment)) {
      Log<Append> log = logs.openLog("books", AppendHandler::goingOn);
      assertEquals(100, log.durableSeq());
      LogCursor cursor = log.cursor(1);
      for (int i = 1; i <= 100; i++) {
        assertTrue(cursor.next());
        assertEquals(i, cursor.seq());
        assertEquals(cursor.position(), log.positionOf(i));
        assertArrayEquals(bytes("record " + i), payload(cursor.payload()));
      }
      assertFalse(cursor.next());
      assertEquals(
          log.treeHead(), LogDirectory.verify(dir, "books", environment.disk()).treeHead());
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] payload(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
