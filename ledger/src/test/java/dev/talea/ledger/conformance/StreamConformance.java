// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.conformance;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.moves;
import static dev.talea.ledger.conformance.Drafts.withExtras;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Event;
import dev.talea.ledger.Event.AccountOpened;
import dev.talea.ledger.Event.AssetRegistered;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.EventStream;
import dev.talea.ledger.LedgerError.CursorBeyondEnd;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.TransactionDraft;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Following a book: what is there, then what comes, without gap or double. */
abstract class StreamConformance extends ListingConformance {
  private static final Duration A_MOMENT = Duration.ofMillis(50);

  @Test
  public void aStreamCatchesUpAndThenGoesLive() throws Exception {
    openStandardBook();
    Posted old = post(income("old", 1));
    try (EventStream stream = ledger().subscribe(BOOK, 1)) {
      List<Event> events = next(stream, 4);
      assertEquals(upTo(4), seqs(events));
      assertEquals(new AccountOpened(account(BOOK, "cash", "USD")), events.get(0).payload());
      assertEquals(
          new TransactionPosted(old.txId(), income("old", 1).occurredAt(old.at())),
          events.get(3).payload());
      assertEquals(old.at(), events.get(3).at());
      assertNull(stream.poll(A_MOMENT), "nothing more has happened");
      Posted live = post(income("live", 2));
      assertEquals(
          new Event(
              5,
              live.at(),
              new TransactionPosted(live.txId(), income("live", 2).occurredAt(live.at()))),
          next(stream));
      ask().openAccount(account(BOOK, "late", "USD"));
      assertEquals(new AccountOpened(account(BOOK, "late", "USD")), next(stream).payload());
      assertNull(stream.poll(Duration.ZERO));
    }
  }

  @Test
  public void aCursorBeyondTheEndIsAnErrorAndNotSilence() throws Exception {
    openStandardBook();
    post(income("k", 1));
    assertEquals(List.of(), ask().events(BOOK, 4, 10).items(), "the end itself is none");
    assertEquals(new CursorBeyondEnd(4), refusal(() -> ask().events(BOOK, 5, 10)));
    assertEquals(List.of(), ask().events("nowhere", 5, 10).items(), "a book that has not begun");
    try (EventStream stream = ledger().subscribe(BOOK, 6)) {
      LedgerException told =
          assertThrows(LedgerException.class, () -> stream.poll(Duration.ofSeconds(30)));
      assertEquals(new CursorBeyondEnd(4), told.error());
    }
    try (EventStream stream = ledger().subscribe("later", 3)) {
      assertNull(stream.poll(A_MOMENT));
      ask().openAccount(account("later", "first", "USD"));
      LedgerException told =
          assertThrows(LedgerException.class, () -> stream.poll(Duration.ofSeconds(30)));
      assertEquals(new CursorBeyondEnd(1), told.error());
    }
  }

  @Test
  public void aStreamMayStartInTheMiddle() throws Exception {
    openStandardBook();
    post(income("k", 1));
    try (EventStream stream = ledger().subscribe(BOOK, 3)) {
      assertEquals(List.of(3L, 4L), seqs(next(stream, 2)));
      post(income("k2", 1));
      assertEquals(5, next(stream).seq());
    }
    for (long from : new long[] {0, -7, Long.MIN_VALUE}) {
      try (EventStream stream = ledger().subscribe(BOOK, from)) {
        assertEquals(1, next(stream).seq(), "anything below 1 is from the start");
      }
    }
  }

  @Test
  public void aStreamFromBeyondTheEndWaitsForItsSeq() throws Exception {
    openStandardBook();
    try (EventStream stream = ledger().subscribe(BOOK, 6)) {
      post(income("4", 1));
      post(income("5", 1));
      assertNull(stream.poll(A_MOMENT));
      post(income("6", 1));
      post(income("7", 1));
      assertEquals(List.of(6L, 7L), seqs(next(stream, 2)));
    }
  }

  @Test
  public void aBookThatDoesNotExistYetCanBeFollowed() throws Exception {
    try (EventStream stream = ledger().subscribe(BOOK, 1)) {
      assertNull(stream.poll(A_MOMENT), "open and silent");
      openStandardBook();
      post(income("k", 1));
      assertEquals(upTo(4), seqs(next(stream, 4)));
    }
  }

  @Test
  public void theRegistryCanBeFollowed() throws Exception {
    ask().registerAsset(fiat("A"));
    try (EventStream stream = ledger().subscribe("_system", 1)) {
      assertEquals(new AssetRegistered(fiat("A")), next(stream).payload());
      ask().registerAsset(fiat("B"));
      Event second = next(stream);
      assertEquals(2, second.seq());
      assertEquals(new AssetRegistered(fiat("B")), second.payload());
    }
  }

  @Test
  public void manyAndLargeEventsAreCaughtUpWith() throws Exception {
    openStandardBook();
    ask().postBatch(moves(BOOK, "a ", "income", "cash", 500, "USD"));
    ask().postBatch(moves(BOOK, "b ", "income", "cash", 500, "USD"));
    String large = "\"" + "x".repeat(60_000) + "\"";
    for (int i = 0; i < 8; i++) {
      post(withExtras(income("large " + i, 1), List.of(), large, null));
    }
    assertEquals(upTo(1_011), seqs(events(BOOK, 1_011)));
    try (EventStream stream = ledger().subscribe(BOOK, 1_000)) {
      List<Event> events = next(stream, 12);
      assertEquals(upTo(1_011).subList(999, 1_011), seqs(events));
      TransactionPosted last = (TransactionPosted) events.get(11).payload();
      assertEquals(large, "" + last.draft().metadata());
      assertNull(stream.poll(A_MOMENT));
    }
  }

  @Test
  public void oneBooksStreamIsSilentAboutOthers() throws Exception {
    openStandardBook();
    try (EventStream stream = ledger().subscribe(BOOK, 4)) {
      openStandardBook("other");
      assertNull(stream.poll(A_MOMENT));
    }
  }

  @Test
  public void thereIsNoGapOrDoubleAtTheSeamUnderConcurrentCommits() throws Exception {
    openStandardBook();
    int writers = 3;
    int postsPerWriter = 60;
    int last = 3 + writers * postsPerWriter;
    ExecutorService pool = Executors.newFixedThreadPool(writers + 4);
    CountDownLatch started = new CountDownLatch(writers);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int writer = 0; writer < writers; writer++) {
        List<TransactionDraft> drafts =
            moves(BOOK, "writer " + writer + " ", "income", "cash", postsPerWriter, "USD");
        running.add(
            pool.submit(
                () -> {
                  post(drafts.get(0));
                  started.countDown();
                  drafts.subList(1, drafts.size()).forEach(this::post);
                }));
      }
      List<Future<List<Event>>> readers = new ArrayList<>();
      for (int reader = 0; reader < 4; reader++) {
        long from = reader < 2 ? 1 : 10L * reader;
        readers.add(
            pool.submit(
                () -> {
                  assertTrue(started.await(20, TimeUnit.SECONDS));
                  try (EventStream before = ledger().subscribe(BOOK, 1)) {
                    next(before, (int) from - 1); // a cursor beyond the end would be an error
                  }
                  try (EventStream stream = ledger().subscribe(BOOK, from)) {
                    return next(stream, last - (int) from + 1);
                  }
                }));
      }
      for (Future<?> writer : running) {
        writer.get(60, TimeUnit.SECONDS);
      }
      List<Event> all = events(BOOK, last);
      assertEquals(upTo(last), seqs(all));
      for (int reader = 0; reader < readers.size(); reader++) {
        int from = reader < 2 ? 1 : 10 * reader;
        assertEquals(
            all.subList(from - 1, all.size()), readers.get(reader).get(60, TimeUnit.SECONDS));
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  public void aBurstArrivesInOrder() throws Exception {
    openStandardBook();
    try (EventStream stream = ledger().subscribe(BOOK, 4)) {
      List<CompletableFuture<Posted>> answers = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        answers.add(ledger().post(income("k" + i, 1)));
      }
      List<Event> events = next(stream, 100);
      assertEquals(upTo(103).subList(3, 103), seqs(events));
      for (CompletableFuture<Posted> answer : answers) {
        Posted posted = answer.join();
        Event event = events.get((int) posted.seq() - 4);
        assertEquals(posted.txId(), ((TransactionPosted) event.payload()).id());
        assertEquals(posted.at(), event.at());
      }
    }
  }

  @Test
  public void whatAStreamShowsIsThereForEveryRead() throws Exception {
    openStandardBook();
    try (EventStream stream = ledger().subscribe(BOOK, 4)) {
      for (int i = 1; i <= 20; i++) {
        CompletableFuture<Posted> answer = ledger().post(income("k" + i, 1));
        Event event = next(stream);
        assertEquals(minor(i), balance("cash"));
        assertEquals(
            event.seq(), ask().transaction(((TransactionPosted) event.payload()).id()).seq());
        answer.join();
      }
    }
  }

  @Test
  public void closingAStreamWakesItsReader() throws Exception {
    openStandardBook();
    EventStream stream = ledger().subscribe(BOOK, 4);
    AtomicBoolean waiting = new AtomicBoolean();
    CompletableFuture<Boolean> reader =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                waiting.set(true);
                return stream.poll(Duration.ofMinutes(5)) == null;
              } catch (InterruptedException e) {
                return false;
              }
            });
    while (!waiting.get()) {
      Thread.onSpinWait();
    }
    stream.close();
    assertTrue(reader.get(20, TimeUnit.SECONDS));
    stream.close();
    assertNull(stream.poll(A_MOMENT), "a closed stream has nothing to say");
  }
}
