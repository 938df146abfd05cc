// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.BlockBuilder;
import dev.talea.log.CommitHandler;
import dev.talea.log.Log;
import dev.talea.log.LogReader;
import dev.talea.log.LogSettings;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.SimulatedDisk;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a handler can do with a block. Each test is a handler with one request. */
class BlockBuilderTest {

  private static final Path DIR = Path.of("/data");

  private final SimulatedDisk disk = new SimulatedDisk(1);

  /** A request that is its own handling. */
  private interface Doing {
    int with(BlockBuilder block, int call);
  }

  private record Request(Doing doing, List<Integer> calls, CompletableFuture<Void> done) {}

  private static final class Handler implements CommitHandler<Request> {
    @Override
    public int handle(Request request, BlockBuilder block) {
      request.calls.add(block.remaining());
      return request.doing.with(block, request.calls.size());
    }

    @Override
    public void publish(long firstSeq, long lastSeq) {}

    @Override
    public void committed(Request request) {
      request.done.complete(null);
    }

    @Override
    public void refused(Request request, LogUnavailableException why) {
      request.done.completeExceptionally(why);
    }
  }

  private LogReader run(Doing doing) {
    LogSettings settings =
        LogSettings.DEFAULTS.withGroupMax(4096, 100).withSegmentBytesMax(1 << 16).withIdleMillis(5);
    try (LogDirectory logs = LogDirectory.open(DIR, settings, CrashTest.environment(disk))) {
      Log<Request> log =
          logs.exists("log")
              ? logs.openLog("log", reader -> new Handler())
              : logs.createLog("log", reader -> new Handler());
      Request request = new Request(doing, new ArrayList<>(), new CompletableFuture<>());
      assertTrue(log.submit(request, 1));
      request.done.orTimeout(20, TimeUnit.SECONDS).join();
    }
    new LogFiles(DIR, disk).verify("log");
    return new LogFiles(DIR, disk).read("log").reader();
  }

  private static void put(BlockBuilder block, String text, int room) {
    ByteBuffer payload = block.begin(room);
    assertEquals(ByteOrder.LITTLE_ENDIAN, payload.order());
    assertEquals(room, payload.remaining());
    payload.put(text.getBytes(StandardCharsets.UTF_8));
    block.end();
  }

  private static String text(LogReader log, long seq) {
    return StandardCharsets.UTF_8.decode(log.record(log.positionOf(seq)).payload()).toString();
  }

  @Test
  void aRecordMayTurnOutShorterThanItsRoom() {
    LogReader log =
        run(
            (block, call) -> {
              int before = block.remaining();
              put(block, "short", 500);
              assertEquals(before - BlockBuilder.bytesFor(5), block.remaining());
              put(block, "", 0);
              put(block, "next", 4);
              return CommitHandler.DONE;
            });
    assertEquals(3, log.durableSeq());
    assertEquals("short", text(log, 1));
    assertEquals("", text(log, 2));
    assertEquals("next", text(log, 3));
  }

  @Test
  void aRollbackTakesRecordsBackAndTheirPlaceIsUsedAgain() {
    LogReader log =
        run(
            (block, call) -> {
              put(block, "kept", 4);
              int mark = block.mark();
              long seq = block.nextSeq();
              long position = block.nextPosition();
              put(block, "dropped, and longer than what follows", 100);
              put(block, "dropped too", 100);
              block.begin(50).put((byte) 1);
              block.rollback(mark);
              assertEquals(seq, block.nextSeq());
              assertEquals(position, block.nextPosition());
              put(block, "instead", 7);
              block.begin(10).put((byte) 9);
              block.rollback(block.mark());
              return CommitHandler.DONE;
            });
    assertEquals(2, log.durableSeq());
    assertEquals("kept", text(log, 1));
    assertEquals("instead", text(log, 2));
  }

  @Test
  void everythingRolledBackIsNoBlockAtAll() {
    LogReader log =
        run(
            (block, call) -> {
              put(block, "dropped", 7);
              block.rollback(0);
              return CommitHandler.DONE;
            });
    assertEquals(0, log.durableSeq());
  }

  @Test
  void positionsAreKnownBeforeTheRecordIsWritten() {
    List<Long> positions = new ArrayList<>();
    LogReader log =
        run(
            (block, call) -> {
              for (int i = 0; i < 10; i++) {
                positions.add(block.nextPosition());
                put(block, String.valueOf(block.nextPosition()), 20);
              }
              return CommitHandler.DONE;
            });
    for (long position : positions) {
      assertEquals(
          String.valueOf(position),
          StandardCharsets.UTF_8.decode(log.record(position).payload()).toString());
    }
  }

  @Test
  void roomThatIsAskedForIsGivenEvenBeyondAGroupAndASegment() {
    for (int bytes : new int[] {5_000, 50_000, 200_000, 3_000_000}) {
      List<Integer> room = new ArrayList<>();
      run(
          (block, call) -> {
            room.add(block.remaining());
            int needed = BlockBuilder.bytesFor(bytes);
            if (block.remaining() < needed) {
              return needed;
            }
            put(block, "x".repeat(bytes), bytes);
            return CommitHandler.DONE;
          });
      assertEquals(2, room.size());
      assertTrue(room.get(1) >= BlockBuilder.bytesFor(bytes));
    }
  }

  @Test
  void misuseFailsTheLogAndSaysWhat() {
    assertMisuse("does not fit", (block, call) -> begun(block, block.remaining()));
    assertMisuse("begun and not ended", (block, call) -> begun(block, 8) + begun(block, 8));
    assertMisuse("no record was begun", (block, call) -> ended(block));
    assertMisuse("at most", (block, call) -> begun(block, Integer.MAX_VALUE));
    assertMisuse("mark 3", (block, call) -> rolledBack(block, 3));
    assertMisuse("asks for -1 bytes", (block, call) -> -1);
    assertMisuse("asks for 8 bytes and has", (block, call) -> 8);
  }

  private static int begun(BlockBuilder block, int bytes) {
    assertEquals(0, block.begin(bytes).position());
    return 0;
  }

  private static int ended(BlockBuilder block) {
    block.end();
    return 0;
  }

  private static int rolledBack(BlockBuilder block, int mark) {
    block.rollback(mark);
    return 0;
  }

  private void assertMisuse(String what, Doing doing) {
    Throwable e = assertThrows(CompletionException.class, () -> run(doing)).getCause();
    String text = String.valueOf(e == null ? null : e.getMessage());
    assertTrue(text.contains(what), text);
  }
}
