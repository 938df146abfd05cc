// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.talea.ledger.Account;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.Asset;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.BookView;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Event;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.Overloaded.Limit;
import dev.talea.ledger.LedgerStream.Happened;
import dev.talea.ledger.Page;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TrialBalance;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What one side writes, the other reads, for random values. {@code -Dtalea.seed=N} repeats. */
class JsonRoundTripTest {
  private static final int ROUNDS = 1_000;
  private static final long SEED = Long.getLong("talea.seed", 20_260_202L);

  private RandomValues values = new RandomValues(SEED);

  @BeforeEach
  void sameValuesForEveryTest() {
    values = new RandomValues(SEED);
  }

  private static String seeded() {
    return "-Dtalea.seed=" + SEED;
  }

  @Test
  void drafts() {
    for (int i = 0; i < ROUNDS; i++) {
      Asset asset = values.asset();
      assertEquals(asset, DraftReader.asset(DraftWriter.asset(asset)), seeded());
      Account account = values.account();
      assertEquals(account, DraftReader.account(DraftWriter.account(account)), seeded());
      TransactionDraft draft = values.draft();
      assertEquals(draft, DraftReader.transaction(DraftWriter.transaction(draft)), seeded());
      List<TransactionDraft> drafts = values.some(values::draft);
      assertEquals(
          drafts,
          DraftReader.transactions(DraftWriter.transactions(drafts), drafts.size()),
          seeded());
    }
  }

  @Test
  void aPartOfALargerArray() {
    for (int i = 0; i < ROUNDS; i++) {
      TransactionDraft draft = values.draft();
      byte[] json = DraftWriter.transaction(draft);
      int before = values.random.nextInt(5);
      byte[] padded = new byte[before + json.length + values.random.nextInt(5)];
      values.random.nextBytes(padded);
      System.arraycopy(json, 0, padded, before, json.length);
      assertEquals(draft, DraftReader.transaction(padded, before, json.length), seeded());
    }
  }

  @Test
  void events() {
    for (int i = 0; i < ROUNDS; i++) {
      for (Event.Payload payload :
          List.of(
              new Event.AssetRegistered(values.asset()),
              new Event.AccountOpened(values.account()),
              new Event.TransactionPosted(values.uuid(), values.draft()))) {
        Event event = new Event(values.seq(), values.moment(), payload);
        byte[] json = EventJson.write(event);
        assertEquals(event, EventJson.read(json), seeded());
        Happened line = new Happened(bookOf(payload), event);
        byte[] written = EventJson.write(line.book(), event);
        assertEquals(line, EventJson.readLine(written), seeded());
        assertEquals(event, EventJson.read(written), seeded());
        for (byte b : json) {
          assertFalse(b == '\n' || b == '\r', "an event is one line");
        }
      }
    }
  }

  private static String bookOf(Event.Payload payload) {
    return payload instanceof Event.TransactionPosted posted
        ? posted.draft().book()
        : payload instanceof Event.AccountOpened opened
            ? opened.account().id().book()
            : DraftRules.SYSTEM_BOOK;
  }

  @Test
  void views() {
    for (int i = 0; i < ROUNDS; i++) {
      BalanceView balance =
          new BalanceView(
              values.accountId(),
              values.text(),
              values.random.nextInt(256),
              values.int128(),
              values.maybe(values::moment),
              values.seq());
      assertEquals(balance, BalanceJson.read(BalanceJson.write(balance)), seeded());
      HistoryPage page =
          new HistoryPage(values.some(values::postingView), values.maybe(values::seq));
      assertEquals(page, HistoryJson.read(HistoryJson.write(page)), seeded());
      TransactionView transaction = transaction();
      assertEquals(transaction, TransactionJson.read(TransactionJson.write(transaction)), seeded());
      TrialBalance totals =
          new TrialBalance(
              values.text(),
              values.maybe(values::moment),
              values.some(
                  () ->
                      new TrialBalance.Line(
                          values.text(),
                          new BigInteger(200, values.random),
                          new BigInteger(values.random.nextInt(200), values.random))));
      assertEquals(totals, TrialBalanceJson.read(TrialBalanceJson.write(totals)), seeded());
    }
  }

  @Test
  void listings() {
    for (int i = 0; i < ROUNDS; i++) {
      Page<Asset, String> assets =
          new Page<>(values.some(values::asset), values.maybe(values::text));
      assertEquals(assets, AssetJson.readPage(AssetJson.page(assets)), seeded());
      Asset asset = values.asset();
      assertEquals(asset, AssetJson.read(AssetJson.write(asset)), seeded());
      Page<BookView, String> books =
          new Page<>(values.some(this::book), values.maybe(values::text));
      assertEquals(books, BookJson.readPage(BookJson.page(books)), seeded());
      BookView book = book();
      assertEquals(book, BookJson.read(BookJson.write(book)), seeded());
      Page<AccountView, String> accounts =
          new Page<>(values.some(this::account), values.maybe(values::text));
      assertEquals(accounts, AccountJson.readPage(AccountJson.page(accounts)), seeded());
      AccountView account = account();
      assertEquals(account, AccountJson.read(AccountJson.write(account)), seeded());
      Page<TransactionView, Long> transactions =
          new Page<>(values.some(this::transaction), values.maybe(values::seq));
      assertEquals(
          transactions, TransactionJson.readPage(TransactionJson.page(transactions)), seeded());
      Page<Event, Long> events =
          new Page<>(
              values.some(
                  () ->
                      new Event(
                          values.seq(),
                          values.moment(),
                          new Event.TransactionPosted(values.uuid(), values.draft()))),
              values.maybe(values::seq));
      assertEquals(events, EventJson.readPage(EventJson.page(events)), seeded());
    }
  }

  private BookView book() {
    return new BookView(
        values.text(),
        values.seq(),
        values.maybe(values::moment),
        values.seq(),
        values.maybe(values::text));
  }

  private AccountView account() {
    return new AccountView(
        values.account(), values.random.nextInt(256), values.int128(), values.seq());
  }

  private TransactionView transaction() {
    return new TransactionView(
        values.uuid(),
        values.text(),
        values.seq(),
        values.moment(),
        values.some(values::postingView),
        values.some(values::externalRef),
        values.metadata());
  }

  private Posted posted() {
    return new Posted(values.uuid(), values.seq(), values.moment(), values.random.nextBoolean());
  }

  private List<LedgerError> errors(Limit limit) {
    return List.of(
        new LedgerError.InvalidDraft(values.text(), values.text()),
        new LedgerError.Unbalanced(values.text(), values.int128(), values.int128()),
        new LedgerError.InvalidAmount(values.int128()),
        new LedgerError.AssetMismatch(values.text(), values.text(), values.text()),
        new LedgerError.Unauthorized(),
        new LedgerError.Forbidden(values.text()),
        new LedgerError.UnknownAsset(values.text()),
        new LedgerError.UnknownAccount(values.text()),
        new LedgerError.NotFound(values.text()),
        new LedgerError.MethodNotAllowed(),
        new LedgerError.Timeout(),
        new LedgerError.AlreadyExists(values.text()),
        new LedgerError.ConstraintViolation(values.text(), values.int128(), values.int128()),
        new LedgerError.IdempotencyConflict(values.text(), values.uuid()),
        new LedgerError.CursorBeyondEnd(Math.abs(values.random.nextLong() >> 1)),
        new LedgerError.Overloaded(limit),
        new LedgerError.Unavailable(values.text()),
        new LedgerError.Stale(values.text(), Math.abs(values.random.nextLong() >> 1)),
        new LedgerError.Internal(values.text()));
  }

  @Test
  void receiptsAndErrors() {
    assertEquals(LedgerError.class.getPermittedSubclasses().length, errors(Limit.ADMISSION).size());
    for (int i = 0; i < ROUNDS; i++) {
      Posted posted = posted();
      assertEquals(posted, ResultJson.readPosted(ResultJson.posted(posted)), seeded());
      List<PostResult> slots = new ArrayList<>(values.some(this::posted));
      errors(Limit.WRITE_QUEUE).forEach(error -> slots.add(new Refused(error)));
      assertEquals(slots, ResultJson.readBatch(ResultJson.batch(slots)), seeded());
      for (LedgerError error : errors(Limit.ADMISSION)) {
        assertEquals(error, ResultJson.readError(503, ResultJson.error(error)), seeded());
      }
    }
  }

  @Test
  void metadataLosesItsWhiteSpaceAndNothingElse() throws IOException {
    for (int i = 0; i < 5 * ROUNDS; i++) {
      RandomValues.Spelling json = values.json(5);
      String draft =
          "{\"book\":\"b\",\"idempotency_key\":\"k\",\"postings\":[],\"metadata\":"
              + json.loose()
              + "}";
      String read = "" + DraftReader.transaction(draft.getBytes(UTF_8)).metadata();
      assertEquals(json.compact(), read, seeded());
      assertEquals(json.compact(), "" + JsonTexts.parse(json.loose()), seeded());
      assertEquals(tokens(json.loose()), tokens(read), seeded());
    }
  }

  /** What the value means, with numbers as they are spelled. */
  private static List<String> tokens(String json) throws IOException {
    List<String> tokens = new ArrayList<>();
    try (JsonParser parser = Json.ANSWER.createParser(json)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        tokens.add(token + " " + parser.getText());
      }
    }
    return tokens;
  }
}
