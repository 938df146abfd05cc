// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.Event;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Micros;
import dev.talea.log.disk.SystemLogEnvironment;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commit times come from a clock that people set, and only ever grow for all that. */
class CommitTimeTest {
  private static final long NOON = 1_767_268_800_000_000L;
  private static final String BOOK = "b";

  private final ManualClock clock = new ManualClock(NOON);
  @TempDir private Path directory;

  @Test
  void aClockThatJumpsBackDoesNotTakeCommitTimesAlong() {
    try (LogLedgerStore store = open()) {
      store.registerAsset(fiat("EUR")).join();
      store.openAccount(account(BOOK, "a", "EUR")).join();
      store.openAccount(account(BOOK, "b", "EUR")).join();
      post(store, "noon");
      clock.set(NOON - 60_000_000);
      post(store, "a minute earlier");
      assertEquals(List.of(NOON, NOON + 1, NOON + 2, NOON + 3), times(store));
    }
  }

  @Test
  void norDoesARestartWithTheClockStillWrong() {
    aClockThatJumpsBackDoesNotTakeCommitTimesAlong();
    clock.set(NOON - 3_600_000_000L);
    try (LogLedgerStore store = open()) {
      post(store, "an hour earlier");
      store.registerAsset(fiat("USD")).join();
      assertEquals(List.of(NOON, NOON + 1, NOON + 2, NOON + 3, NOON + 4), times(store));
      assertEquals(
          Micros.instant(NOON + 1),
          LedgerAudit.events(store.reads(), "_system").get(1).at(),
          "registry");
      clock.set(NOON + 9);
      post(store, "later by the clock");
      assertEquals(NOON + 9, times(store).get(5));
      assertEquals(Int128.of(0), balance(store, Micros.instant(NOON + 2).minusNanos(1)));
      assertEquals(Int128.of(1), balance(store, Micros.instant(NOON + 2)));
      assertEquals(Int128.of(3), balance(store, Micros.instant(NOON + 9).minusNanos(1)));
      assertEquals(Int128.of(4), balance(store, Micros.instant(NOON + 9)));
      LedgerAudit.thorough(store.reads(), BOOK, 2, 10);
    }
  }

  private LogLedgerStore open() {
    return LogLedgerStore.open(
        directory,
        LogStoreSettings.DEFAULTS,
        SystemLogEnvironment.create().withClock(clock),
        Runnable::run);
  }

  private static void post(LogLedgerStore store, String key) {
    store.commit(BOOK, List.of(move(BOOK, key, "a", "b", 1, "EUR")), false).join();
  }

  private static Int128 balance(LogLedgerStore store, Instant asOf) {
    return store.reads().balance(new AccountId(BOOK, "b"), asOf).effective();
  }

  private static List<Long> times(LogLedgerStore store) {
    return LedgerAudit.events(store.reads(), BOOK).stream()
        .map(Event::at)
        .map(Micros::floor)
        .toList();
  }
}
