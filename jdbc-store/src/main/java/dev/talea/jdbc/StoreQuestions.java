// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.Micros;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Instant;
import java.util.function.LongConsumer;

/**
 * Asks the database of a store: on a connection of the question's own, again where that may help,
 * and with what went wrong in the ledger's words. The one way of all its reads, so that none can
 * forget a part of it.
 *
 * <p>Any thread, which waits for the database.
 */
final class StoreQuestions implements Questions {
  /** After a failover every connection that lay ready is broken, the next one may be too. */
  private static final int ATTEMPTS = 3;

  private final Connections connections;
  private final HealthKeeper keeper;
  private final LongConsumer answeredAsOf;

  /**
   * @param keeper is told of what failed for good
   * @param answeredAsOf is told of moments, in microseconds, that groups must come after
   */
  StoreQuestions(Connections connections, HealthKeeper keeper, LongConsumer answeredAsOf) {
    this.connections = connections;
    this.keeper = keeper;
    this.answeredAsOf = answeredAsOf;
  }

  @Override
  public <T> T ask(Question<T> question) {
    for (int attempt = 1; ; attempt++) {
      SqlFailure failure;
      Throwable cause;
      try (Connection connection = connections.reader()) {
        T answer = question.ask(connection);
        connections.succeeded();
        return answer;
      } catch (SQLException | SqlStoreException | DamagedRowException e) {
        failure = SqlFailure.of(e);
        cause = e;
      }
      connections.failed(failure, cause);
      // Without a connection in time, another attempt would only wait as long again.
      if (failure != SqlFailure.PASSING || attempt == ATTEMPTS || waited(cause)) {
        keeper.readFailed(cause);
        throw failure.exception(cause);
      }
    }
  }

  /** For a connection, or as long as the database lets a statement or a lock take. */
  private static boolean waited(Throwable cause) {
    return cause instanceof SQLTransientConnectionException || SqlFailure.isTimeLimit(cause);
  }

  @Override
  public <T> T askRows(Question<T> question) {
    return ask(
        connection -> {
          connection.setAutoCommit(false);
          try {
            T answer = question.ask(connection);
            connection.commit();
            return answer;
          } finally {
            connection.setAutoCommit(true);
          }
        });
  }

  /**
   * An answer as of a moment that never changes once the moment has passed. Commit times of a book
   * rise with each group, so a moment before the last commit is settled. Otherwise a group with an
   * earlier commit time may be on its way: it is waited for, and the question is asked again. Every
   * later group reads the clock after that, and so comes later than the moment unless the moment
   * lies in the future; for a clock that is set back meanwhile, the moment is remembered.
   */
  @Override
  public <T> T askAsOf(Instant moment, Question<AsOf<T>> question) {
    long micros = Micros.floor(moment);
    AsOf<T> first = ask(question);
    if (micros < first.lastAt() || first.bookId() == 0) {
      return first.answer();
    }
    long now = ask(connection -> connections.awaitGroup(connection, first.bookId()));
    answeredAsOf.accept(Math.min(micros, now));
    return ask(question).answer();
  }
}
