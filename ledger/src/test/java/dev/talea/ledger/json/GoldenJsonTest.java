// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.move;
import static dev.talea.ledger.conformance.Drafts.withExtras;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.BookView;
import dev.talea.ledger.Event;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.Int128;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.Overloaded.Limit;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Page;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.Posting;
import dev.talea.ledger.PostingView;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TrialBalance;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Every body to the letter. A change here is a change of the contract. */
class GoldenJsonTest {
  private static final UUID ID = UUID.fromString("019c1a2b-3c4d-7e5f-8a6b-7c8d9e0f1a2b");
  private static final String ID_TEXT = "\"019c1a2b-3c4d-7e5f-8a6b-7c8d9e0f1a2b\"";
  private static final Instant AT = Instant.parse("2026-01-31T23:59:59.250Z");
  private static final String AT_TEXT = "\"2026-01-31T23:59:59.250Z\"";

  private static String text(byte[] json) {
    return new String(json, UTF_8);
  }

  private static byte[] bytes(String json) {
    return json.getBytes(UTF_8);
  }

  // ---- drafts

  @Test
  void anAssetDraft() {
    Asset usd = new Asset("USD", AssetClass.FIAT, 2, "US \"Dollar\"");
    String fiat =
        "{\"id\":\"USD\",\"class\":\"fiat\",\"network\":null,\"native_id\":null,"
            + "\"precision\":2,\"name\":\"US \\\"Dollar\\\"\"}";
    assertEquals(fiat, text(DraftWriter.asset(usd)));
    assertEquals(usd, DraftReader.asset(bytes(fiat)));
    Asset usdc = new Asset("USDC", new AssetClass.Crypto("ethereum", "0xA0"), 6, "USD Coin");
    String crypto =
        "{\"id\":\"USDC\",\"class\":\"crypto\",\"network\":\"ethereum\",\"native_id\":\"0xA0\","
            + "\"precision\":6,\"name\":\"USD Coin\"}";
    assertEquals(crypto, text(DraftWriter.asset(usdc)));
    assertEquals(usdc, DraftReader.asset(bytes(crypto)));
    assertEquals(
        usd,
        DraftReader.asset(
            bytes(
                "{\"class\":\"fiat\",\"id\":\"USD\",\"name\":\"US \\\"Dollar\\\"\",\"precision\":2}")));
    assertEquals(
        new Asset("ETH", new AssetClass.Crypto("ethereum", null), 18, "Ether"),
        DraftReader.asset(
            bytes(
                "{\"id\":\"ETH\",\"class\":\"crypto\",\"network\":\"ethereum\",\"precision\":18,"
                    + "\"name\":\"Ether\"}")));
  }

  @Test
  void anAccountDraft() {
    Account account =
        new Account(
            new AccountId("книга", "a/b:c"),
            "USD",
            AccountKind.LIABILITY,
            Side.CREDIT,
            Int128.of(-5));
    String json =
        "{\"book\":\"книга\",\"path\":\"a/b:c\",\"asset\":\"USD\",\"kind\":\"liability\","
            + "\"normal_side\":\"credit\",\"min_balance\":-5}";
    assertEquals(json, text(DraftWriter.account(account)));
    assertEquals(account, DraftReader.account(bytes(json)));
    Account plain = new Account(new AccountId("b", "p"), "USD", AccountKind.CLEARING, null, null);
    assertEquals(
        "{\"book\":\"b\",\"path\":\"p\",\"asset\":\"USD\",\"kind\":\"clearing\","
            + "\"normal_side\":null,\"min_balance\":null}",
        text(DraftWriter.account(plain)));
    assertEquals(
        plain,
        DraftReader.account(
            bytes("{\"book\":\"b\",\"path\":\"p\",\"asset\":\"USD\",\"kind\":\"clearing\"}")));
  }

  private static TransactionDraft draft() {
    return new TransactionDraft(
        "a:b",
        "key-1",
        List.of(
            new Posting("cash", Int128.of(150_000), "USD", Side.DEBIT),
            new Posting("in:come", Int128.MAX, "ETH", Side.CREDIT)),
        List.of(new ExternalRef("bank", "1\n\uD83D\uDE00")),
        new JsonText("{\"z\":1.10,\"a\":[1E5,-0,\"\\u00e9\"]}"),
        Instant.parse("2026-01-31T23:59:59.000000001Z"));
  }

  @Test
  void aTransactionDraft() {
    String json =
        "{\"book\":\"a:b\",\"idempotency_key\":\"key-1\",\"postings\":["
            + "{\"account\":\"cash\",\"amount\":{\"minor\":150000,\"asset\":\"USD\"},"
            + "\"direction\":\"debit\"},"
            + "{\"account\":\"in:come\",\"amount\":"
            + "{\"minor\":170141183460469231731687303715884105727,\"asset\":\"ETH\"},"
            + "\"direction\":\"credit\"}],"
            + "\"external_refs\":[{\"kind\":\"bank\",\"value\":\"1\\n\uD83D\uDE00\"}],"
            + "\"metadata\":{\"z\":1.10,\"a\":[1E5,-0,\"\\u00e9\"]},"
            + "\"occurred_at\":\"2026-01-31T23:59:59.000000001Z\"}";
    assertEquals(json, text(DraftWriter.transaction(draft())));
    assertEquals(draft(), DraftReader.transaction(bytes(json)));
    assertEquals(
        "[" + json + "," + json + "]", text(DraftWriter.transactions(List.of(draft(), draft()))));
    assertEquals("[]", text(DraftWriter.transactions(List.of())));
    TransactionDraft plain = new TransactionDraft("b", "k", List.of(), List.of(), null, null);
    assertEquals(
        "{\"book\":\"b\",\"idempotency_key\":\"k\",\"postings\":[],\"external_refs\":[],"
            + "\"metadata\":null,\"occurred_at\":null}",
        text(DraftWriter.transaction(plain)));
    assertEquals(
        plain,
        DraftReader.transaction(
            bytes("{\"book\":\"b\",\"idempotency_key\":\"k\",\"postings\":[]}")));
    assertEquals(
        Instant.parse("2026-01-31T22:29:59Z"),
        DraftReader.transaction(
                bytes(
                    "{\"book\":\"b\",\"idempotency_key\":\"k\",\"postings\":[],"
                        + "\"occurred_at\":\"2026-01-31T23:59:59+01:30\"}"))
            .occurredAt());
  }

  private static String refused(Executable writing) {
    LedgerException refusal = assertThrows(LedgerException.class, writing);
    return assertInstanceOf(InvalidDraft.class, refusal.error()).field();
  }

  @Test
  void aDraftWithoutASpellingIsNotWritten() {
    String half = "a\uD83D";
    assertEquals("id", refused(() -> DraftWriter.asset(new Asset(half, AssetClass.FIAT, 2, "n"))));
    assertEquals(
        "native_id",
        refused(() -> DraftWriter.asset(new Asset("A", new AssetClass.Crypto("n", half), 2, "n"))));
    assertEquals("path", refused(() -> DraftWriter.account(account("b", half, "USD"))));
    assertEquals("book", refused(() -> DraftWriter.transaction(move(half, "k", "a", "b", 1, "A"))));
    assertEquals(
        "idempotency_key",
        refused(() -> DraftWriter.transaction(move("b", half, "a", "b", 1, "A"))));
    assertEquals(
        "postings.account",
        refused(() -> DraftWriter.transaction(move("b", "k", "a", half, 1, "A"))));
    TransactionDraft good = move("b", "k", "a", "b", 1, "A");
    assertEquals(
        "postings.amount.asset",
        refused(() -> DraftWriter.transactions(List.of(good, move("b", "k", "a", "b", 1, half)))));
    List<ExternalRef> refs = List.of(new ExternalRef("k", half));
    assertEquals(
        "external_refs.value",
        refused(() -> DraftWriter.transaction(withExtras(good, refs, null, null))));
    for (String notJson : List.of("", "1,\"book\":\"c\"", "}", "{}\n", half)) {
      assertEquals(
          "metadata",
          refused(() -> DraftWriter.transaction(withExtras(good, List.of(), notJson, null))));
    }
    assertEquals(
        "occurred_at",
        refused(() -> DraftWriter.transaction(withExtras(good, List.of(), null, Instant.MAX))));
  }

  // ---- answers

  @Test
  void aReceiptAndABatch() {
    Posted posted = new Posted(ID, 3, AT, false);
    String json =
        "{\"tx_id\":" + ID_TEXT + ",\"seq\":3,\"at\":" + AT_TEXT + ",\"deduplicated\":false}";
    assertEquals(json, text(ResultJson.posted(posted)));
    assertEquals(posted, ResultJson.readPosted(bytes(json)));
    List<PostResult> slots =
        List.of(
            posted,
            new Refused(new LedgerError.UnknownAccount("b:x")),
            new Posted(ID, 3, AT, true),
            new Refused(new LedgerError.Overloaded(Limit.WRITE_QUEUE)));
    String batch =
        "["
            + json
            + ",{\"error\":\"unknown_account\",\"account\":\"b:x\"},"
            + json.replace("false", "true")
            + ",{\"error\":\"overloaded\"}]";
    assertEquals(batch, text(ResultJson.batch(slots)));
    assertEquals(slots, ResultJson.readBatch(bytes(batch)));
    assertEquals("[]", text(ResultJson.batch(List.of())));
  }

  @Test
  void aBalance() {
    BalanceView now =
        new BalanceView(new AccountId("a:b", "c:d"), "USD", 2, Int128.of(-1_500), null, 9);
    String json =
        "{\"account\":\"a\\\\:b:c:d\",\"asset\":\"USD\",\"balance\":\"-15.00\",\"as_of\":null,"
            + "\"updated_seq\":9}";
    assertEquals(json, text(BalanceJson.write(now)));
    assertEquals(now, BalanceJson.read(bytes(json)));
    BalanceView then = new BalanceView(new AccountId("b", "c"), "YEN", 0, Int128.ZERO, AT, 0);
    assertEquals(
        "{\"account\":\"b:c\",\"asset\":\"YEN\",\"balance\":\"0\",\"as_of\":"
            + AT_TEXT
            + ",\"updated_seq\":0}",
        text(BalanceJson.write(then)));
  }

  private static PostingView posting() {
    return new PostingView(4, ID, new AccountId("b", "cash"), Int128.of(5), "USD", Side.CREDIT, AT);
  }

  private static final String POSTING =
      "{\"seq\":4,\"tx_id\":"
          + ID_TEXT
          + ",\"account\":\"b:cash\",\"amount\":{\"minor\":5,\"asset\":\"USD\"},"
          + "\"direction\":\"credit\",\"at\":"
          + AT_TEXT
          + "}";

  @Test
  void aPageOfHistory() {
    assertEquals(
        "{\"items\":[" + POSTING + "," + POSTING + "],\"next\":4}",
        text(HistoryJson.write(new HistoryPage(List.of(posting(), posting()), 4L))));
    assertEquals(
        "{\"items\":[],\"next\":null}", text(HistoryJson.write(new HistoryPage(List.of(), null))));
  }

  @Test
  void aTransaction() {
    assertEquals(
        "{\"tx_id\":"
            + ID_TEXT
            + ",\"book\":\"b\",\"seq\":4,\"at\":"
            + AT_TEXT
            + ",\"postings\":["
            + POSTING
            + "],\"external_refs\":[{\"kind\":\"k\",\"value\":\"v\"}],\"metadata\":[1.0]}",
        text(
            TransactionJson.write(
                new TransactionView(
                    ID,
                    "b",
                    4,
                    AT,
                    List.of(posting()),
                    List.of(new ExternalRef("k", "v")),
                    new JsonText("[1.0]")))));
    assertEquals(
        "{\"tx_id\":"
            + ID_TEXT
            + ",\"book\":\"b\",\"seq\":4,\"at\":"
            + AT_TEXT
            + ",\"postings\":[],\"external_refs\":[],\"metadata\":null}",
        text(
            TransactionJson.write(
                new TransactionView(ID, "b", 4, AT, List.of(), List.of(), null))));
  }

  @Test
  void assetsBooksAndAccounts() {
    Asset ether = new Asset("ETH", new AssetClass.Crypto("ethereum", null), 18, "Ether");
    String asset =
        "{\"id\":\"ETH\",\"class\":{\"crypto\":{\"network\":\"ethereum\",\"native_id\":null}},"
            + "\"precision\":18,\"name\":\"Ether\"}";
    assertEquals(asset, text(AssetJson.write(ether)));
    assertEquals(ether, AssetJson.read(bytes(asset)));
    assertEquals(
        "{\"items\":[" + asset + "," + asset + "],\"next\":\"ETH\"}",
        text(AssetJson.page(new Page<>(List.of(ether, ether), "ETH"))));
    String book =
        "{\"book\":\"b\",\"last_seq\":7,\"last_at\":"
            + AT_TEXT
            + ",\"accounts\":3,\"unavailable\":null}";
    assertEquals(book, text(BookJson.write(new BookView("b", 7, AT, 3, null))));
    assertEquals(
        "{\"items\":[{\"book\":\"b\",\"last_seq\":0,\"last_at\":null,\"accounts\":0,"
            + "\"unavailable\":\"damaged\"}],\"next\":null}",
        text(BookJson.page(new Page<>(List.of(new BookView("b", 0, null, 0, "damaged")), null))));
    AccountView view =
        new AccountView(
            new Account(
                new AccountId("a:b", "c"), "USD", AccountKind.LIABILITY, Side.CREDIT, Int128.of(5)),
            2,
            Int128.of(-1_500),
            9);
    String account =
        "{\"account\":\"a\\\\:b:c\",\"def\":{\"id\":{\"book\":\"a:b\",\"path\":\"c\"},"
            + "\"asset\":\"USD\",\"kind\":\"liability\"},"
            + "\"cfg\":{\"normal_side\":\"credit\",\"min_balance\":5},"
            + "\"balance\":\"-15.00\",\"updated_seq\":9}";
    assertEquals(account, text(AccountJson.write(view)));
    assertEquals(view, AccountJson.read(bytes(account)));
    assertEquals(
        "{\"items\":[" + account + "],\"next\":null}",
        text(AccountJson.page(new Page<>(List.of(view), null))));
    assertEquals(
        "{\"items\":[],\"next\":null}", text(TransactionJson.page(new Page<>(List.of(), null))));
    assertEquals("{\"items\":[],\"next\":12}", text(EventJson.page(new Page<>(List.of(), 12L))));
  }

  @Test
  void aTrialBalance() {
    BigInteger huge = BigInteger.ONE.shiftLeft(128);
    assertEquals(
        "{\"book\":\"b\",\"as_of\":null,\"lines\":["
            + "{\"asset\":\"ETH\",\"debits\":340282366920938463463374607431768211456,"
            + "\"credits\":340282366920938463463374607431768211456},"
            + "{\"asset\":\"USD\",\"debits\":0,\"credits\":0}]}",
        text(
            TrialBalanceJson.write(
                new TrialBalance(
                    "b",
                    null,
                    List.of(
                        new TrialBalance.Line("ETH", huge, huge),
                        new TrialBalance.Line("USD", BigInteger.ZERO, BigInteger.ZERO))))));
    assertEquals(
        "{\"book\":\"b\",\"as_of\":" + AT_TEXT + ",\"lines\":[]}",
        text(TrialBalanceJson.write(new TrialBalance("b", AT, List.of()))));
  }

  // ---- events

  private static void event(Event.Payload payload, String kind, String fields) {
    Event event = new Event(7, AT, payload);
    String json =
        "{\"seq\":7,\"at\":"
            + AT_TEXT
            + ",\"kind\":\""
            + kind
            + "\",\"payload\":{\"kind\":\""
            + kind
            + "\","
            + fields
            + "}}";
    assertEquals(json, text(EventJson.write(event)));
    assertEquals(event, EventJson.read(bytes(json)));
  }

  @Test
  void assetRegistered() {
    event(
        new Event.AssetRegistered(new Asset("USD", AssetClass.FIAT, 2, "Dollar")),
        "asset_registered",
        "\"id\":\"USD\",\"class\":\"fiat\",\"precision\":2,\"name\":\"Dollar\"");
    event(
        new Event.AssetRegistered(
            new Asset("ETH", new AssetClass.Crypto("ethereum", null), 18, "Ether")),
        "asset_registered",
        "\"id\":\"ETH\",\"class\":{\"crypto\":{\"network\":\"ethereum\",\"native_id\":null}},"
            + "\"precision\":18,\"name\":\"Ether\"");
    event(
        new Event.AssetRegistered(
            new Asset("USDC", new AssetClass.Crypto("ethereum", "0xA0"), 6, "")),
        "asset_registered",
        "\"id\":\"USDC\",\"class\":{\"crypto\":{\"network\":\"ethereum\",\"native_id\":\"0xA0\"}},"
            + "\"precision\":6,\"name\":\"\"");
  }

  @Test
  void accountOpened() {
    AccountId id = new AccountId("a:b", "c:d");
    event(
        new Event.AccountOpened(new Account(id, "USD", AccountKind.ASSET, null, null)),
        "account_opened",
        "\"def\":{\"id\":{\"book\":\"a:b\",\"path\":\"c:d\"},\"asset\":\"USD\",\"kind\":\"asset\"},"
            + "\"cfg\":{\"normal_side\":null,\"min_balance\":null}");
    event(
        new Event.AccountOpened(new Account(id, "USD", AccountKind.EQUITY, Side.DEBIT, Int128.MIN)),
        "account_opened",
        "\"def\":{\"id\":{\"book\":\"a:b\",\"path\":\"c:d\"},\"asset\":\"USD\",\"kind\":\"equity\"},"
            + "\"cfg\":{\"normal_side\":\"debit\","
            + "\"min_balance\":-170141183460469231731687303715884105727}");
  }

  @Test
  void transactionPosted() {
    event(
        new Event.TransactionPosted(ID, draft()),
        "transaction_posted",
        "\"id\":"
            + ID_TEXT
            + ",\"book\":\"a:b\",\"postings\":["
            + "{\"account\":{\"book\":\"a:b\",\"path\":\"cash\"},"
            + "\"amount\":{\"minor\":150000,\"asset\":\"USD\"},\"direction\":\"debit\"},"
            + "{\"account\":{\"book\":\"a:b\",\"path\":\"in:come\"},"
            + "\"amount\":{\"minor\":170141183460469231731687303715884105727,\"asset\":\"ETH\"},"
            + "\"direction\":\"credit\"}],"
            + "\"idempotency_key\":\"key-1\","
            + "\"external_refs\":[{\"kind\":\"bank\",\"value\":\"1\\n\uD83D\uDE00\"}],"
            + "\"metadata\":{\"z\":1.10,\"a\":[1E5,-0,\"\\u00e9\"]},"
            + "\"occurred_at\":\"2026-01-31T23:59:59.000000001Z\"");
    event(
        new Event.TransactionPosted(
            ID, new TransactionDraft("b", "k", List.of(), List.of(), null, null)),
        "transaction_posted",
        "\"id\":"
            + ID_TEXT
            + ",\"book\":\"b\",\"postings\":[],\"idempotency_key\":\"k\",\"external_refs\":[],"
            + "\"metadata\":null,\"occurred_at\":null");
  }

  @Test
  void theFieldsOfAnEventMayComeInAnyOrder() {
    Event event =
        EventJson.read(
            bytes(
                "{\"payload\":{\"name\":\"n\",\"new\":[1.5],\"precision\":0,\"class\":"
                    + "{\"crypto\":{\"native_id\":null,\"network\":\"n\",\"x\":1}},\"id\":\"A\","
                    + "\"kind\":\"asset_registered\"},\"kind\":\"asset_registered\",\"at\":"
                    + AT_TEXT
                    + ",\"seq\":1}"));
    assertEquals(
        new Event.AssetRegistered(new Asset("A", new AssetClass.Crypto("n", null), 0, "n")),
        event.payload());
  }

  // ---- errors

  private static void error(int status, LedgerError error, String json) {
    assertEquals(json, text(ResultJson.error(error)));
    assertEquals(error, ResultJson.readError(status, bytes(json)));
  }

  @Test
  void everyErrorEnvelope() {
    error(
        400,
        new InvalidDraft("body", "why"),
        "{\"error\":\"invalid_draft\",\"field\":\"body\",\"reason\":\"why\"}");
    error(
        400,
        new LedgerError.Unbalanced("USD", Int128.of(2), Int128.ZERO),
        "{\"error\":\"unbalanced\",\"asset\":\"USD\",\"debit\":2,\"credit\":0}");
    error(
        400,
        new LedgerError.InvalidAmount(Int128.MIN),
        "{\"error\":\"invalid_amount\",\"amount\":-170141183460469231731687303715884105727}");
    error(
        400,
        new LedgerError.AssetMismatch("b:a", "USD", "EUR"),
        "{\"error\":\"asset_mismatch\",\"account\":\"b:a\",\"account_asset\":\"USD\",\"asset\":\"EUR\"}");
    error(401, new LedgerError.Unauthorized(), "{\"error\":\"unauthorized\"}");
    error(403, new LedgerError.Forbidden("*"), "{\"error\":\"forbidden\",\"book\":\"*\"}");
    error(
        404,
        new LedgerError.UnknownAsset("USD"),
        "{\"error\":\"unknown_asset\",\"asset\":\"USD\"}");
    error(
        404,
        new LedgerError.UnknownAccount("a\\:b:c"),
        "{\"error\":\"unknown_account\",\"account\":\"a\\\\:b:c\"}");
    error(404, new LedgerError.NotFound("x"), "{\"error\":\"not_found\",\"what\":\"x\"}");
    error(405, new LedgerError.MethodNotAllowed(), "{\"error\":\"method_not_allowed\"}");
    error(408, new LedgerError.Timeout(), "{\"error\":\"timeout\"}");
    error(
        409,
        new LedgerError.AlreadyExists("asset USD"),
        "{\"error\":\"already_exists\",\"what\":\"asset USD\"}");
    error(
        409,
        new LedgerError.ConstraintViolation("b:a", Int128.ZERO, Int128.of(-1)),
        "{\"error\":\"constraint_violation\",\"account\":\"b:a\",\"min_balance\":0,\"would_be\":-1}");
    error(
        409,
        new LedgerError.IdempotencyConflict("k", ID),
        "{\"error\":\"idempotency_conflict\",\"idempotency_key\":\"k\",\"tx_id\":" + ID_TEXT + "}");
    error(429, new LedgerError.Overloaded(Limit.WRITE_QUEUE), "{\"error\":\"overloaded\"}");
    error(503, new LedgerError.Overloaded(Limit.ADMISSION), "{\"error\":\"overloaded\"}");
    error(
        503,
        new LedgerError.Unavailable("disk full"),
        "{\"error\":\"unavailable\",\"reason\":\"disk full\"}");
    error(
        500,
        new LedgerError.Internal("internal error"),
        "{\"error\":\"internal\",\"message\":\"internal error\"}");
  }

  @Test
  void textsWithoutAUtf8FormAreRepairedOnTheWayOut() {
    assertEquals(
        "{\"error\":\"not_found\",\"what\":\"a\uFFFDb\uD83D\uDE00\uFFFD\"}",
        text(ResultJson.error(new LedgerError.NotFound("a\uDE00b\uD83D\uDE00\uD83D"))));
  }

  @Test
  void anUnreadableOrUnknownErrorIsJudgedByItsStatus() {
    for (String body :
        List.of(
            "",
            "<html>",
            "{}",
            "[]",
            "null",
            "{\"error\":null}",
            "{\"error\":{\"code\":1}}",
            "{\"error\":\"a_new_code\",\"field\":[1]}",
            "{\"error\":\"unbalanced\"}",
            "{\"error\":\"unbalanced\",\"asset\":\"A\",\"debit\":\"x\",\"credit\":1.5}",
            "{\"error\":\"idempotency_conflict\",\"idempotency_key\":\"k\",\"tx_id\":\"x\"}",
            "{\"error\":\"invalid_draft\",\"field\":\"body\",\"field\":\"body\"}")) {
      assertEquals(new LedgerError.Unauthorized(), ResultJson.readError(401, bytes(body)), body);
      assertEquals(new LedgerError.Timeout(), ResultJson.readError(408, bytes(body)));
      assertEquals(new LedgerError.MethodNotAllowed(), ResultJson.readError(405, bytes(body)));
      assertEquals(
          new LedgerError.Overloaded(Limit.WRITE_QUEUE), ResultJson.readError(429, bytes(body)));
      assertEquals(
          new LedgerError.Overloaded(Limit.ADMISSION), ResultJson.readError(503, bytes(body)));
      assertEquals("internal", ResultJson.readError(500, bytes(body)).code());
      assertEquals("unavailable", ResultJson.readError(502, bytes(body)).code(), "a gateway's");
      assertEquals("unavailable", ResultJson.readError(504, bytes(body)).code(), "a gateway's");
    }
    assertEquals(
        List.of(new Refused(new LedgerError.Internal("an error this client does not know"))),
        ResultJson.readBatch(bytes("[{\"error\":\"a_new_code\",\"amount\":{\"minor\":1}}]")));
  }

  @Test
  void answersMayHoldMoreThanIsKnownButNotLess() {
    assertEquals(
        new Posted(ID, 3, AT, false),
        ResultJson.readPosted(
            bytes(
                "{\"new\":{\"a\":[]},\"deduplicated\":false,\"at\":"
                    + AT_TEXT
                    + ",\"seq\":3,\"tx_id\":"
                    + ID_TEXT
                    + "}")));
    for (String body :
        List.of(
            "",
            "{}",
            "{\"tx_id\":" + ID_TEXT + ",\"seq\":3,\"at\":" + AT_TEXT + "}",
            "{\"tx_id\":\"x\",\"seq\":3,\"at\":" + AT_TEXT + ",\"deduplicated\":true}",
            "{\"tx_id\":" + ID_TEXT + ",\"seq\":3.0,\"at\":" + AT_TEXT + ",\"deduplicated\":true}",
            "{\"tx_id\":" + ID_TEXT + ",\"seq\":3,\"at\":3,\"deduplicated\":true}")) {
      LedgerException e =
          assertThrows(LedgerException.class, () -> ResultJson.readPosted(bytes(body)), body);
      assertEquals("internal", e.error().code());
    }
    for (String balance : List.of("", ".", "1.", ".5", "-", "--1", "1.2.3", "+1", "1e3", "x")) {
      assertThrows(
          LedgerException.class,
          () ->
              BalanceJson.read(
                  bytes(
                      "{\"account\":\"b:a\",\"asset\":\"A\",\"as_of\":null,\"updated_seq\":1,"
                          + "\"balance\":\""
                          + balance
                          + "\"}")),
          balance);
    }
  }

  // ---- metadata from a command line

  @Test
  void jsonOfPeopleIsCheckedAndCompacted() {
    assertEquals(
        new JsonText("{\"a\":[1.0,\" \"]}"), JsonTexts.parse(" { \"a\" : [ 1.0 , \" \" ] }\n"));
    assertEquals(null, JsonTexts.parse(" null "));
    assertEquals(new JsonText("17"), JsonTexts.parse("17 "));
    for (String bad : List.of("", "{", "1 2", "{\"a\":1,\"a\":1}", "\uD800", "[".repeat(64))) {
      LedgerException e = assertThrows(LedgerException.class, () -> JsonTexts.parse(bad));
      assertEquals("metadata", ((InvalidDraft) e.error()).field());
    }
  }
}
