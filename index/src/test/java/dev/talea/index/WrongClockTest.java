// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Micros;
import dev.talea.ledger.Outage;
import dev.talea.ledger.Outage.Cause;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.log.disk.SystemLogEnvironment;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** One wrong look at the clock does not stand in every later record. */
class WrongClockTest {
  private static final long NOON = 1_767_268_800_000_000L;
  private static final long DAY = 86_400_000_000L;
  private static final long YEARS = 80 * 365 * DAY;
  private static final String BOOK = "b";

  private final ManualClock clock = new ManualClock(NOON);
  private final AtomicLong nanos = new AtomicLong();
  @TempDir private Path directory;

  private LogLedgerStore open() {
    return LogLedgerStore.open(
        directory,
        LogStoreSettings.DEFAULTS,
        SystemLogEnvironment.create().withClock(clock).withNanos(nanos::get),
        Runnable::run);
  }

  private static void prepare(LogLedgerStore store) {
    store.registerAsset(fiat("EUR")).join();
    store.openAccount(account(BOOK, "cash", "EUR")).join();
    store.openAccount(account(BOOK, "sales", "EUR")).join();
    assertInstanceOf(Posted.class, post(store, "at noon"));
  }

  private static PostResult post(LogLedgerStore store, String key) {
    return store
        .commit(BOOK, List.of(move(BOOK, key, "sales", "cash", 1, "EUR")), false)
        .join()
        .get(0);
  }

  private static long at(PostResult result) {
    return Micros.floor(assertInstanceOf(Posted.class, result).at());
  }

  private void pass(long micros) {
    nanos.addAndGet(micros * 1000);
  }

  @Test
  void whileItRunsAheadNothingIsGivenATimeAndAfterwardsTimesAreRight() {
    try (LogLedgerStore store = open()) {
      prepare(store);
      pass(1_000_000);
      clock.set(NOON + YEARS);
      String reason =
          assertInstanceOf(
                  Unavailable.class, assertInstanceOf(Refused.class, post(store, "no")).error())
              .reason();
      assertTrue(reason.contains("clock"), reason);
      assertUnavailable(
          () ->
              store
                  .commit(BOOK, List.of(move(BOOK, "no", "sales", "cash", 1, "EUR")), true)
                  .join()
                  .get(0)
                  .orThrow());
      assertUnavailable(() -> store.openAccount(account(BOOK, "new", "EUR")).join());
      assertUnavailable(() -> store.registerAsset(fiat("USD")).join());
      assertTrue(
          assertInstanceOf(Posted.class, post(store, "at noon")).deduplicated(),
          "what needs no new time is answered");
      assertEquals(
          1, store.reads().balance(new AccountId(BOOK, "cash"), null).effective().toLong());
      Outage known = store.reads().health().of(BOOK);
      assertNotNull(known);
      assertEquals(Cause.CLOCK, known.cause());
      assertEquals(known, store.check());
      assertEquals(reason, requireNonNull(store.reads().book(BOOK)).unavailable());

      pass(1_000_000);
      clock.set(NOON + 2_000_000);
      assertEquals(NOON + 2_000_000, at(post(store, "no")));
      assertNull(store.reads().health().of(BOOK));
      assertNull(store.check());
    }
  }

  @Test
  void itIsNoticedToBeRightWithoutAPost() {
    try (LogLedgerStore store = open()) {
      prepare(store);
      clock.set(NOON + YEARS);
      assertNotNull(store.check());
      clock.set(NOON + 1);
      assertNull(store.check());
    }
  }

  @Test
  void aPersonMayAcceptIt() {
    try (LogLedgerStore store = open()) {
      prepare(store);
      store.acceptClock();
      clock.set(NOON + YEARS);
      assertInstanceOf(Refused.class, post(store, "later"));
      store.acceptClock();
      assertEquals(NOON + YEARS, at(post(store, "later")));
      assertEquals(0, store.clockBehindSeconds());
      clock.set(NOON);
      assertEquals(NOON + YEARS + 1, at(post(store, "times never go back")));
      assertEquals(YEARS / 1_000_000, store.clockBehindSeconds());
    }
  }

  @Test
  void timeThatPassesMayBeLong() {
    try (LogLedgerStore store = open()) {
      prepare(store);
      pass(YEARS);
      clock.set(NOON + YEARS);
      assertEquals(NOON + YEARS, at(post(store, "much later")));
      clock.set(NOON + YEARS + DAY);
      assertEquals(NOON + YEARS + DAY, at(post(store, "a day is allowed")));
    }
  }

  @Test
  void theYear2300IsAYear() {
    long year2300 = NOON + 274 * 365 * DAY;
    clock.set(year2300);
    try (LogLedgerStore store = open()) {
      prepare(store);
      assertEquals(year2300 + 3, at(post(store, "then")));
    }
  }

  private static void assertUnavailable(Executable call) {
    RuntimeException e = assertThrows(RuntimeException.class, call);
    assertTrue(e instanceof LedgerException || e instanceof CompletionException, e::toString);
    assertInstanceOf(Unavailable.class, LedgerErrors.of(e));
  }
}
