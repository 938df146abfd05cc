// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.LedgerException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;

/**
 * Asks within one transaction that only looks, so that all answers are of one moment. What fails is
 * not tried again, and is said in full: the one who asks is the operator.
 *
 * <p>One thread at a time.
 */
final class SnapshotQuestions implements Questions {
  private final Connection connection;
  private final Runnable stillTheSame;

  /**
   * @param connection with autocommit off
   * @param stillTheSame throws {@link SqlStoreException} if what was answered may be of no moment
   */
  SnapshotQuestions(Connection connection, Runnable stillTheSame) {
    this.connection = connection;
    this.stillTheSame = stillTheSame;
  }

  @Override
  public synchronized <T> T ask(Question<T> question) {
    try {
      T answer = question.ask(connection);
      stillTheSame.run();
      return answer;
    } catch (LedgerException | SqlStoreException e) {
      throw e;
    } catch (DamagedRowException e) {
      stillTheSame.run();
      throw new SqlStoreException(String.valueOf(e.getMessage()), e);
    } catch (SQLException e) {
      stillTheSame.run();
      throw new SqlStoreException("The ledger cannot be read: " + SqlLedgerStore.reason(e), e);
    }
  }

  @Override
  public <T> T askRows(Question<T> question) {
    return ask(question);
  }

  @Override
  public <T> T askAsOf(Instant moment, Question<AsOf<T>> question) {
    return ask(question).answer();
  }
}
