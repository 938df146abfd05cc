// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.Outage;
import java.sql.SQLException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Asks whether a database answers, and waits for a second at most: a database that is silent keeps
 * the thread that asks it for longer than the one who wants to know can wait. A question that is
 * still open is waited for again; there is never more than one.
 *
 * <p>Any thread; each question has a thread of its own.
 */
final class BoundedQuestion {
  private static final long WAIT_MILLIS = 1_000;

  /** Asks; throws if the answer is not the one that is expected. */
  interface Question {
    void ask() throws SQLException;
  }

  private final Question question;
  private final StoreTime time;

  /** Guarded by this. */
  private @Nullable FutureTask<@Nullable Throwable> open;

  BoundedQuestion(Question question, StoreTime time) {
    this.question = question;
    this.time = time;
  }

  /** Null if all is well. */
  @Nullable Outage ask() {
    FutureTask<@Nullable Throwable> task = task();
    try {
      Throwable failure = task.get(WAIT_MILLIS, TimeUnit.MILLISECONDS);
      if (failure == null) {
        return null;
      }
      Outage outage = Outages.ofWrite(failure);
      return outage != null ? outage : silent();
    } catch (TimeoutException | ExecutionException e) {
      return silent();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return silent();
    }
  }

  private static Outage silent() {
    return Outage.of(Outage.Cause.DATABASE, "the database does not answer within a second");
  }

  private synchronized FutureTask<@Nullable Throwable> task() {
    FutureTask<@Nullable Throwable> before = open;
    if (before != null && !before.isDone()) {
      return before;
    }
    FutureTask<@Nullable Throwable> task = new FutureTask<>(this::failure);
    open = task;
    Thread thread = time.thread(task, "talea-sql-check");
    thread.setDaemon(true);
    thread.start();
    return task;
  }

  private @Nullable Throwable failure() {
    try {
      question.ask();
      return null;
    } catch (SQLException | RuntimeException e) {
      return e;
    }
  }
}
