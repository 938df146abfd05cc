// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.conformance;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.credit;
import static dev.talea.ledger.conformance.Drafts.debit;
import static dev.talea.ledger.conformance.Drafts.draft;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static dev.talea.ledger.conformance.Drafts.withExtras;
import static dev.talea.ledger.conformance.Drafts.withKey;
import static dev.talea.ledger.conformance.Drafts.withPostings;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerError.AssetMismatch;
import dev.talea.ledger.LedgerError.ConstraintViolation;
import dev.talea.ledger.LedgerError.IdempotencyConflict;
import dev.talea.ledger.LedgerError.InvalidAmount;
import dev.talea.ledger.LedgerError.Unbalanced;
import dev.talea.ledger.LedgerError.UnknownAccount;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TrialBalance;
import java.math.BigInteger;
import java.time.Instant;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** What a posting does, what it refuses, and what a repetition answers. */
abstract class PostingConformance extends RegistryConformance {

  @Test
  public void aPostingTakesTheNextSeqAndMovesTheBalances() {
    openStandardBook();
    Posted first = post(income("k1", 150_000));
    assertEquals(4, first.seq(), "three accounts came before");
    assertFalse(first.deduplicated());
    assertEquals(7, first.txId().version());
    assertEquals(2, first.txId().variant());
    assertEquals(0, first.at().getLong(ChronoField.NANO_OF_SECOND) % 1_000, "whole microseconds");
    Posted second = post(income("k2", 5));
    assertEquals(5, second.seq());
    BalanceView cash = ask().balance(new AccountId(BOOK, "cash"), null);
    assertEquals(
        new BalanceView(new AccountId(BOOK, "cash"), "USD", 2, minor(150_005), null, 5), cash);
    assertEquals("1500.05", cash.balance());
    assertEquals("-1500.05", ask().balance(new AccountId(BOOK, "income"), null).balance());
  }

  @Test
  public void anAccountMayAppearSeveralTimesAndOnBothSides() {
    openStandardBook();
    post(
        draft(
            BOOK,
            "k",
            debit("cash", 10, "USD"),
            debit("cash", 20, "USD"),
            credit("cash", 7, "USD"),
            credit("income", 23, "USD")));
    assertEquals(minor(23), balance("cash"));
    assertEquals(minor(-23), balance("income"));
    TrialBalance.Line line = ask().trialBalance(BOOK, null).lines().get(0);
    assertEquals(BigInteger.valueOf(30), line.debits(), "totals are of postings, not of nets");
    assertEquals(BigInteger.valueOf(30), line.credits());
  }

  @Test
  public void severalAssetsBalanceEachOnItsOwn() {
    openStandardBook();
    ask().registerAsset(fiat("EUR"));
    ask().openAccount(account(BOOK, "euros", "EUR"));
    ask().openAccount(account(BOOK, "fx", "EUR"));
    post(
        draft(
            BOOK,
            "k",
            debit("cash", 110, "USD"),
            credit("income", 110, "USD"),
            debit("euros", 100, "EUR"),
            credit("fx", 100, "EUR")));
    assertEquals(minor(110), balance("cash"));
    assertEquals(minor(100), balance("euros"));
    assertEquals(
        new Unbalanced("EUR", minor(100), minor(0)),
        refusal(
            () ->
                post(draft(BOOK, "x", debit("euros", 100, "EUR"), credit("income", 100, "USD")))));
  }

  @Test
  public void refusalsAndReplaysBurnNoSeq() {
    openStandardBook();
    post(income("k1", 1));
    refusal(() -> post(move(BOOK, "k2", "nobody", "cash", 1, "USD")));
    refusal(() -> post(move(BOOK, "k3", "income", "cash", 1, "EUR")));
    refusal(() -> post(move(BOOK, "k4", "income", "cash", 0, "USD")));
    post(income("k1", 1));
    refusal(() -> post(income("k1", 2)));
    refusal(() -> ask().openAccount(account(BOOK, "cash", "nothing")));
    ask().openAccount(account(BOOK, "cash", "USD"));
    Posted next = post(income("k5", 1));
    assertEquals(5, next.seq());
    assertEquals(upTo(5), seqs(events(BOOK, 5)));
  }

  // ---- shape, in the contract's order of failures

  @Test
  public void theFirstFailureOfShapeAnswers() {
    openStandardBook();
    Posting ok = debit("cash", 1, "USD");
    Posting zero = debit("cash", 0, "USD");
    Posting nameless = debit("", 1, "USD");
    Posting max = new Posting("cash", Int128.MAX, "USD", Side.DEBIT);
    assertInvalid("book", refusal(() -> post(draft("", ""))));
    assertInvalid("book", refusal(() -> post(draft("_system", ""))));
    assertInvalid("idempotency_key", refusal(() -> post(draft(BOOK, ""))));
    assertInvalid("postings", refusal(() -> post(draft(BOOK, "k"))));
    assertEquals(
        new InvalidAmount(minor(0)), refusal(() -> post(draft(BOOK, "k", zero, nameless, ok))));
    assertInvalid("postings.account", refusal(() -> post(draft(BOOK, "k", nameless, zero))));
    assertEquals(
        new InvalidAmount(minor(0)),
        refusal(() -> post(draft(BOOK, "k", debit("", 0, "USD")))),
        "the amount of a posting is looked at before its account");
    assertEquals(
        new InvalidAmount(minor(-5)),
        refusal(() -> post(draft(BOOK, "k", debit("cash", -5, "USD"), credit("cash", -5, "USD")))));
    assertEquals(
        new InvalidAmount(minor(1)),
        refusal(() -> post(draft(BOOK, "k", max, ok))),
        "a running total out of range names the amount that took it there");
    assertInvalid(
        "postings.account", refusal(() -> post(draft(BOOK, "k", max, debit("", 1, "USD")))));
    assertEquals(
        new Unbalanced("USD", minor(1), minor(0)),
        refusal(() -> post(draft(BOOK, "k", debit("nobody", 1, "USD")))),
        "balance is looked at before the accounts");
  }

  @Test
  public void unbalancedNamesTheLowestAssetIdByItsBytes() {
    openStandardBook();
    // U+FF21 comes before U+1F600 in UTF-8, and behind it in UTF-16.
    TransactionDraft draft =
        draft(
            BOOK,
            "k",
            debit("x", 1, "\uD83D\uDE00"),
            debit("x", 2, "\uFF21"),
            credit("x", 1, "\uFF21"),
            debit("x", 3, "b"),
            credit("x", 3, "b"));
    assertEquals(new Unbalanced("\uFF21", minor(2), minor(1)), refusal(() -> post(draft)));
    assertEquals(
        new Unbalanced("B", minor(0), minor(1)),
        refusal(() -> post(draft(BOOK, "k", debit("x", 1, "a"), credit("x", 1, "B")))));
  }

  @Test
  public void accountsMustBeOpenAndHoldTheAsset() {
    openStandardBook();
    ask().registerAsset(fiat("EUR"));
    assertEquals(
        new UnknownAccount("b:nobody"),
        refusal(() -> post(move(BOOK, "k", "income", "nobody", 1, "USD"))));
    assertEquals(
        new UnknownAccount("no\\:where:cash"),
        refusal(() -> post(move("no:where", "k", "income", "cash", 1, "USD"))),
        "a book that does not exist has no accounts");
    assertEquals(
        new AssetMismatch("b:cash", "USD", "EUR"),
        refusal(() -> post(move(BOOK, "k", "income", "cash", 1, "EUR"))));
    assertEquals(
        new AssetMismatch("b:cash", "USD", "nobody registered this"),
        refusal(() -> post(move(BOOK, "k", "income", "cash", 1, "nobody registered this"))));
    assertEquals(4, post(income("k", 1)).seq(), "a refused draft does not use up its key");
  }

  // ---- idempotency

  @Test
  public void aReplayAnswersWithTheOriginal() {
    openStandardBook();
    Posted original = post(income("k", 100));
    post(income("other", 1));
    Posted replay = post(income("k", 100));
    assertEquals(new Posted(original.txId(), original.seq(), original.at(), true), replay);
    assertEquals(minor(101), balance("cash"));
  }

  @Test
  public void theOrderOfPostingsDoesNotMakeOtherMoney() {
    openStandardBook();
    TransactionDraft draft =
        draft(
            BOOK,
            "k",
            debit("cash", 1, "USD"),
            debit("cash", 1, "USD"),
            debit("fees", 2, "USD"),
            credit("income", 4, "USD"));
    Posted original = post(draft);
    List<Posting> shuffled = new ArrayList<>(draft.postings());
    Collections.reverse(shuffled);
    assertEquals(original.txId(), post(withPostings(draft, shuffled)).txId());
  }

  @Test
  public void aKnownKeyWithOtherMoneyIsAConflict() {
    openStandardBook();
    Posted original = post(income("k", 100));
    for (TransactionDraft other :
        List.of(
            income("k", 101),
            move(BOOK, "k", "cash", "income", 100, "USD"),
            move(BOOK, "k", "fees", "cash", 100, "USD"),
            move(BOOK, "k", "income", "nobody", 100, "USD"),
            move(BOOK, "k", "income", "cash", 100, "EUR"),
            draft(
                BOOK,
                "k",
                debit("cash", 50, "USD"),
                debit("cash", 50, "USD"),
                credit("income", 100, "USD")))) {
      assertEquals(
          new IdempotencyConflict("k", original.txId()),
          refusal(() -> post(other)),
          () -> "" + other);
    }
    assertEquals(minor(100), balance("cash"));
  }

  @Test
  public void aKnownKeyWithOtherWordsAnswersWithTheOriginal() {
    openStandardBook();
    TransactionDraft draft =
        withExtras(
            income("k", 1),
            List.of(new ExternalRef("bank", "1")),
            "{\"a\":1}",
            Instant.parse("2026-01-01T00:00:00Z"));
    Posted original = post(draft);
    TransactionDraft other =
        withExtras(income("k", 1), List.of(new ExternalRef("bank", "2")), "[]", null);
    Posted replay = post(other);
    assertEquals(original.txId(), replay.txId());
    assertTrue(replay.deduplicated());
    assertEquals("{\"a\":1}", "" + ask().transaction(original.txId()).metadata());
  }

  @Test
  public void aReplayMustStillBeWellFormed() {
    openStandardBook();
    post(income("k", 1));
    assertInvalid("postings", refusal(() -> post(draft(BOOK, "k"))));
    assertEquals(
        new Unbalanced("USD", minor(1), minor(0)),
        refusal(() -> post(draft(BOOK, "k", debit("cash", 1, "USD")))));
  }

  @Test
  public void aReplayIsAnsweredEvenWhenItCouldNotBePostedNow() {
    openStandardBook();
    ask().openAccount(account(BOOK, "wallet", "USD", Side.DEBIT, 0));
    post(move(BOOK, "in", "income", "wallet", 10, "USD"));
    TransactionDraft out = move(BOOK, "out", "wallet", "fees", 10, "USD");
    Posted original = post(out);
    assertEquals(original.txId(), post(out).txId(), "nothing below the key is checked");
    assertEquals(minor(0), balance("wallet"));
  }

  @Test
  public void concurrentDuplicatesCommitOnce() {
    openStandardBook();
    List<CompletableFuture<Posted>> answers = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      answers.add(ledger().post(income("k", 100)));
    }
    List<Posted> receipts = answers.stream().map(CompletableFuture::join).toList();
    assertEquals(1, receipts.stream().filter(receipt -> !receipt.deduplicated()).count());
    assertEquals(1, receipts.stream().map(Posted::txId).distinct().count());
    assertEquals(1, receipts.stream().map(Posted::at).distinct().count());
    assertEquals(minor(100), balance("cash"));
    assertEquals(5, post(income("next", 1)).seq());
  }

  @Test
  public void concurrentDuplicatesWithDifferentMoneyCommitOneOfThem() {
    openStandardBook();
    List<CompletableFuture<Posted>> answers = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      answers.add(ledger().post(income("k", 1 + i % 2)));
    }
    Posted winner = null;
    int refused = 0;
    for (CompletableFuture<Posted> answer : answers) {
      try {
        Posted posted = answer.join();
        winner = posted.deduplicated() ? winner : posted;
      } catch (CompletionException e) {
        refused++;
        assertEquals("idempotency_conflict", LedgerErrors.of(e).code());
      }
    }
    assertEquals(16, refused);
    assertTrue(winner != null && winner.seq() == 4, "one of them was first");
    Int128 cash = balance("cash");
    assertTrue(cash.equals(minor(1)) || cash.equals(minor(2)), cash::toString);
  }

  @Test
  public void aRefusedDraftDoesNotUseUpItsKey() {
    openStandardBook();
    ask().openAccount(account(BOOK, "wallet", "USD", Side.DEBIT, 0));
    TransactionDraft out = move(BOOK, "out", "wallet", "fees", 10, "USD");
    refusal(() -> post(out));
    post(move(BOOK, "in", "income", "wallet", 10, "USD"));
    assertFalse(post(out).deduplicated());
    refusal(() -> post(move(BOOK, "other money", "wallet", "fees", 1, "USD")));
    assertFalse(post(income("other money", 2)).deduplicated());
  }

  // ---- floors

  @Test
  public void aDebitAccountKeepsItsFloor() {
    openStandardBook();
    for (Side side : new Side[] {null, Side.DEBIT}) {
      String wallet = "wallet " + side;
      ask().openAccount(account(BOOK, wallet, "USD", side, -10));
      post(move(BOOK, "to the floor " + side, wallet, "fees", 10, "USD"));
      assertEquals(
          new ConstraintViolation("b:" + wallet, minor(-10), minor(-11)),
          refusal(() -> post(move(BOOK, "below " + side, wallet, "fees", 1, "USD"))));
      assertEquals(minor(-10), balance(wallet));
      post(move(BOOK, "up " + side, "fees", wallet, 25, "USD"));
      assertEquals(minor(15), balance(wallet));
    }
  }

  @Test
  public void aCreditAccountKeepsItsFloor() {
    openStandardBook();
    ask().openAccount(account(BOOK, "customer", "USD", Side.CREDIT, 0));
    assertEquals(
        new ConstraintViolation("b:customer", minor(0), minor(-1)),
        refusal(() -> post(move(BOOK, "k", "cash", "customer", 1, "USD"))));
    post(move(BOOK, "deposit", "customer", "cash", 100, "USD"));
    assertEquals(minor(100), balance("customer"), "credits raise a credit-normal balance");
    assertEquals(
        new ConstraintViolation("b:customer", minor(0), minor(-1)),
        refusal(() -> post(move(BOOK, "k", "cash", "customer", 101, "USD"))));
    post(move(BOOK, "withdraw", "cash", "customer", 100, "USD"));
    assertEquals(minor(0), balance("customer"));
  }

  @Test
  public void aFloorIsNotCheckedAtOpeningButAtEveryPosting() {
    openStandardBook();
    ask().openAccount(account(BOOK, "reserve", "USD", Side.DEBIT, 100));
    assertEquals(minor(0), balance("reserve"));
    assertEquals(
        new ConstraintViolation("b:reserve", minor(100), minor(99)),
        refusal(() -> post(move(BOOK, "k", "income", "reserve", 99, "USD"))));
    post(move(BOOK, "k", "income", "reserve", 100, "USD"));
  }

  @Test
  public void theFloorIsCheckedOnTheNetOfTheWholeTransaction() {
    openStandardBook();
    ask().openAccount(account(BOOK, "wallet", "USD", Side.DEBIT, 0));
    post(
        draft(
            BOOK,
            "dips on the way",
            credit("wallet", 50, "USD"),
            debit("wallet", 50, "USD"),
            credit("wallet", 20, "USD"),
            debit("wallet", 30, "USD"),
            credit("income", 10, "USD")));
    assertEquals(minor(10), balance("wallet"));
    assertEquals(
        new ConstraintViolation("b:wallet", minor(0), minor(-5)),
        refusal(
            () ->
                post(
                    draft(
                        BOOK,
                        "k",
                        debit("wallet", 5, "USD"),
                        credit("wallet", 20, "USD"),
                        debit("fees", 15, "USD")))));
  }

  @Test
  public void theLowestAccountKeyBelowItsFloorIsNamed() {
    openStandardBook();
    for (String path : List.of("w2", "w10", "w1")) {
      ask().openAccount(account(BOOK, path, "USD", Side.DEBIT, 0));
    }
    assertEquals(
        new ConstraintViolation("b:w1", minor(0), minor(-2)),
        refusal(
            () ->
                post(
                    draft(
                        BOOK,
                        "k",
                        debit("cash", 6, "USD"),
                        credit("w2", 1, "USD"),
                        credit("w10", 3, "USD"),
                        credit("w1", 2, "USD")))));
    assertEquals(
        new ConstraintViolation("b:w10", minor(0), minor(-3)),
        refusal(
            () ->
                post(
                    draft(
                        BOOK,
                        "k",
                        debit("cash", 4, "USD"),
                        credit("w2", 1, "USD"),
                        credit("w10", 3, "USD")))));
  }

  // ---- large amounts

  @Test
  public void amountsBeyond64BitsMoveExactly() {
    openStandardBook();
    Int128 wei = requireNonNull(Int128.parse("12345678901234567890123456789"));
    for (int i = 0; i < 3; i++) {
      post(
          draft(
              BOOK,
              "k" + i,
              new Posting("cash", wei, "USD", Side.DEBIT),
              new Posting("income", wei, "USD", Side.CREDIT)));
    }
    assertEquals("37037036703703703670370370367", balance("cash").toString());
    assertEquals("-37037036703703703670370370367", balance("income").toString());
    BalanceView view = ask().balance(new AccountId(BOOK, "cash"), null);
    assertEquals("370370367037037036703703703.67", view.balance());
    assertEquals(wei, ask().history(new AccountId(BOOK, "cash"), 0, 1).items().get(0).minor());
  }

  @Test
  public void theLargestAmountGoesThereAndBackAndTheTotalsHoldBoth() {
    openStandardBook();
    Posting in = new Posting("cash", Int128.MAX, "USD", Side.DEBIT);
    Posting out = new Posting("income", Int128.MAX, "USD", Side.CREDIT);
    post(draft(BOOK, "there", in, out));
    assertEquals(Int128.MAX, balance("cash"));
    assertEquals(Int128.MIN, balance("income"));
    post(
        draft(
            BOOK,
            "back",
            new Posting("income", Int128.MAX, "USD", Side.DEBIT),
            new Posting("cash", Int128.MAX, "USD", Side.CREDIT)));
    assertEquals(minor(0), balance("cash"));
    BigInteger both = BigInteger.ONE.shiftLeft(128).subtract(BigInteger.TWO);
    assertEquals(
        List.of(new TrialBalance.Line("USD", both, both)), ask().trialBalance(BOOK, null).lines());
  }

  @Test
  public void aBalanceOutOfRangeIsRefusedWithoutATrace() {
    openStandardBook();
    post(
        draft(
            BOOK,
            "full",
            new Posting("cash", Int128.MAX, "USD", Side.DEBIT),
            new Posting("income", Int128.MAX, "USD", Side.CREDIT)));
    assertEquals(
        new InvalidAmount(minor(7)),
        refusal(() -> post(move(BOOK, "k", "fees", "cash", 7, "USD"))));
    assertEquals(
        new InvalidAmount(minor(8)),
        refusal(() -> post(move(BOOK, "k", "income", "fees", 8, "USD"))));
    assertEquals(Int128.MAX, balance("cash"));
    assertEquals(Int128.MIN, balance("income"));
    assertEquals(minor(0), balance("fees"));
    post(
        draft(
            BOOK,
            "beyond on the way only",
            debit("cash", 5, "USD"),
            credit("cash", 6, "USD"),
            debit("fees", 1, "USD")));
    assertEquals(5, ask().balance(new AccountId(BOOK, "cash"), null).updatedSeq());
  }

  @Test
  public void aRangeFaultIsFoundBeforeAFloor() {
    openStandardBook();
    ask().openAccount(account(BOOK, "wallet", "USD", Side.DEBIT, 0));
    post(
        draft(
            BOOK,
            "full",
            new Posting("cash", Int128.MAX, "USD", Side.DEBIT),
            new Posting("income", Int128.MAX, "USD", Side.CREDIT)));
    assertEquals(
        new InvalidAmount(minor(1)),
        refusal(() -> post(move(BOOK, "k", "wallet", "cash", 1, "USD"))));
  }

  // ---- what is kept

  @Test
  public void metadataAndRefsComeBackAsTheyWereGiven() {
    openStandardBook();
    List<ExternalRef> refs =
        List.of(
            new ExternalRef("bank", "стр. 1"),
            new ExternalRef("", ""),
            new ExternalRef("bank", "стр. 1"),
            new ExternalRef("no break", "\uD83D\uDCB8 \"quoted\" \\ \u2028"));
    List<String> values =
        List.of(
            "{\"z\":1,\"a\":{\"b\":[1.10,1E5,-0,0.0,1e-7]},\"\":null}",
            "{\"n\":" + "1234567890".repeat(10) + "}",
            "\"a string\"",
            "17",
            "true",
            "[]",
            "[null,[[]],{}]",
            "{\"esc\":\"\\u0041\\n\\\"\\/\",\"raw\":\"é\uD83D\uDE00\u2028\"}",
            "-12.50");
    Instant[] moments = {
      null,
      Instant.parse("2026-02-28T23:59:59.999999999Z"),
      Instant.parse("0000-01-01T00:00:00Z"),
      Instant.parse("9999-12-31T23:59:59.000001Z")
    };
    for (int i = 0; i < values.size(); i++) {
      TransactionDraft draft =
          withExtras(
              income("k" + i, 1),
              i % 2 == 0 ? refs : List.of(),
              values.get(i),
              moments[i % moments.length]);
      Posted posted = post(draft);
      assertEquals(values.get(i), "" + ask().transaction(posted.txId()).metadata());
      assertEquals(draft.externalRefs(), ask().transaction(posted.txId()).externalRefs());
      Event event = events(BOOK, 4 + i).get(3 + i);
      TransactionDraft told = draft.occurredAt() == null ? draft.occurredAt(posted.at()) : draft;
      assertEquals(new TransactionPosted(posted.txId(), told), event.payload());
    }
  }

  @Test
  public void commitTimesNeverDecreaseUnderABurst() {
    openStandardBook();
    List<CompletableFuture<Posted>> answers = new ArrayList<>();
    for (int i = 0; i < 128; i++) {
      answers.add(ledger().post(income("k" + i, 1)));
    }
    List<Posted> receipts =
        answers.stream()
            .map(CompletableFuture::join)
            .sorted(Comparator.comparingLong(Posted::seq))
            .toList();
    for (int i = 0; i < receipts.size(); i++) {
      assertEquals(4 + i, receipts.get(i).seq());
      assertEquals(0, receipts.get(i).at().getLong(ChronoField.NANO_OF_SECOND) % 1_000);
      assertFalse(i > 0 && receipts.get(i).at().isBefore(receipts.get(i - 1).at()));
    }
    List<Event> events = events(BOOK, 3 + receipts.size());
    for (int i = 0; i < receipts.size(); i++) {
      assertEquals(receipts.get(i).at(), events.get(3 + i).at());
    }
    assertFalse(events.get(3).at().isBefore(events.get(2).at()));
    assertEquals(
        receipts.size(), receipts.stream().map(Posted::txId).distinct().count(), "ids are unique");
  }

  @Test
  public void transactionIdsCarryTheCommitTime() {
    openStandardBook();
    Posted posted = post(income("k", 1));
    assertEquals(posted.at().toEpochMilli(), posted.txId().getMostSignificantBits() >>> 16);
  }

  @Test
  public void withoutItsKeyADraftIsAnother() {
    openStandardBook();
    Posted one = post(income("k", 1));
    Posted other = post(withKey(income("k", 1), "K"));
    assertFalse(other.deduplicated());
    assertFalse(one.txId().equals(other.txId()));
  }
}
