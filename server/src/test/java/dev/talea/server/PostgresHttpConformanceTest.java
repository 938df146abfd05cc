// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import dev.talea.jdbc.TestPostgres;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/**
 * What every ledger must do, from the client over a real socket down to a real PostgreSQL. All in
 * one database, each test in a schema of its own, which is quicker than making databases.
 */
@Tag("slow")
class PostgresHttpConformanceTest extends HttpConformanceTest {
  private static String database = "";

  @BeforeAll
  static void makeDatabase() throws Exception {
    database = TestPostgres.newDatabaseUrl();
  }

  @Override
  String url(Path directory) {
    return database + "?schema=" + directory.getFileName();
  }
}
