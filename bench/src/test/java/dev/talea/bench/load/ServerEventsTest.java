// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.bench.load.Cause.Kind;
import dev.talea.bench.load.ServerEvents.Act;
import dev.talea.bench.load.ServerEvents.FileAct;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a server notes of its waiting is understood, from a real recording of real files. */
class ServerEventsTest {
  private static final String WRITER = "talea-log-writer";
  private static final String MAINTENANCE = "talea-maintenance";

  @TempDir private Path dir;

  @Test
  void syncsAndWritesAreToldByThreadAndFile() throws Exception {
    Instant zero = Instant.now();
    long zeroNanos = System.nanoTime();
    Path file = dir.resolve("r.jfr");
    try (Recording recording = new Recording()) {
      for (String event : List.of("jdk.FileForce", "jdk.FileWrite", "jdk.FileRead")) {
        recording.enable(event).withThreshold(Duration.ZERO).withoutStackTrace();
      }
      recording.start();
      as(WRITER, () -> writeAndSync("00000000000000000001.log"));
      as(WRITER, () -> writeAndSync("spare.tmp"));
      as(WRITER, this::syncFolder);
      as(MAINTENANCE, () -> writeAndSync("checkpoint.tmp"));
      as("talea-http-1-1", () -> read("00000000000000000001.log"));
      recording.dump(file);
    }
    long end = System.nanoTime();
    List<Cause> causes = ServerEvents.read(file, zero, zeroNanos, zeroNanos, Long.MAX_VALUE);
    assertSeen(causes, Kind.WRITE, "00000000000000000001.log");
    assertSeen(causes, Kind.SYNC, "00000000000000000001.log");
    assertSeen(causes, Kind.SEGMENT_CHANGE, "spare.tmp");
    assertSeen(causes, Kind.SEGMENT_CHANGE, String.valueOf(dir.getFileName()));
    assertSeen(causes, Kind.READ, "00000000000000000001.log");
    long second = TimeUnit.SECONDS.toNanos(1);
    for (Cause cause : causes) {
      assertFalse(cause.detail().startsWith("checkpoint"), "nobody waits for the background");
      assertTrue(cause.fromNanos() < cause.toNanos(), cause::toString);
      assertTrue(cause.fromNanos() > zeroNanos - second && cause.toNanos() < end + second);
    }
    long later = end + 10 * second;
    assertEquals(List.of(), ServerEvents.read(file, zero, zeroNanos, later, Long.MAX_VALUE));
  }

  @Test
  void aSyncThatCoincidesWithWorkInTheBackgroundIsToldApart() {
    FileAct sync = new FileAct(WRITER, Act.SYNC, "1.log", 1_000, 2_000);
    assertEquals(Kind.SYNC, kindBeside(sync, "checkpoint.tmp", 0, 1_400), "too little in common");
    assertEquals(Kind.SYNC_BESIDE_CHECKPOINT, kindBeside(sync, "checkpoint.tmp", 0, 1_500));
    assertEquals(Kind.SYNC_BESIDE_CHECKPOINT, kindBeside(sync, "checkpoint.tmp", 1_200, 1_800));
    assertEquals(Kind.SYNC_BESIDE_KEYS, kindBeside(sync, "keys.tmp", 1_400, 9_000));
    assertEquals(Kind.SYNC_BESIDE_SPACE, kindBeside(sync, "spare.tmp", 500, 9_000));
    assertEquals(Kind.SYNC_BESIDE_SPACE, kindBeside(sync, "1.log", 500, 9_000));
    assertEquals(Kind.SYNC, kindBeside(sync, "LOCK.info", 500, 9_000));
    FileAct write = new FileAct(WRITER, Act.WRITE, "1.log", 1_000, 2_000);
    assertEquals(Kind.WRITE, kindBeside(write, "checkpoint.tmp", 0, 9_000));
  }

  @Test
  void ofManyActsInTheBackgroundTheRightOneIsFound() {
    FileAct longOne = new FileAct(MAINTENANCE, Act.WRITE, "keys.tmp", 0, 5_000);
    FileAct brief = new FileAct("talea-log-space", Act.SYNC, "spare.tmp", 100, 200);
    FileAct first = new FileAct(WRITER, Act.SYNC, "1.log", 90, 190);
    FileAct second = new FileAct(WRITER, Act.SYNC, "1.log", 4_000, 4_100);
    FileAct third = new FileAct(WRITER, Act.SYNC, "1.log", 6_000, 6_100);
    List<Cause> causes = ServerEvents.causes(List.of(third, brief, second, longOne, first));
    assertEquals(
        List.of(Kind.SYNC_BESIDE_KEYS, Kind.SYNC_BESIDE_KEYS, Kind.SYNC),
        causes.stream().map(Cause::kind).toList(),
        "in order of time");
  }

  private static Kind kindBeside(FileAct act, String other, long from, long to) {
    List<Cause> causes =
        ServerEvents.causes(List.of(act, new FileAct(MAINTENANCE, Act.SYNC, other, from, to)));
    assertEquals(1, causes.size(), causes::toString);
    return causes.get(0).kind();
  }

  private static void as(String name, Callable<Void> task) throws Exception {
    FutureTask<Void> future = new FutureTask<>(task);
    new Thread(future, name).start();
    future.get();
  }

  private Void writeAndSync(String name) throws IOException {
    try (FileChannel file =
        FileChannel.open(dir.resolve(name), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.allocate(1 << 20), 0);
      file.force(false);
    }
    return null;
  }

  private Void syncFolder() throws IOException {
    try (FileChannel folder = FileChannel.open(dir)) {
      folder.force(true);
    }
    return null;
  }

  private Void read(String name) throws IOException {
    try (FileChannel file = FileChannel.open(dir.resolve(name))) {
      file.read(ByteBuffer.allocate(1 << 20), 0);
    }
    return null;
  }

  private static void assertSeen(List<Cause> causes, Kind kind, String detail) {
    Cause found =
        causes.stream()
            .filter(cause -> cause.kind() == kind && cause.detail().equals(detail))
            .findFirst()
            .orElse(null);
    assertNotNull(found, () -> kind + ", " + detail + " in " + causes);
  }
}
