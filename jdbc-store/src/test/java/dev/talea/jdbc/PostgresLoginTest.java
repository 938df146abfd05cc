// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.ds.PGSimpleDataSource;

/** How the time of a login is shared out between hosts and attempts, without a server. */
class PostgresLoginTest {
  private static PGSimpleDataSource source(String url) throws SQLException {
    return new PostgresLogin(PostgresUrl.parse("the URL", url).target("the URL")).dataSource();
  }

  /** With connect_timeout=3 a host has 8 seconds. */
  @ParameterizedTest
  @CsvSource({"'', 4", "&sslmode=prefer, 4", "&sslmode=allow, 4", "&sslmode=disable, 8"})
  void attemptsWithAndWithoutTlsShareTheTimeOfAHost(String mode, int seconds) throws SQLException {
    PGSimpleDataSource source = source("postgres://u@a,b/d?connect_timeout=3" + mode);
    assertEquals(seconds, source.getSocketTimeout());
    assertEquals(2 * 8 + 1, source.getLoginTimeout());
  }

  /** Or the pool of a ledger whose first host is silent never gets to the second. */
  @Test
  void aPoolWhoseCallersGiveUpSoonerDoesNotShortenTheLogin() throws SQLException {
    PGSimpleDataSource source = source("postgres://u@localhost:1,localhost:1/d?connect_timeout=3");
    HikariConfig config = new HikariConfig();
    config.setDataSource(source);
    config.setConnectionTimeout(2_000);
    config.setInitializationFailTimeout(-1);
    config.setMinimumIdle(0);
    try (HikariDataSource pool = new HikariDataSource(config)) {
      assertEquals(0, pool.getHikariPoolMXBean().getActiveConnections());
      assertEquals(17, source.getLoginTimeout());
    }
  }
}
