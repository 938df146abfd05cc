// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.Event;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Posting;
import dev.talea.ledger.PostingView;
import dev.talea.ledger.Side;
import dev.talea.ledger.Store;
import dev.talea.ledger.TransactionDraft;
import dev.talea.log.Log;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogSettings;
import dev.talea.log.disk.LogDirectory;
import dev.talea.log.disk.SystemLogEnvironment;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * A book with 20,000 postings on its busiest account: every kind of look into the past, against a
 * scan of all events, and what it costs. Costs are counted in records read, not in time.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BookReaderTest {
  private static final long SEED = 20_261_120;
  private static final String BOOK = "busy";
  private static final int POSTINGS = 20_000;
  private static final List<String> ASSETS = List.of("EUR", "USD");
  private static final int OTHERS = 20;

  /** 3 log2 n hops, each looking at one record ahead in vain. */
  private static final int READS_MAX = 2 * 3 * (64 - Long.numberOfLeadingZeros(POSTINGS));

  private LogDirectory directory;
  private CountingLog log;
  private BookReader reader;
  private List<Event> events;

  @BeforeAll
  void writeTheBook(@TempDir Path path) {
    System.out.println("[talea] BookReaderTest seed " + SEED);
    LogEnvironment environment =
        SystemLogEnvironment.create()
            .withClock(new ManualClock(1_700_000_000_000_000L).stepping(3));
    try (LogLedgerStore store =
        LogLedgerStore.open(path, LogStoreSettings.DEFAULTS, environment, Runnable::run)) {
      write(store, new Random(SEED));
      events = LedgerAudit.events(store.reads(), BOOK);
    }
    directory = LogDirectory.open(path, LogSettings.DEFAULTS, environment);
    AtomicReference<BookState> state = new AtomicReference<>();
    Log<BookRequest<?>> opened =
        directory.openLog(
            BOOK,
            found -> {
              Maintenance maintenance =
                  new Maintenance(environment.disk(), Runnable::run, 1 << 20, 1 << 20);
              Path folder = directory.folder(BOOK);
              BookState replayed =
                  BookOpening.open(found, folder, maintenance, Runnable::run).state();
              state.set(replayed);
              return SimulatedLedger.writer(
                  replayed, new BookMaintenance(maintenance, found, folder, replayed));
            });
    log = new CountingLog(opened);
    reader = new BookReader(log, Objects.requireNonNull(state.get()).accounts);
  }

  @AfterAll
  void close() {
    directory.close();
  }

  private static void write(Store store, Random random) {
    for (String asset : ASSETS) {
      store.registerAsset(fiat(asset)).join();
      store.openAccount(account(BOOK, "busy " + asset, asset)).join();
      for (int i = 0; i < OTHERS; i++) {
        store.openAccount(account(BOOK, asset + i, asset)).join();
      }
    }
    store.openAccount(account(BOOK, "never", "EUR")).join();
    int key = 0;
    int postings = 0;
    while (postings < POSTINGS) {
      List<TransactionDraft> batch = new ArrayList<>();
      int size = 1 + random.nextInt(50);
      for (int i = 0; i < size; i++) {
        TransactionDraft draft = transaction("key " + key++, random);
        batch.add(draft);
        postings += (int) draft.postings().stream().filter(BookReaderTest::busyEuro).count();
      }
      store.commit(BOOK, batch, false).join();
    }
  }

  private static boolean busyEuro(Posting posting) {
    return posting.account().equals("busy EUR");
  }

  /** Up to three pairs; mostly euros; the busy account may appear several times. */
  private static TransactionDraft transaction(String key, Random random) {
    List<Posting> postings = new ArrayList<>();
    for (int pairs = 1 + random.nextInt(3); pairs > 0; pairs--) {
      String asset = ASSETS.get(random.nextInt(8) == 0 ? 1 : 0);
      Int128 amount = Int128.of(1 + random.nextInt(1000));
      Side side = random.nextBoolean() ? Side.DEBIT : Side.CREDIT;
      Side other = side == Side.DEBIT ? Side.CREDIT : Side.DEBIT;
      postings.add(new Posting("busy " + asset, amount, asset, side));
      postings.add(new Posting(asset + random.nextInt(OTHERS), amount, asset, other));
    }
    return new TransactionDraft(BOOK, key, postings, List.of(), null, null);
  }

  @Test
  void everyBalanceAndTrialBalanceOfThePastIsWhatAScanSays() {
    Fold fold = new Fold(BOOK, 2);
    int worstBalance = 0;
    int worstTotals = 0;
    int moments = 0;
    for (int i = 0; i < events.size(); i++) {
      fold.apply(events.get(i));
      boolean lastOfItsMoment =
          i + 1 == events.size() || !events.get(i + 1).at().equals(events.get(i).at());
      if (!lastOfItsMoment) {
        continue;
      }
      Instant at = events.get(i).at();
      // The clock steps by 3 µs, so nothing happened in the two after.
      Instant asOf = moments++ % 2 == 0 ? at : at.plusNanos(2_000);
      for (AccountId account : List.of(id("busy EUR"), id("busy USD"), id("EUR7"), id("never"))) {
        if (fold.accounts().contains(account)) {
          log.takeCount();
          assertEquals(fold.balance(account, asOf), reader.balance(account, asOf));
          worstBalance = Math.max(worstBalance, log.takeCount());
        }
      }
      assertEquals(fold.trialBalance(asOf), reader.trialBalance(asOf));
      worstTotals = Math.max(worstTotals, log.takeCount());
    }
    System.out.printf(
        "[talea] %d moments; records read at most: %d a balance, %d a trial balance of %d assets%n",
        moments, worstBalance, worstTotals, ASSETS.size());
    assertTrue(moments > 300, "too few moments to mean anything: " + moments);
    assertTrue(worstBalance <= READS_MAX, worstBalance + " records for a balance");
    assertTrue(worstTotals <= ASSETS.size() * READS_MAX, worstTotals + " for a trial balance");
  }

  @Test
  void theCurrentBalanceIsOneRecordAway() {
    log.takeCount();
    reader.balance(id("busy EUR"), null);
    assertEquals(1, log.takeCount());
    reader.balance(id("never"), null);
    assertEquals(0, log.takeCount());
  }

  @Test
  void beforeTheFirstCommitEverythingIsZero() {
    Instant before = events.get(0).at().minusNanos(1_000);
    assertEquals(
        new Fold(BOOK, 2).trialBalance(before), reader.trialBalance(before), "no lines yet");
    assertEquals(0, reader.balance(id("busy EUR"), before).updatedSeq());
    assertEquals(Int128.ZERO, reader.balance(id("busy EUR"), before).effective());
  }

  @Test
  void aPageStartsAnywhereAndHoldsWhatAScanSays() {
    Fold fold = new Fold(BOOK, 2);
    events.forEach(fold::apply);
    int worst = 0;
    for (String path : List.of("busy EUR", "busy USD", "EUR3", "never")) {
      List<PostingView> all = fold.history(id(path));
      for (long after = 0; after <= events.size() + 50; after += 97) {
        for (int limit : new int[] {1, 7, 100}) {
          log.takeCount();
          assertEquals(
              page(all, after, limit), reader.history(id(path), after, limit, Integer.MAX_VALUE));
          worst = Math.max(worst, log.takeCount() - limit);
        }
      }
    }
    System.out.println("[talea] records read at most, beyond those of the page: " + worst);
    // One search by seq for the start, then one by ordinal for the end of each chunk. A transaction
    // has up to three postings of the account here, so each chunk brings a third of what is
    // missing.
    int chunks = (int) Math.ceil(Math.log(100) / Math.log(1.5));
    assertTrue(worst <= READS_MAX + chunks * READS_MAX / 2, worst + " records beyond the page");
  }

  private static HistoryPage page(List<PostingView> all, long after, int limit) {
    List<PostingView> rest = all.stream().filter(view -> view.seq() > after).toList();
    List<Long> seqs = rest.stream().map(PostingView::seq).distinct().limit(limit).toList();
    List<PostingView> items = rest.stream().filter(view -> seqs.contains(view.seq())).toList();
    boolean more = items.size() < rest.size();
    return new HistoryPage(items, more ? seqs.get(seqs.size() - 1) : null);
  }

  private static AccountId id(String path) {
    return new AccountId(BOOK, path);
  }
}
