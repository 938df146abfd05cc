// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.Event;
import dev.talea.ledger.ForwardingStore;
import dev.talea.ledger.Store;
import dev.talea.ledger.StoreReader;
import dev.talea.ledger.conformance.Drafts;
import dev.talea.ledger.conformance.ForwardingReader;
import dev.talea.ledger.conformance.InMemoryStore;
import dev.talea.ledger.service.LedgerService;
import dev.talea.server.http.EventPages.Frames;
import dev.talea.server.http.EventPages.Framing;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A page is read once however many want it, never given when it may be old, and kept in bounds. */
class EventPagesTest {
  private static final long KEPT_MAX = 2_000;

  /** Counts reads. */
  private static final class Counting extends ForwardingReader {
    int reads;

    Counting(StoreReader reads) {
      super(reads);
    }

    @Override
    public List<Event> events(String book, long afterSeq, int limit, int bytesMax) {
      reads++;
      return super.events(book, afterSeq, limit, bytesMax);
    }
  }

  private final InMemoryStore model = new InMemoryStore();
  private final Counting counting = new Counting(model);
  private final Store store =
      new ForwardingStore(model) {
        @Override
        public StoreReader reads() {
          return counting;
        }
      };
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final EventPages pages = new EventPages(new LedgerService(store, tasks::add), KEPT_MAX);
  private final List<Frames> given = new ArrayList<>();
  private final List<Throwable> failed = new ArrayList<>();
  private final BlockingLedger ledger = new BlockingLedger(new LedgerService(store, Runnable::run));
  private int posted;

  @BeforeEach
  void open() {
    ledger.registerAsset(Drafts.fiat("USD"));
    ledger.openAccount(Drafts.account("b", "x", "USD"));
    ledger.openAccount(Drafts.account("b", "y", "USD"));
  }

  private void post() {
    ledger.post(Drafts.move("b", "k" + posted++, "x", "y", 1, "USD"));
  }

  private void ask(long after) {
    pages.after("b", after, Framing.ONE_BOOK, false, given::add, failed::add);
  }

  private void run() {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
  }

  @Test
  void thoseWhoWantTheSameShareOneRead() {
    for (int i = 0; i < 50; i++) {
      ask(0);
    }
    assertEquals(1, tasks.size());
    run();
    assertEquals(1, counting.reads);
    assertEquals(50, given.size());
    assertEquals(2, given.get(49).lastSeq());
    assertTrue(given.get(0).bytes() == given.get(49).bytes(), "encoded once");
    ask(0);
    assertEquals(51, given.size(), "what came after a seq never changes");
    assertEquals(1, counting.reads);
  }

  @Test
  void whoJoinsAReadThatFindsNothingIsToldToLookAgain() {
    ask(2);
    ask(2);
    run();
    assertEquals(2, given.size());
    assertTrue(
        given.get(0).mayBeMore() != given.get(1).mayBeMore(),
        "the read may have begun before what the second one heard of");
    post();
    ask(2);
    run();
    assertEquals(3, given.get(2).lastSeq());
  }

  @Test
  void whatIsKeptIsBoundedInBytes() {
    for (int i = 0; i < 100; i++) {
      post();
    }
    for (int after = 0; after < 100; after++) {
      ask(after);
      run();
      assertTrue(pages.keptBytes() <= KEPT_MAX, () -> "keeps " + pages.keptBytes());
    }
    assertEquals(100, given.size());
    for (int after = 102; after < 200; after++) {
      ask(102); // the end
      run();
    }
    assertTrue(pages.size() < 10, () -> pages.size() + " pages");
    assertEquals(List.of(), failed);
  }

  @Test
  void aFailureIsToldToAllWhoWaitAndToNoOneElse() {
    ask(500);
    ask(500);
    run();
    assertEquals(2, failed.size());
    ask(0);
    run();
    assertEquals(1, given.size());
    assertEquals(2, failed.size());
  }
}
