// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.conformance;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.AccountOpened;
import dev.talea.ledger.Event.AssetRegistered;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerError.AlreadyExists;
import dev.talea.ledger.LedgerError.UnknownAccount;
import dev.talea.ledger.LedgerError.UnknownAsset;
import dev.talea.ledger.Side;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Assets and accounts: registered once, defined for life. */
abstract class RegistryConformance extends ConformanceBase {

  @Test
  public void theSameAssetAgainIsANoOpAndAnotherDefinitionAConflict() {
    Asset usd = fiat("USD");
    ask().registerAsset(usd);
    ask().registerAsset(usd);
    for (Asset other :
        List.of(
            new Asset("USD", AssetClass.FIAT, 3, usd.name()),
            new Asset("USD", AssetClass.FIAT, 2, "Another name"),
            new Asset("USD", new AssetClass.Crypto("chain", null), 2, usd.name()))) {
      assertEquals(
          new AlreadyExists("asset USD"),
          refusal(() -> ask().registerAsset(other)),
          () -> "" + other);
    }
    ask().registerAsset(fiat("EUR"));
    List<Event> events = events("_system", 2);
    assertEquals(upTo(2), seqs(events), "neither no-op nor conflict takes a seq");
    assertEquals(new AssetRegistered(usd), events.get(0).payload());
    assertEquals(new AssetRegistered(fiat("EUR")), events.get(1).payload());
  }

  @Test
  public void cryptoAssetsComeBackAsTheyWereRegistered() {
    List<Asset> assets =
        List.of(
            new Asset("ETH", new AssetClass.Crypto("ethereum", null), 18, "Ether"),
            new Asset("USDC", new AssetClass.Crypto("ethereum", "0xA0b8"), 6, "USD Coin"),
            new Asset("DUST", new AssetClass.Crypto("x", "y"), 255, "As fine as it gets"),
            new Asset("YEN", AssetClass.FIAT, 0, "円"));
    assets.forEach(ask()::registerAsset);
    assets.forEach(ask()::registerAsset);
    assertEquals(
        assets.stream().map(AssetRegistered::new).toList(),
        events("_system", assets.size()).stream().map(Event::payload).toList());
    Asset otherContract =
        new Asset("USDC", new AssetClass.Crypto("ethereum", "0xB"), 6, "USD Coin");
    assertEquals(
        new AlreadyExists("asset USDC"), refusal(() -> ask().registerAsset(otherContract)));
  }

  @Test
  public void anAssetDraftMustBeWellFormed() {
    assertInvalid("id", refusal(() -> ask().registerAsset(fiat(""))));
    assertInvalid("id", refusal(() -> ask().registerAsset(fiat("a\nb"))));
    assertInvalid("id", refusal(() -> ask().registerAsset(fiat("x".repeat(65)))));
    for (int precision : new int[] {-1, 256}) {
      Asset asset = new Asset("A", AssetClass.FIAT, precision, "A");
      assertInvalid("precision", refusal(() -> ask().registerAsset(asset)));
    }
    ask().registerAsset(fiat("x".repeat(64)));
  }

  @Test
  public void theSameAccountAgainIsANoOpAndAnotherDefinitionAConflict() {
    ask().registerAsset(fiat("USD"));
    ask().registerAsset(fiat("EUR"));
    AccountId id = new AccountId(BOOK, "a:b");
    Account first = new Account(id, "USD", AccountKind.ASSET, Side.DEBIT, Int128.of(-5));
    ask().openAccount(first);
    ask().openAccount(first);
    for (Account other :
        List.of(
            new Account(id, "EUR", AccountKind.ASSET, Side.DEBIT, Int128.of(-5)),
            new Account(id, "USD", AccountKind.EQUITY, Side.DEBIT, Int128.of(-5)),
            new Account(id, "USD", AccountKind.ASSET, Side.CREDIT, Int128.of(-5)),
            new Account(id, "USD", AccountKind.ASSET, null, Int128.of(-5)),
            new Account(id, "USD", AccountKind.ASSET, Side.DEBIT, Int128.ZERO),
            new Account(id, "USD", AccountKind.ASSET, Side.DEBIT, null))) {
      assertEquals(
          new AlreadyExists("account b:a:b"),
          refusal(() -> ask().openAccount(other)),
          () -> "" + other);
    }
    Account second = account(BOOK, "c", "EUR");
    ask().openAccount(second);
    List<Event> events = events(BOOK, 2);
    assertEquals(upTo(2), seqs(events), "neither no-op nor conflict takes a seq");
    assertEquals(new AccountOpened(first), events.get(0).payload());
    assertEquals(new AccountOpened(second), events.get(1).payload());
  }

  @Test
  public void everyKindSideAndFloorComesBack() {
    ask().registerAsset(fiat("USD"));
    List<Account> accounts = new ArrayList<>();
    Side[] sides = {null, Side.DEBIT, Side.CREDIT};
    Int128[] floors = {null, Int128.ZERO, Int128.MAX, Int128.MIN};
    for (AccountKind kind : AccountKind.values()) {
      for (Side side : sides) {
        Int128 floor = floors[accounts.size() % floors.length];
        AccountId id = new AccountId(BOOK, kind + " " + side);
        accounts.add(new Account(id, "USD", kind, side, floor));
      }
    }
    accounts.forEach(ask()::openAccount);
    assertEquals(
        accounts.stream().map(AccountOpened::new).toList(),
        events(BOOK, accounts.size()).stream().map(Event::payload).toList());
    accounts.forEach(ask()::openAccount);
  }

  @Test
  public void anAccountNeedsARegisteredAsset() {
    assertEquals(
        new UnknownAsset("USD"), refusal(() -> ask().openAccount(account(BOOK, "a", "USD"))));
    assertEquals(
        new UnknownAccount("b:a"), refusal(() -> ask().balance(new AccountId(BOOK, "a"), null)));
    ask().registerAsset(fiat("USD"));
    ask().openAccount(account(BOOK, "a", "USD"));
    assertEquals(
        new UnknownAsset("EUR"),
        refusal(() -> ask().openAccount(account(BOOK, "a", "EUR"))),
        "the asset is looked at before the account that is there");
  }

  @Test
  public void reservedBooksTakeNothing() {
    ask().registerAsset(fiat("USD"));
    for (String book : List.of("_system", "_", "_mine")) {
      assertInvalid("book", refusal(() -> ask().openAccount(account(book, "a", "USD"))));
      assertInvalid(
          "book", refusal(() -> ask().openAccount(account(book, "a", "nobody registered this"))));
      assertInvalid("book", refusal(() -> post(move(book, "k", "a", "b", 1, "USD"))));
    }
    openStandardBook("b_");
  }

  @Test
  public void anAccountDraftMustBeWellFormed() {
    ask().registerAsset(fiat("USD"));
    assertInvalid("book", refusal(() -> ask().openAccount(account("", "a", "USD"))));
    assertInvalid("book", refusal(() -> ask().openAccount(account("a\u0000b", "a", "USD"))));
    assertInvalid("path", refusal(() -> ask().openAccount(account(BOOK, "", "USD"))));
    assertInvalid("path", refusal(() -> ask().openAccount(account(BOOK, "a\u007f", "USD"))));
  }

  @Test
  public void racingRegistrationsAndOpeningsMakeOneEventEach() {
    List<CompletableFuture<Void>> calls = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      calls.add(ledger().registerAsset(fiat("USD")));
    }
    calls.forEach(CompletableFuture::join);
    for (int i = 0; i < 16; i++) {
      calls.add(ledger().openAccount(account(BOOK, "a", "USD")));
    }
    calls.forEach(CompletableFuture::join);
    ask().registerAsset(fiat("EUR"));
    ask().openAccount(account(BOOK, "b", "EUR"));
    assertEquals(new AssetRegistered(fiat("EUR")), events("_system", 2).get(1).payload());
    assertEquals(new AccountOpened(account(BOOK, "b", "EUR")), events(BOOK, 2).get(1).payload());
  }

  @Test
  public void booksAreApart() {
    openStandardBook("one");
    openStandardBook("two");
    post(move("one", "k", "income", "cash", 5, "USD"));
    assertEquals(minor(5), balance("one", "cash"));
    assertEquals(minor(0), balance("two", "cash"));
    assertEquals(
        4, post(move("two", "k", "income", "cash", 7, "USD")).seq(), "keys and seqs are a book's");
    assertEquals(minor(7), balance("two", "cash"));
  }
}
