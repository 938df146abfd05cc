// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.Overloaded;
import dev.talea.ledger.LedgerError.Stale;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.net.HttpResponse;
import dev.talea.projections.ProjectionException;
import dev.talea.projections.TargetException;
import dev.talea.server.projections.ProjectionService;
import dev.talea.server.settings.Setting;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

/**
 * What the answers about projections and those from their tables have in common: they wait until a
 * projection has come to a seq, where that is asked for, and say in words what a target or an
 * engine refuses. Apart from the two classes of routes, which differ in whom they let in.
 *
 * <p>Called on event loops; the target is asked on threads of its own.
 */
final class ProjectionAnswers {
  private final Executor threads;

  /**
   * @param threads on which the target is waited for
   */
  ProjectionAnswers(Executor threads) {
    this.threads = threads;
  }

  /**
   * What a caller waits for.
   *
   * @param minSeq 0 for nothing
   */
  record Wanted(long minSeq, Duration most) {
    static Wanted of(Call call) {
      Query query = call.query();
      return new Wanted(query.cursor("min_seq", 0), query.shortWait("wait"));
    }
  }

  /** Answers, once a projection has come as far as is wanted in the book. */
  void whenReached(
      Call call,
      Wanted wanted,
      ProjectionService service,
      String projection,
      String book,
      Supplier<HttpResponse> answer) {
    if (wanted.minSeq == 0) {
      call.when(asked(answer), call::respond);
      return;
    }
    Runnable goOn = call.waits();
    CompletableFuture<HttpResponse> reached =
        service
            .await(projection, book, wanted.minSeq, wanted.most, threads)
            .thenCompose(
                seq -> {
                  if (seq < wanted.minSeq) {
                    throw new LedgerException(new Stale(projection, seq));
                  }
                  return asked(answer);
                });
    call.when(
        reached.exceptionallyCompose(e -> CompletableFuture.failedFuture(inWords(e))),
        response -> {
          call.respond(response);
          goOn.run();
        },
        failure -> {
          call.failure(failure);
          goOn.run();
        });
  }

  /** Asks on a thread that may wait. */
  <T> CompletableFuture<T> asked(Supplier<T> question) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return question.get();
          } catch (TargetException | ProjectionException e) {
            throw inWords(e);
          }
        },
        threads);
  }

  private static RuntimeException inWords(Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof TargetException) {
      String words = cause.getMessage() + "; see " + Setting.PROJECTION_DB_URL.variable();
      return new LedgerException(new Unavailable(words), cause);
    }
    if (cause instanceof ProjectionException e) {
      return new LedgerException(new InvalidDraft("projection", ProjectionService.inWords(e)), e);
    }
    if (cause instanceof RejectedExecutionException) {
      return new LedgerException(new Overloaded(Overloaded.Limit.ADMISSION), cause);
    }
    return cause instanceof RuntimeException known ? known : new CompletionException(cause);
  }
}
