// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.metrics;

import dev.talea.ledger.ForwardingStore;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.Overloaded;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.Store;
import dev.talea.ledger.TransactionDraft;
import dev.talea.server.metrics.Metrics.Outcome;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A store that counts and times the commits that pass through it on their way to another. Separate
 * so that neither the routes nor the stores know of metrics, and every store is counted alike.
 *
 * <p>Any thread may call.
 */
public final class MeteredStore extends ForwardingStore {
  private final Metrics metrics;
  private final LongSupplier nanoClock;

  /** Commits under way per book; a book without any has no entry. */
  private final Map<String, Integer> commitsOfBook = new ConcurrentHashMap<>();

  public MeteredStore(Store store, Metrics metrics, LongSupplier nanoClock) {
    super(store);
    this.metrics = metrics;
    this.nanoClock = nanoClock;
  }

  @Override
  public CompletableFuture<List<PostResult>> commit(
      String book, List<TransactionDraft> drafts, boolean atomic) {
    long start = nanoClock.getAsLong();
    begin(book, drafts.size());
    CompletableFuture<List<PostResult>> answer;
    try {
      answer = super.commit(book, drafts, atomic);
    } catch (RuntimeException | Error e) {
      end(book, drafts.size(), start, null, e);
      throw e;
    }
    // What the caller chains runs after the counting, so a scrape after an answer includes it.
    return answer.whenComplete(
        (results, failure) -> end(book, drafts.size(), start, results, failure));
  }

  private void begin(String book, int drafts) {
    metrics.draftsHandedOver(drafts);
    commitsOfBook.compute(
        book,
        (name, running) -> {
          if (running == null) {
            metrics.bookBecameActive();
          }
          return running == null ? 1 : running + 1;
        });
  }

  private void end(
      String book,
      int drafts,
      long start,
      @Nullable List<PostResult> results,
      @Nullable Throwable failure) {
    metrics.draftsAnswered(drafts, nanoClock.getAsLong() - start);
    commitsOfBook.compute(
        book,
        (name, running) -> {
          if (running == null || running == 1) {
            metrics.bookBecameIdle();
            return null;
          }
          return running - 1;
        });
    if (results != null) {
      count(results);
    } else if (failure != null) {
      metrics.results(refusal(LedgerErrors.of(failure)), drafts);
    }
  }

  private void count(List<PostResult> results) {
    int committed = 0;
    int deduplicated = 0;
    int rejected = 0;
    int overloaded = 0;
    for (PostResult result : results) {
      if (result instanceof Posted posted) {
        committed += posted.deduplicated() ? 0 : 1;
        deduplicated += posted.deduplicated() ? 1 : 0;
      } else if (((Refused) result).error() instanceof Overloaded) {
        overloaded++;
      } else {
        rejected++;
      }
    }
    metrics.results(Outcome.COMMITTED, committed);
    metrics.results(Outcome.DEDUPLICATED, deduplicated);
    metrics.results(Outcome.REJECTED, rejected);
    metrics.results(Outcome.OVERLOADED, overloaded);
  }

  private static Outcome refusal(LedgerError error) {
    return error instanceof Overloaded ? Outcome.OVERLOADED : Outcome.REJECTED;
  }
}
