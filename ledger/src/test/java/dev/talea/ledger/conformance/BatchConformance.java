// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.conformance;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.debit;
import static dev.talea.ledger.conformance.Drafts.draft;
import static dev.talea.ledger.conformance.Drafts.move;
import static dev.talea.ledger.conformance.Drafts.moves;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.LedgerError.AssetMismatch;
import dev.talea.ledger.LedgerError.ConstraintViolation;
import dev.talea.ledger.LedgerError.IdempotencyConflict;
import dev.talea.ledger.LedgerError.InvalidAmount;
import dev.talea.ledger.LedgerError.Unbalanced;
import dev.talea.ledger.LedgerError.UnknownAccount;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Many drafts in one call: each on its own, or all or nothing. */
abstract class BatchConformance extends PostingConformance {
  /** Drafts in the largest batch that every ledger takes under its default settings. */
  private static final int BATCH_MAX = 500;

  @Test
  public void anEmptyBatchIsAnEmptyAnswer() {
    assertEquals(List.of(), ask().postBatch(List.of()));
    assertEquals(List.of(), ask().postAtomically(List.of()));
  }

  @Test
  public void aBatchAnswersSlotBySlotWhatASinglePostWouldHave() {
    openStandardBook();
    Posted before = post(income("before", 1));
    List<PostResult> slots =
        ask()
            .postBatch(
                List.of(
                    income("k1", 1),
                    income("before", 1),
                    income("before", 2),
                    move(BOOK, "k2", "nobody", "cash", 1, "USD"),
                    move(BOOK, "k3", "income", "cash", 1, "EUR"),
                    draft(BOOK, "k4", debit("cash", 1, "USD")),
                    draft(BOOK, "k5"),
                    draft("_system", "k6", debit("cash", 1, "USD")),
                    move(BOOK, "k7", "income", "cash", 0, "USD"),
                    income("k8", 1)));
    assertEquals(10, slots.size());
    assertEquals(5, receipt(slots.get(0)).seq());
    assertEquals(new Posted(before.txId(), before.seq(), before.at(), true), slots.get(1));
    assertEquals(new IdempotencyConflict("before", before.txId()), refusal(slots.get(2)));
    assertEquals(new UnknownAccount("b:nobody"), refusal(slots.get(3)));
    assertEquals(new AssetMismatch("b:cash", "USD", "EUR"), refusal(slots.get(4)));
    assertEquals(new Unbalanced("USD", minor(1), minor(0)), refusal(slots.get(5)));
    assertInvalid("postings", refusal(slots.get(6)));
    assertInvalid("book", refusal(slots.get(7)));
    assertEquals(new InvalidAmount(minor(0)), refusal(slots.get(8)));
    assertEquals(6, receipt(slots.get(9)).seq(), "refusals burn no seq");
    assertEquals(minor(3), balance("cash"));
  }

  @Test
  public void theSecondOfTwoDraftsWithOneKeyAnswersWithTheFirst() {
    openStandardBook();
    List<PostResult> slots =
        ask()
            .postBatch(List.of(income("k", 5), income("k", 5), income("other", 1), income("k", 6)));
    Posted first = receipt(slots.get(0));
    assertFalse(first.deduplicated());
    assertEquals(new Posted(first.txId(), first.seq(), first.at(), true), slots.get(1));
    assertEquals(5, receipt(slots.get(2)).seq());
    assertEquals(new IdempotencyConflict("k", first.txId()), refusal(slots.get(3)));
    assertEquals(minor(6), balance("cash"));
  }

  @Test
  public void aWholeBatchCanBeRepeated() {
    openStandardBook();
    List<TransactionDraft> drafts = moves(BOOK, "k", "income", "cash", 50, "USD");
    List<PostResult> first = ask().postBatch(drafts);
    List<PostResult> again = ask().postBatch(drafts);
    for (int i = 0; i < drafts.size(); i++) {
      Posted original = receipt(first.get(i));
      assertEquals(4 + i, original.seq(), "drafts of a book commit in list order");
      assertEquals(new Posted(original.txId(), original.seq(), original.at(), true), again.get(i));
    }
    assertEquals(minor(50), balance("cash"));
  }

  @Test
  public void floorsHoldSequentiallyThroughABatch() {
    openStandardBook();
    ask().openAccount(account(BOOK, "wallet", "USD", Side.DEBIT, 0));
    List<PostResult> slots =
        ask()
            .postBatch(
                List.of(
                    move(BOOK, "too early", "wallet", "fees", 1, "USD"),
                    move(BOOK, "in", "income", "wallet", 10, "USD"),
                    move(BOOK, "out 1", "wallet", "fees", 6, "USD"),
                    move(BOOK, "out 2", "wallet", "fees", 6, "USD"),
                    move(BOOK, "out 3", "wallet", "fees", 4, "USD"),
                    move(BOOK, "out 4", "wallet", "fees", 1, "USD")));
    assertEquals(new ConstraintViolation("b:wallet", minor(0), minor(-1)), refusal(slots.get(0)));
    receipt(slots.get(1));
    receipt(slots.get(2));
    assertEquals(
        new ConstraintViolation("b:wallet", minor(0), minor(-2)),
        refusal(slots.get(3)),
        "a refused draft leaves no trace for the next");
    receipt(slots.get(4));
    assertEquals(new ConstraintViolation("b:wallet", minor(0), minor(-1)), refusal(slots.get(5)));
    assertEquals(minor(0), balance("wallet"));
    assertEquals(upTo(7), seqs(events(BOOK, 7)));
  }

  @Test
  public void aBatchMaySpanBooks() {
    openStandardBook("one");
    openStandardBook("two");
    List<PostResult> slots =
        ask()
            .postBatch(
                List.of(
                    move("one", "k", "income", "cash", 1, "USD"),
                    move("two", "k", "income", "cash", 2, "USD"),
                    move("three", "k", "income", "cash", 3, "USD"),
                    move("one", "k2", "income", "cash", 4, "USD"),
                    move("two", "k", "income", "cash", 2, "USD")));
    assertEquals(4, receipt(slots.get(0)).seq());
    assertEquals(4, receipt(slots.get(1)).seq());
    assertEquals(new UnknownAccount("three:cash"), refusal(slots.get(2)));
    assertEquals(5, receipt(slots.get(3)).seq());
    assertEquals(receipt(slots.get(1)).txId(), receipt(slots.get(4)).txId());
    assertEquals(minor(5), balance("one", "cash"));
    assertEquals(minor(2), balance("two", "cash"));
  }

  @Test
  public void aMaximalBatchSucceedsWhole() {
    openStandardBook();
    List<PostResult> slots = ask().postBatch(moves(BOOK, "k", "income", "cash", BATCH_MAX, "USD"));
    for (int i = 0; i < BATCH_MAX; i++) {
      assertEquals(4 + i, receipt(slots.get(i)).seq());
    }
    assertEquals(minor(BATCH_MAX), balance("cash"));
  }

  // ---- all or nothing

  @Test
  public void anAtomicBatchPostsAllInOrder() {
    openStandardBook();
    ask().openAccount(account(BOOK, "wallet", "USD", Side.DEBIT, 0));
    List<Posted> receipts =
        ask()
            .postAtomically(
                List.of(
                    move(BOOK, "in", "income", "wallet", 10, "USD"),
                    move(BOOK, "out", "wallet", "fees", 10, "USD"),
                    move(BOOK, "in", "income", "wallet", 10, "USD")));
    assertEquals(5, receipts.get(0).seq());
    assertEquals(6, receipts.get(1).seq());
    assertEquals(
        new Posted(receipts.get(0).txId(), 5, receipts.get(0).at(), true), receipts.get(2));
    assertEquals(minor(0), balance("wallet"));
    assertEquals(minor(10), balance("fees"));
  }

  @Test
  public void anAtomicBatchPostsNothingWhenOneIsRefused() {
    openStandardBook();
    ask().openAccount(account(BOOK, "wallet", "USD", Side.DEBIT, 0));
    List<TransactionDraft> drafts =
        List.of(
            income("a", 1),
            move(BOOK, "b", "income", "wallet", 5, "USD"),
            move(BOOK, "c", "wallet", "fees", 6, "USD"),
            move(BOOK, "d", "nobody", "fees", 6, "USD"));
    assertEquals(
        new ConstraintViolation("b:wallet", minor(0), minor(-1)),
        refusal(() -> ask().postAtomically(drafts)),
        "the first refusal answers for all");
    assertEquals(minor(0), balance("cash"));
    assertEquals(minor(0), balance("wallet"));
    assertEquals(minor(0), balance("income"));
    assertEquals(List.of(), ask().trialBalance(BOOK, null).lines());
    assertEquals(List.of(), ask().history(new AccountId(BOOK, "cash"), 0, 10).items());
    Posted after = post(income("a", 2));
    assertFalse(after.deduplicated(), "no key was used up");
    assertEquals(5, after.seq(), "no seq was burnt");
    assertEquals(5, ask().balance(new AccountId(BOOK, "cash"), null).updatedSeq());
  }

  @Test
  public void anAtomicBatchThatRepeatsOneDraftWithOtherMoneyIsRefusedWhole() {
    openStandardBook();
    assertInvalid(
        "idempotency_key",
        refusal(() -> ask().postAtomically(List.of(income("k", 1), income("k", 2)))));
    assertEquals(minor(0), balance("cash"));
    assertEquals(4, post(income("k", 2)).seq());
    assertInvalid(
        "idempotency_key",
        refusal(
            () -> ask().postAtomically(List.of(income("k", 2), income("x", 1), income("k", 3)))));
    assertEquals(5, post(income("x", 7)).seq(), "no key was used up");
  }

  @Test
  public void anAtomicBatchMayRepeatOneOfItsDrafts() {
    openStandardBook();
    List<Posted> receipts =
        ask().postAtomically(List.of(income("k", 1), income("x", 2), income("k", 1)));
    assertEquals(4, receipts.get(0).seq());
    assertEquals(5, receipts.get(1).seq());
    Posted first = receipts.get(0);
    assertEquals(new Posted(first.txId(), first.seq(), first.at(), true), receipts.get(2));
    assertEquals(minor(3), balance("cash"));
  }

  @Test
  public void anAtomicBatchMayRepeatWhatWasCommittedBefore() {
    openStandardBook();
    List<TransactionDraft> drafts = List.of(income("a", 1), income("b", 2));
    List<Posted> first = ask().postAtomically(drafts);
    List<TransactionDraft> more = new ArrayList<>(drafts);
    more.add(income("c", 3));
    List<Posted> again = ask().postAtomically(more);
    assertEquals(first.get(0).txId(), again.get(0).txId());
    assertEquals(first.get(1).seq(), again.get(1).seq());
    assertEquals(6, again.get(2).seq());
    assertEquals(minor(6), balance("cash"));
    assertEquals(
        new IdempotencyConflict("a", first.get(0).txId()),
        refusal(() -> ask().postAtomically(List.of(income("d", 1), income("a", 9)))));
    assertEquals(7, post(income("e", 1)).seq());
  }

  @Test
  public void anAtomicBatchIsForOneBookAndOfWellFormedDrafts() {
    openStandardBook();
    openStandardBook("other");
    assertInvalid(
        "book",
        refusal(
            () ->
                ask()
                    .postAtomically(
                        List.of(income("a", 1), move("other", "b", "income", "cash", 1, "USD")))));
    assertInvalid(
        "postings", refusal(() -> ask().postAtomically(List.of(income("a", 1), draft(BOOK, "b")))));
    assertEquals(
        new UnknownAccount("nowhere:cash"),
        refusal(
            () -> ask().postAtomically(List.of(move("nowhere", "b", "income", "cash", 1, "USD")))));
    assertEquals(4, post(income("a", 1)).seq());
  }

  @Test
  public void aMaximalAtomicBatchSucceedsWhole() {
    openStandardBook();
    List<Posted> receipts =
        ask().postAtomically(moves(BOOK, "k", "income", "cash", BATCH_MAX, "USD"));
    assertEquals(3 + BATCH_MAX, receipts.get(BATCH_MAX - 1).seq());
    assertEquals(minor(BATCH_MAX), balance("cash"));
  }
}
