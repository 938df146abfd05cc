// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.conformance;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.credit;
import static dev.talea.ledger.conformance.Drafts.debit;
import static dev.talea.ledger.conformance.Drafts.draft;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static dev.talea.ledger.conformance.Drafts.moves;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.Event;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.LedgerError.IdempotencyConflict;
import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerError.UnknownAccount;
import dev.talea.ledger.Limits;
import dev.talea.ledger.Page;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.Posting;
import dev.talea.ledger.PostingView;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TrialBalance;
import dev.talea.ledger.json.HistoryJson;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Balances, history, totals and transactions, now and as of a moment. */
abstract class ReadingConformance extends BatchConformance {
  private static final AccountId CASH = new AccountId(BOOK, "cash");
  private static final Instant BEFORE_EVERYTHING = Instant.parse("2000-01-01T00:00:00Z");
  private static final Instant AFTER_EVERYTHING = Instant.parse("2999-12-31T23:59:59.123456789Z");

  // ---- balance

  @Test
  public void theBalanceOfAnUnknownAccountIsAnError() {
    assertEquals(
        new UnknownAccount("b:cash"), refusal(() -> ask().balance(CASH, null)), "no such book");
    openStandardBook();
    assertEquals(
        new UnknownAccount("b:nobody"),
        refusal(() -> ask().balance(new AccountId(BOOK, "nobody"), null)));
    assertEquals(
        new UnknownAccount("b:nobody"),
        refusal(() -> ask().balance(new AccountId(BOOK, "nobody"), BEFORE_EVERYTHING)));
  }

  @Test
  public void anAccountThatWasNeverPostedToStandsAtZero() {
    openStandardBook();
    assertEquals(new BalanceView(CASH, "USD", 2, minor(0), null, 0), ask().balance(CASH, null));
    assertEquals("0.00", ask().balance(CASH, null).balance());
    assertEquals(
        new BalanceView(CASH, "USD", 2, minor(0), AFTER_EVERYTHING, 0),
        ask().balance(CASH, AFTER_EVERYTHING));
  }

  @Test
  public void balancesAreSpelledWithThePrecisionOfTheirAsset() {
    openStandardBook();
    for (int precision : new int[] {0, 1, 18, 255}) {
      String asset = "P" + precision;
      ask().registerAsset(new Asset(asset, AssetClass.FIAT, precision, asset));
      ask().openAccount(account(BOOK, "in " + asset, asset));
      ask().openAccount(account(BOOK, "out " + asset, asset));
      post(move(BOOK, "k " + asset, "out " + asset, "in " + asset, 15, asset));
      BalanceView in = ask().balance(new AccountId(BOOK, "in " + asset), null);
      assertEquals(precision, in.precision());
      assertEquals(minor(15), in.effective());
      assertEquals(minor(15).toDecimalString(precision), in.balance());
      assertEquals(
          "-" + in.balance(), ask().balance(new AccountId(BOOK, "out " + asset), null).balance());
    }
    assertEquals("1.5", ask().balance(new AccountId(BOOK, "in P1"), null).balance());
  }

  @Test
  public void aBalanceAsOfAMomentCountsCommitsUpToAndIncludingIt() {
    openStandardBook();
    Posted first = post(income("k1", 100));
    Posted second = postLater(income("k2", 20), first.at());
    Posted third = postLater(income("k3", 3), second.at());
    assertEquals(asOf(0, first.at().minusNanos(1_000), 0), at(first.at().minusNanos(1_000)));
    assertEquals(asOf(0, first.at().minusNanos(1), 0), at(first.at().minusNanos(1)));
    assertEquals(asOf(100, first.at(), first.seq()), at(first.at()));
    assertEquals(asOf(100, first.at().plusNanos(999), first.seq()), at(first.at().plusNanos(999)));
    assertEquals(asOf(100, second.at().minusNanos(1), first.seq()), at(second.at().minusNanos(1)));
    assertEquals(asOf(120, second.at(), second.seq()), at(second.at()));
    assertEquals(asOf(123, third.at(), third.seq()), at(third.at()));
    assertEquals(asOf(123, AFTER_EVERYTHING, third.seq()), at(AFTER_EVERYTHING));
    assertEquals(asOf(0, BEFORE_EVERYTHING, 0), at(BEFORE_EVERYTHING));
  }

  private BalanceView at(Instant asOf) {
    return ask().balance(CASH, asOf);
  }

  private static BalanceView asOf(long minor, Instant asOf, long updatedSeq) {
    return new BalanceView(CASH, "USD", 2, minor(minor), asOf, updatedSeq);
  }

  @Test
  public void everyEarlierBalanceCanBeAskedFor() {
    openStandardBook();
    ask().openAccount(account(BOOK, "credit", "USD", Side.CREDIT, 0));
    List<Posted> receipts = new ArrayList<>();
    for (TransactionDraft draft : moves(BOOK, "k", "credit", "cash", 100, "USD")) {
      receipts.add(post(draft));
    }
    for (int i = 0; i < receipts.size(); i++) {
      Posted receipt = receipts.get(i);
      // Commits of one microsecond are seen together.
      long count = receipts.stream().filter(each -> !each.at().isAfter(receipt.at())).count();
      assertEquals(
          asOf(count, receipt.at(), receipts.get((int) count - 1).seq()), at(receipt.at()));
      assertEquals(
          minor(count), ask().balance(new AccountId(BOOK, "credit"), receipt.at()).effective());
    }
  }

  // ---- history

  @Test
  public void theHistoryOfAnUnknownAccountIsAnError() {
    openStandardBook();
    AccountId nobody = new AccountId(BOOK, "nobody");
    assertEquals(new UnknownAccount("b:nobody"), refusal(() -> ask().history(nobody, 0, 10)));
    HistoryPage page = ask().history(CASH, 0, 10);
    assertEquals(List.of(), page.items());
    assertNull(page.next());
  }

  @Test
  public void historyShowsEveryPostingOfTheAccountInOrder() {
    openStandardBook();
    Posted first = post(income("k1", 5));
    post(move(BOOK, "elsewhere", "income", "fees", 1, "USD"));
    Posted second =
        post(
            draft(
                BOOK,
                "k2",
                credit("cash", 3, "USD"),
                debit("fees", 1, "USD"),
                debit("cash", 2, "USD")));
    HistoryPage page = ask().history(CASH, 0, 100);
    assertEquals(
        List.of(
            view(first, "cash", 5, Side.DEBIT),
            view(second, "cash", 3, Side.CREDIT),
            view(second, "cash", 2, Side.DEBIT)),
        page.items());
    assertNull(page.next());
    assertEquals(page.items().subList(1, 3), ask().history(CASH, first.seq(), 100).items());
    assertEquals(page.items().subList(1, 3), ask().history(CASH, first.seq() + 1, 100).items());
    assertEquals(List.of(), ask().history(CASH, second.seq(), 100).items());
    assertEquals(List.of(), ask().history(CASH, 1_000_000, 100).items());
  }

  private static PostingView view(Posted receipt, String path, long minor, Side side) {
    return new PostingView(
        receipt.seq(),
        receipt.txId(),
        new AccountId(BOOK, path),
        minor(minor),
        "USD",
        side,
        receipt.at());
  }

  @Test
  public void aPageNeverSplitsATransaction() {
    openStandardBook();
    for (int i = 0; i < 7; i++) {
      post(
          draft(
              BOOK,
              "k" + i,
              debit("cash", 1, "USD"),
              debit("cash", 2, "USD"),
              debit("cash", 3, "USD"),
              credit("income", 6, "USD")));
    }
    HistoryPage page = ask().history(CASH, 0, 2);
    assertEquals(6, page.items().size(), "the limit counts transactions");
    assertEquals(5, page.next());
    assertEquals(21, pages(2).size());
  }

  @Test
  public void pagingReachesEveryPostingOnceWhateverTheLimit() {
    openStandardBook();
    for (int i = 0; i < 10; i++) {
      post(income("k" + i, i + 1));
      post(move(BOOK, "between " + i, "income", "fees", 1, "USD"));
    }
    List<PostingView> all = ask().history(CASH, 0, 100).items();
    assertEquals(10, all.size());
    for (int limit : new int[] {0, 1, 2, 3, 5, 9, 10, 11, 1_000}) {
      assertEquals(all, pages(limit), () -> "limit " + limit);
    }
  }

  /** All pages; the last one may be empty, no other. */
  private List<PostingView> pages(int limit) {
    List<PostingView> all = new ArrayList<>();
    Long after = 0L;
    while (after != null) {
      HistoryPage page = ask().history(CASH, after, limit);
      assertTrue(page.next() == null || !page.items().isEmpty(), "an empty page is the last");
      if (page.next() != null) {
        assertEquals(page.items().get(page.items().size() - 1).seq(), page.next());
      }
      all.addAll(page.items());
      after = page.next();
    }
    return all;
  }

  @Test
  public void limitsOfHistoryAreClamped() {
    openStandardBook();
    for (int i = 0; i < 3; i++) {
      ask().postBatch(moves(BOOK, "k" + i + " ", "income", "cash", 400, "USD"));
    }
    assertEquals(1, ask().history(CASH, 0, 0).items().size(), "0 counts as 1");
    assertEquals(1, ask().history(CASH, 0, 1).items().size());
    HistoryPage page = ask().history(CASH, 0, 5_000);
    assertEquals(1_000, page.items().size(), "more than 1,000 count as 1,000");
    assertEquals(1_003, page.next());
    assertEquals(200, ask().history(CASH, 1_003, 5_000).items().size());
  }

  @Test
  public void pagesOfEveryKindEndAtAboutAMegabyte() {
    openStandardBook();
    int rows = Limits.POSTINGS_MAX / 2;
    for (int i = 0; i < 4; i++) {
      List<Posting> postings = new ArrayList<>();
      for (int row = 0; row < rows; row++) {
        postings.add(debit("cash", 1, "USD"));
        postings.add(credit("income", 1, "USD"));
      }
      post(draft(BOOK, "large" + i, postings.toArray(Posting[]::new)));
    }
    post(income("small", 1));
    List<PostingView> all = new ArrayList<>();
    Long after = 0L;
    while (after != null) {
      HistoryPage page = ask().history(CASH, after, 1_000);
      assertTrue(page.items().size() <= rows + 1, "one large transaction, and a small one");
      assertTrue(HistoryJson.write(page).length < 1.2 * Limits.PAGE_BYTES_MAX);
      all.addAll(page.items());
      after = page.next();
    }
    assertEquals(4 * rows + 1, all.size());
    assertEquals(4, all.stream().map(PostingView::txId).distinct().count() - 1);
    after = 0L;
    int transactions = 0;
    while (after != null) {
      Page<TransactionView, Long> page = ask().transactions(BOOK, after, 1_000);
      assertTrue(page.items().size() <= 2, "larger than a page each");
      transactions += page.items().size();
      after = page.next();
    }
    assertEquals(5, transactions);
    after = 0L;
    int events = 0;
    while (after != null) {
      Page<Event, Long> page = ask().events(BOOK, after, 1_000);
      assertTrue(page.items().isEmpty() || page.items().size() <= 4, "openings, and one large");
      events += page.items().size();
      after = page.next();
    }
    assertEquals(ask().book(BOOK).lastSeq(), events);
  }

  // ---- trial balance

  @Test
  public void theTrialBalanceOfAnUnknownBookHasNoLines() {
    assertEquals(new TrialBalance("nowhere", null, List.of()), ask().trialBalance("nowhere", null));
    assertEquals(
        new TrialBalance("nowhere", AFTER_EVERYTHING, List.of()),
        ask().trialBalance("nowhere", AFTER_EVERYTHING));
    openStandardBook();
    assertEquals(List.of(), ask().trialBalance(BOOK, null).lines(), "accounts alone make no line");
  }

  @Test
  public void theTrialBalanceSortsItsLinesByTheBytesOfTheAssetId() {
    openStandardBook();
    List<String> sorted = List.of("A", "AA", "B", "USD", "a", "Ж", "\uFF21", "\uD83D\uDE00");
    List<String> shuffled = List.of("\uD83D\uDE00", "a", "B", "\uFF21", "AA", "Ж", "A");
    for (String asset : shuffled) {
      ask().registerAsset(fiat(asset));
      ask().openAccount(account(BOOK, asset, asset));
      post(move(BOOK, asset, asset, asset, 3, asset));
    }
    post(income("usd", 4));
    List<TrialBalance.Line> lines = ask().trialBalance(BOOK, null).lines();
    assertEquals(sorted, lines.stream().map(TrialBalance.Line::asset).toList());
    assertEquals(
        new TrialBalance.Line("USD", BigInteger.valueOf(4), BigInteger.valueOf(4)), lines.get(3));
  }

  @Test
  public void theTrialBalanceAsOfAMomentCountsCommitsUpToAndIncludingIt() {
    openStandardBook();
    ask().registerAsset(fiat("EUR"));
    ask().openAccount(account(BOOK, "euros", "EUR"));
    Posted first = post(income("k1", 100));
    Posted second = postLater(move(BOOK, "k2", "euros", "euros", 7, "EUR"), first.at());
    assertEquals(List.of(), ask().trialBalance(BOOK, first.at().minusNanos(1)).lines());
    TrialBalance atFirst = ask().trialBalance(BOOK, first.at());
    assertEquals(first.at(), atFirst.asOf());
    assertEquals(
        List.of(new TrialBalance.Line("USD", BigInteger.valueOf(100), BigInteger.valueOf(100))),
        atFirst.lines());
    List<TrialBalance.Line> beforeSecond =
        ask().trialBalance(BOOK, second.at().minusNanos(1)).lines();
    assertEquals(List.of("USD"), beforeSecond.stream().map(TrialBalance.Line::asset).toList());
    assertEquals(
        new TrialBalance.Line("EUR", BigInteger.valueOf(7), BigInteger.valueOf(7)),
        ask().trialBalance(BOOK, second.at()).lines().get(0));
    assertEquals(
        ask().trialBalance(BOOK, null).lines(), ask().trialBalance(BOOK, AFTER_EVERYTHING).lines());
    assertEquals(List.of(), ask().trialBalance(BOOK, BEFORE_EVERYTHING).lines());
  }

  // ---- transaction

  @Test
  public void aTransactionComesBackWhole() {
    openStandardBook();
    TransactionDraft draft =
        draft(
            BOOK,
            "k",
            credit("income", 6, "USD"),
            debit("cash", 1, "USD"),
            debit("fees", 2, "USD"),
            debit("cash", 3, "USD"));
    Posted receipt = post(draft);
    TransactionView view = ask().transaction(receipt.txId());
    assertEquals(
        new TransactionView(
            receipt.txId(),
            BOOK,
            receipt.seq(),
            receipt.at(),
            List.of(
                view(receipt, "income", 6, Side.CREDIT),
                view(receipt, "cash", 1, Side.DEBIT),
                view(receipt, "fees", 2, Side.DEBIT),
                view(receipt, "cash", 3, Side.DEBIT)),
            List.of(),
            null),
        view);
    Event event = events(BOOK, 4).get(3);
    assertEquals(receipt.at(), event.at());
    assertEquals(
        new Event.TransactionPosted(receipt.txId(), draft.occurredAt(receipt.at())),
        event.payload());
  }

  @Test
  public void anUnknownTransactionIsNotFound() {
    openStandardBook();
    Posted receipt = post(income("k", 1));
    for (UUID unknown :
        List.of(
            new UUID(0, 0),
            new UUID(receipt.txId().getMostSignificantBits(), 0),
            new UUID(
                receipt.txId().getMostSignificantBits(),
                receipt.txId().getLeastSignificantBits() + 1),
            new UUID(
                receipt.txId().getMostSignificantBits() + 1,
                receipt.txId().getLeastSignificantBits()),
            UUID.fromString("01890000-0000-7000-8000-000000000001"))) {
      assertEquals(
          new NotFound("transaction " + unknown), refusal(() -> ask().transaction(unknown)));
    }
  }

  // ---- together

  @Test
  public void afterTheAnswerEveryReaderSeesTheWrite() throws Exception {
    openStandardBook();
    ExecutorService others = Executors.newFixedThreadPool(2);
    try {
      for (int i = 1; i <= 50; i++) {
        Posted receipt = post(income("k" + i, 1));
        long expected = i;
        List<Future<Boolean>> readings = new ArrayList<>();
        for (int reader = 0; reader < 2; reader++) {
          readings.add(
              others.submit(
                  () -> {
                    assertEquals(minor(expected), balance("cash"));
                    assertEquals(receipt.seq(), ask().transaction(receipt.txId()).seq());
                    assertEquals(
                        receipt.txId(),
                        ask().history(CASH, receipt.seq() - 1, 1).items().get(0).txId());
                    assertEquals(
                        BigInteger.valueOf(expected),
                        ask().trialBalance(BOOK, null).lines().get(0).debits());
                    return true;
                  }));
        }
        for (Future<Boolean> reading : readings) {
          assertTrue(reading.get(20, TimeUnit.SECONDS));
        }
      }
    } finally {
      others.shutdown();
    }
  }

  @Test
  public void parallelWritersInManyBooksDisturbNobody() throws Exception {
    int books = 6;
    int writersPerBook = 3;
    int postsPerWriter = 20;
    for (int book = 0; book < books; book++) {
      openStandardBook("book " + book);
    }
    ExecutorService writers = Executors.newFixedThreadPool(books * writersPerBook);
    try {
      List<Future<List<Posted>>> running = new ArrayList<>();
      for (int writer = 0; writer < books * writersPerBook; writer++) {
        String book = "book " + writer % books;
        String keys = "writer " + writer + " ";
        running.add(
            writers.submit(
                () ->
                    moves(book, keys, "income", "cash", postsPerWriter, "USD").stream()
                        .map(this::post)
                        .toList()));
      }
      for (Future<List<Posted>> writer : running) {
        List<Posted> receipts = writer.get(60, TimeUnit.SECONDS);
        for (int i = 1; i < receipts.size(); i++) {
          assertTrue(receipts.get(i).seq() > receipts.get(i - 1).seq());
        }
      }
    } finally {
      writers.shutdown();
    }
    int posts = writersPerBook * postsPerWriter;
    for (int book = 0; book < books; book++) {
      assertEquals(minor(posts), balance("book " + book, "cash"));
      assertEquals(upTo(3 + posts), seqs(events("book " + book, 3 + posts)));
    }
  }

  @Test
  public void everythingIsThereAfterReopening() throws Exception {
    openStandardBook();
    ask().openAccount(account(BOOK, "wallet", "USD", Side.CREDIT, -3));
    Posted first = post(income("k1", 10));
    Posted second = postLater(income("k2", 5), first.at());
    List<Posted> batch = ask().postAtomically(moves(BOOK, "m", "wallet", "cash", 20, "USD"));
    long last = batch.get(19).seq();
    List<Event> events = events(BOOK, (int) last);
    TransactionView view = ask().transaction(second.txId());
    BalanceView then = ask().balance(CASH, first.at());
    TrialBalance totals = ask().trialBalance(BOOK, null);
    HistoryPage history = ask().history(CASH, 0, 1_000);
    assumeTrue(reopen(), "this ledger ends with its process");
    assertEquals(events, events(BOOK, (int) last));
    assertEquals(view, ask().transaction(second.txId()));
    assertEquals(then, ask().balance(CASH, first.at()));
    assertEquals(totals, ask().trialBalance(BOOK, null));
    assertEquals(history, ask().history(CASH, 0, 1_000));
    assertEquals(new Posted(first.txId(), first.seq(), first.at(), true), post(income("k1", 10)));
    assertEquals(
        new IdempotencyConflict("k1", first.txId()), refusal(() -> post(income("k1", 11))));
    ask().registerAsset(fiat("USD"));
    ask().openAccount(account(BOOK, "cash", "USD"));
    refusal(() -> ask().openAccount(account(BOOK, "cash", "EUR")));
    Posted next = post(income("after", 1));
    assertEquals(last + 1, next.seq());
    assertFalse(next.at().isBefore(batch.get(19).at()));
    assertNotNull(ask().transaction(next.txId()));
    assertEquals(minor(36), balance("cash"));
  }
}
