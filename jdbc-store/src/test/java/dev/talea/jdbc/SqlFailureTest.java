// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.net.UnknownHostException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the errors of a PostgreSQL server lead to, by their SQLSTATE. */
class SqlFailureTest {
  @ParameterizedTest
  @CsvSource({
    // state, failure, other connections are suspect, a pooler is
    "08006, PASSING, true, false",
    "57P01, PASSING, true, false",
    "40001, PASSING, false, false",
    "40P01, PASSING, false, false",
    "53300, PASSING, false, false",
    "55P03, PASSING, false, false",
    "26000, PASSING, true, true",
    "42P05, PASSING, true, true",
    "53100, LASTING, false, false",
    "28P01, LASTING, false, false",
    "3D000, LASTING, false, false",
    "25006, LASTING, true, false",
    "42501, LASTING, false, false",
    "XX001, LASTING, false, false",
    "22001, DATA, false, false",
    "23505, DATA, false, false",
    "42601, BUG, false, false",
    "42P01, LASTING, false, false",
    "XX000, BUG, false, false",
  })
  void eachStateHasItsConsequence(
      String state, SqlFailure failure, boolean suspect, boolean pooler) {
    SQLException plain = new SQLException("x", state);
    assertEquals(failure, SqlFailure.of(plain));
    assertEquals(suspect, SqlFailure.breaksConnections(plain));
    assertEquals(pooler, SqlFailure.isPoolersDoing(plain));
    SQLException wrapped = new SQLTransientConnectionException("the pool's own", plain);
    assertEquals(failure, SqlFailure.of(wrapped));
  }

  @Test
  void aPoolThatWaitedInVainIsNoReasonByItself() {
    SQLException own = new SQLTransientConnectionException("not available after 2000ms");
    assertEquals(SqlFailure.PASSING, SqlFailure.of(own));
    assertFalse(SqlFailure.breaksConnections(own));
    SQLException inner =
        new SQLException("failed", "08001", new UnknownHostException("db.example"));
    assertEquals(
        "the host db.example is not known",
        SqlLedgerStore.reason(new SQLTransientConnectionException("not available", inner)));
    assertEquals(
        "Connection refused", SqlLedgerStore.reason(new SQLException("Connection refused")));
  }
}
