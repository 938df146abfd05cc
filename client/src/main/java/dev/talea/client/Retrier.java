// SPDX-License-Identifier: Apache-2.0
package dev.talea.client;

import dev.talea.ledger.LedgerException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tries something until it is done, is refused for good, or the policy has no more tries.
 *
 * <p>Stateless beyond its parts; any thread. Separate from the client so that what a try is (a
 * request, or what is left of a batch) and when there is another one do not mix.
 */
final class Retrier {
  /** What became of one try. */
  sealed interface Outcome<T> {
    /** That is the answer. */
    record Done<T>(T answer) implements Outcome<T> {}

    /**
     * Worth another try.
     *
     * @param why what the caller is told if there is none
     * @param retryAfter how long the server asks to be left alone, or null
     * @param fallback if not null, this is the answer if there is no further try, instead of {@code
     *     why}
     */
    record Again<T>(LedgerException why, @Nullable Duration retryAfter, @Nullable T fallback)
        implements Outcome<T> {}
  }

  private final RetryPolicy policy;
  private final Surroundings surroundings;

  Retrier(RetryPolicy policy, Surroundings surroundings) {
    this.policy = policy;
    this.surroundings = surroundings;
  }

  /**
   * Runs tries one after the other.
   *
   * @param attempt makes one try; a future that fails is a refusal for good
   */
  <T> CompletableFuture<T> run(Supplier<CompletableFuture<Outcome<T>>> attempt) {
    return run(1, attempt);
  }

  private <T> CompletableFuture<T> run(
      int number, Supplier<CompletableFuture<Outcome<T>>> attempt) {
    return attempt.get().thenCompose(outcome -> next(number, attempt, outcome));
  }

  private <T> CompletableFuture<T> next(
      int number, Supplier<CompletableFuture<Outcome<T>>> attempt, Outcome<T> outcome) {
    if (outcome instanceof Outcome.Done<T> done) {
      return CompletableFuture.completedFuture(done.answer());
    }
    Outcome.Again<T> again = (Outcome.Again<T>) outcome;
    Duration delay =
        number < policy.attempts()
            ? policy.delayAfter(number, again.retryAfter(), surroundings.random())
            : null;
    if (delay != null) {
      return surroundings.after(delay).thenCompose(waited -> run(number + 1, attempt));
    }
    return again.fallback() != null
        ? CompletableFuture.completedFuture(again.fallback())
        : CompletableFuture.failedFuture(again.why());
  }
}
