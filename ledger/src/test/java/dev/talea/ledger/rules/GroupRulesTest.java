// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.rules;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.credit;
import static dev.talea.ledger.conformance.Drafts.debit;
import static dev.talea.ledger.conformance.Drafts.draft;
import static dev.talea.ledger.conformance.Drafts.move;
import static dev.talea.ledger.conformance.Drafts.withKey;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Account;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.AssetMismatch;
import dev.talea.ledger.LedgerError.ConstraintViolation;
import dev.talea.ledger.LedgerError.IdempotencyConflict;
import dev.talea.ledger.LedgerError.InvalidAmount;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerError.UnknownAccount;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.rules.GroupRules.Batch;
import dev.talea.ledger.rules.GroupRules.Earlier;
import dev.talea.ledger.rules.PostingRules.Accepted;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GroupRulesTest {
  private record State(Account definition, Int128 rawBalance)
      implements PostingRules.AccountState {}

  /** A book that notes what it is asked and told. */
  private static class Shelf implements GroupRules.Book<TransactionDraft, State> {
    final Map<String, Account> accounts = new HashMap<>();
    final Map<String, Int128> balances = new HashMap<>();
    final Map<String, Earlier> keys = new HashMap<>();
    final List<String> told = new ArrayList<>();
    @Nullable LedgerError obstacle;
    boolean accountsAreFound;
    long seq;

    void open(Account account) {
      accounts.put(account.id().path(), account);
      balances.put(account.id().path(), Int128.ZERO);
    }

    Shelf copy() {
      Shelf copy = new Shelf();
      copy.accounts.putAll(accounts);
      copy.balances.putAll(balances);
      copy.keys.putAll(keys);
      copy.seq = seq;
      return copy;
    }

    @Override
    public TransactionDraft said(TransactionDraft draft) {
      return draft;
    }

    @Override
    public @Nullable Earlier earlier(TransactionDraft draft) {
      told.add("key " + draft.idempotencyKey());
      return keys.get(draft.idempotencyKey());
    }

    @Override
    public @Nullable LedgerError obstacle(TransactionDraft draft) {
      return obstacle;
    }

    @Override
    public @Nullable List<State> found(TransactionDraft draft) {
      return accountsAreFound
          ? draft.postings().stream().map(posting -> state(posting.account())).toList()
          : null;
    }

    @Override
    public @Nullable State find(String path) {
      if (accountsAreFound) {
        throw new AssertionError("was found before: " + path);
      }
      return accounts.containsKey(path) ? state(path) : null;
    }

    private State state(String path) {
      return new State(requireNonNull(accounts.get(path)), requireNonNull(balances.get(path)));
    }

    @Override
    public void prepare(List<State> of) {
      told.add("prepare " + of.get(0).definition().id().path());
    }

    Posted post(TransactionDraft draft, Accepted<State> accepted) {
      told.add("post " + draft.idempotencyKey());
      for (int i = 0; i < draft.postings().size(); i++) {
        balances.put(draft.postings().get(i).account(), accepted.balancesAfter().get(i));
      }
      Posted receipt = new Posted(new UUID(0, ++seq), seq, Instant.ofEpochSecond(seq), false);
      keys.put(draft.idempotencyKey(), new Earlier(draft.postings(), receipt));
      return receipt;
    }
  }

  private Shelf shelf = new Shelf();

  @BeforeEach
  void openAccounts() {
    shelf.open(account("b", "cash", "USD"));
    shelf.open(account("b", "income", "USD"));
    shelf.open(account("b", "wallet", "USD", Side.DEBIT, 0));
  }

  private List<PostResult> commit(boolean atomic, TransactionDraft... drafts) {
    return GroupRules.commit(List.of(drafts), atomic, shelf, shelf::post);
  }

  private PostResult commit(TransactionDraft draft) {
    return commit(false, draft).get(0);
  }

  private static TransactionDraft income(String key, long minor) {
    return move("b", key, "income", "cash", minor, "USD");
  }

  private static TransactionDraft in(String key, long minor) {
    return move("b", key, "income", "wallet", minor, "USD");
  }

  private static TransactionDraft out(String key, long minor) {
    return move("b", key, "wallet", "cash", minor, "USD");
  }

  private static PostResult again(PostResult first) {
    Posted receipt = (Posted) first;
    return new Posted(receipt.txId(), receipt.seq(), receipt.at(), true);
  }

  private static Refused belowFloor(long wouldBe) {
    return new Refused(new ConstraintViolation("b:wallet", Int128.ZERO, Int128.of(wouldBe)));
  }

  // ---- each draft on its own

  @Test
  void aKnownKeyIsARetryWithTheSameMoneyAndAConflictWithOther() {
    PostResult first = commit(income("k", 5));
    Posted receipt = assertInstanceOf(Posted.class, first);
    assertFalse(receipt.deduplicated());
    TransactionDraft turned = draft("b", "k", credit("income", 5, "USD"), debit("cash", 5, "USD"));
    assertEquals(again(first), commit(turned));
    assertEquals(new Refused(new IdempotencyConflict("k", receipt.txId())), commit(income("k", 6)));
    assertEquals(Int128.of(5), shelf.balances.get("cash"));
  }

  @Test
  void theKeyComesBeforeAnyObstacleAndThatBeforeTheAccounts() {
    PostResult first = commit(income("k", 5));
    TransactionDraft nowhere = nowhere("new");
    assertEquals(new Refused(new UnknownAccount("b:nowhere")), commit(nowhere));
    shelf.obstacle = new Unavailable("because");
    assertEquals(new Refused(shelf.obstacle), commit(nowhere));
    assertEquals(again(first), commit(income("k", 5)));
    assertEquals(
        new Refused(new IdempotencyConflict("k", ((Posted) first).txId())), commit(nowhere("k")));
  }

  private static TransactionDraft nowhere(String key) {
    return move("b", key, "income", "nowhere", 1, "USD");
  }

  @Test
  void draftsOfAGroupStandOnThoseBeforeThemAndARefusedOneLeavesNoTrace() {
    List<PostResult> results =
        commit(false, out("early", 1), in("in", 5), out("out", 6), out("out", 5), in("in", 5));
    assertEquals(belowFloor(-1), results.get(0));
    assertEquals(1, ((Posted) results.get(1)).seq());
    assertEquals(belowFloor(-1), results.get(2));
    assertEquals(2, ((Posted) results.get(3)).seq(), "the key of a refused draft is free");
    assertEquals(again(results.get(1)), results.get(4));
    assertEquals(Int128.ZERO, shelf.balances.get("wallet"));
    assertFalse(shelf.told.contains("prepare wallet"), "that is for batches");
  }

  @Test
  void accountsThatWereFoundBeforeAreNotLookedFor() {
    shelf.accountsAreFound = true;
    assertInstanceOf(Posted.class, commit(in("a", 5)));
    List<PostResult> results = commit(true, in("b", 5), out("c", 10));
    assertInstanceOf(Posted.class, results.get(1));
    assertEquals(belowFloor(-1), commit(out("d", 1)));
  }

  // ---- all or nothing

  @Test
  void aBatchStandsOnItselfBeforeAnythingIsPosted() {
    List<PostResult> results = commit(true, in("in", 5), out("out", 5), in("more", 7));
    assertEquals(List.of(1L, 2L, 3L), results.stream().map(each -> ((Posted) each).seq()).toList());
    assertEquals(Int128.of(7), shelf.balances.get("wallet"));
    assertEquals(
        List.of(
            "key in",
            "prepare wallet",
            "key out",
            "prepare cash",
            "key more",
            "prepare wallet",
            "post in",
            "post out",
            "post more"),
        shelf.told,
        "what can fail comes before the first is posted");
  }

  @Test
  void theFirstRefusalAnswersForAllAndNothingIsLeftBehind() {
    Batch<TransactionDraft, State> batch =
        GroupRules.decideAll(List.of(in("a", 5), out("b", 6), nowhere("c"), income("d", 1)), shelf);
    assertEquals(List.of(), batch.toPost());
    assertEquals(Collections.nCopies(4, belowFloor(-1)), batch.post(shelf::post));
    assertEquals(List.of("key a", "prepare wallet", "key b"), shelf.told);
    assertEquals(Int128.ZERO, shelf.balances.get("wallet"));
    assertEquals(belowFloor(-5), commit(out("x", 5)), "its money is not there for the next");
    PostResult other = commit(in("a", 4));
    assertFalse(((Posted) other).deduplicated(), "its keys are not taken");
    assertEquals(1, ((Posted) other).seq());
  }

  @Test
  void aDraftThatIsRepeatedInABatchIsPostedOnce() {
    List<TransactionDraft> drafts = List.of(in("k", 5), income("x", 1), in("k", 5), in("k", 5));
    Batch<TransactionDraft, State> batch = GroupRules.decideAll(drafts, shelf);
    assertEquals(drafts.subList(0, 2), batch.toPost());
    List<PostResult> results = batch.post(shelf::post);
    assertEquals(again(results.get(0)), results.get(2));
    assertEquals(again(results.get(0)), results.get(3));
    assertFalse(((Posted) results.get(0)).deduplicated());
    assertEquals(Int128.of(5), shelf.balances.get("wallet"));
    assertEquals(2, shelf.seq);
  }

  @Test
  void aKeyDoesNotStandForTwoThingsInABatch() {
    List<TransactionDraft> drafts = List.of(in("k", 5), in("x", 5), in("k", 6));
    Refused refused =
        assertInstanceOf(
            Refused.class, commit(true, drafts.toArray(TransactionDraft[]::new)).get(0));
    assertEquals("idempotency_key", ((InvalidDraft) refused.error()).field());
    assertEquals(refused.error(), GroupRules.checkKeys(drafts));
    assertEquals(null, GroupRules.checkKeys(List.of(in("k", 5), in("x", 5), in("k", 5))));
    assertEquals(0, shelf.seq);
  }

  @Test
  void aBatchMayRepeatWhatWasPostedBeforeButNotWithOtherMoney() {
    PostResult first = commit(in("k", 5));
    List<PostResult> results = commit(true, in("k", 5), out("x", 5), in("k", 5));
    assertEquals(again(first), results.get(0));
    assertEquals(again(first), results.get(2));
    assertEquals(2, ((Posted) results.get(1)).seq());
    Refused conflict = new Refused(new IdempotencyConflict("k", ((Posted) first).txId()));
    assertEquals(List.of(conflict, conflict), commit(true, in("new", 1), in("k", 6)));
    assertEquals(2, shelf.seq);
    assertEquals(
        List.of(), GroupRules.decideAll(List.of(in("k", 5)), shelf).toPost(), "nothing to write");
  }

  @Test
  void rangesAreOfTheBatchSoFar() {
    Int128 half = Int128.of(Int128.MAX.toBigInteger().shiftRight(1));
    TransactionDraft large =
        draft("b", "1", large("cash", half, Side.DEBIT), large("income", half, Side.CREDIT));
    List<PostResult> results = commit(true, large, withKey(large, "2"), income("3", 1));
    assertInstanceOf(Posted.class, results.get(2), "MAX exactly");
    assertEquals(Int128.MAX, shelf.balances.get("cash"));
    shelf = new Shelf();
    openAccounts();
    assertEquals(
        Collections.nCopies(4, new Refused(new InvalidAmount(Int128.of(2)))),
        commit(true, large, withKey(large, "2"), income("3", 2), income("4", 1)));
    assertEquals(Int128.ZERO, shelf.balances.get("cash"));
  }

  private static Posting large(String path, @Nullable Int128 minor, Side side) {
    return new Posting(path, minor == null ? Int128.MAX : minor, "USD", side);
  }

  @Test
  void whatCannotBeReadComesOutAndNothingHasHappened() {
    Shelf broken =
        new Shelf() {
          @Override
          public void prepare(List<State> of) {
            throw new IllegalStateException("cannot be read");
          }
        };
    shelf.accounts.values().forEach(broken::open);
    assertThrows(
        IllegalStateException.class,
        () -> GroupRules.commit(List.of(in("k", 1)), true, broken, broken::post));
    assertEquals(0, broken.seq);
    assertEquals(Int128.ZERO, broken.balances.get("wallet"));
    assertInstanceOf(
        Posted.class, GroupRules.commit(List.of(in("k", 1)), false, broken, broken::post).get(0));
  }

  @Test
  void aBookThatDoesNotExistHasNoAccounts() {
    List<TransactionDraft> drafts = List.of(income("a", 1), out("b", 1));
    assertEquals(
        List.of(
            new Refused(new UnknownAccount("b:cash")), new Refused(new UnknownAccount("b:cash"))),
        GroupRules.commitToNoBook(drafts, false));
    List<TransactionDraft> others = List.of(in("a", 1), out("b", 1));
    assertEquals(
        List.of(
            new Refused(new UnknownAccount("b:wallet")), new Refused(new UnknownAccount("b:cash"))),
        GroupRules.commitToNoBook(others, false));
    assertEquals(
        Collections.nCopies(2, new Refused(new UnknownAccount("b:wallet"))),
        GroupRules.commitToNoBook(others, true));
    assertEquals(List.of(), GroupRules.commitToNoBook(List.of(), true));
  }

  /** All or nothing is what one by one comes to, unless one of them is refused. */
  @Test
  void aBatchIsItsDraftsOneByOneOrNothing() {
    long seed = Long.getLong("talea.seed", 7L);
    Random random = new Random(seed);
    int posted = 0;
    int refused = 0;
    for (int round = 0; round < 5_000; round++) {
      List<TransactionDraft> drafts = new ArrayList<>();
      for (int i = 1 + random.nextInt(6); i > 0; i--) {
        drafts.add(
            !drafts.isEmpty() && random.nextInt(4) == 0
                ? drafts.get(random.nextInt(drafts.size()))
                : some("k" + random.nextInt(40), random));
      }
      String context = "-Dtalea.seed=" + seed + ", round " + round + ": " + drafts;
      Shelf oneByOne = shelf.copy();
      List<PostResult> expected = GroupRules.commit(drafts, false, oneByOne, oneByOne::post);
      Shelf before = shelf.copy();
      List<PostResult> actual = GroupRules.commit(drafts, true, shelf, shelf::post);
      int first = 0;
      while (first < expected.size() && !(expected.get(first) instanceof Refused)) {
        first++;
      }
      if (first == expected.size()) {
        posted++;
        assertEquals(expected, actual, context);
        assertEquals(oneByOne.balances, shelf.balances, context);
        assertEquals(oneByOne.keys, shelf.keys, context);
      } else {
        refused++;
        if (GroupRules.checkKeys(drafts) == null) {
          assertEquals(Collections.nCopies(drafts.size(), expected.get(first)), actual, context);
        }
        assertEquals(before.balances, shelf.balances, context);
        assertEquals(before.keys, shelf.keys, context);
      }
      if (shelf.keys.size() > 20) {
        shelf.keys.clear();
      }
    }
    assertTrue(posted > 500 && refused > 500, posted + " posted, " + refused + " refused");
  }

  private static TransactionDraft some(String key, Random random) {
    long minor = 1L + random.nextInt(3);
    return switch (random.nextInt(12)) {
      case 0 -> nowhere(key);
      case 1 -> move("b", key, "cash", "income", minor, "EUR");
      case 2, 3, 4 -> out(key, minor);
      case 5, 6, 7 -> in(key, minor);
      default -> income(key, minor);
    };
  }

  @Test
  void theFirstFaultOfADraftIsNamed() {
    assertEquals(
        new Refused(new AssetMismatch("b:cash", "USD", "EUR")),
        commit(move("b", "k", "nowhere", "cash", 1, "EUR")));
  }

  @Test
  void sameMoneyIsAMultisetOfPostings() {
    Posting a = debit("a", 1, "USD");
    Posting b = credit("b", 1, "USD");
    assertTrue(GroupRules.sameMoney(List.of(a, b), List.of(b, a)));
    assertTrue(GroupRules.sameMoney(List.of(a, a, b), List.of(a, b, a)));
    assertFalse(GroupRules.sameMoney(List.of(a, a, b), List.of(a, b, b)));
    assertFalse(GroupRules.sameMoney(List.of(a, a), List.of(a)));
    for (Posting other :
        List.of(
            debit("A", 1, "USD"),
            debit("a", 2, "USD"),
            debit("a", 1, "EUR"),
            credit("a", 1, "USD"))) {
      assertFalse(GroupRules.sameMoney(List.of(a), List.of(other)), other::toString);
    }
    Posting large = new Posting("a", Int128.MAX, "USD", Side.DEBIT);
    assertTrue(
        GroupRules.sameMoney(
            List.of(large, b), List.of(b, new Posting("a", Int128.MAX, "USD", Side.DEBIT))));
  }
}
