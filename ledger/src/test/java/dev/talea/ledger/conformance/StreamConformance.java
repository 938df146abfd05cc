// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.conformance;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static dev.talea.ledger.conformance.Drafts.moves;
import static dev.talea.ledger.conformance.Drafts.withExtras;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Cut;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.AccountOpened;
import dev.talea.ledger.Event.AssetRegistered;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.EventStream;
import dev.talea.ledger.LedgerError.CursorBeyondEnd;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.LedgerStream;
import dev.talea.ledger.LedgerStream.Ended;
import dev.talea.ledger.LedgerStream.Happened;
import dev.talea.ledger.Limits;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.TransactionDraft;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Following one book or many: what is there, then what comes, without gap or double. */
abstract class StreamConformance extends ListingConformance {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
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

  // ---- many books

  /** What comes next of each book, as many as are wanted altogether. */
  private static Map<String, List<Long>> seqs(LedgerStream stream, int count) throws Exception {
    Map<String, List<Long>> seqs = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      Happened item = assertInstanceOf(Happened.class, stream.poll(PATIENCE));
      seqs.computeIfAbsent(item.book(), book -> new ArrayList<>()).add(item.event().seq());
    }
    return seqs;
  }

  @Test
  public void oneStreamFollowsEveryBookFromItsOwnSeq() throws Exception {
    openStandardBook();
    openStandardBook("another");
    Map<String, Long> seen = Map.of(DraftRules.SYSTEM_BOOK, 1L, "another", 2L, "later", 1L);
    try (LedgerStream stream = ledger().subscribe(null, Cut.of(seen))) {
      assertEquals(Map.of(BOOK, upTo(3), "another", List.of(3L)), seqs(stream, 4));
      assertNull(stream.poll(A_MOMENT), "nothing more has happened");
      post(income("live", 1));
      assertEquals(Map.of(BOOK, List.of(4L)), seqs(stream, 1));
      ask().openAccount(account("new", "first", "USD"));
      assertEquals(Map.of("new", List.of(1L)), seqs(stream, 1));
      ask().openAccount(account("later", "seen", "USD"));
      ask().openAccount(account("later", "new", "USD"));
      assertEquals(Map.of("later", List.of(2L)), seqs(stream, 1));
    }
  }

  @Test
  public void oneStreamFollowsTheBooksItIsToldTo() throws Exception {
    openStandardBook();
    openStandardBook("another");
    try (LedgerStream stream = ledger().subscribe(Set.of(BOOK, "not yet"), Cut.START)) {
      assertEquals(Map.of(BOOK, upTo(3)), seqs(stream, 3));
      post(move("another", "not wanted", "income", "cash", 1, "USD"));
      ask().openAccount(account("not yet", "first", "USD"));
      assertEquals(Map.of("not yet", List.of(1L)), seqs(stream, 1));
      assertNull(stream.poll(Duration.ZERO));
    }
  }

  @Test
  public void aBookWithAnotherHistoryEndsAlone() throws Exception {
    openStandardBook();
    openStandardBook("another");
    Map<String, Long> seen = Map.of(DraftRules.SYSTEM_BOOK, 1L, "another", 3L, BOOK, 7L);
    try (LedgerStream stream = ledger().subscribe(null, Cut.of(seen))) {
      assertEquals(new Ended(BOOK, new CursorBeyondEnd(3)), stream.poll(PATIENCE));
      post(income("of the book that has ended", 1));
      post(move("another", "k", "income", "cash", 1, "USD"));
      assertEquals(Map.of("another", List.of(4L)), seqs(stream, 1));
      assertNull(stream.poll(A_MOMENT));
    }
  }

  @Test
  public void aBookWithMuchToTellDoesNotKeepTheOthersWaiting() throws Exception {
    openStandardBook("another");
    openStandardBook();
    List<TransactionDraft> group = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      group.add(income("k" + i, 1));
    }
    ask().postAtomically(group);
    try (LedgerStream stream = ledger().subscribe(Set.of(BOOK, "another"), Cut.START)) {
      Map<String, List<Long>> first = seqs(stream, 300);
      assertEquals(upTo(3), first.get("another"), "after a page of the busy book at the latest");
      seqs(stream, 106);
      assertNull(stream.poll(Duration.ZERO));
    }
  }

  @Test
  public void aStreamOfManyBooksHasNoGapOrDoubleUnderConcurrentCommits() throws Exception {
    List<String> books = List.of("x", "y", "z");
    books.subList(0, 2).forEach(this::openStandardBook);
    int each = 60;
    ExecutorService pool = Executors.newFixedThreadPool(books.size());
    try (LedgerStream stream = ledger().subscribe(null, Cut.of(Map.of("y", 2L)))) {
      List<Future<?>> writers = new ArrayList<>();
      for (String book : books) {
        List<TransactionDraft> drafts = moves(book, "k", "income", "cash", each, "USD");
        writers.add(
            pool.submit(
                () -> {
                  openStandardBook(book); // which is new for the last one, and a no-op otherwise
                  drafts.forEach(this::post);
                }));
      }
      int last = 3 + each;
      Map<String, List<Event>> got = new TreeMap<>();
      for (int i = 0; i < 3 * last - 2 + 1; i++) {
        Happened item = assertInstanceOf(Happened.class, stream.poll(PATIENCE));
        got.computeIfAbsent(item.book(), book -> new ArrayList<>()).add(item.event());
      }
      assertNull(stream.poll(Duration.ZERO));
      for (Future<?> writer : writers) {
        writer.get(60, TimeUnit.SECONDS);
      }
      assertEquals(events("x", last), got.get("x"));
      assertEquals(events("y", last).subList(2, last), got.get("y"));
      assertEquals(events("z", last), got.get("z"));
      assertEquals(events(DraftRules.SYSTEM_BOOK, 1), got.get(DraftRules.SYSTEM_BOOK));
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  public void whatAStreamOfManyBooksHasSeenIsWhereTheNextOneGoesOn() throws Exception {
    openStandardBook();
    openStandardBook("another");
    Map<String, Long> seen = new TreeMap<>();
    for (int i = 0; i < 7; i++) {
      try (LedgerStream stream = ledger().subscribe(null, Cut.of(seen))) {
        Happened item = assertInstanceOf(Happened.class, stream.poll(PATIENCE));
        assertEquals(seen.getOrDefault(item.book(), 0L) + 1, item.event().seq());
        seen.put(item.book(), item.event().seq());
      }
      reopen();
    }
    assertEquals(Map.of(DraftRules.SYSTEM_BOOK, 1L, BOOK, 3L, "another", 3L), seen);
  }

  @Test
  public void aStreamOfNoBookIsSilentAndOneOfTooManyIsRefused() throws Exception {
    openStandardBook();
    try (LedgerStream stream = ledger().subscribe(Set.of(), Cut.START)) {
      assertNull(stream.poll(A_MOMENT));
    }
    Set<String> books = new HashSet<>();
    for (int i = 0; i < Limits.SUBSCRIPTION_BOOKS_MAX; i++) {
      books.add(i == 0 ? BOOK : "book " + i);
    }
    try (LedgerStream stream = ledger().subscribe(books, Cut.START)) {
      assertEquals(Map.of(BOOK, upTo(3)), seqs(stream, 3));
    }
    books.add("one more");
    assertInvalid("books", refusal(() -> ledger().subscribe(books, Cut.START)));
  }

  @Test
  public void closingAStreamOfManyBooksWakesItsReader() throws Exception {
    LedgerStream stream = ledger().subscribe(null, Cut.START);
    CompletableFuture<LedgerStream.Item> reader = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                reader.complete(stream.poll(Duration.ofMinutes(5)));
              } catch (InterruptedException | RuntimeException e) {
                reader.completeExceptionally(e);
              }
            });
    thread.start();
    while (thread.getState() != Thread.State.TIMED_WAITING && !reader.isDone()) {
      Thread.onSpinWait();
    }
    stream.close();
    assertNull(reader.get(20, TimeUnit.SECONDS));
    stream.close();
    assertNull(stream.poll(Duration.ZERO), "a closed stream has nothing to say");
  }
}
