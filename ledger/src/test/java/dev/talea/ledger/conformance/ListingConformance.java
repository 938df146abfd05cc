// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.conformance;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static dev.talea.ledger.conformance.Drafts.moves;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.BookView;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Event;
import dev.talea.ledger.LedgerError.CursorBeyondEnd;
import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerError.UnknownAccount;
import dev.talea.ledger.LedgerError.UnknownAsset;
import dev.talea.ledger.Page;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionView;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What there is: assets, books, accounts, transactions, events, page by page. */
abstract class ListingConformance extends ReadingConformance {
  /** In the order of their bytes, which is not the order of their chars. */
  private static final List<String> SORTED =
      List.of(
          "%",
          "%2F",
          "A",
          "AA",
          "B",
          "a",
          "a b",
          "a/b",
          "a:",
          "a:1",
          "a:10",
          "a:2",
          "aa",
          "Ж",
          "\uFF21",
          "\uD83D\uDE00");

  private static final List<String> SHUFFLED =
      List.of(
          "a:2",
          "\uD83D\uDE00",
          "a",
          "B",
          "\uFF21",
          "a/b",
          "AA",
          "%2F",
          "a:10",
          "Ж",
          "aa",
          "a b",
          "%",
          "a:",
          "A",
          "a:1");

  /** All pages, each as long as it may be, however many there are. */
  private static <T, K> List<T> all(
      @Nullable K start, int limit, Function<@Nullable K, Page<T, K>> ask) {
    List<T> items = new ArrayList<>();
    K after = start;
    do {
      Page<T, K> page = ask.apply(after);
      assertTrue(page.items().size() <= Math.max(limit, 1), () -> "limit " + limit + ": " + page);
      assertTrue(page.next() == null || !page.items().isEmpty(), "an empty page is the last");
      items.addAll(page.items());
      after = page.next();
    } while (after != null);
    return items;
  }

  private static <T> List<T> byName(int limit, Function<@Nullable String, Page<T, String>> ask) {
    return all(null, limit, ask);
  }

  private static <T> List<T> bySeq(int limit, Function<Long, Page<T, Long>> ask) {
    return all(0L, limit, ask);
  }

  private static <T> void assertPages(List<T> expected, Pages<T> pages) {
    for (int limit : new int[] {0, 1, 2, 3, 7, expected.size(), expected.size() + 1, 1_000_000}) {
      assertEquals(expected, pages.all(limit), () -> "limit " + limit);
    }
  }

  private interface Pages<T> {
    List<T> all(int limit);
  }

  // ---- assets

  @Test
  public void anEmptyLedgerListsNothing() {
    assertEquals(new Page<Asset, String>(List.of(), null), ask().assets(null, 10));
    assertEquals(new Page<BookView, String>(List.of(), null), ask().books(null, 10));
    assertEquals(
        new Page<AccountView, String>(List.of(), null), ask().accounts("nowhere", "", null, 10));
    assertEquals(
        new Page<TransactionView, Long>(List.of(), null), ask().transactions("nowhere", 0, 10));
    assertEquals(new Page<Event, Long>(List.of(), null), ask().events("nowhere", 0, 10));
    assertEquals(new UnknownAsset("USD"), refusal(() -> ask().asset("USD")));
    assertEquals(new NotFound("book nowhere"), refusal(() -> ask().book("nowhere")));
    assertEquals(
        new UnknownAccount("nowhere:a"),
        refusal(() -> ask().account(new AccountId("nowhere", "a"))));
    assertEquals(List.of(), ask().books(null, 10).items(), "asking makes no book");
  }

  @Test
  public void assetsAreListedInTheOrderOfTheirBytes() throws Exception {
    List<Asset> expected = new ArrayList<>();
    for (String id : SORTED) {
      expected.add(new Asset(id, new AssetClass.Crypto("net", null), 18, "Coin " + id));
    }
    for (String id : SHUFFLED) {
      ask().registerAsset(expected.get(SORTED.indexOf(id)));
    }
    do {
      assertPages(expected, limit -> byName(limit, after -> ask().assets(after, limit)));
      for (Asset asset : expected) {
        assertEquals(asset, ask().asset(asset.id()));
      }
    } while (reopenedOnce());
    assertEquals(expected, ask().assets("", 100).items());
    assertEquals(expected.subList(10, 16), ask().assets("a:1", 100).items());
    assertEquals(expected.subList(10, 16), ask().assets("a:1\u0001", 100).items(), "no such id");
    assertEquals(List.of(), ask().assets("\uD83D\uDE00", 100).items());
  }

  private boolean reopened;

  private boolean reopenedOnce() throws Exception {
    boolean again = !reopened && reopen();
    reopened = true;
    return again;
  }

  // ---- books

  @Test
  public void booksAreListedInTheOrderOfTheirBytes() throws Exception {
    ask().registerAsset(fiat("USD"));
    for (String book : SHUFFLED) {
      for (int i = 0; i <= SORTED.indexOf(book); i++) {
        ask().openAccount(account(book, "a" + i, "USD"));
      }
      post(move(book, "k", "a0", "a0", 1, "USD"));
    }
    List<String> names = new ArrayList<>(SORTED);
    names.add("_system");
    names.sort(DraftRules.BYTEWISE);
    do {
      assertPages(names, this::bookNames);
      for (BookView view : ask().books(null, 100).items()) {
        assertEquals(view, ask().book(view.book()));
        assertNull(view.unavailable());
        int index = SORTED.indexOf(view.book());
        assertEquals(index + 1, view.accounts(), view.book());
        assertEquals(index < 0 ? 1 : index + 2, view.lastSeq(), view.book());
        Event last = events(view.book(), (int) view.lastSeq()).get((int) view.lastSeq() - 1);
        assertEquals(last.at(), view.lastAt());
      }
    } while (reopenedOnce());
    assertEquals(new NotFound("book a:3"), refusal(() -> ask().book("a:3")));
    assertEquals("aa", ask().books("a:3", 1).items().get(0).book());
  }

  private List<String> bookNames(int limit) {
    List<BookView> views = byName(limit, after -> ask().books(after, limit));
    return views.stream().map(BookView::book).toList();
  }

  @Test
  public void aBookThatNothingCameOfIsNoBook() {
    ask().registerAsset(fiat("USD"));
    assertEquals("unknown_account", refusal(() -> post(move("b", "k", "x", "y", 1, "USD"))).code());
    assertEquals(
        "unknown_asset", refusal(() -> ask().openAccount(account("b", "x", "EUR"))).code());
    assertEquals(new NotFound("book b"), refusal(() -> ask().book("b")));
    assertEquals(
        List.of("_system"), ask().books(null, 10).items().stream().map(BookView::book).toList());
  }

  // ---- accounts

  @Test
  public void accountsAreListedWithDefinitionAndBalance() throws Exception {
    ask().registerAsset(fiat("USD"));
    ask().registerAsset(new Asset("YEN", AssetClass.FIAT, 0, "Yen"));
    Account cash = account(BOOK, "cash", "USD");
    Account sellers =
        new Account(
            new AccountId(BOOK, "sellers"), "USD", AccountKind.LIABILITY, Side.CREDIT, minor(-7));
    Account yen =
        new Account(new AccountId(BOOK, "yen"), "YEN", AccountKind.EQUITY, Side.DEBIT, null);
    List.of(yen, sellers, cash).forEach(ask()::openAccount);
    Posted first = post(move(BOOK, "k1", "sellers", "cash", 1_050, "USD"));
    Posted second = post(move(BOOK, "k2", "sellers", "sellers", 1, "USD"));
    List<AccountView> expected =
        List.of(
            new AccountView(cash, 2, minor(1_050), first.seq()),
            new AccountView(sellers, 2, minor(1_050), second.seq()),
            new AccountView(yen, 0, minor(0), 0));
    do {
      assertEquals(new Page<>(expected, null), ask().accounts(BOOK, "", null, 10));
      assertEquals("10.50", ask().accounts(BOOK, "", null, 10).items().get(1).balance());
      assertEquals("0", ask().accounts(BOOK, "", null, 10).items().get(2).balance());
      for (AccountView view : expected) {
        assertEquals(view, ask().account(view.account().id()));
      }
    } while (reopenedOnce());
    assertEquals(
        new UnknownAccount("b:nobody"),
        refusal(() -> ask().account(new AccountId(BOOK, "nobody"))));
    assertEquals(List.of(), ask().accounts("c", "", null, 10).items());
  }

  @Test
  public void accountsAreListedByPrefixInTheOrderOfTheirBytes() throws Exception {
    ask().registerAsset(fiat("USD"));
    for (String path : SHUFFLED) {
      ask().openAccount(account(BOOK, path, "USD"));
      // Lists grow with the book, whatever was asked before.
      assertEquals(List.of(path), paths(ask().accounts(BOOK, path, null, 1)));
    }
    do {
      for (String prefix :
          new String[] {"", "%", "a", "a:", "a:1", "A", "Ж", "\uD83D\uDE00", "x"}) {
        List<String> expected = SORTED.stream().filter(path -> path.startsWith(prefix)).toList();
        assertPages(expected, limit -> paths(prefix, limit));
      }
      assertEquals(List.of("a:10", "a:2"), paths(ask().accounts(BOOK, "a:", "a:1", 10)));
      assertEquals(List.of("a:", "a:1"), paths(ask().accounts(BOOK, "a:", "A", 2)), "before it");
      assertEquals(List.of(), paths(ask().accounts(BOOK, "a:", "aa", 10)), "behind it");
      assertEquals(List.of("a:10", "a:2"), paths(ask().accounts(BOOK, "a:", "a:1\u0001", 10)));
    } while (reopenedOnce());
  }

  private List<String> paths(String prefix, int limit) {
    List<AccountView> views = byName(limit, after -> ask().accounts(BOOK, prefix, after, limit));
    return views.stream().map(view -> view.account().id().path()).toList();
  }

  private static List<String> paths(Page<AccountView, String> page) {
    return page.items().stream().map(view -> view.account().id().path()).toList();
  }

  // ---- transactions and events

  @Test
  public void transactionsAreListedWithoutTheOpeningsBetween() throws Exception {
    openStandardBook();
    List<TransactionView> expected = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      // Runs of openings of every length, to both sides of where a store may begin to skip them.
      for (int j = 0; j < i * i; j++) {
        ask().openAccount(account(BOOK, "p" + i + "." + j, "USD"));
      }
      for (int j = 0; j <= i % 3; j++) {
        expected.add(ask().transaction(post(income("k" + i + "." + j, 1)).txId()));
      }
    }
    for (int j = 0; j < 100; j++) {
      ask().openAccount(account(BOOK, "q" + j, "USD"));
    }
    do {
      assertPages(expected, limit -> bySeq(limit, after -> ask().transactions(BOOK, after, limit)));
      for (TransactionView view : expected) {
        assertEquals(view, ask().transactions(BOOK, view.seq() - 1, 1).items().get(0));
      }
      TransactionView last = expected.get(expected.size() - 1);
      assertEquals(new Page<>(List.of(), null), ask().transactions(BOOK, last.seq(), 10));
      assertEquals(new Page<>(List.of(), null), ask().transactions(BOOK, last.seq() + 50, 10));
      assertEquals(new Page<>(List.of(), null), ask().transactions(BOOK, Long.MAX_VALUE, 10));
    } while (reopenedOnce());
  }

  @Test
  public void transactionsAreFoundByTheirKeys() throws Exception {
    openStandardBook("b");
    openStandardBook("c");
    ask().postBatch(moves("b", "many ", "income", "cash", 300, "USD"));
    Posted inB = post(move("b", "k", "income", "cash", 1, "USD"));
    Posted inC = post(move("c", "k", "income", "cash", 2, "USD"));
    assertEquals(inB.txId(), post(move("b", "k", "income", "cash", 1, "USD")).txId());
    assertEquals(
        "unknown_account", refusal(() -> post(move("b", "free", "x", "y", 1, "USD"))).code());
    do {
      assertEquals(ask().transaction(inB.txId()), ask().transactionByKey("b", "k"));
      assertEquals(ask().transaction(inC.txId()), ask().transactionByKey("c", "k"));
      for (TransactionView view : ask().transactions("b", 0, 300).items()) {
        assertEquals(view, ask().transactionByKey("b", "many " + (view.seq() - 4)));
      }
      for (String key : new String[] {"free", "K", "k ", "many", "many 300", "\uFFFD"}) {
        assertEquals(
            new NotFound("transaction by key " + key),
            refusal(() -> ask().transactionByKey("b", key)));
      }
      assertEquals(
          new NotFound("transaction by key k"), refusal(() -> ask().transactionByKey("d", "k")));
    } while (reopenedOnce());
    assertEquals(
        List.of("_system", "b", "c"),
        ask().books(null, 10).items().stream().map(BookView::book).toList());
  }

  @Test
  public void eventsAreListedAsTheyAreStreamed() throws Exception {
    openStandardBook();
    ask().postBatch(moves(BOOK, "k", "income", "cash", 20, "USD"));
    do {
      List<Event> streamed = events(BOOK, 23);
      assertPages(streamed, limit -> bySeq(limit, after -> ask().events(BOOK, after, limit)));
      assertEquals(new Page<>(streamed.subList(5, 8), 8L), ask().events(BOOK, 5, 3));
      assertEquals(new Page<>(streamed.subList(20, 23), null), ask().events(BOOK, 20, 3));
      assertEquals(new Page<>(List.of(), null), ask().events(BOOK, 23, 10));
      assertEquals(new CursorBeyondEnd(23), refusal(() -> ask().events(BOOK, Long.MAX_VALUE, 10)));
      assertEquals(events("_system", 1), ask().events("_system", 0, 10).items());
    } while (reopenedOnce());
  }

  @Test
  public void limitsOfListingsAreClamped() {
    openStandardBook();
    for (int i = 0; i < 3; i++) {
      ask().postBatch(moves(BOOK, "k" + i + " ", "income", "cash", 400, "USD"));
    }
    assertEquals(1, ask().transactions(BOOK, 0, 0).items().size(), "0 counts as 1");
    assertEquals(1, ask().events(BOOK, 0, 0).items().size(), "0 counts as 1");
    assertEquals(1, ask().accounts(BOOK, "", null, 0).items().size(), "0 counts as 1");
    Page<TransactionView, Long> page = ask().transactions(BOOK, 0, 5_000);
    assertEquals(1_000, page.items().size(), "more than 1,000 count as 1,000");
    assertEquals(1_003, page.next());
    assertEquals(1_000, ask().events(BOOK, 0, 5_000).items().size());
    assertEquals(200, ask().transactions(BOOK, 1_003, 5_000).items().size());
  }

  // ---- together

  @Test
  public void afterTheAnswerEveryListShowsTheWrite() {
    for (int i = 0; i < 30; i++) {
      String name = "n" + i;
      ask().registerAsset(fiat(name));
      assertEquals(fiat(name), ask().asset(name));
      assertEquals(i + 1, ask().assets(null, 100).items().size());
      ask().openAccount(account(name, "a", name));
      assertEquals(1, ask().book(name).accounts());
      assertEquals(i + 2, ask().books(null, 100).items().size(), "with _system");
      assertEquals(List.of("a"), paths(ask().accounts(name, "", null, 10)));
      assertEquals(0, ask().account(new AccountId(name, "a")).updatedSeq());
      ask().openAccount(account(name, "b", name));
      assertEquals(List.of("a", "b"), paths(ask().accounts(name, "", null, 10)));
      Posted posted = post(move(name, "k", "a", "b", 5, name));
      assertEquals(3, ask().account(new AccountId(name, "b")).updatedSeq());
      assertEquals(minor(5), ask().accounts(name, "b", null, 10).items().get(0).effective());
      assertEquals(posted.txId(), ask().transactions(name, 0, 10).items().get(0).txId());
      assertEquals(posted.txId(), ask().transactionByKey(name, "k").txId());
      assertEquals(3, ask().events(name, 0, 10).items().size());
      assertEquals(3, ask().book(name).lastSeq());
      assertEquals(posted.at(), ask().book(name).lastAt());
    }
  }
}
