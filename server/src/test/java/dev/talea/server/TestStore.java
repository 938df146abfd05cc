package dev.talea.server;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.Asset;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.Event;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.Store;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TrialBalance;
import dev.talea.ledger.conformance.InMemoryStore;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The model store with a hand on it: commits can be held back and let go, refused, or made to fail,
 * and so can reads of events. Everything else is as the model does it.
 */
final class TestStore implements Store {
  private final InMemoryStore model = new InMemoryStore();
  private final Semaphore held = new Semaphore(0);
  private final AtomicInteger waiting = new AtomicInteger();
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private volatile @Nullable RuntimeException commitFailure;
  private volatile @Nullable RuntimeException eventsFailure;
  private volatile boolean closed;

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
      return model.commit(book, drafts, atomic);
    }
    CompletableFuture<List<PostResult>> answer = new CompletableFuture<>();
    waiting.incrementAndGet();
    Thread waiter =
        new Thread(
            () -> {
              try {
                held.release();
                hold.await();
                answer.complete(model.commit(book, drafts, atomic).join());
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

  @Override
  public List<Event> events(String book, long afterSeq, int limit, int bytesMax) {
    RuntimeException failure = eventsFailure;
    if (failure != null) {
      throw failure;
    }
    return model.events(book, afterSeq, limit, bytesMax);
  }

  @Override
  public CompletableFuture<Void> registerAsset(Asset asset) {
    return model.registerAsset(asset);
  }

  @Override
  public CompletableFuture<Void> openAccount(Account account) {
    return model.openAccount(account);
  }

  @Override
  public BalanceView balance(AccountId account, @Nullable Instant asOf) {
    return model.balance(account, asOf);
  }

  @Override
  public HistoryPage history(AccountId account, long afterSeq, int limit) {
    return model.history(account, afterSeq, limit);
  }

  @Override
  public @Nullable TransactionView transaction(UUID txId) {
    return model.transaction(txId);
  }

  @Override
  public TrialBalance trialBalance(String book, @Nullable Instant asOf) {
    return model.trialBalance(book, asOf);
  }

  @Override
  public long lastSeq(String book) {
    return model.lastSeq(book);
  }

  @Override
  public Watch watch(String book, Runnable onAdvance) {
    return model.watch(book, onAdvance);
  }

  @Override
  public void close() {
    closed = true;
    model.close();
  }
}
