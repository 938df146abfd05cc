// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.Event;
import dev.talea.ledger.EventStream;
import dev.talea.ledger.LedgerError.ConstraintViolation;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.conformance.Drafts;
import dev.talea.ledger.service.LedgerService;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two stores on one database, as two servers have them, at the same books at the same time. */
@Tag("slow")
class TwoInstancesTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  @TempDir private Path directory;
  private final List<SqlLedgerStore> stores = new ArrayList<>();

  private List<SqlLedgerStore> two(Backends backend) {
    Backends.Ledger ledger = backend.fresh(directory);
    stores.add(ledger.open());
    stores.add(ledger.open());
    return stores;
  }

  @AfterEach
  void close() {
    stores.forEach(SqlLedgerStore::close);
  }

  /** Runs it for both at the same moment, and waits for both. */
  private static <T> List<T> atOnce(List<SqlLedgerStore> stores, Function<SqlLedgerStore, T> task)
      throws InterruptedException, ExecutionException {
    List<FutureTask<T>> running = new ArrayList<>();
    for (SqlLedgerStore store : stores) {
      FutureTask<T> each = new FutureTask<>(() -> task.apply(store));
      running.add(each);
      new Thread(each).start();
    }
    List<T> results = new ArrayList<>();
    for (FutureTask<T> each : running) {
      results.add(each.get());
    }
    return results;
  }

  @ParameterizedTest
  @EnumSource(Backends.class)
  void theSameWorldIsMadeByBoth(Backends backend) throws Exception {
    List<SqlLedgerStore> two = two(backend);
    for (int round = 0; round < 20; round++) {
      String book = "book " + round;
      String asset = "A" + round;
      atOnce(
          two,
          store -> {
            store.registerAsset(Drafts.fiat(asset)).join();
            store.openAccount(Drafts.account(book, "p", asset)).join();
            return null;
          });
      assertEquals(1, two.get(0).reads().lastSeq(book));
    }
    assertEquals(20, two.get(1).reads().lastSeq("_system"));
    assertEquals(21, two.get(1).reads().books(null, 100).items().size());
  }

  /** Of the same drafts from both sides exactly one is posted, and the other is told which. */
  @ParameterizedTest
  @EnumSource(Backends.class)
  void theSameKeysFromBothSidesCommitOnce(Backends backend) throws Exception {
    List<SqlLedgerStore> two = two(backend);
    Traffic.world(two.get(0));
    int count = 300;
    List<Posted[]> answers =
        atOnce(
            two,
            store -> {
              Posted[] posted = new Posted[count];
              for (int i = 0; i < count; i++) {
                // In pieces that both send, in another order, so that they meet again and again.
                int n = store == two.get(0) ? i : i / 10 * 10 + 9 - i % 10;
                TransactionDraft draft = Drafts.move("b0", "key " + n, "p0", "p1", 1, "EUR");
                posted[n] =
                    assertInstanceOf(
                        Posted.class, store.commit("b0", List.of(draft), n % 3 == 0).join().get(0));
              }
              return posted;
            });
    int firsts = 0;
    for (int i = 0; i < count; i++) {
      Posted one = answers.get(0)[i];
      Posted other = answers.get(1)[i];
      assertEquals(one.txId(), other.txId());
      assertEquals(one.seq(), other.seq());
      assertEquals(one.at(), other.at());
      assertTrue(one.deduplicated() != other.deduplicated(), one + " and " + other);
      firsts += one.deduplicated() ? 0 : 1;
    }
    System.out.printf("[talea] TwoInstancesTest: %d of %d were first here%n", firsts, count);
    assertEquals(4 + count, two.get(0).reads().lastSeq("b0"));
    Traffic.audit(two.get(0), List.of());
  }

  @ParameterizedTest
  @EnumSource(Backends.class)
  void bothPostToTheSameBooksAndBothSeeEverything(Backends backend) throws Exception {
    List<SqlLedgerStore> two = two(backend);
    Traffic.world(two.get(0));
    List<EventStream> streams = new ArrayList<>();
    for (SqlLedgerStore store : two) {
      streams.add(new LedgerService(store, Runnable::run).subscribe("b0", 1));
    }
    try (Traffic traffic = new Traffic(two, 4)) {
      traffic.awaitMore(1_200);
      traffic.audit(two.get(1));
    }
    long last = two.get(0).reads().lastSeq("b0");
    for (EventStream stream : streams) {
      for (long seq = 1; seq <= last; seq++) {
        Event event = stream.poll(SOON);
        assertNotNull(event, "no event in time");
        assertEquals(seq, event.seq());
      }
      stream.close();
    }
  }

  /**
   * A floor holds whichever instance withdraws: what one remembers of an account must not be stale.
   */
  @ParameterizedTest
  @EnumSource(Backends.class)
  void aFloorHoldsAgainstBoth(Backends backend) throws Exception {
    List<SqlLedgerStore> two = two(backend);
    SqlLedgerStore first = two.get(0);
    Traffic.world(first);
    first.openAccount(Drafts.account("b0", "purse", "EUR", null, 0)).join();
    int count = 300;
    first
        .commit("b0", List.of(Drafts.move("b0", "fill", "p0", "purse", count, "EUR")), false)
        .join();
    List<int[]> outcomes =
        atOnce(
            two,
            store -> {
              int[] outcome = new int[2];
              String name = store == first ? "one " : "two ";
              for (int i = 0; i < count; i++) {
                PostResult result =
                    store
                        .commit(
                            "b0",
                            List.of(Drafts.move("b0", name + i, "purse", "p0", 1, "EUR")),
                            false)
                        .join()
                        .get(0);
                if (result instanceof Refused refused) {
                  assertInstanceOf(ConstraintViolation.class, refused.error());
                  outcome[1]++;
                } else {
                  outcome[0]++;
                }
              }
              return outcome;
            });
    int posted = outcomes.stream().mapToInt(each -> each[0]).sum();
    assertEquals(count, posted, () -> Arrays.deepToString(outcomes.toArray()));
    for (SqlLedgerStore store : two) {
      assertEquals(
          0, store.reads().balance(new AccountId("b0", "purse"), null).effective().signum());
    }
  }

  /** What one writes the other reads, from the moment it is acknowledged. */
  @ParameterizedTest
  @EnumSource(Backends.class)
  void whatOneWritesTheOtherReadsAtOnce(Backends backend) {
    List<SqlLedgerStore> two = two(backend);
    Traffic.world(two.get(0));
    for (int i = 0; i < 100; i++) {
      SqlLedgerStore writes = two.get(i % 2);
      SqlLedgerStore reads = two.get(1 - i % 2);
      TransactionDraft draft = Drafts.move("b1", "key " + i, "p0", "p1", 1, "EUR");
      Posted posted =
          assertInstanceOf(Posted.class, writes.commit("b1", List.of(draft), false).join().get(0));
      assertEquals(
          i + 1, reads.reads().balance(new AccountId("b1", "p1"), null).effective().toLong());
      assertEquals(posted.seq(), reads.reads().lastSeq("b1"));
      assertNotNull(reads.reads().transaction(posted.txId()));
    }
  }
}
