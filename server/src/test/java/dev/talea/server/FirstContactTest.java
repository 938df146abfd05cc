// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon on the log store, seen for the first time: every route says what it is for. */
class FirstContactTest {
  @TempDir Path directory;

  @Test
  void aBookIsOpenedPostedToAndReadBack() {
    try (TestDaemon daemon = TestDaemon.onLog(directory)) {
      daemon.withBook("b");
      Answer posted = daemon.post("/v1/transactions", TestDaemon.draft("b", "k1", "150000"));
      assertEquals(200, posted.status(), posted::toString);
      assertTrue(posted.body().contains("\"seq\":3"), posted::toString);
      Answer balance = daemon.get("/v1/books/b/accounts/cash/balance");
      assertEquals(
          "{\"account\":\"b:cash\",\"asset\":\"USD\",\"balance\":\"1500.00\",\"as_of\":null,"
              + "\"updated_seq\":3}",
          balance.body());
      String txId = posted.body().replaceAll(".*\"tx_id\":\"([^\"]+)\".*", "$1");
      assertEquals(200, daemon.get("/v1/transactions/" + txId).status());
      assertEquals(200, daemon.get("/v1/books/b/accounts/cash/history").status());
      assertEquals(
          "{\"book\":\"b\",\"as_of\":null,\"lines\":[{\"asset\":\"USD\",\"debits\":150000,"
              + "\"credits\":150000}]}",
          daemon.get("/v1/books/b/trial-balance").body());
      Answer health = daemon.get("/health");
      assertEquals("ok", health.body());
      assertEquals("log", health.header("X-Talea-Backend"));
    }
  }
}
