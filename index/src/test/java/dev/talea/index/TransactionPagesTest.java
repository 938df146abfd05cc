// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.credit;
import static dev.talea.ledger.conformance.Drafts.debit;
import static dev.talea.ledger.conformance.Drafts.draft;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Event;
import dev.talea.ledger.Page;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Store;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import dev.talea.log.Log;
import dev.talea.log.LogCursor;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogSettings;
import dev.talea.log.disk.LogDirectory;
import dev.talea.log.disk.SystemLogEnvironment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Transactions far apart: what a page costs when thousands of openings lie between them. Counted in
 * records, looked at by a cursor or read one by one, not in time.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TransactionPagesTest {
  private static final String BOOK = "b";
  private static final int OPENINGS = 4_000;
  private static final int BLOCKS = 4;

  /** Three ways over a chain, one of them to and one back, for each of two assets; and the walk. */
  private static final int READS_PER_GAP = 300;

  /** Counts what cursors give, too. */
  private static final class CountingAll extends CountingLog {
    private final Log<?> log;
    private int walked;

    CountingAll(Log<?> log) {
      super(log);
      this.log = log;
    }

    int take() {
      int count = walked + takeCount();
      walked = 0;
      return count;
    }

    @Override
    public LogCursor cursor(long fromSeq) {
      LogCursor cursor = log.cursor(fromSeq);
      return new LogCursor() {
        @Override
        public boolean next() {
          walked++;
          return cursor.next();
        }

        @Override
        public long seq() {
          return cursor.seq();
        }

        @Override
        public long position() {
          return cursor.position();
        }

        @Override
        public long commitTime() {
          return cursor.commitTime();
        }

        @Override
        public int provenBytes() {
          return cursor.provenBytes();
        }

        @Override
        public ByteBuffer payload() {
          return cursor.payload();
        }
      };
    }
  }

  private final List<Posted> posted = new ArrayList<>();
  private LogDirectory directory;
  private CountingAll log;
  private BookReader reader;

  @BeforeAll
  void writeTheBook(@TempDir Path path) {
    LogEnvironment environment = SystemLogEnvironment.create();
    try (LogLedgerStore store =
        LogLedgerStore.open(path, LogStoreSettings.DEFAULTS, environment, Runnable::run)) {
      write(store);
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
    log = new CountingAll(opened);
    reader = new BookReader(log, Objects.requireNonNull(state.get()).accounts);
  }

  @AfterAll
  void close() {
    directory.close();
  }

  /** One dollar transaction, then openings; one euro transaction, then openings; and so on. */
  private void write(Store store) {
    store.registerAsset(fiat("USD")).join();
    store.registerAsset(fiat("EUR")).join();
    store.openAccount(account(BOOK, "USD", "USD")).join();
    store.openAccount(account(BOOK, "EUR", "EUR")).join();
    for (int block = 0; block < BLOCKS; block++) {
      String asset = block % 2 == 0 ? "USD" : "EUR";
      List<CompletableFuture<Void>> openings = new ArrayList<>();
      for (int i = 0; i < OPENINGS; i++) {
        openings.add(store.openAccount(account(BOOK, block + "." + i, asset)));
      }
      openings.forEach(CompletableFuture::join);
      for (TransactionDraft draft :
          List.of(
              move(BOOK, "a" + block, asset, asset, 1, asset),
              move(BOOK, "b" + block, asset, asset, 1, asset))) {
        posted.add((Posted) store.commit(BOOK, List.of(draft), false).join().get(0));
      }
    }
  }

  @Test
  void aPageDoesNotReadTheOpeningsBetween() {
    log.take();
    Page<TransactionView, Long> page = reader.transactions(0, 100, 1 << 20);
    int reads = log.take();
    assertEquals(
        posted.stream().map(Posted::seq).toList(),
        page.items().stream().map(TransactionView::seq).toList());
    assertNull(page.next());
    System.out.println("[talea] records looked at for a page over 16,000 openings: " + reads);
    assertTrue(reads <= BLOCKS * READS_PER_GAP, reads + " records for " + BLOCKS + " gaps");
  }

  @Test
  void pagesBeginAnywhere() {
    for (int i = 0; i < posted.size(); i++) {
      long seq = posted.get(i).seq();
      for (long after : new long[] {seq - 1, seq - 50, Math.max(seq - OPENINGS + 1, 0)}) {
        if (i == 0 || after >= posted.get(i - 1).seq()) {
          log.take();
          Page<TransactionView, Long> page = reader.transactions(after, 1, 1 << 20);
          int reads = log.take();
          assertEquals(posted.get(i).txId(), page.items().get(0).txId());
          assertEquals(i + 1 < posted.size() ? Long.valueOf(seq) : null, page.next());
          assertTrue(reads <= 2 * READS_PER_GAP, reads + " records after " + after);
        }
      }
    }
  }

  @Test
  void aPageOfLargeTransactionsEndsEarlyButHoldsOne(@TempDir Path other) {
    List<Posting> postings = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      postings.add(debit("x", 1, "USD"));
      postings.add(credit("x", 1, "USD"));
    }
    try (LogLedgerStore store = LogLedgerStore.open(other, LogStoreSettings.DEFAULTS)) {
      store.registerAsset(fiat("USD")).join();
      store.openAccount(account(BOOK, "x", "USD")).join();
      for (int i = 0; i < 5; i++) {
        TransactionDraft draft = draft(BOOK, "k" + i, postings.toArray(Posting[]::new));
        store.commit(BOOK, List.of(draft), false).join();
      }
      // A posting takes about 195 bytes as JSON, in an event 115.
      Page<TransactionView, Long> page = store.reads().transactions(BOOK, 0, 100, 450_000);
      assertEquals(List.of(2L, 3L), page.items().stream().map(TransactionView::seq).toList());
      assertEquals(3L, page.next());
      page = store.reads().transactions(BOOK, 3, 100, 1);
      assertEquals(List.of(4L), page.items().stream().map(TransactionView::seq).toList());
      assertEquals(4L, page.next());
      page = store.reads().transactions(BOOK, 5, 100, 1);
      assertEquals(List.of(6L), page.items().stream().map(TransactionView::seq).toList());
      assertNull(page.next(), "nothing follows, so the page is the last");
      List<Event> events = store.reads().events(BOOK, 1, 100, 250_000);
      assertEquals(2, events.size());
    }
  }
}
