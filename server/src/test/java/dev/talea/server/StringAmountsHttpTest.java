// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every route that shows amounts, to those who want them as strings and to those who do not. */
class StringAmountsHttpTest {
  private static final String STRINGS = "Accept: application/json; amounts=string";
  private static final String LARGEST = "170141183460469231731687303715884105727";

  @TempDir private Path directory;

  @Test
  void everyAmountIsAStringForThoseWhoAsk() {
    try (TestDaemon daemon = TestDaemon.onLog(directory).withBook("b")) {
      assertEquals(
          204,
          daemon
              .post(
                  "/v1/accounts",
                  "{\"book\":\"b\",\"path\":\"safe\",\"asset\":\"USD\",\"kind\":\"asset\","
                      + "\"min_balance\":-5}")
              .status());
      String draft =
          TestDaemon.draft("b", "k", "\"" + LARGEST + "\"")
              .replaceFirst("}$", ",\"metadata\":{\"minor\":1,\"amount\":2}}");
      String id = daemon.post("/v1/transactions", draft).body().substring(10, 46);

      List<String> answers =
          List.of(
              "/v1/transactions/" + id,
              "/v1/books/b/transactions",
              "/v1/books/b/transactions/by-key/k",
              "/v1/books/b/accounts/cash/history",
              "/v1/books/b/accounts/safe",
              "/v1/books/b/accounts",
              "/v1/books/b/trial-balance",
              "/v1/books/b/events?after=2",
              "/v1/books/b/accounts/cash/balance",
              "/v1/books/b",
              "/v1/books",
              "/v1/assets/USD",
              "/v1/assets");
      int amounts = 0;
      for (String target : answers) {
        Answer plain = daemon.get(target, "Accept: application/json");
        Answer strings = daemon.get(target, STRINGS);
        assertEquals(200, strings.status(), target);
        assertEquals("application/json", plain.header("Content-Type"), target);
        assertEquals(
            "application/json; amounts=string", strings.header("Content-Type"), strings::toString);
        assertEquals("Accept", strings.header("Vary"), target);
        String expected =
            plain
                .body()
                .replace(":" + LARGEST, ":\"" + LARGEST + "\"")
                .replace("\"min_balance\":-5", "\"min_balance\":\"-5\"");
        assertEquals(expected, strings.body(), target);
        amounts += expected.equals(plain.body()) ? 0 : 1;
        assertEquals(
            strings.header("Content-Length"),
            daemon.ask("HEAD", target, null, STRINGS).header("Content-Length"));
      }
      assertEquals(8, amounts, "routes with amounts");
    }
  }

  @Test
  void errorsAndSlotsOfBatchesToo() {
    try (TestDaemon daemon = TestDaemon.onLog(directory).withBook("b")) {
      assertEquals(
          204,
          daemon
              .post(
                  "/v1/accounts",
                  TestDaemon.account("b", "floor").replaceFirst("}$", ",\"min_balance\":0}"))
              .status());
      String broke = TestDaemon.draft("b", "k", "7").replace("\"income\"", "\"floor\"");
      assertError(
          daemon.post("/v1/transactions", broke, STRINGS),
          409,
          "\"min_balance\":\"0\",\"would_be\":\"-7\"");
      assertError(
          daemon.post("/v1/transactions/batch?atomic=true", "[" + broke + "]", STRINGS),
          409,
          "\"min_balance\":\"0\",\"would_be\":\"-7\"");
      assertError(
          daemon.post("/v1/transactions/batch", "[" + broke + "]", STRINGS),
          200,
          "\"min_balance\":\"0\",\"would_be\":\"-7\"");
      String uneven = TestDaemon.draft("b", "k", "7").replaceFirst("\"minor\":7", "\"minor\":8");
      assertError(
          daemon.post("/v1/transactions", uneven, STRINGS),
          400,
          "\"debit\":\"8\",\"credit\":\"7\"");
      assertError(
          daemon.post("/v1/transactions", TestDaemon.draft("b", "k", "0"), STRINGS),
          400,
          "\"amount\":\"0\"");
      assertEquals(
          "{\"error\":\"invalid_amount\",\"amount\":0}",
          daemon.post("/v1/transactions", TestDaemon.draft("b", "k", "0")).body());
    }
  }

  private static void assertError(Answer answer, int status, String part) {
    assertEquals(status, answer.status(), answer::toString);
    assertEquals("application/json; amounts=string", answer.header("Content-Type"));
    assertTrue(answer.body().contains(part), answer::toString);
  }
}
