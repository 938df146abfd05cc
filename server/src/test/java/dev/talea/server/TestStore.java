// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import dev.talea.ledger.Event;
import dev.talea.ledger.ForwardingStore;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Outage;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.StoreReader;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.conformance.ForwardingReader;
import dev.talea.ledger.conformance.InMemoryStore;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The model store with a hand on it: commits can be held back and let go, refused, or made to fail,
 * and so can reads of events. Everything else is as the model does it.
 */
public final class TestStore extends ForwardingStore {
  private final Semaphore held = new Semaphore(0);
  private final AtomicInteger waiting = new AtomicInteger();
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private volatile @Nullable RuntimeException commitFailure;
  private volatile @Nullable RuntimeException eventsFailure;
  private volatile Supplier<@Nullable Outage> check = super::check;
  private volatile int clocksAccepted;
  private volatile boolean closed;
  private final StoreReader reads = new Reads(super.reads());

  public TestStore() {
    super(new InMemoryStore());
  }

  /** From now on commits wait for {@link #release}. */
  void hold() {
    gate = new CountDownLatch(1);
  }

  /** Lets everything go that is held, and holds no more. */
  void release() {
    gate.countDown();
  }

  /** Waits until so many commits are held. */
  void awaitHeld(int count) throws InterruptedException {
    held.acquire(count);
  }

  int waiting() {
    return waiting.get();
  }

  /** Refuses commits like this; null for no more. */
  void refuseCommits(@Nullable LedgerError error) {
    commitFailure = error == null ? null : new LedgerException(error);
  }

  /** Fails commits like this. */
  void failCommits(RuntimeException failure) {
    commitFailure = failure;
  }

  /** Fails reads of events like this; null for no more. */
  void failEvents(@Nullable RuntimeException failure) {
    eventsFailure = failure;
  }

  /** From now on the store is asked whether it is ready by calling this. */
  public void answerChecks(Supplier<@Nullable Outage> answer) {
    check = answer;
  }

  @Override
  public @Nullable Outage check() {
    return check.get();
  }

  public int clocksAccepted() {
    return clocksAccepted;
  }

  @Override
  @SuppressWarnings("NonAtomicVolatileUpdate") // one caller at a time
  public void acceptClock() {
    clocksAccepted++;
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public String backend() {
    return "log";
  }

  @Override
  public CompletableFuture<List<PostResult>> commit(
      String book, List<TransactionDraft> drafts, boolean atomic) {
    RuntimeException failure = commitFailure;
    if (failure != null) {
      return CompletableFuture.failedFuture(failure);
    }
    CountDownLatch hold = gate;
    if (hold.getCount() == 0) {
      return super.commit(book, drafts, atomic);
    }
    CompletableFuture<List<PostResult>> answer = new CompletableFuture<>();
    waiting.incrementAndGet();
    Thread waiter =
        new Thread(
            () -> {
              try {
                held.release();
                hold.await();
                answer.complete(super.commit(book, drafts, atomic).join());
              } catch (InterruptedException | RuntimeException e) {
                answer.completeExceptionally(e);
              } finally {
                waiting.decrementAndGet();
              }
            },
            "held-commit");
    waiter.setDaemon(true);
    waiter.start();
    return answer;
  }

  private final class Reads extends ForwardingReader {
    Reads(StoreReader reads) {
      super(reads);
    }

    @Override
    public List<Event> events(String book, long afterSeq, int limit, int bytesMax) {
      RuntimeException failure = eventsFailure;
      if (failure != null) {
        throw failure;
      }
      return super.events(book, afterSeq, limit, bytesMax);
    }
  }

  @Override
  public StoreReader reads() {
    return reads;
  }

  @Override
  public void close() {
    closed = true;
    super.close();
  }
}
