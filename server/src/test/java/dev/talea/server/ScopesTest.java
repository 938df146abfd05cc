// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static dev.talea.server.Envelopes.assertError;
import static dev.talea.server.TestDaemon.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What each kind of token may do on each route. */
class ScopesTest {
  private static final String ADMIN = "Authorization: Bearer admin-token";
  private static final String ALL_RO = "Authorization: Bearer all-ro";
  private static final String ALL_RW = "Authorization: Bearer all-rw";
  private static final String B_RO = "Authorization: Bearer b-ro";
  private static final String B_RW = "Authorization: Bearer b-rw";
  private static final String C_RW = "Authorization: Bearer c-rw";

  @TempDir private Path directory;
  private TestDaemon daemon;

  @BeforeEach
  void start() throws IOException {
    Path tokens = directory.resolve("tokens.toml");
    StringBuilder toml = new StringBuilder();
    for (String name : new String[] {"all", "b", "c"}) {
      for (String access : new String[] {"ro", "rw"}) {
        toml.append("[tokens.").append(name).append('_').append(access).append("]\n");
        toml.append("token = \"").append(name).append('-').append(access).append("\"\n");
        String books = name.equals("all") ? "*" : name;
        toml.append("books = [\"").append(books).append("\"]\n");
        toml.append("access = \"").append(access).append("\"\n");
      }
    }
    Files.writeString(tokens, toml);
    daemon =
        TestDaemon.over(
            new TestStore(),
            "TALEA_TOKENS_FILE",
            tokens.toString(),
            "TALEA_API_TOKEN",
            "admin-token");
    daemon.withBook("b", ADMIN);
  }

  @AfterEach
  void stop() {
    daemon.close();
  }

  private static void assertForbidden(String book, Answer answer) {
    assertError(403, "{\"error\":\"forbidden\",\"book\":\"" + book + "\"}", answer);
  }

  @Test
  void theHeaderIsReadStrictlyExceptForTheCaseOfTheScheme() {
    String target = "/v1/books/b/trial-balance";
    for (String header :
        new String[] {
          "Authorization: Bearer admin-token",
          "authorization: bearer admin-token",
          "Authorization: BEARER   admin-token ",
        }) {
      assertEquals(200, daemon.get(target, header).status(), header);
    }
    for (String header :
        new String[] {
          "X-Nothing: 1",
          "Authorization: ",
          "Authorization: admin-token",
          "Authorization: Bearer",
          "Authorization: Bearer ",
          "Authorization: Bearer Admin-token",
          "Authorization: Bearer admin-toke",
          "Authorization: Bearer admin-tokenx",
          "Authorization: Beareradmin-token",
          "Authorization: Basic admin-token",
          "Authorization: Bearer \"admin-token\"",
          "Authorization: Bearer admin-token, Bearer admin-token",
        }) {
      assertError(401, "{\"error\":\"unauthorized\"}", daemon.get(target, header));
    }
    assertError(401, "{\"error\":\"unauthorized\"}", daemon.get(target, ADMIN, B_RO));
  }

  @Test
  void someRoutesAreOpenToAnybody() {
    for (String target :
        new String[] {
          "/health",
          "/livez",
          "/readyz",
          "/docs",
          "/docs/swagger-ui.css",
          "/docs/swagger-ui-bundle.js",
          "/docs/browser.js",
          "/openapi.json"
        }) {
      assertEquals(200, daemon.get(target).status(), target);
      assertEquals(200, daemon.get(target, "Authorization: Bearer wrong").status(), target);
    }
  }

  @Test
  void readingNeedsTheBook() {
    for (String target :
        new String[] {
          "/v1/books/b/accounts/cash/balance",
          "/v1/books/b/accounts/cash/history",
          "/v1/books/b/trial-balance"
        }) {
      for (String bearer : new String[] {ADMIN, ALL_RO, ALL_RW, B_RO, B_RW}) {
        assertEquals(200, daemon.get(target, bearer).status(), target + " " + bearer);
      }
      assertForbidden("b", daemon.get(target, C_RW));
    }
    assertForbidden("b", daemon.get("/v1/books/b/events", C_RW));
    assertForbidden("b ", daemon.get("/v1/books/b%20/trial-balance", B_RO));
    assertForbidden("*", daemon.get("/v1/books/*/trial-balance", B_RO));
    assertForbidden("_system", daemon.get("/v1/books/_system/events", B_RW));
  }

  @Test
  void writingNeedsTheBookAndTheRight() {
    for (String bearer : new String[] {ADMIN, ALL_RW, B_RW}) {
      assertEquals(
          200,
          daemon
              .post("/v1/transactions", draft("b", "k" + bearer.hashCode(), "1"), bearer)
              .status(),
          bearer);
      assertEquals(
          204, daemon.post("/v1/accounts", TestDaemon.account("b", "cash"), bearer).status());
    }
    for (String bearer : new String[] {ALL_RO, B_RO, C_RW}) {
      assertForbidden("b", daemon.post("/v1/transactions", draft("b", "x", "1"), bearer));
      assertForbidden("b", daemon.post("/v1/accounts", TestDaemon.account("b", "new"), bearer));
      assertForbidden(
          "b",
          daemon.post(
              "/v1/transactions/batch?atomic=true", "[" + draft("b", "x", "1") + "]", bearer));
    }
  }

  @Test
  void registeringAssetsNeedsAllBooksAndTheRight() {
    String usd = "{\"id\":\"USD\",\"class\":\"fiat\",\"precision\":2,\"name\":\"US dollar\"}";
    for (String bearer : new String[] {ADMIN, ALL_RW}) {
      assertEquals(204, daemon.post("/v1/assets", usd, bearer).status(), bearer);
    }
    for (String bearer : new String[] {ALL_RO, B_RO, B_RW, C_RW}) {
      assertForbidden("*", daemon.post("/v1/assets", usd, bearer));
    }
  }

  @Test
  void aBatchIsJudgedSlotBySlot() {
    String batch =
        "["
            + draft("b", "k1", "1")
            + ","
            + draft("c", "k2", "1")
            + ","
            + draft("b", "k3", "-1")
            + ","
            + draft("b", "k4", "1")
            + ","
            + draft("_system", "k5", "1")
            + "]";
    Answer answer = daemon.post("/v1/transactions/batch", batch, B_RW);
    assertEquals(200, answer.status(), answer::toString);
    assertTrue(
        answer
            .body()
            .matches(
                "\\[\\{\"tx_id\":\"[^\"]+\",\"seq\":3,[^}]+},"
                    + "\\{\"error\":\"forbidden\",\"book\":\"c\"},"
                    + "\\{\"error\":\"invalid_amount\",\"amount\":-1},"
                    + "\\{\"tx_id\":\"[^\"]+\",\"seq\":4,[^}]+},"
                    + "\\{\"error\":\"forbidden\",\"book\":\"_system\"}]"),
        answer::toString);
    Answer none = daemon.post("/v1/transactions/batch", batch, ALL_RO);
    assertEquals(200, none.status());
    assertEquals(5, none.body().split("forbidden", -1).length - 1, none.body());
  }

  @Test
  void aTransactionOutOfScopeIsToldExactlyAsAnUnknownOne() {
    Answer posted = daemon.post("/v1/transactions", draft("b", "k", "1"), ADMIN);
    String txId = posted.body().replaceAll(".*\"tx_id\":\"([^\"]+)\".*", "$1");
    for (String bearer : new String[] {ADMIN, ALL_RO, B_RO, B_RW}) {
      assertEquals(200, daemon.get("/v1/transactions/" + txId, bearer).status(), bearer);
    }
    String unknown = "01890000-0000-7000-8000-000000000000";
    Answer hidden = daemon.get("/v1/transactions/" + txId, C_RW);
    Answer missing = daemon.get("/v1/transactions/" + unknown, C_RW);
    assertEquals(missing.status(), hidden.status());
    assertEquals(missing.body(), hidden.body().replace(txId, unknown));
    assertEquals(names(missing), names(hidden));
    assertError(404, "{\"error\":\"not_found\",\"what\":\"transaction " + txId + "\"}", hidden);
  }

  private static List<String> names(Answer answer) {
    return answer.headers().stream().map(line -> line.substring(0, line.indexOf(':'))).toList();
  }
}
