// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.talea.ledger.Store;
import dev.talea.ledger.conformance.StoreConformance;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/**
 * What every store must do, on a PostgreSQL server as a distribution packages it; skipped, and said
 * so, where none is installed.
 */
@Tag("slow")
class PackagedPostgresConformanceTest extends StoreConformance {
  /** Of this test alone: JUnit makes an object for each. */
  private final String schema = "c" + TestPostgres.number();

  private static int port() {
    Integer port = PackagedPostgres.port();
    assumeTrue(port != null, "no PostgreSQL is installed");
    return port == null ? 0 : port;
  }

  @BeforeAll
  static void database() throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + port() + "/postgres", "postgres", "");
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE DATABASE conformance ENCODING 'UTF8' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE"
              + " 'C'");
    }
  }

  @Override
  protected Store openStore() {
    return SqlLedgerStore.openPostgres(
        TestPostgres.target(port(), "conformance", schema, "sslmode=disable"),
        SqlStoreSettings.DEFAULTS,
        SqlStoreObserver.NONE,
        true);
  }
}
