// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.Store;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.conformance.Drafts;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Clients that post to a ledger whatever happens to its database: who is told that it is not
 * available comes again with the same draft. They remember every answer, and afterwards the ledger
 * is held against what they remember.
 */
final class Traffic implements AutoCloseable {
  static final List<String> BOOKS = List.of("b0", "b1", "b2");
  private static final List<String> PATHS = List.of("p0", "p1", "p2", "p3");
  private static final long ANSWER_SECONDS_MAX = 60;

  /** A commit that was acknowledged. */
  record Ack(TransactionDraft draft, Posted posted) {}

  private final List<Thread> threads = new ArrayList<>();
  private final Queue<Ack> acks = new ConcurrentLinkedQueue<>();
  private final Queue<String> faults = new ConcurrentLinkedQueue<>();
  private volatile boolean stopped;

  /** Starts so many clients of each of these. */
  Traffic(List<? extends Store> stores, int clients) {
    for (int s = 0; s < stores.size(); s++) {
      Store store = stores.get(s);
      for (int c = 0; c < clients; c++) {
        String name = s + "/" + c;
        threads.add(new Thread(() -> post(store, name), "client " + name));
      }
    }
    threads.forEach(Thread::start);
  }

  /** What the clients need to be there. */
  static void world(Store store) {
    store.registerAsset(Drafts.fiat("EUR")).join();
    for (String book : BOOKS) {
      for (String path : PATHS) {
        store.openAccount(Drafts.account(book, path, "EUR")).join();
      }
    }
  }

  private void post(Store store, String client) {
    Random random = new Random(client.hashCode());
    for (int i = 0; !stopped; i++) {
      TransactionDraft draft =
          Drafts.move(
              BOOKS.get(random.nextInt(BOOKS.size())),
              client + "/" + i,
              PATHS.get(random.nextInt(PATHS.size())),
              PATHS.get(random.nextInt(PATHS.size())),
              1 + random.nextInt(1000),
              "EUR");
      boolean first = true;
      while (!post(store, draft, first) && !stopped) {
        first = false;
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
    }
  }

  /** Whether there was a last word. */
  private boolean post(Store store, TransactionDraft draft, boolean first) {
    try {
      PostResult result =
          store
              .commit(draft.book(), List.of(draft), false)
              .get(ANSWER_SECONDS_MAX, TimeUnit.SECONDS)
              .get(0);
      if (!(result instanceof Posted posted)) {
        faults.add(draft + " was answered " + result);
      } else {
        if (first && posted.deduplicated()) {
          faults.add(draft + " was answered as if it had been there before: " + posted);
        }
        acks.add(new Ack(draft, posted));
      }
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof LedgerException ledger && ledger.error() instanceof Unavailable) {
        return false;
      }
      faults.add(draft + " failed: " + e.getCause());
    } catch (TimeoutException e) {
      faults.add(draft + " was not answered");
    } catch (InterruptedException e) {
      faults.add("interrupted");
    }
    return true;
  }

  /** What has been acknowledged so far. */
  List<Ack> acks() {
    return List.copyOf(acks);
  }

  /** Waits until so many more commits have been acknowledged. */
  void awaitMore(int count) throws InterruptedException {
    int enough = acks.size() + count;
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(ANSWER_SECONDS_MAX);
    while (acks.size() < enough) {
      if (System.nanoTime() > until || !faults.isEmpty()) {
        throw new AssertionError(
            "%d of %d commits, faults %s".formatted(acks.size(), enough, faults));
      }
      Thread.sleep(5);
    }
  }

  @Override
  public void close() {
    stopped = true;
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  /** Ends the traffic and audits the ledger through one of its stores. */
  void audit(Store store) {
    close();
    assertEquals(List.of(), List.copyOf(faults));
    assertTrue(!acks.isEmpty(), "nothing was acknowledged");
    audit(store, acks);
  }

  /**
   * Checks that seqs are dense, times in order, keys unique, balances and totals what the events
   * say, and everything acknowledged there as it was acknowledged.
   */
  static void audit(Store store, Iterable<Ack> acks) {
    Map<String, Map<String, Event>> byKey = new HashMap<>();
    for (String book : BOOKS) {
      byKey.put(book, audit(store, book));
    }
    for (Ack ack : acks) {
      Event event = byKey.getOrDefault(ack.draft.book(), Map.of()).get(ack.draft.idempotencyKey());
      assertNotNull(event, () -> "lost: " + ack);
      assertEquals(ack.posted.seq(), event.seq(), ack::toString);
      assertEquals(ack.posted.at(), event.at(), ack::toString);
      assertEquals(new TransactionPosted(ack.posted.txId(), ack.draft), event.payload());
    }
  }

  /** All events of a book. */
  static List<Event> events(Store store, String book) {
    List<Event> events = new ArrayList<>();
    List<Event> page;
    do {
      page = store.reads().events(book, events.size(), 1_000, 1 << 20);
      events.addAll(page);
    } while (!page.isEmpty());
    return events;
  }

  private static Map<String, Event> audit(Store store, String book) {
    Map<String, Event> byKey = new HashMap<>();
    Map<String, BigInteger> balances = new HashMap<>();
    PATHS.forEach(path -> balances.put(path, BigInteger.ZERO));
    BigInteger total = BigInteger.ZERO;
    List<Event> events = events(store, book);
    Instant last = Instant.MIN;
    for (int i = 0; i < events.size(); i++) {
      Event event = events.get(i);
      assertEquals(i + 1, event.seq(), "a gap in " + book);
      assertFalse(event.at().isBefore(last), () -> "time went back: " + event);
      last = event.at();
      if (event.payload() instanceof TransactionPosted posted) {
        Event before = byKey.put(posted.draft().idempotencyKey(), event);
        assertNull(before, () -> "posted twice: " + before + " and " + event);
        for (Posting posting : posted.draft().postings()) {
          BigInteger minor = posting.minor().toBigInteger();
          boolean debit = posting.direction() == Side.DEBIT;
          balances.merge(posting.account(), debit ? minor : minor.negate(), BigInteger::add);
          total = debit ? total.add(minor) : total;
        }
      }
    }
    assertEquals(events.size(), store.reads().lastSeq(book));
    balances.forEach(
        (path, balance) ->
            assertEquals(
                Int128.of(balance),
                store.reads().balance(new AccountId(book, path), null).effective(),
                () -> book + "/" + path));
    BigInteger expected = total;
    store
        .reads()
        .trialBalance(book, null)
        .lines()
        .forEach(
            line -> {
              assertEquals(expected, line.debits());
              assertEquals(expected, line.credits());
            });
    return byKey;
  }

  /** The error of a call that must fail with one. */
  static @Nullable Object errorOf(Runnable call) {
    try {
      call.run();
      return null;
    } catch (LedgerException e) {
      return e.error();
    } catch (java.util.concurrent.CompletionException e) {
      return e.getCause() instanceof LedgerException ledger ? ledger.error() : e.getCause();
    }
  }
}
