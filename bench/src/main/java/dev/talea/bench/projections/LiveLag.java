// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.projections;

import dev.talea.bench.baseline.Measured;
import dev.talea.bench.embedded.EmbeddedLedger;
import dev.talea.bench.embedded.Load;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.Store;
import dev.talea.ledger.TransactionDraft;
import dev.talea.projections.ProjectionEngine;
import dev.talea.projections.ProjectionTarget;
import dev.talea.projections.StoreSource;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * How long after its acknowledgement a transaction is in the tables, while transactions come at a
 * constant rate, by the clock and whatever the ledger answers. For one thread, which sends; the
 * ledger's and the engine's complete.
 */
public final class LiveLag {
  /** So often drafts are sent, all that are due at once, and the last of them is waited for. */
  private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long NANOS_MAX = TimeUnit.MINUTES.toNanos(2);

  private LiveLag() {}

  /**
   * Measures.
   *
   * @param ledger with a load prepared, in whose book 0 the transactions {@code from} and later are
   *     not posted yet
   * @param perSecond transactions
   * @return transactions sent, and for the last one of each hundredth of a second its lag
   */
  public static Measured run(
      EmbeddedLedger ledger,
      Load load,
      long from,
      Database database,
      Subject subject,
      double perSecond,
      double warmUpSeconds,
      double seconds)
      throws IOException {
    CatchUp catchUp = new CatchUp(ledger.store().reads(), database, subject);
    try (ProjectionTarget target = database.fresh();
        ProjectionEngine engine = catchUp.engine(new StoreSource(ledger.store().reads()), target)) {
      engine.start();
      String book = Load.book(0);
      catchUp.reach(engine, book, ledger.store().reads().lastSeq(book));
      return new Turn(ledger.store(), engine, subject, load, from)
          .run(perSecond, warmUpSeconds, seconds);
    }
  }

  private static final class Turn {
    private final Store store;
    private final ProjectionEngine engine;
    private final Subject subject;
    private final Load load;
    private final long from;
    private final Histogram lags = new ConcurrentHistogram(NANOS_MAX, 3);
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final List<CompletableFuture<?>> last = new ArrayList<>();

    Turn(Store store, ProjectionEngine engine, Subject subject, Load load, long from) {
      this.store = store;
      this.engine = engine;
      this.subject = subject;
      this.load = load;
      this.from = from;
    }

    Measured run(double perSecond, double warmUpSeconds, double seconds) throws IOException {
      long began = System.nanoTime();
      long counted = began + (long) (warmUpSeconds * 1e9);
      long end = counted + (long) (seconds * 1e9);
      long sent = 0;
      for (long due = began; due < end && failure.get() == null; due += PERIOD_NANOS) {
        while (System.nanoTime() < due) {
          LockSupport.parkNanos(due - System.nanoTime());
        }
        long until = (long) ((due - began) / 1e9 * perSecond) + 1;
        List<TransactionDraft> drafts = new ArrayList<>();
        while (sent < until) {
          drafts.add(load.draft(from + sent * load.books()));
          sent++;
        }
        if (!drafts.isEmpty()) {
          send(drafts, due >= counted);
        }
      }
      for (CompletableFuture<?> one : last) {
        one.join();
      }
      Throwable why = failure.get();
      if (why != null) {
        throw new IOException("the lag of " + subject + " could not be measured", why);
      }
      Histogram copy = Measured.histogram();
      copy.add(lags);
      return new Measured(sent, 0, warmUpSeconds + seconds, copy);
    }

    private void send(List<TransactionDraft> drafts, boolean counts) {
      last.removeIf(CompletableFuture::isDone);
      last.add(
          store
              .commit(drafts.get(0).book(), drafts, false)
              .thenCompose(results -> applied(results, counts))
              .exceptionally(
                  why -> {
                    failure.compareAndSet(null, why);
                    return null;
                  }));
    }

    private CompletableFuture<@Nullable Void> applied(List<PostResult> results, boolean counts) {
      long acknowledged = System.nanoTime();
      PostResult end = results.get(results.size() - 1);
      if (!(end instanceof PostResult.Posted posted)) {
        throw new IllegalStateException("a draft of the load was refused: " + end);
      }
      long seq = posted.seq();
      return engine
          .await(subject.toString(), Load.book(0), seq, PATIENCE)
          .thenAccept(
              reached -> {
                if (reached < seq) {
                  throw new IllegalStateException(
                      "%s had come to %d, not to %d, after %s"
                          .formatted(subject, reached, seq, PATIENCE));
                }
                if (counts) {
                  lags.recordValue(Math.min(NANOS_MAX, System.nanoTime() - acknowledged));
                }
              });
    }
  }
}
