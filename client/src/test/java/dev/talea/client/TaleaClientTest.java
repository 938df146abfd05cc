// SPDX-License-Identifier: Apache-2.0
package dev.talea.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.client.ScriptedServer.Request;
import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.Int128;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TrialBalance;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

@Timeout(30)
class TaleaClientTest {
  private static final UUID TX = UUID.fromString("0190a1b2-c3d4-7e5f-8a6b-000000000001");
  private static final String POSTED =
      "{\"tx_id\":\"" + TX + "\",\"seq\":3,\"at\":\"2026-01-02T03:04:05Z\",\"deduplicated\":false}";
  private static final String OVERLOADED = "{\"error\":\"overloaded\"}";

  private final TestSurroundings surroundings = new TestSurroundings();
  private ScriptedServer server;
  private TaleaClient client;
  private BlockingLedger ledger;

  @BeforeEach
  void start() throws IOException {
    server = new ScriptedServer();
    client = builder().build();
    ledger = new BlockingLedger(client);
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    server.close();
  }

  private TaleaClient.Builder builder() {
    return TaleaClient.builder(server.url()).token("s3cret").surroundings(surroundings);
  }

  private void use(TaleaClient.Builder builder) {
    client.close();
    client = builder.build();
    ledger = new BlockingLedger(client);
  }

  // --- what a call looks like on the wire ---

  @Test
  void everyRequestCarriesTheToken() throws Exception {
    server.then(204, "");
    ledger.registerAsset(new Asset("EUR", AssetClass.FIAT, 2, "Euro"));
    Request request = server.request();
    assertEquals("Bearer s3cret", request.header("Authorization"));
    assertEquals("application/json", request.header("Accept"));
    assertEquals("application/json", request.header("Content-Type"));
  }

  @Test
  void writesGoToTheirRoutes() throws Exception {
    server.then(204, "").then(204, "").then(200, POSTED).then(200, "[" + POSTED + "]");
    ledger.registerAsset(new Asset("EUR", AssetClass.FIAT, 2, "Euro"));
    ledger.openAccount(
        new Account(
            new AccountId("b", "p"), "EUR", AccountKind.LIABILITY, Side.CREDIT, Int128.ZERO));
    Posted posted = ledger.post(draft("k"));
    ledger.postAtomically(List.of(draft("k")));
    assertEquals(new Posted(TX, 3, Instant.parse("2026-01-02T03:04:05Z"), false), posted);

    Request asset = server.request();
    assertEquals("POST /v1/assets HTTP/1.1", asset.line());
    assertEquals(
        "{\"id\":\"EUR\",\"class\":\"fiat\",\"network\":null,\"native_id\":null,\"precision\":2,"
            + "\"name\":\"Euro\"}",
        asset.body());
    Request account = server.request();
    assertEquals("POST /v1/accounts HTTP/1.1", account.line());
    assertEquals(
        "{\"book\":\"b\",\"path\":\"p\",\"asset\":\"EUR\",\"kind\":\"liability\","
            + "\"normal_side\":\"credit\",\"min_balance\":0}",
        account.body());
    assertEquals("POST /v1/transactions HTTP/1.1", server.request().line());
    assertEquals("POST /v1/transactions/batch?atomic=true HTTP/1.1", server.request().line());
  }

  @Test
  void readsComeBackAsTheLedgersOwnWords() throws Exception {
    Instant asOf = Instant.parse("2026-01-02T03:04:05.123456Z");
    String posting =
        "{\"seq\":3,\"tx_id\":\""
            + TX
            + "\",\"account\":\"a\\\\:b:c\",\"amount\":{\"minor\":5,\"asset\":\"EUR\"},"
            + "\"direction\":\"debit\",\"at\":\"2026-01-02T03:04:05Z\"}";
    server
        .then(
            200,
            "{\"account\":\"a\\\\:b:c\",\"asset\":\"EUR\",\"balance\":\"-15.00\",\"as_of\":\""
                + asOf
                + "\",\"updated_seq\":3}")
        .then(200, "{\"items\":[" + posting + "],\"next\":3}")
        .then(
            200,
            "{\"tx_id\":\""
                + TX
                + "\",\"book\":\"a:b\",\"seq\":3,\"at\":\"2026-01-02T03:04:05Z\",\"postings\":["
                + posting
                + "],\"external_refs\":[{\"kind\":\"bank\",\"value\":\"7\"}],"
                + "\"metadata\":{\"n\":1e3}}")
        .then(
            200,
            "{\"book\":\"a:b\",\"as_of\":null,\"lines\":[{\"asset\":\"EUR\",\"debits\":5,"
                + "\"credits\":5}]}");
    AccountId account = new AccountId("a:b", "c");

    BalanceView balance = ledger.balance(account, asOf);
    assertEquals(new BalanceView(account, "EUR", 2, Int128.of(-1500), asOf, 3), balance);
    HistoryPage history = ledger.history(account, 2, 50);
    assertEquals(account, history.items().get(0).account());
    assertEquals(3L, history.next());
    TransactionView transaction = ledger.transaction(TX);
    assertEquals(List.of(new ExternalRef("bank", "7")), transaction.externalRefs());
    assertEquals(new JsonText("{\"n\":1e3}"), transaction.metadata());
    assertEquals(
        List.of(new TrialBalance.Line("EUR", BigInteger.valueOf(5), BigInteger.valueOf(5))),
        ledger.trialBalance("a:b", null).lines());

    assertEquals(
        "GET /v1/books/a:b/accounts/c/balance?as_of=2026-01-02T03:04:05.123456Z HTTP/1.1",
        server.request().line());
    assertEquals(
        "GET /v1/books/a:b/accounts/c/history?after_seq=2&limit=50 HTTP/1.1",
        server.request().line());
    assertEquals("GET /v1/transactions/" + TX + " HTTP/1.1", server.request().line());
    assertEquals("GET /v1/books/a:b/trial-balance HTTP/1.1", server.request().line());
  }

  @Test
  void anyNameIsOneSegmentOfAPath() throws Exception {
    Map<String, String> names =
        Map.of(
            "a/b", "a%2Fb",
            "..", "%2E%2E",
            ".", "%2E",
            "a..b", "a..b",
            "a\\b:c", "a%5Cb:c",
            "two words", "two%20words",
            "Книга", "%D0%9A%D0%BD%D0%B8%D0%B3%D0%B0",
            "🏦", "%F0%9F%8F%A6",
            "100%?#&+", "100%25%3F%23%26%2B");
    for (Map.Entry<String, String> name : names.entrySet()) {
      server.then(404, "{\"error\":\"unknown_account\",\"account\":\"x\"}");
      refusal(() -> ledger.balance(new AccountId(name.getKey(), name.getKey()), null));
      assertEquals(
          "GET /v1/books/" + name.getValue() + "/accounts/" + name.getValue() + "/balance HTTP/1.1",
          server.request().line());
    }
  }

  @Test
  void namesThatNoPathCanSpellAreUnknownWithoutAsking() {
    for (String name : List.of("", "\uD800")) {
      assertEquals(
          new LedgerError.UnknownAccount("b:" + name),
          refusal(() -> ledger.balance(new AccountId("b", name), null)));
      assertEquals(List.of(), ledger.trialBalance(name, null).lines());
    }
    assertEquals(0, server.requestsLeft());
  }

  @Test
  void aPathInTheUrlIsPutInFront() throws Exception {
    use(TaleaClient.builder(server.url() + "/ledger/"));
    server.then(200, "{\"book\":\"b\",\"as_of\":null,\"lines\":[]}");
    ledger.trialBalance("b", null);
    Request request = server.request();
    assertEquals("GET /ledger/v1/books/b/trial-balance HTTP/1.1", request.line());
    assertEquals("", request.header("Authorization"));
  }

  @Test
  void whatIsNoServerAndWhatIsNoTokenIsRefusedWithoutRepeatingTheToken() {
    for (String url :
        List.of("localhost:8080", "ftp://x", "http://", "http://u:p@x", "http://x?q", "h t")) {
      assertThrows(IllegalArgumentException.class, () -> TaleaClient.builder(url), url);
    }
    for (String token : List.of("", "two words", "line\nbreak", "ключ")) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class, () -> TaleaClient.builder("http://x").token(token));
      assertFalse(!token.isEmpty() && String.valueOf(e.getMessage()).contains(token));
    }
  }

  // --- what is tried again, and what is not ---

  @Test
  void temporaryAnswersAreTriedAgainThreeTimesInAll() throws Exception {
    server.then(503, OVERLOADED).then(429, OVERLOADED).then(200, POSTED);
    assertEquals(3, ledger.post(draft("k")).seq());
    assertEquals(List.of(Duration.ofMillis(100), Duration.ofMillis(200)), surroundings.waits());
    String first = server.request().body();
    assertEquals(first, server.request().body());
    assertEquals(first, server.request().body());

    server.then(408, "{\"error\":\"timeout\"}").then(408, "").then(408, "");
    assertEquals(new LedgerError.Timeout(), refusal(() -> ledger.post(draft("k"))));
    assertEquals(3, server.requestsLeft());
  }

  @Test
  void gatewaysAreTriedAgainWhateverTheySay() {
    String page = "<html><body>Bad Gateway</body></html>";
    server.then(502, page).then(504, "").then(200, POSTED);
    assertEquals(3, ledger.post(draft("k")).seq());
    server.then(503, page).then(502, "{\"error\":\"unauthorized\"}").then(200, POSTED);
    assertEquals(3, ledger.post(draft("k")).seq());
    server.then(502, page).then(502, page).then(504, page);
    LedgerError error = refusal(() -> ledger.post(draft("k")));
    assertEquals(new LedgerError.Unavailable("a gateway answered HTTP 504 in its place"), error);
    server.then(500, page);
    assertInstanceOf(LedgerError.Internal.class, refusal(() -> ledger.post(draft("k"))));
  }

  @Test
  void theLastAnswerDecidesWhatTheCallerIsTold() {
    server.then(429, OVERLOADED).then(429, OVERLOADED).then(503, OVERLOADED);
    assertEquals(
        new LedgerError.Overloaded(LedgerError.Overloaded.Limit.ADMISSION),
        refusal(() -> ledger.post(draft("k"))));
    server.then(503, OVERLOADED).then(503, OVERLOADED).then(429, OVERLOADED);
    assertEquals(
        new LedgerError.Overloaded(LedgerError.Overloaded.Limit.WRITE_QUEUE),
        refusal(() -> ledger.post(draft("k"))));
  }

  @Test
  void retryAfterIsHonouredAndADateInItIsIgnored() {
    server
        .then(503, OVERLOADED, "Retry-After: 7")
        .then(503, OVERLOADED, "Retry-After: Fri, 31 Dec 2027 23:59:59 GMT")
        .then(200, POSTED);
    ledger.post(draft("k"));
    assertEquals(List.of(Duration.ofSeconds(7), Duration.ofMillis(200)), surroundings.waits());
  }

  @Test
  void aServerThatAsksForAnHourGetsNoSecondTry() {
    server.then(503, "{\"error\":\"unavailable\",\"reason\":\"r\"}", "Retry-After: 3600");
    assertEquals(new LedgerError.Unavailable("r"), refusal(() -> ledger.post(draft("k"))));
    assertEquals(List.of(), surroundings.waits());
  }

  @Test
  void aProjectionThatLagsIsNotAskedAgain() {
    server.then(503, "{\"error\":\"stale\",\"projection\":\"postings\",\"position\":7}");
    assertEquals(
        new LedgerError.Stale("postings", 7),
        refusal(() -> ledger.balance(new AccountId("b", "a"), null)));
    assertEquals(List.of(), surroundings.waits());
  }

  @Test
  void refusalsAreNotTriedAgain() {
    Map<String, Integer> refusals =
        Map.of(
            "{\"error\":\"invalid_draft\",\"field\":\"f\",\"reason\":\"r\"}", 400,
            "{\"error\":\"unauthorized\"}", 401,
            "{\"error\":\"forbidden\",\"book\":\"b\"}", 403,
            "{\"error\":\"not_found\",\"what\":\"w\"}", 404,
            "{\"error\":\"already_exists\",\"what\":\"w\"}", 409,
            "{\"error\":\"internal\",\"message\":\"m\"}", 500);
    refusals.forEach(
        (body, status) -> {
          server.then(status, body);
          LedgerError error = refusal(() -> ledger.post(draft("k")));
          assertTrue(body.contains('"' + error.code() + '"'), error.code());
        });
    assertEquals(refusals.size(), server.requestsLeft());
  }

  @Test
  void aConnectionThatBreaksBeforeOrInTheMiddleOfAnAnswerIsTriedAgain() throws Exception {
    server
        .then(out -> false)
        .then(
            out -> {
              String whole = ScriptedServer.answer(200, POSTED);
              out.write(whole.substring(0, whole.length() - 5).getBytes(StandardCharsets.UTF_8));
              return false;
            })
        .then(200, POSTED);
    assertEquals(3, ledger.post(draft("k")).seq());
    assertEquals(3, server.requestsLeft());
  }

  @Test
  void aServerThatIsNotThereIsUnavailableAndTheReasonNamesIt() throws Exception {
    server.goAway();
    LedgerError error = refusal(() -> ledger.post(draft("k")));
    String reason = assertInstanceOf(LedgerError.Unavailable.class, error).reason();
    assertTrue(reason.contains(server.url()), reason);
    assertEquals(2, surroundings.waits().size());
  }

  @Test
  void aServerThatComesBackBetweenTwoTriesIsFine() throws Exception {
    server.goAway();
    surroundings.onWait(
        () -> {
          try {
            server.comeBack();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    server.then(200, POSTED);
    assertEquals(3, ledger.post(draft("k")).seq());
  }

  @Test
  void silenceIsATimeoutAndIsTriedAgain() {
    use(builder().timeout(Duration.ofMillis(100)));
    ScriptedServer.Reaction silence =
        out -> {
          new CountDownLatch(1).await();
          return false;
        };
    server.then(silence).then(silence).then(silence);
    assertEquals(new LedgerError.Timeout(), refusal(() -> ledger.post(draft("k"))));
    assertEquals(2, surroundings.waits().size());
  }

  @Test
  void withoutRetriesThereIsOneTry() {
    use(builder().retries(RetryPolicy.NONE));
    server.then(503, OVERLOADED);
    refusal(() -> ledger.post(draft("k")));
    assertEquals(1, server.requestsLeft());
    assertEquals(List.of(), surroundings.waits());
  }

  @Test
  void whatIsNoAnswerOfALedgerIsAnInternalError() {
    server.then(500, "<html>Bad Gateway</html>");
    assertEquals(
        new LedgerError.Internal("HTTP 500 with an answer without an error envelope"),
        refusal(() -> ledger.post(draft("k"))));
    server.then(200, "<html>Welcome</html>");
    assertInstanceOf(LedgerError.Internal.class, refusal(() -> ledger.post(draft("k"))));
  }

  @Test
  void aClosedClientSaysSo() {
    client.close();
    assertEquals(
        new LedgerError.Unavailable("this client is closed"),
        refusal(() -> ledger.post(draft("k"))));
  }

  // --- batches ---

  @Test
  void onlyTheSlotsThatAnsweredOverloadedAreSentAgain() throws Exception {
    server
        .then(
            200,
            "[" + POSTED + "," + OVERLOADED + ",{\"error\":\"unauthorized\"}," + OVERLOADED + "]")
        .then(200, "[" + OVERLOADED + "," + POSTED + "]")
        .then(200, "[" + POSTED + "]");
    List<PostResult> results =
        ledger.postBatch(List.of(draft("k1"), draft("k2"), draft("k3"), draft("k4")));
    assertInstanceOf(Posted.class, results.get(0));
    assertInstanceOf(Posted.class, results.get(1));
    assertEquals(new Refused(new LedgerError.Unauthorized()), results.get(2));
    assertInstanceOf(Posted.class, results.get(3));
    assertEquals(List.of("k1", "k2", "k3", "k4"), keys(server.request()));
    assertEquals(List.of("k2", "k4"), keys(server.request()));
    assertEquals(List.of("k2"), keys(server.request()));
  }

  @Test
  void slotsThatStayOverloadedSaySoAfterTheLastTry() {
    String answer = "[" + OVERLOADED + "]";
    server.then(200, "[" + POSTED + "," + OVERLOADED + "]").then(200, answer).then(200, answer);
    List<PostResult> results = ledger.postBatch(List.of(draft("k1"), draft("k2")));
    assertInstanceOf(Posted.class, results.get(0));
    assertEquals(
        new Refused(new LedgerError.Overloaded(LedgerError.Overloaded.Limit.WRITE_QUEUE)),
        results.get(1));
    assertEquals(3, server.requestsLeft());
  }

  @Test
  void aReceiptIsNotLostWhenALaterTryOfTheOtherSlotsFails() {
    server.then(200, "[" + POSTED + "," + OVERLOADED + "]").then(503, "").then(503, "");
    List<PostResult> results = ledger.postBatch(List.of(draft("k1"), draft("k2")));
    assertInstanceOf(Posted.class, results.get(0));
    assertEquals(
        new Refused(new LedgerError.Overloaded(LedgerError.Overloaded.Limit.ADMISSION)),
        results.get(1));
  }

  @Test
  void aLongListGoesOutInSeveralRequestsInOrder() throws Exception {
    use(builder().batchMax(2));
    server
        .then(200, "[" + POSTED + "," + POSTED + "]")
        .then(200, "[" + POSTED + "," + POSTED + "]")
        .then(200, "[" + POSTED + "]");
    List<TransactionDraft> drafts = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      drafts.add(draft("k" + i));
    }
    assertEquals(5, ledger.postBatch(drafts).size());
    assertEquals(List.of("k1", "k2"), keys(server.request()));
    assertEquals(List.of("k3", "k4"), keys(server.request()));
    assertEquals(List.of("k5"), keys(server.request()));
  }

  @Test
  void noRequestOfABatchIsLongerThanAServerTakes() throws Exception {
    String long30 = "\"" + "m".repeat(60_000) + "\"";
    List<TransactionDraft> drafts = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      drafts.add(
          new TransactionDraft(
              "b", "k" + i, draft("k").postings(), List.of(), new JsonText(long30), null));
    }
    server.then(200, slots(34)).then(200, slots(6));
    assertEquals(40, ledger.postBatch(drafts).size());
    for (int i = 0; i < 2; i++) {
      int length = Integer.parseInt(server.request().header("Content-Length"));
      assertTrue(length <= 2 * 1024 * 1024, length + " bytes");
    }
  }

  @Test
  void anEmptyBatchNeedsNoServer() throws Exception {
    server.goAway();
    assertEquals(List.of(), ledger.postBatch(List.of()));
    assertEquals(List.of(), ledger.postAtomically(List.of()));
  }

  @Test
  void anAnswerWithTheWrongNumberOfSlotsIsNoAnswer() {
    server.then(200, "[]");
    assertEquals(
        new LedgerError.Internal("a batch of 1 drafts was answered with 0 slots"),
        refusal(() -> ledger.postBatch(List.of(draft("k")))));
  }

  private static String slots(int count) {
    return "[" + String.join(",", Collections.nCopies(count, POSTED)) + "]";
  }

  private static List<String> keys(Request request) {
    List<String> keys = new ArrayList<>();
    var matcher = Pattern.compile("\"idempotency_key\":\"([^\"]*)\"").matcher(request.body());
    while (matcher.find()) {
      keys.add(matcher.group(1));
    }
    return keys;
  }

  private static LedgerError refusal(Executable call) {
    return assertThrows(LedgerException.class, call).error();
  }

  static TransactionDraft draft(String key) {
    return new TransactionDraft(
        "b",
        key,
        List.of(
            new Posting("x", Int128.of(5), "EUR", Side.DEBIT),
            new Posting("y", Int128.of(5), "EUR", Side.CREDIT)),
        List.of(),
        null,
        null);
  }
}
