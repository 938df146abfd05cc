// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Outage;
import dev.talea.ledger.Store;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows whether requests had better go elsewhere. Asks the store at most once a second, on a thread
 * of its own, and gives all who ask meanwhile the same answer; a store that does not answer within
 * a bound is one that requests should not go to.
 *
 * <p>Apart from the routes because the question may hang as long as a disk or a database does, and
 * nothing else may hang with it. Any thread may ask.
 */
final class Readiness {
  private static final Logger LOG = LoggerFactory.getLogger(Readiness.class);

  private static final Outage SILENT =
      Outage.of(Outage.Cause.FAULT, "the store does not answer the question whether it is there");

  private final Store store;
  private final boolean strict;
  private final Executor thread;
  private final LongSupplier nanoClock;
  private final long freshNanos;
  private final Duration patience;
  private final AtomicReference<@Nullable Look> last = new AtomicReference<>();
  private final AtomicReference<@Nullable Outage> told = new AtomicReference<>();

  /** A question to the store: when it was asked, and its answer when that comes. */
  private record Look(long askedNanos, CompletableFuture<Optional<Outage>> answer) {}

  /**
   * How things stand.
   *
   * @param outage why requests had better go elsewhere; null if they may come
   * @param booksDown books that take no writes, at this moment
   */
  record State(@Nullable Outage outage, int booksDown) {}

  /**
   * @param strict whether one book that takes no writes is enough
   * @param thread runs the question, which may block
   * @param fresh for how long an answer is given again
   * @param patience how long an answer is waited for
   */
  Readiness(
      Store store,
      boolean strict,
      Executor thread,
      LongSupplier nanoClock,
      Duration fresh,
      Duration patience) {
    this.store = store;
    this.strict = strict;
    this.thread = thread;
    this.nanoClock = nanoClock;
    this.freshNanos = fresh.toNanos();
    this.patience = patience;
  }

  /** How things stand, within the patience; never fails. */
  CompletableFuture<State> state() {
    long now = nanoClock.getAsLong();
    Look known = last.get();
    while (known == null || isStale(known, now)) {
      Look next = new Look(now, new CompletableFuture<>());
      if (last.compareAndSet(known, next)) {
        ask(next);
        known = next;
      } else {
        known = last.get();
      }
    }
    return known
        .answer
        .copy()
        .completeOnTimeout(Optional.of(SILENT), patience.toNanos(), TimeUnit.NANOSECONDS)
        .thenApply(
            outage -> new State(noted(outage.orElse(null)), store.reads().health().booksDown()));
  }

  /** One that is still under way is waited for, however old it is: another would hang as well. */
  private boolean isStale(Look look, long now) {
    return look.answer.isDone() && now - look.askedNanos > freshNanos;
  }

  private void ask(Look look) {
    try {
      thread.execute(() -> look.answer.complete(Optional.ofNullable(look())));
    } catch (RejectedExecutionException e) {
      look.answer.complete(Optional.of(Outage.of(Outage.Cause.CLOSED, "the daemon is stopping")));
    }
  }

  private @Nullable Outage look() {
    Outage outage;
    try {
      outage = store.check();
    } catch (LedgerException e) {
      outage = Outage.of(Outage.Cause.FAULT, "the store answers " + e.error().code());
    } catch (RuntimeException e) {
      LOG.error("Asking the store whether it is ready failed", e);
      outage = Outage.of(Outage.Cause.FAULT, LedgerErrors.INTERNAL_MESSAGE);
    }
    return outage == null && strict
        ? store.reads().health().books().values().stream().findAny().orElse(null)
        : outage;
  }

  /** Leaves a line in the log when it changes. */
  private @Nullable Outage noted(@Nullable Outage now) {
    Outage before = told.getAndSet(now);
    if (now != null && before == null) {
      LOG.warn("not ready for requests ({}): {}", now.cause().label(), now.detail());
    } else if (now == null && before != null) {
      LOG.info("ready for requests again");
    }
    return now;
  }
}
