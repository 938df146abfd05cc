// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.jdbc.WriteLanes.Offer;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.conformance.Drafts;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What may wait, and what goes together, by its bytes: far fewer drafts than may by number. */
class WriteLanesTest {
  private static final String MIB = '"' + "x".repeat((1 << 20) - 1_000) + '"';
  private static final int BOOK_MAX = (int) (WriteLanes.BOOK_BYTES_MAX >> 20);
  private static final int ALL_MAX =
      (int) (Math.min(WriteLanes.ALL_BYTES_MAX, Runtime.getRuntime().maxMemory() / 8) >> 20);
  private static final int GROUP_MAX = (int) (WriteLanes.GROUP_BYTES_MAX >> 20);

  /** A group may be committed for each of these. */
  private final Semaphore turns = new Semaphore(0);

  private final Queue<List<WriteRequest>> groups = new ConcurrentLinkedQueue<>();

  private WriteLanes lanes(boolean oneLane) {
    return new WriteLanes(
        1,
        oneLane,
        SqlStoreSettings.DEFAULTS,
        SystemTime.MACHINE,
        group -> {
          groups.add(group);
          turns.acquireUninterruptibly();
        });
  }

  /** Of that many drafts, each of about a MiB. */
  private static WriteRequest request(String book, int drafts) {
    List<TransactionDraft> all = new ArrayList<>();
    for (int i = 0; i < drafts; i++) {
      all.add(
          Drafts.withExtras(
              Drafts.move(book, "k" + i, "from", "to", 1, "EUR"), List.of(), MIB, null));
    }
    return new WriteRequest.Commit(book, all, false);
  }

  private static void await(BooleanSupplier condition) {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < until);
      Thread.onSpinWait();
    }
  }

  /** What it is offered after this waits. */
  private void occupy(WriteLanes lanes) {
    assertEquals(Offer.TAKEN, lanes.offer(request("first", 0)));
    await(() -> groups.size() == 1);
  }

  private static int offerUntilFull(WriteLanes lanes, String book, int atMost) {
    for (int taken = 0; taken < atMost; taken++) {
      if (lanes.offer(request(book, 1)) == Offer.FULL) {
        return taken;
      }
    }
    return atMost;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBookThatIsFullOfBytesLeavesRoomForOthers(boolean oneLane) {
    try (WriteLanes lanes = lanes(oneLane)) {
      occupy(lanes);
      assertEquals(BOOK_MAX, offerUntilFull(lanes, "a", 2 * BOOK_MAX));
      assertEquals(Offer.TAKEN, lanes.offer(request("b", 1)));
      turns.release(Integer.MAX_VALUE);
    }
    assertEquals(1 + BOOK_MAX + 1, groups.stream().mapToInt(List::size).sum());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void manyBooksAreFullTogether(boolean oneLane) {
    try (WriteLanes lanes = lanes(oneLane)) {
      occupy(lanes);
      int taken = 0;
      int books = 0;
      int more;
      do {
        more = offerUntilFull(lanes, "b" + books++, BOOK_MAX / 2);
        taken += more;
      } while (more > 0 && taken < 2 * ALL_MAX);
      assertEquals(ALL_MAX, taken);
      // There is room again when it has gone.
      turns.release(1 + GROUP_MAX);
      await(() -> lanes.offer(request("late", 1)) == Offer.TAKEN);
      turns.release(Integer.MAX_VALUE / 2);
    }
  }

  /** It would never be taken otherwise. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsLargerThanTheBoundIsTakenAloneAndCommittedAlone(boolean oneLane) {
    try (WriteLanes lanes = lanes(oneLane)) {
      occupy(lanes);
      turns.release(1);
      assertEquals(Offer.TAKEN, lanes.offer(request("a", BOOK_MAX + 1)));
      await(() -> groups.size() == 2);
      assertEquals(Offer.TAKEN, lanes.offer(request("a", GROUP_MAX + 1)));
      assertEquals(Offer.TAKEN, lanes.offer(request("a", 1)));
      turns.release(Integer.MAX_VALUE / 2);
    }
    assertEquals(List.of(1, 1, 1, 1), groups.stream().map(List::size).toList());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aGroupEndsBeforeItHasTooManyBytes(boolean oneLane) {
    int count = 5 * GROUP_MAX + 1;
    try (WriteLanes lanes = lanes(oneLane)) {
      occupy(lanes);
      for (int i = 0; i < count; i++) {
        assertEquals(Offer.TAKEN, lanes.offer(request("a", 1)));
      }
      turns.release(Integer.MAX_VALUE / 2);
    }
    List<Integer> sizes = groups.stream().skip(1).map(List::size).toList();
    assertEquals(count, sizes.stream().mapToInt(Integer::intValue).sum());
    assertEquals(6, sizes.size());
    assertTrue(sizes.stream().allMatch(size -> size <= GROUP_MAX), sizes::toString);
  }
}
