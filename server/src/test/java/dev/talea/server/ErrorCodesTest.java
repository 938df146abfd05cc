// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static dev.talea.server.Envelopes.assertError;
import static dev.talea.server.Envelopes.assertInvalid;
import static dev.talea.server.TestDaemon.draft;
import static dev.talea.server.TestDaemon.posting;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.talea.ledger.LedgerError.Overloaded;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.server.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Every error code there is, over a real socket, with its envelope and headers to the letter. */
class ErrorCodesTest {
  private TestStore store;
  private TestDaemon daemon;

  @BeforeEach
  void start() {
    store = new TestStore();
    daemon = TestDaemon.over(store).withBook("b");
  }

  @AfterEach
  void stop() {
    store.release();
    daemon.close();
  }

  private Answer post(String draft) {
    return daemon.post("/v1/transactions", draft);
  }

  private static String custom(String book, String key, String... postings) {
    return "{\"book\":\""
        + book
        + "\",\"idempotency_key\":\""
        + key
        + "\",\"postings\":["
        + String.join(",", postings)
        + "]}";
  }

  @Test
  void invalidDraftNamesFieldAndReason() {
    assertError(
        400,
        "{\"error\":\"invalid_draft\",\"field\":\"postings\",\"reason\":\"must not be empty\"}",
        post("{\"book\":\"b\",\"idempotency_key\":\"k\",\"postings\":[]}"));
    assertError(
        400,
        "{\"error\":\"invalid_draft\",\"field\":\"tx_id\",\"reason\":\"is not a UUID\"}",
        daemon.get("/v1/transactions/1-1-1-1-1"));
  }

  @Test
  void aBodyThatIsNotJsonByItsContentTypeIs415() {
    Answer answer =
        daemon.post("/v1/transactions", draft("b", "k", "1"), "Content-Type: text/plain");
    assertError(
        415,
        "{\"error\":\"invalid_draft\",\"field\":\"body\",\"reason\":"
            + "\"needs the content type application/json, not text/plain\"}",
        answer);
    for (String type :
        new String[] {
          "application/json", "Application/JSON; charset=utf-8", "application/a+json"
        }) {
      Answer taken = daemon.post("/v1/transactions", draft("b", "k", "1"), "Content-Type: " + type);
      assertEquals(200, taken.status(), type);
    }
    for (String type :
        new String[] {
          "application/jsonp", "text/json", "application/+json", "application/json,a/b"
        }) {
      assertInvalid(
          415,
          "body",
          daemon.post("/v1/transactions", draft("b", "k", "1"), "Content-Type: " + type));
    }
    assertInvalid(415, "body", daemon.ask("POST", "/v1/assets", null, "Content-Length: 0"));
  }

  @Test
  void aBodyThatIsEncodedIs415() {
    String json = "Content-Type: application/json";
    assertError(
        415,
        "{\"error\":\"invalid_draft\",\"field\":\"body\",\"reason\":"
            + "\"must not be encoded: Content-Encoding is gzip\"}",
        daemon.post("/v1/transactions", draft("b", "k", "1"), json, "Content-Encoding: gzip"));
    String identity = "Content-Encoding: identity";
    assertEquals(
        200, daemon.post("/v1/transactions", draft("b", "k", "1"), json, identity).status());
  }

  @Test
  void unbalancedNamesTheAssetAndBothSums() {
    assertError(
        400,
        "{\"error\":\"unbalanced\",\"asset\":\"USD\",\"debit\":100,\"credit\":99}",
        post(
            custom(
                "b",
                "k",
                posting("cash", "100", "USD", "debit"),
                posting("income", "99", "USD", "credit"))));
  }

  @Test
  void invalidAmountNamesTheAmount() {
    assertError(400, "{\"error\":\"invalid_amount\",\"amount\":0}", post(draft("b", "k", "0")));
    assertError(400, "{\"error\":\"invalid_amount\",\"amount\":-5}", post(draft("b", "k", "-5")));
  }

  @Test
  void assetMismatchNamesAccountAndBothAssets() {
    assertError(
        400,
        "{\"error\":\"asset_mismatch\",\"account\":\"b:cash\",\"account_asset\":\"USD\","
            + "\"asset\":\"EUR\"}",
        post(
            custom(
                "b",
                "k",
                posting("cash", "1", "EUR", "debit"),
                posting("income", "1", "EUR", "credit"))));
  }

  @Test
  void unauthorizedSaysHowToAsk() {
    try (TestDaemon guarded = TestDaemon.over(new TestStore(), "TALEA_API_TOKEN", "secret")) {
      Answer nobody = guarded.get("/v1/books/b/trial-balance");
      assertError(401, "{\"error\":\"unauthorized\"}", nobody);
      assertEquals("Bearer", nobody.header("WWW-Authenticate"));
    }
  }

  @Test
  void forbiddenNamesTheBookAsTheCallerDid(@TempDir Path directory) throws IOException {
    Path tokens = directory.resolve("tokens.toml");
    Files.writeString(tokens, "[tokens.reader]\ntoken = \"r\"\nbooks = [\"b\"]\naccess = \"ro\"\n");
    try (TestDaemon guarded =
        TestDaemon.over(new TestStore(), "TALEA_TOKENS_FILE", tokens.toString())) {
      String bearer = "Authorization: Bearer r";
      assertError(
          403,
          "{\"error\":\"forbidden\",\"book\":\"b\"}",
          guarded.post("/v1/transactions", draft("b", "k", "1"), bearer));
      assertError(
          403,
          "{\"error\":\"forbidden\",\"book\":\"*\"}",
          guarded.post(
              "/v1/assets",
              "{\"id\":\"EUR\",\"class\":\"fiat\",\"precision\":2,\"name\":\"Euro\"}",
              bearer));
    }
  }

  @Test
  void unknownAssetAndUnknownAccountAreNamed() {
    assertError(
        404,
        "{\"error\":\"unknown_asset\",\"asset\":\"XAU\"}",
        daemon.post(
            "/v1/accounts",
            "{\"book\":\"b\",\"path\":\"gold\",\"asset\":\"XAU\",\"kind\":\"asset\"}"));
    assertError(
        404,
        "{\"error\":\"unknown_account\",\"account\":\"b:nobody\"}",
        daemon.get("/v1/books/b/accounts/nobody/balance"));
    assertError(
        404,
        "{\"error\":\"unknown_account\",\"account\":\"b:nobody\"}",
        daemon.get("/v1/books/b/accounts/nobody/history"));
    assertError(
        404,
        "{\"error\":\"unknown_account\",\"account\":\"a\\\\:b\\\\\\\\\\\\:c:d/e\"}",
        daemon.get("/v1/books/a:b%5C:c/accounts/d%2Fe/balance"));
  }

  @Test
  void notFoundRepeatsTheTextAsGiven() {
    String id = "01890000-0000-7000-8000-ABCDEFABCDEF";
    assertError(
        404,
        "{\"error\":\"not_found\",\"what\":\"transaction " + id + "\"}",
        daemon.get("/v1/transactions/" + id));
    assertError(
        404,
        "{\"error\":\"not_found\",\"what\":\"transaction urn:uuid:" + id + "\"}",
        daemon.get("/v1/transactions/urn:uuid:" + id));
    assertError(
        404, "{\"error\":\"not_found\",\"what\":\"path /v1/nothing\"}", daemon.get("/v1/nothing"));
  }

  @Test
  void methodNotAllowedSaysWhatIs() {
    Answer answer = daemon.ask("DELETE", "/v1/transactions", null);
    assertError(405, "{\"error\":\"method_not_allowed\"}", answer);
    assertEquals("POST", answer.header("Allow"));
    Answer reading = daemon.post("/v1/books/b/trial-balance", "{}");
    assertError(405, "{\"error\":\"method_not_allowed\"}", reading);
    assertEquals("GET, HEAD", reading.header("Allow"));
  }

  @Test
  void timeoutComesAtTheDeadlineAndTheCommitMayStillLand() throws Exception {
    TestStore slow = new TestStore();
    Settings.Timing hurried =
        new Settings.Timing(Duration.ofMillis(300), Duration.ofSeconds(15), Duration.ofSeconds(5));
    try (TestDaemon quick = TestDaemon.over(slow, hurried).withBook("b")) {
      slow.hold();
      long before = requestNumber(quick.get("/health"));
      Answer late = quick.post("/v1/transactions", draft("b", "k", "1"));
      assertError(408, "{\"error\":\"timeout\"}", late);
      assertEquals(before + 1, requestNumber(late), "the id is that of the request itself");
      assertEquals(before + 2, requestNumber(quick.get("/health")));
      slow.awaitHeld(1);
      slow.release();
      Answer again = quick.post("/v1/transactions", draft("b", "k", "1"));
      assertEquals(200, again.status(), again::toString);
      assertTrue(again.body().contains("\"seq\":3"), again::toString);
    }
  }

  /** Ids are numbers that count requests, behind a prefix of the run. */
  private static long requestNumber(Answer answer) {
    String id = "" + answer.header("X-Request-Id");
    return Long.parseLong(id.substring(id.indexOf('-') + 1), 16);
  }

  @Test
  void alreadyExistsNamesWhat() {
    assertError(
        409,
        "{\"error\":\"already_exists\",\"what\":\"asset USD\"}",
        daemon.post(
            "/v1/assets",
            "{\"id\":\"USD\",\"class\":\"fiat\",\"precision\":3,\"name\":\"US dollar\"}"));
    assertError(
        409,
        "{\"error\":\"already_exists\",\"what\":\"account b:cash\"}",
        daemon.post(
            "/v1/accounts",
            "{\"book\":\"b\",\"path\":\"cash\",\"asset\":\"USD\",\"kind\":\"income\"}"));
  }

  @Test
  void constraintViolationTellsTheFloorAndWhatWouldBe() {
    assertEquals(
        204,
        daemon
            .post(
                "/v1/accounts",
                "{\"book\":\"b\",\"path\":\"limited\",\"asset\":\"USD\",\"kind\":\"liability\","
                    + "\"normal_side\":\"credit\",\"min_balance\":-100}")
            .status());
    assertError(
        409,
        "{\"error\":\"constraint_violation\",\"account\":\"b:limited\",\"min_balance\":-100,"
            + "\"would_be\":-101}",
        post(
            custom(
                "b",
                "k",
                posting("limited", "101", "USD", "debit"),
                posting("cash", "101", "USD", "credit"))));
  }

  @Test
  void idempotencyConflictNamesKeyAndTransaction() {
    String txId = post(draft("b", "k", "1")).body().replaceAll(".*\"tx_id\":\"([^\"]+)\".*", "$1");
    assertError(
        409,
        "{\"error\":\"idempotency_conflict\",\"idempotency_key\":\"k\",\"tx_id\":\"" + txId + "\"}",
        post(draft("b", "k", "2")));
  }

  @Test
  void aFullWriteQueueIs429AndAFullServer503() throws Exception {
    store.refuseCommits(new Overloaded(Overloaded.Limit.WRITE_QUEUE));
    assertError(429, "{\"error\":\"overloaded\"}", "1", post(draft("b", "k", "1")));
    store.refuseCommits(null);
    TestStore full = new TestStore();
    try (TestDaemon small = TestDaemon.over(full, "TALEA_MAX_INFLIGHT", "1").withBook("b");
        RawHttp occupant = small.connect()) {
      full.hold();
      occupant.request("POST", "/v1/transactions", draft("b", "k", "1"));
      full.awaitHeld(1);
      assertError(503, "{\"error\":\"overloaded\"}", "1", small.get("/health"));
      full.release();
      assertEquals(200, occupant.read().status());
      assertEquals(200, small.get("/health").status());
    }
  }

  @Test
  void unavailableSaysWhyAndWhenToComeBack() {
    store.refuseCommits(new Unavailable("disk full"));
    assertError(
        503,
        "{\"error\":\"unavailable\",\"reason\":\"disk full\"}",
        "5",
        post(draft("b", "k", "1")));
  }

  @Test
  void internalTellsNothingAndTheLogHasTheRestUnderTheRequestId() {
    Logger logger = (Logger) LoggerFactory.getLogger("dev.talea.server.http.Call");
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    logger.setAdditive(false);
    try {
      store.failCommits(new IllegalStateException("the secret detail"));
      Answer answer = post(draft("b", "k", "1"));
      assertError(500, "{\"error\":\"internal\",\"message\":\"internal error\"}", answer);
      ILoggingEvent line = lines.list.get(0);
      assertTrue(line.getFormattedMessage().contains("" + answer.header("X-Request-Id")));
      assertTrue(line.getThrowableProxy().getMessage().contains("the secret detail"));
    } finally {
      logger.detachAppender(lines);
      logger.setAdditive(true);
    }
  }
}
