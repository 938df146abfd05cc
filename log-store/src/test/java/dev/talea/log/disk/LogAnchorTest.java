// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.Log;
import dev.talea.log.LogAnchor;
import dev.talea.log.LogSettings;
import dev.talea.log.SimulatedDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Telling a log from its relatives: anchors, and the secret of derived files. */
class LogAnchorTest {

  private static final Path DIR = Path.of("/data");

  private final SimulatedDisk disk = new SimulatedDisk(7);
  private final LogSettings settings = LogSettings.DEFAULTS.withSegmentBytesMax(1 << 16);

  @Test
  void anAnchorStaysTheSameWhileTheLogGrowsAndIsReopened() {
    List<LogAnchor> anchors = new ArrayList<>();
    try (LogDirectory logs = open(disk)) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      for (int block = 0; block < 60; block++) { // of 5 records, more than one segment
        append(log, (byte) block);
        for (long seq = log.durableSeq() - 4; seq <= log.durableSeq(); seq++) {
          anchors.add(log.anchor(seq));
        }
      }
    }
    try (LogDirectory logs = open(disk)) {
      Log<Append> log = logs.openLog("log", AppendHandler::goingOn);
      append(log, (byte) 99);
      for (LogAnchor anchor : anchors) {
        assertEquals(anchor, log.anchor(anchor.seq()));
        assertEquals(log.positionOf(anchor.seq()), anchor.position());
        assertEquals(log.commitTimeOf(anchor.seq()), anchor.commitTime());
        assertEquals((anchor.seq() - 1) / 5 * 5, anchor.before().size());
      }
      assertEquals(log.durableSeq() - 5, log.anchor(log.durableSeq()).before().size());
      assertThrows(IllegalArgumentException.class, () -> log.anchor(0));
      assertThrows(IllegalArgumentException.class, () -> log.anchor(log.durableSeq() + 1));
    }
  }

  @Test
  void copiesThatWentTheirOwnWaysHaveDifferentAnchors() {
    try (LogDirectory logs = open(disk)) {
      append(logs.createLog("log", AppendHandler::goingOn), (byte) 1);
    }
    // What two crashes of one closed log leave are two copies of it.
    LogAnchor common;
    LogAnchor here;
    try (LogDirectory logs = open(disk.afterPowerLoss(1))) {
      Log<Append> log = logs.openLog("log", AppendHandler::goingOn);
      append(log, (byte) 2);
      common = log.anchor(5);
      here = log.anchor(10);
    }
    try (LogDirectory logs = open(disk.afterPowerLoss(2))) {
      Log<Append> log = logs.openLog("log", AppendHandler::goingOn);
      append(log, (byte) 3);
      assertEquals(common, log.anchor(5));
      LogAnchor there = log.anchor(10);
      assertNotEquals(here, there);
      assertEquals(here.position(), there.position());
      assertEquals(here.before(), there.before());
      assertNotEquals(here.blockCrc(), there.blockCrc());
    }
  }

  @Test
  void theSecretBelongsToTheLogAndNotToTheOpening() throws IOException {
    byte[] secret;
    try (LogDirectory logs = open(disk)) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      secret = log.secret();
      assertEquals(16, secret.length);
      while (disk.list(logs.folder("log")).size() < 3) { // until other segments have other salts
        append(log, (byte) 1);
      }
      assertArrayEquals(secret, log.secret());
      byte[] other = logs.createLog("other", AppendHandler::goingOn).secret();
      assertFalse(Arrays.equals(secret, other));
    }
    try (LogDirectory logs = open(disk)) {
      assertArrayEquals(secret, logs.openLog("log", AppendHandler::goingOn).secret());
    }
    assertArrayEquals(secret, new LogFiles(DIR, disk).read("log").reader().secret());
  }

  private LogDirectory open(SimulatedDisk on) {
    return LogDirectory.open(DIR, settings, CrashTest.environment(on));
  }

  private static void append(Log<Append> log, byte content) {
    byte[][] payloads = new byte[5][292];
    for (byte[] payload : payloads) {
      Arrays.fill(payload, content);
    }
    Append append = Append.of(payloads);
    assertTrue(log.submit(append, 1));
    append.done.join();
  }
}
