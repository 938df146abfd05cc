// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.conformance;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.Cut;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.AccountOpened;
import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerError.CursorBeyondEnd;
import dev.talea.ledger.LedgerError.UnknownAccount;
import dev.talea.ledger.Store;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TrialBalance;
import dev.talea.ledger.service.LedgerService;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every store that outlives its process must do, through {@link LedgerService}, and its
 * readings at a seq, which are asked of the store itself.
 */
public abstract class StoreConformance extends LedgerConformance {
  private Store store;
  private LedgerApi ledger;

  /** Opens the store of this test, each time on the same data. */
  protected abstract Store openStore() throws Exception;

  @BeforeEach
  final void open() throws Exception {
    store = openStore();
    ledger = new LedgerService(store, Runnable::run);
  }

  @AfterEach
  final void close() {
    store.close();
  }

  @Override
  protected final LedgerApi ledger() {
    return ledger;
  }

  @Override
  protected final boolean reopen() throws Exception {
    store.close();
    open();
    return true;
  }

  private List<Event> all(String book) {
    return store.reads().events(book, 0, 1_000, Integer.MAX_VALUE);
  }

  /** Transactions one by one and in groups that share a commit time, in two assets. */
  private void fillTheStandardBook() {
    openStandardBook();
    ask().registerAsset(fiat("EUR"));
    post(income("first", 100));
    ask().openAccount(account(BOOK, "euros", "EUR"));
    ask().openAccount(account(BOOK, "more euros", "EUR"));
    List<TransactionDraft> group = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      group.add(income("of a group " + i, 10 + i));
      group.add(move(BOOK, "euros " + i, "euros", "more euros", 3, "EUR"));
      group.add(move(BOOK, "back and forth " + i, "cash", "cash", 2, "USD"));
    }
    ask().postAtomically(group);
    ask().openAccount(account(BOOK, "late", "USD"));
    post(move(BOOK, "last", "cash", "late", 1, "USD"));
  }

  /** The model is given event by event, and asked after each what it says now. */
  private void isReadAsItWasAtEachSeq() {
    InMemoryStore model = new InMemoryStore();
    all(DraftRules.SYSTEM_BOOK).forEach(event -> model.apply(DraftRules.SYSTEM_BOOK, event));
    List<AccountId> accounts = new ArrayList<>();
    TrialBalance nothing = new TrialBalance(BOOK, null, List.of());
    assertEquals(nothing, store.reads().trialBalanceAt(BOOK, 0));
    for (Event event : all(BOOK)) {
      model.apply(BOOK, event);
      if (event.payload() instanceof AccountOpened opened) {
        AccountId id = opened.account().id();
        assertEquals(0, store.reads().balanceAt(id, 0).updatedSeq());
        accounts.add(id);
      }
      assertEquals(model.trialBalance(BOOK, null), store.reads().trialBalanceAt(BOOK, event.seq()));
      for (AccountId id : accounts) {
        assertEquals(model.balance(id, null), store.reads().balanceAt(id, event.seq()));
      }
    }
    long end = store.reads().lastSeq(BOOK);
    AccountId late = new AccountId(BOOK, "late");
    assertEquals(
        minor(0), store.reads().balanceAt(late, end - 2).effective(), "before it was opened");
    assertEquals(minor(1), store.reads().balanceAt(late, end).effective());
  }

  @Test
  public void aBookIsReadAsItWasAtEachSeq() throws Exception {
    fillTheStandardBook();
    isReadAsItWasAtEachSeq();
    assertTrue(reopen());
    isReadAsItWasAtEachSeq();
  }

  @Test
  public void nothingIsReadAtASeqThatABookHasNotReached() {
    openStandardBook();
    AccountId cash = new AccountId(BOOK, "cash");
    assertEquals(new CursorBeyondEnd(3), refusal(() -> store.reads().balanceAt(cash, 4)));
    assertEquals(new CursorBeyondEnd(3), refusal(() -> store.reads().trialBalanceAt(BOOK, 4)));
    assertEquals(new CursorBeyondEnd(0), refusal(() -> store.reads().trialBalanceAt("nowhere", 1)));
    assertEquals(
        new TrialBalance("nowhere", null, List.of()), store.reads().trialBalanceAt("nowhere", 0));
    AccountId unknown = new AccountId(BOOK, "unknown");
    assertEquals(
        new UnknownAccount(unknown.key()), refusal(() -> store.reads().balanceAt(unknown, 2)));
    assertEquals(new CursorBeyondEnd(3), refusal(() -> store.reads().balanceAt(unknown, 4)));
    assertThrows(IllegalArgumentException.class, () -> store.reads().balanceAt(cash, -1));
    assertThrows(IllegalArgumentException.class, () -> store.reads().trialBalanceAt(BOOK, -1));
  }

  @Test
  public void eventsAreReadUpToASeq() {
    fillTheStandardBook();
    List<Event> all = all(BOOK);
    int end = all.size();
    assertEquals(all.subList(2, 9), store.reads().events(BOOK, 2, 9, 1_000, Integer.MAX_VALUE));
    assertEquals(all.subList(2, 5), store.reads().events(BOOK, 2, 9, 3, Integer.MAX_VALUE));
    assertEquals(all.subList(2, 3), store.reads().events(BOOK, 2, 9, 1_000, 1), "one at least");
    assertEquals(List.of(), store.reads().events(BOOK, 9, 9, 1_000, Integer.MAX_VALUE));
    assertEquals(List.of(), store.reads().events(BOOK, 9, 5, 1_000, Integer.MAX_VALUE));
    assertEquals(
        all.subList(end - 1, end),
        store.reads().events(BOOK, end - 1, Long.MAX_VALUE, 1_000, Integer.MAX_VALUE));
  }

  @Test
  public void aCutIsTheEndOfEachBook() {
    assertEquals(Cut.START, store.reads().cut());
    openStandardBook();
    openStandardBook("another");
    post(income("k", 1));
    assertEquals(
        Cut.of(Map.of(DraftRules.SYSTEM_BOOK, 1L, BOOK, 4L, "another", 3L)), store.reads().cut());
  }

  /** Or what is read at a cut could not be understood from what is read at the same cut. */
  @Test
  public void aCutHoldsTheAssetsOfItsAccounts() {
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < 50; i++) {
                ask().registerAsset(fiat("A" + i));
                ask().openAccount(account(BOOK, "in A" + i, "A" + i));
              }
            });
    Cut cut;
    do {
      cut = store.reads().cut();
      // The account with seq n is held in the asset that was the n-th to be registered.
      assertTrue(cut.seqOf(BOOK) <= cut.seqOf(DraftRules.SYSTEM_BOOK), String.valueOf(cut));
    } while (!writer.isDone());
    writer.join();
    assertEquals(50, store.reads().cut().seqOf(BOOK));
  }
}
