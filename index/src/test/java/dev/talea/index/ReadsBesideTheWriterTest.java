// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.credit;
import static dev.talea.ledger.conformance.Drafts.debit;
import static dev.talea.ledger.conformance.Drafts.draft;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.Event;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.StoreReader;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TrialBalance;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What readers see while the writer writes: always a state that was, never one ahead of it. */
class ReadsBesideTheWriterTest {
  private static final String BOOK = "b";
  private static final AccountId EURO = new AccountId(BOOK, "EUR cash");
  private static final AccountId DOLLAR = new AccountId(BOOK, "USD cash");
  private static final int GROUPS = 300;

  /** Checkpoints and files of keys all the time. */
  private static final LogStoreSettings SETTINGS =
      LogStoreSettings.DEFAULTS.withLog(1 << 16, 5000, 50).withMaintenance(50, 100);

  @TempDir private Path directory;
  private LogLedgerStore store;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final AtomicBoolean writing = new AtomicBoolean(true);
  private final AtomicLong acknowledged = new AtomicLong();

  @BeforeEach
  void open() {
    store = LogLedgerStore.open(directory, SETTINGS);
    for (String asset : List.of("EUR", "USD")) {
      store.registerAsset(fiat(asset)).join();
      store.openAccount(account(BOOK, asset + " cash", asset)).join();
      store.openAccount(account(BOOK, asset + " sales", asset)).join();
    }
  }

  @AfterEach
  void close() {
    threads.shutdownNow();
    store.close();
  }

  @Test
  void everyAnswerIsOneThatWasTrueAtSomeMomentNotBeforeTheLastAcknowledgement() throws Exception {
    List<Future<?>> readers = new ArrayList<>();
    for (Callable<?> reader : List.<Callable<?>>of(this::readTotals, this::readBalances)) {
      readers.add(threads.submit(() -> untilWritten(reader)));
    }
    readers.add(threads.submit(this::follow));
    List<CompletableFuture<Void>> answers = new ArrayList<>();
    for (int group = 0; group < GROUPS; group++) {
      List<TransactionDraft> drafts = new ArrayList<>();
      for (int i = 0; i <= group % 7; i++) {
        drafts.add(bothCurrencies("key " + group + " " + i));
      }
      CompletableFuture<Void> seen =
          store
              .commit(BOOK, drafts, group % 2 == 0)
              .thenAccept(results -> visibleAtOnce((Posted) results.get(results.size() - 1)));
      answers.add(seen);
      if (group % 3 == 0) {
        seen.join();
      }
    }
    answers.forEach(CompletableFuture::join);
    store.commit(BOOK, List.of(bothCurrencies("the last")), false).join();
    writing.set(false);
    for (Future<?> reader : readers) {
      reader.get();
    }
    LedgerAudit.thorough(store.reads(), BOOK, 2, 20);
  }

  private static TransactionDraft bothCurrencies(String key) {
    return draft(
        BOOK,
        key,
        debit("EUR cash", 3, "EUR"),
        credit("EUR sales", 3, "EUR"),
        debit("USD cash", 3, "USD"),
        credit("USD sales", 3, "USD"));
  }

  /** Runs on the writer's thread, with the answer. */
  private void visibleAtOnce(Posted posted) {
    assertTrue(store.reads().lastSeq(BOOK) >= posted.seq());
    assertTrue(store.reads().balance(EURO, null).updatedSeq() >= posted.seq());
    TransactionView view = store.reads().transaction(posted.txId());
    assertTrue(view != null && posted.at().equals(view.at()));
    acknowledged.accumulateAndGet(posted.seq(), Math::max);
  }

  private Void untilWritten(Callable<?> reader) throws Exception {
    while (writing.get()) {
      reader.call();
    }
    reader.call();
    return null;
  }

  /** All lines of a trial balance are of one moment: every transaction moves both currencies. */
  private Void readTotals() {
    TrialBalance totals = store.reads().trialBalance(BOOK, null);
    if (!totals.lines().isEmpty()) {
      assertEquals(2, totals.lines().size());
      assertEquals(totals.lines().get(0).debits(), totals.lines().get(1).debits());
      assertEquals(totals.lines().get(0).debits(), totals.lines().get(0).credits());
    }
    return null;
  }

  private Void readBalances() {
    long floor = acknowledged.get();
    BalanceView euro = store.reads().balance(EURO, null);
    BalanceView dollar = store.reads().balance(DOLLAR, null);
    assertTrue(euro.updatedSeq() >= floor, "an acknowledged commit is not reflected");
    assertTrue(dollar.updatedSeq() >= euro.updatedSeq(), "time ran backwards");
    assertEquals(expected(euro.updatedSeq()), euro.effective().toLong());
    assertEquals(expected(dollar.updatedSeq()), dollar.effective().toLong());
    return null;
  }

  /** The first four events are openings. */
  private static long expected(long updatedSeq) {
    return updatedSeq == 0 ? 0 : (updatedSeq - 4) * 3;
  }

  /** Told of every advance, and never of one that cannot be read yet. */
  private Void follow() throws InterruptedException {
    Semaphore news = new Semaphore(1);
    try (StoreReader.Watch watch = store.reads().watch(BOOK, news::release)) {
      assertTrue(watch != null);
      List<Event> page;
      long last = 0;
      boolean end = false;
      while (!end) {
        news.acquire();
        news.drainPermits();
        do {
          page = store.reads().events(BOOK, last, 64, 4096);
          for (Event event : page) {
            assertEquals(++last, event.seq());
            end |= isTheLast(event);
          }
        } while (!page.isEmpty());
      }
    }
    return null;
  }

  private static boolean isTheLast(Event event) {
    return event.payload() instanceof Event.TransactionPosted posted
        && posted.draft().idempotencyKey().equals("the last");
  }
}
