// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Micros;
import dev.talea.ledger.TrialBalance;
import dev.talea.ledger.conformance.Drafts;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers as of a moment that has passed never change, however busy the writers are. */
@Tag("slow")
class AsOfTest {
  private static final AccountId ACCOUNT = new AccountId("b0", "p1");
  private static final int ROUNDS = 150;

  @TempDir private Path directory;

  private record Answer(Instant moment, Int128 balance, TrialBalance totals) {}

  @ParameterizedTest
  @MethodSource("dev.talea.jdbc.Backends#all")
  void anAnswerAsOfAMomentThatHasPassedStaysTrue(Backends backend) {
    Backends.Ledger ledger = backend.fresh(directory);
    try (SqlLedgerStore asked = ledger.open();
        SqlLedgerStore other = ledger.open()) {
      Traffic.world(asked);
      AtomicBoolean done = new AtomicBoolean();
      List<CompletableFuture<Integer>> writers = new ArrayList<>();
      for (SqlLedgerStore store : List.of(asked, other)) {
        writers.add(
            CompletableFuture.supplyAsync(
                () -> postUntil(done, store), task -> new Thread(task).start()));
      }
      List<Answer> answers = new ArrayList<>();
      for (int i = 0; i < ROUNDS; i++) {
        Instant moment = Instant.now().minusNanos(1_000L * (i % 7));
        answers.add(
            new Answer(
                moment,
                asked.reads().balance(ACCOUNT, moment).effective(),
                asked.reads().trialBalance("b0", moment)));
      }
      done.set(true);
      int posted = writers.stream().mapToInt(CompletableFuture::join).sum();
      assertTrue(posted > 0, "nothing was written meanwhile, so this tests nothing");
      for (Answer answer : answers) {
        Instant moment = answer.moment();
        assertEquals(
            answer.balance(), asked.reads().balance(ACCOUNT, moment).effective(), moment::toString);
        assertEquals(answer.totals(), asked.reads().trialBalance("b0", moment), moment::toString);
      }
    }
  }

  /** The next group comes later than what was answered, whatever the clock says by then. */
  @Test
  void aClockThatIsSetBackDoesNotChangeAnAnswer() {
    long noon = 1_700_000_000_000_000L;
    AtomicLong wall = new AtomicLong(noon);
    SqliteClock clock = new SqliteClock(wall::get, System::nanoTime, wall::get, 1L << 40);
    Path file = directory.resolve("ledger.db");
    SqlStoreSettings settings = SqlStoreSettings.DEFAULTS;
    try (SqlLedgerStore store =
        SqlLedgerStore.openSqlite(file, settings, SqlStoreObserver.NONE, clock)) {
      Traffic.world(store);
      wall.set(noon + 2_000_000);
      Instant moment = Micros.instant(noon + 1_000_000);
      Int128 answer = store.reads().balance(ACCOUNT, moment).effective();
      wall.set(noon + 500_000);
      store
          .commit("b0", List.of(Drafts.move("b0", "key", "p0", "p1", 1, "EUR")), false)
          .join()
          .get(0)
          .orThrow();
      assertEquals(answer, store.reads().balance(ACCOUNT, moment).effective());
    }
  }

  private static int postUntil(AtomicBoolean done, SqlLedgerStore store) {
    int posted = 0;
    while (!done.get()) {
      store
          .commit(
              "b0",
              List.of(Drafts.move("b0", "k" + store.hashCode() + posted, "p0", "p1", 1, "EUR")),
              false)
          .join()
          .get(0)
          .orThrow();
      posted++;
    }
    return posted;
  }
}
