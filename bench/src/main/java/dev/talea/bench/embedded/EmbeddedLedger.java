// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.embedded;

import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.ledger.Account;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.Store;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.service.LedgerService;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A ledger in this process under default settings, and the ways a load gets into it. Any thread may
 * call.
 */
public final class EmbeddedLedger implements AutoCloseable {

  /**
   * Drafts that may wait for one book: what the default queue takes. More would be refused, which
   * is the caller's business to avoid.
   */
  public static final int OUTSTANDING_DRAFTS_MAX = LogStoreSettings.DEFAULTS.writeQueueDepth();

  private static final int OPENINGS_OUTSTANDING_MAX = 1000;

  private final Store store;
  private final SyncMeter meter;

  private EmbeddedLedger(Store store, SyncMeter meter) {
    this.store = store;
    this.meter = meter;
  }

  /** Opens the ledger in a folder, creating it if it is not there. */
  public static EmbeddedLedger open(Path directory) {
    SyncMeter meter = new SyncMeter();
    return new EmbeddedLedger(
        LogLedgerStore.open(directory, LogStoreSettings.DEFAULTS, meter), meter);
  }

  /** The store itself. */
  public Store store() {
    return store;
  }

  /** The face of the library for a caller who waits for each answer. */
  public BlockingLedger blocking() {
    return new BlockingLedger(new LedgerService(store, Runnable::run));
  }

  /** What its writers put on disk. */
  public SyncMeter.Sums sums() {
    return meter.sums();
  }

  /** Registers the asset and opens all accounts of a load; what is there already stays. */
  public void prepare(Load load) {
    store.registerAsset(Load.asset()).join();
    Pipeline pipeline = new Pipeline(OPENINGS_OUTSTANDING_MAX);
    for (int book = 0; book < load.books(); book++) {
      for (Account account : load.accounts(book)) {
        pipeline.send(1, () -> store.openAccount(account));
      }
    }
    pipeline.await();
  }

  /** Posts one transaction; completes when it is on disk. */
  public CompletableFuture<List<PostResult>> post(TransactionDraft draft) {
    return store.commit(draft.book(), List.of(draft), false);
  }

  /**
   * Posts the transactions from..to-1 of a load as fast as they go in, and returns when the last
   * one is on disk.
   *
   * @param draftsPerCommit how many of a book are handed over in one call
   * @throws IllegalStateException if one was refused
   */
  public void load(Load load, long from, long to, int draftsPerCommit) {
    Pipeline pipeline = new Pipeline(OUTSTANDING_DRAFTS_MAX);
    long perRound = (long) draftsPerCommit * load.books();
    for (long begin = from; begin < to; begin += perRound) {
      long end = Math.min(begin + perRound, to);
      for (int book = 0; book < load.books(); book++) {
        List<TransactionDraft> drafts = new ArrayList<>(draftsPerCommit);
        for (long n = begin + book; n < end; n += load.books()) {
          drafts.add(load.draft(n));
        }
        if (!drafts.isEmpty()) {
          pipeline.send(drafts.size(), () -> posted(store, drafts));
        }
      }
    }
    pipeline.await();
  }

  /** Commits drafts of one book, all of which must be accepted. */
  static CompletableFuture<List<PostResult>> posted(Store store, List<TransactionDraft> drafts) {
    return store
        .commit(drafts.get(0).book(), drafts, false)
        .thenApply(
            results -> {
              for (PostResult result : results) {
                if (!(result instanceof Posted)) {
                  throw new IllegalStateException("a draft of the load was refused: " + result);
                }
              }
              return results;
            });
  }

  @Override
  public void close() {
    store.close();
  }

  /** Keeps a number of things under way and remembers the first failure. For one sending thread. */
  static final class Pipeline {
    private final int room;
    private final Semaphore free;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    Pipeline(int room) {
      this.room = room;
      this.free = new Semaphore(room);
    }

    /** Something that completes later. */
    interface Sent {
      CompletableFuture<?> send();
    }

    void send(int weight, Sent sent) {
      int taken = Math.min(weight, room);
      free.acquireUninterruptibly(taken);
      check();
      var unused =
          sent.send()
              .whenComplete(
                  (answer, why) -> {
                    if (why != null) {
                      failure.compareAndSet(null, why);
                    }
                    free.release(taken);
                  });
    }

    void await() {
      free.acquireUninterruptibly(room);
      free.release(room);
      check();
    }

    private void check() {
      Throwable why = failure.get();
      if (why != null) {
        throw new IllegalStateException("the ledger did not take the load", why);
      }
    }
  }
}
