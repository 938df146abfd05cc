// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static dev.talea.server.Envelopes.assertError;
import static dev.talea.server.TestDaemon.draft;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The listings as HTTP: targets, parameters, methods, scopes, and who gets the events as JSON. */
class ListingTest {
  private static final String ADMIN = "Authorization: Bearer admin-token";
  private static final String BOTH = "Authorization: Bearer both";
  private static final String C_ONLY = "Authorization: Bearer c-only";
  private static final String JSON = "Accept: application/json";
  private static final String EMPTY = "{\"items\":[],\"next\":null}";

  @TempDir private Path directory;
  private TestDaemon daemon;

  @BeforeEach
  void start() throws IOException {
    Path tokens = directory.resolve("tokens.toml");
    Files.writeString(
        tokens,
        """
        [tokens.both]
        token = "both"
        books = ["c", "b", "nowhere"]
        access = "ro"
        [tokens.c]
        token = "c-only"
        books = ["c"]
        access = "rw"
        """);
    daemon =
        TestDaemon.over(
            new TestStore(),
            "TALEA_TOKENS_FILE",
            tokens.toString(),
            "TALEA_API_TOKEN",
            "admin-token");
    for (String book : new String[] {"c", "a", "b"}) {
      daemon.withBook(book, ADMIN);
    }
    for (int i = 0; i < 3; i++) {
      daemon.post("/v1/transactions", draft("b", "k" + i, "5"), ADMIN);
    }
  }

  @AfterEach
  void stop() {
    daemon.close();
  }

  private Answer get(String target, String... headers) {
    List<String> all = new ArrayList<>(List.of(ADMIN));
    all.addAll(List.of(headers));
    return daemon.get(target, all.toArray(String[]::new));
  }

  private static List<Map<String, Object>> items(Answer answer) {
    assertEquals(200, answer.status(), answer::toString);
    assertEquals("application/json", answer.header("Content-Type"));
    List<Map<String, Object>> items = new ArrayList<>();
    for (Object item :
        (Collection<?>) requireNonNull(JsonTree.object(answer.body()).get("items"))) {
      items.add(JsonTree.object(item));
    }
    return items;
  }

  private static List<String> field(Answer answer, String name) {
    return items(answer).stream().map(item -> "" + item.get(name)).toList();
  }

  private static @Nullable Object next(Answer answer) {
    return JsonTree.object(answer.body()).get("next");
  }

  @Test
  void everyListingAnswersItsShape() {
    assertEquals(
        "{\"items\":[{\"id\":\"USD\",\"class\":\"fiat\",\"precision\":2,\"name\":\"US dollar\"}],"
            + "\"next\":null}",
        get("/v1/assets").body());
    assertEquals(
        "{\"id\":\"USD\",\"class\":\"fiat\",\"precision\":2,\"name\":\"US dollar\"}",
        get("/v1/assets/USD").body());
    assertEquals(List.of("_system", "a", "b", "c"), field(get("/v1/books"), "book"));
    String book = get("/v1/books/b").body();
    assertTrue(
        book.matches(
            "\\{\"book\":\"b\",\"last_seq\":5,\"last_at\":\"[^\"]+Z\",\"accounts\":2,"
                + "\"unavailable\":null}"),
        book);
    String cash =
        "{\"account\":\"b:cash\",\"def\":{\"id\":{\"book\":\"b\",\"path\":\"cash\"},"
            + "\"asset\":\"USD\",\"kind\":\"asset\"},"
            + "\"cfg\":{\"normal_side\":null,\"min_balance\":null},"
            + "\"balance\":\"0.15\",\"updated_seq\":5}";
    assertEquals(cash, get("/v1/books/b/accounts/cash").body());
    assertEquals(
        "{\"items\":[" + cash + "],\"next\":\"cash\"}", get("/v1/books/b/accounts?limit=1").body());
    Answer transactions = get("/v1/books/b/transactions?after_seq=3&limit=1");
    assertEquals(List.of("4"), field(transactions, "seq"));
    assertEquals("4", "" + next(transactions));
    String txId = field(transactions, "tx_id").get(0);
    assertEquals(
        "{\"items\":[" + get("/v1/transactions/" + txId).body() + "],\"next\":4}",
        transactions.body());
  }

  @Test
  void aKeyLeadsToItsTransaction() {
    daemon.post("/v1/transactions", draft("b", "a/b c%?", "7"), ADMIN);
    Answer found = get("/v1/books/b/transactions/by-key/a%2Fb%20c%25%3F");
    assertEquals(200, found.status(), found::toString);
    assertEquals(
        get("/v1/transactions/" + JsonTree.object(found.body()).get("tx_id")).body(), found.body());
    assertError(
        404,
        "{\"error\":\"not_found\",\"what\":\"transaction by key a/b\"}",
        get("/v1/books/b/transactions/by-key/a%2Fb"));
    assertEquals(404, get("/v1/books/a/transactions/by-key/k1").status(), "of another book");
    assertEquals(404, get("/v1/books/d/transactions/by-key/k1").status());
    assertEquals(404, get("/v1/books/b/transactions/by-key/").status());
    assertEquals(404, get("/v1/books/b/transactions/k1").status());
  }

  @Test
  void whatIsNotThereIsToldAsSuch() {
    assertError(404, "{\"error\":\"unknown_asset\",\"asset\":\"EUR\"}", get("/v1/assets/EUR"));
    assertError(404, "{\"error\":\"not_found\",\"what\":\"book d\"}", get("/v1/books/d"));
    assertError(
        404,
        "{\"error\":\"unknown_account\",\"account\":\"b:nobody\"}",
        get("/v1/books/b/accounts/nobody"));
    assertError(
        404,
        "{\"error\":\"unknown_account\",\"account\":\"d:cash\"}",
        get("/v1/books/d/accounts/cash"));
    assertEquals(EMPTY, get("/v1/books/d/accounts").body());
    assertEquals(EMPTY, get("/v1/books/d/transactions").body());
    assertEquals(EMPTY, get("/v1/books/d/events", JSON).body());
    assertEquals(404, get("/v1/books/d").status(), "asking makes no book");
    for (String target :
        new String[] {"/v1/books/", "/v1/assets/", "/v1/books/b/", "/v1/books/b/accounts/"}) {
      assertEquals(404, get(target).status(), target);
    }
  }

  @Test
  void pagingToTheEndIsTheWhole() {
    for (int i = 0; i < 25; i++) {
      daemon.post("/v1/accounts", TestDaemon.account("b", "x:" + i % 7 + ":" + i), ADMIN);
      daemon.post("/v1/transactions", draft("b", "more" + i, "1"), ADMIN);
    }
    for (String target :
        new String[] {
          "/v1/books/b/accounts?after=",
          "/v1/books/b/accounts?prefix=x:1&after=",
          "/v1/books?after=",
          "/v1/books/b/transactions?after_seq=",
          "/v1/books/b/events?from=",
          "/v1/books/b/events?after="
        }) {
      String start = target.endsWith("_seq=") || target.contains("events") ? "0" : "";
      List<Map<String, Object>> whole = items(get(target + start, JSON));
      assertTrue(whole.size() >= 4, target);
      for (int limit : new int[] {1, 2, 3, 5, 1000}) {
        List<Map<String, Object>> paged = new ArrayList<>();
        @Nullable Object after = start;
        while (after != null) {
          Answer page = get(target + encoded("" + after) + "&limit=" + limit, JSON);
          assertTrue(items(page).size() <= limit, page::toString);
          paged.addAll(items(page));
          after = next(page);
        }
        assertEquals(whole, paged, target + " by " + limit);
      }
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Test
  void namesAndPrefixesMayHoldWhatUrlsCannot() {
    List<String> paths =
        List.of("%", "&=?#", "+", "a b", "a+b", "a/b", "a/c", "balance", "Ж", "💰");
    for (String path : paths) {
      assertEquals(
          204, daemon.post("/v1/accounts", TestDaemon.account("n/m", path), ADMIN).status(), path);
    }
    for (String path : paths) {
      String encoded = encoded(path).replace("+", "%20");
      String account = get("/v1/books/n%2Fm/accounts/" + encoded).body();
      assertTrue(account.contains("\"path\":\"" + path + "\""), account);
      assertEquals(1, items(get("/v1/books/n%2Fm/accounts?prefix=" + encoded)).size(), path);
    }
    assertEquals(
        List.of("n/m:a/b", "n/m:a/c"),
        field(get("/v1/books/n%2Fm/accounts?prefix=a%2F"), "account"));
    assertEquals(
        List.of("n/m:a/b", "n/m:a/c"), field(get("/v1/books/n%2Fm/accounts?prefix=a/"), "account"));
    assertEquals(
        paths.subList(2, 4).stream().map(path -> "n/m:" + path).toList(),
        field(get("/v1/books/n%2Fm/accounts?after=%26%3D%3F%23&limit=2"), "account"));
    assertEquals("n/m", JsonTree.object(get("/v1/books/n%2Fm").body()).get("book"));
    assertEquals(10, items(get("/v1/books/n%2Fm/accounts?prefix=&after=")).size(), "empty is none");
  }

  @Test
  void oddLimitsAreClampedAndMalformedOnesRefused() {
    assertEquals(1, items(get("/v1/books?limit=0")).size());
    assertEquals(4, items(get("/v1/books?limit=99999999999999999999")).size());
    assertEquals(5, items(get("/v1/books/b/events?limit=1001", JSON)).size());
    for (String target :
        new String[] {
          "/v1/assets?",
          "/v1/books?",
          "/v1/books/b/accounts?",
          "/v1/books/b/transactions?",
          "/v1/books/b/events?"
        }) {
      for (String bad : new String[] {"limit=-1", "limit=x", "limit=", "limit=1&limit=2"}) {
        Answer answer = get(target + bad, JSON);
        assertEquals(400, answer.status(), target + bad);
        assertTrue(answer.body().contains("\"field\":\"query\""), answer::toString);
      }
      assertEquals(200, get(target + "unknown=1", JSON).status(), target);
    }
    for (String bad :
        new String[] {
          "/v1/books/b/transactions?after_seq=x",
          "/v1/books/b/transactions?after_seq=9223372036854775808",
          "/v1/books/b/events?from=x",
          "/v1/books/b/events?after=x",
          "/v1/books?after=a&after=b",
          "/v1/books/b/accounts?prefix=%FF",
          "/v1/books/b/accounts?prefix=%2"
        }) {
      assertEquals(400, get(bad, JSON).status(), bad);
    }
  }

  @Test
  void otherMethodsAreToldWhichThereAre() {
    for (String target :
        new String[] {
          "/v1/assets/USD",
          "/v1/books",
          "/v1/books/b",
          "/v1/books/b/accounts",
          "/v1/books/b/accounts/cash",
          "/v1/books/b/transactions",
          "/v1/books/b/transactions/by-key/k1"
        }) {
      Answer answer = daemon.ask("DELETE", target, null, ADMIN);
      assertError(405, "{\"error\":\"method_not_allowed\"}", answer);
      assertEquals("GET, HEAD", answer.header("Allow"), target);
    }
    assertEquals(
        "GET, HEAD, POST", daemon.ask("DELETE", "/v1/assets", null, ADMIN).header("Allow"));
  }

  @Test
  void headAnswersLikeGetWithoutTheBody() {
    for (String target :
        new String[] {
          "/v1/assets",
          "/v1/assets/USD",
          "/v1/books",
          "/v1/books/b",
          "/v1/books/b/accounts",
          "/v1/books/b/accounts/cash",
          "/v1/books/b/transactions",
          "/v1/books/b/transactions/by-key/k1",
          "/v1/books/b/events"
        }) {
      Answer got = get(target, JSON);
      Answer head = daemon.ask("HEAD", target, null, ADMIN, JSON);
      assertEquals(200, head.status(), target);
      assertEquals("", head.body());
      assertEquals(got.header("Content-Length"), head.header("Content-Length"), target);
      assertEquals(got.header("Content-Type"), head.header("Content-Type"), target);
    }
    assertEquals(404, daemon.ask("HEAD", "/v1/books/d", null, ADMIN).status());
  }

  @Test
  void tokensSeeTheirBooksAndNoOthers() {
    assertEquals(List.of("b", "c"), field(daemon.get("/v1/books", BOTH), "book"));
    assertEquals(List.of("c"), field(daemon.get("/v1/books", C_ONLY), "book"));
    Answer first = daemon.get("/v1/books?limit=1", BOTH);
    assertEquals(List.of("b"), field(first, "book"));
    assertEquals("b", next(first));
    Answer second = daemon.get("/v1/books?limit=1&after=b", BOTH);
    assertEquals(List.of("c"), field(second, "book"));
    assertNull(next(second), "a book that does not exist makes no further page");
    assertEquals(EMPTY, daemon.get("/v1/books?after=c", BOTH).body());
    assertEquals(get("/v1/books?after=b").body(), daemon.get("/v1/books?after=b", BOTH).body());
    for (String rest :
        new String[] {
          "", "/accounts", "/accounts/cash", "/transactions", "/transactions/by-key/k1", "/events"
        }) {
      assertError(
          403,
          "{\"error\":\"forbidden\",\"book\":\"b\"}",
          daemon.get("/v1/books/b" + rest, C_ONLY, JSON));
      assertEquals(200, daemon.get("/v1/books/b" + rest, BOTH, JSON).status(), rest);
      assertEquals(401, daemon.get("/v1/books/b" + rest, JSON).status(), rest);
    }
    assertError(
        403,
        "{\"error\":\"forbidden\",\"book\":\"_system\"}",
        daemon.get("/v1/books/_system", BOTH));
    assertEquals(List.of("USD"), field(daemon.get("/v1/assets", C_ONLY), "id"), "of all books");
    assertEquals(200, daemon.get("/v1/assets/USD", C_ONLY).status());
    assertEquals(401, daemon.get("/v1/assets").status());
    assertEquals(401, daemon.get("/v1/books").status());
  }

  @Test
  void eventsComeAsJsonToThoseWhoAskForIt() throws IOException {
    Answer page = get("/v1/books/b/events?from=2&limit=2", JSON);
    assertEquals(List.of("3", "4"), field(page, "seq"));
    assertEquals("4", "" + next(page));
    assertEquals("Accept", page.header("Vary"));
    assertEquals(page.body(), get("/v1/books/b/events?after=2&limit=2", JSON).body());
    List<String> streamed = new ArrayList<>();
    try (SseReader stream = new SseReader(daemon, "/v1/books/b/events", ADMIN)) {
      for (int i = 0; i < 5; i++) {
        List<String> frame = requireNonNull(stream.event());
        streamed.add(frame.get(1).substring("data: ".length()));
      }
    }
    assertEquals(
        "{\"items\":[" + String.join(",", streamed) + "],\"next\":null}",
        get("/v1/books/b/events", JSON).body());
    for (String accept : new String[] {"*/*", "text/event-stream", "text/html"}) {
      Answer head = daemon.ask("HEAD", "/v1/books/b/events", null, ADMIN, "Accept: " + accept);
      assertEquals("text/event-stream", head.header("Content-Type"), accept);
    }
  }
}
