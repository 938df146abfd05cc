// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.rules;

import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.IdempotencyConflict;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.Posting;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.rules.PostingRules.Accepted;
import dev.talea.ledger.rules.PostingRules.AccountState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decides the drafts of one book, one after the other, each on top of those before it: is its key
 * known, and with the same money; are its accounts open; do balances stay in range and above their
 * floors ({@link PostingRules}); and, where drafts are wanted all or none, do all pass. Every store
 * calls it and then only writes down the outcome.
 *
 * <p>A batch that is refused leaves no trace because it never made one: balances and keys as they
 * would be are kept on paper until the whole batch has passed.
 *
 * <p>Stateless and deterministic; for the thread that may change the book, because what the rules
 * were told must still be so when their outcome is written down.
 */
public final class GroupRules {

  /**
   * A book as the rules see it: with everything that has been accepted before, durable or not. A
   * store notes what it posts before it asks about the next draft, so that the second draft with a
   * key meets the first, and the next amount the new balance.
   *
   * <p>What it throws, because something cannot be read, comes out of the rules as it is; nothing
   * has been changed then.
   *
   * @param <D> the store's form of a draft
   * @param <A> the store's form of an account
   */
  public interface Book<D, A extends AccountState> extends PostingRules.Accounts<A> {
    /** What the draft says. */
    TransactionDraft said(D draft);

    /** The transaction that has the draft's key, or null. */
    @Nullable Earlier earlier(D draft);

    /**
     * The account of each posting, if {@link PostingRules#resolve} has found them before; null if
     * they are to be looked for.
     */
    default @Nullable List<A> found(D draft) {
      return null;
    }

    /**
     * Why a draft whose key is new cannot be decided at the moment, or null. Asked before its
     * accounts are.
     */
    default @Nullable LedgerError obstacle(D draft) {
      return null;
    }

    /**
     * Reads what it takes to post to these accounts. Asked for each draft of an atomic batch as it
     * passes: once the first of them is posted it is too late to fail.
     */
    default void prepare(List<A> accounts) {}
  }

  /**
   * A transaction that was accepted before.
   *
   * @param receipt what was answered then
   */
  public record Earlier(List<Posting> postings, Posted receipt) {}

  /** What was decided about a draft: {@link Accepted}, to be posted, or {@link Answered}. */
  public sealed interface Verdict<A extends AccountState> permits Accepted, Answered {}

  /** Nothing is to be posted: the draft is refused, or has been posted before. */
  public record Answered<A extends AccountState>(PostResult result) implements Verdict<A> {}

  /** Writes down what has been accepted. */
  @FunctionalInterface
  public interface Poster<D, A extends AccountState> {
    /** Posts a draft, so that the book shows it from now on, and makes its receipt. */
    Posted post(D draft, Accepted<A> accepted);
  }

  private GroupRules() {}

  /**
   * Decides drafts and has those posted that pass.
   *
   * @param drafts on each of which {@link dev.talea.ledger.DraftRules#check} found nothing wrong
   * @param atomic true: all or none; if none, the first refusal is the answer to every draft
   * @return the answer to each draft
   */
  public static <D, A extends AccountState> List<PostResult> commit(
      List<D> drafts, boolean atomic, Book<D, A> book, Poster<D, A> poster) {
    if (atomic) {
      return decideAll(drafts, book).post(poster);
    }
    List<PostResult> results = new ArrayList<>(drafts.size());
    for (D draft : drafts) {
      Verdict<A> verdict = decide(draft, book);
      results.add(
          verdict instanceof Answered<A> answered
              ? answered.result()
              : poster.post(draft, (Accepted<A>) verdict));
    }
    return results;
  }

  /** What {@link #commit} answers for a book that does not exist: it refuses every draft. */
  public static List<PostResult> commitToNoBook(List<TransactionDraft> drafts, boolean atomic) {
    return commit(
        drafts,
        atomic,
        new NoBook(),
        (draft, accepted) -> {
          throw new IllegalStateException("accepted, though no account is open: " + draft);
        });
  }

  /** The first half of {@link #commit} for one draft: decides, and has nothing posted. */
  public static <D, A extends AccountState> Verdict<A> decide(D draft, Book<D, A> book) {
    Earlier earlier = book.earlier(draft);
    return earlier == null
        ? decideNew(draft, book, null)
        : new Answered<>(again(book.said(draft), earlier));
  }

  /**
   * The first half of {@link #commit} for drafts that are wanted all or none. Nothing may be posted
   * to the book between this and {@link Batch#post}.
   */
  public static <D, A extends AccountState> Batch<D, A> decideAll(List<D> drafts, Book<D, A> book) {
    Batch<D, A> batch = new Batch<>(drafts);
    Map<String, Integer> slots = new HashMap<>();
    Map<String, Int128> balances = new HashMap<>();
    for (int i = 0; i < drafts.size() && batch.refusal == null; i++) {
      D draft = drafts.get(i);
      TransactionDraft said = book.said(draft);
      Earlier earlier = book.earlier(draft);
      Integer first = earlier == null ? slots.putIfAbsent(said.idempotencyKey(), i) : null;
      if (earlier != null) {
        batch.answer(again(said, earlier));
      } else if (first != null) {
        batch.repeat(first, usedTwice(book.said(drafts.get(first)), said));
      } else {
        Verdict<A> verdict = decideNew(draft, book, balances);
        if (verdict instanceof Accepted<A> accepted) {
          note(said.postings(), accepted, balances);
          book.prepare(accepted.accounts());
        }
        batch.decide(draft, verdict);
      }
    }
    return batch;
  }

  private static <D, A extends AccountState> Verdict<A> decideNew(
      D draft, Book<D, A> book, @Nullable Map<String, Int128> balances) {
    LedgerError obstacle = book.obstacle(draft);
    if (obstacle != null) {
      return new Answered<>(new Refused(obstacle));
    }
    List<A> found = book.found(draft);
    PostingRules.Decision<A> decision =
        found == null
            ? PostingRules.decide(book.said(draft), book, balances)
            : PostingRules.weigh(book.said(draft).postings(), found, balances);
    return decision instanceof PostingRules.Refused<A> refused
        ? new Answered<>(new Refused(refused.error()))
        : (Accepted<A>) decision;
  }

  private static void note(
      List<Posting> postings, Accepted<?> accepted, Map<String, Int128> balances) {
    for (int i = 0; i < postings.size(); i++) {
      balances.put(postings.get(i).account(), accepted.balancesAfter().get(i));
    }
  }

  /** The answer to a draft with the key of an earlier transaction. */
  private static PostResult again(TransactionDraft draft, Earlier earlier) {
    Posted receipt = earlier.receipt;
    return sameMoney(earlier.postings, draft.postings())
        ? again(receipt)
        : new Refused(new IdempotencyConflict(draft.idempotencyKey(), receipt.txId()));
  }

  /** A receipt as it is given the second time. */
  private static Posted again(Posted receipt) {
    return new Posted(receipt.txId(), receipt.seq(), receipt.at(), true);
  }

  /**
   * What is wrong with the keys of an atomic batch, or null: one must not stand for two different
   * transactions. Said before anything is posted, so there is no transaction to name.
   */
  public static @Nullable LedgerError checkKeys(List<TransactionDraft> drafts) {
    Map<String, TransactionDraft> byKey = new HashMap<>(2 * drafts.size());
    for (TransactionDraft draft : drafts) {
      TransactionDraft first = byKey.putIfAbsent(draft.idempotencyKey(), draft);
      LedgerError fault = first == null ? null : usedTwice(first, draft);
      if (fault != null) {
        return fault;
      }
    }
    return null;
  }

  private static @Nullable LedgerError usedTwice(TransactionDraft first, TransactionDraft second) {
    return sameMoney(first.postings(), second.postings())
        ? null
        : new InvalidDraft(
            "idempotency_key",
            "'" + second.idempotencyKey() + "' is used twice in this batch, for different money");
  }

  /**
   * Whether two lists of postings move the same money: equal as multisets of account, asset, amount
   * and direction. Decides if a known key is a retry or a mistake.
   */
  static boolean sameMoney(List<Posting> a, List<Posting> b) {
    if (a.equals(b)) {
      return true;
    }
    if (a.size() != b.size()) {
      return false;
    }
    Map<Posting, Integer> counts = new HashMap<>(2 * a.size());
    for (Posting posting : a) {
      counts.merge(posting, 1, Integer::sum);
    }
    for (Posting posting : b) {
      Integer count = counts.get(posting);
      if (count == null || count == 0) {
        return false;
      }
      counts.put(posting, count - 1);
    }
    return true;
  }

  /**
   * Drafts that are wanted all or none, decided on paper.
   *
   * <p>Immutable once {@link GroupRules#decideAll} has handed it out, but for the book behind it.
   */
  public static final class Batch<D, A extends AccountState> {
    private final List<D> drafts;
    private final List<Slot<A>> slots;
    private final List<D> toPost = new ArrayList<>();
    private @Nullable Refused refusal;

    private Batch(List<D> drafts) {
      this.drafts = drafts;
      this.slots = new ArrayList<>(drafts.size());
    }

    /** A draft was decided, or repeats the one in the slot {@code first}. */
    private record Slot<A extends AccountState>(@Nullable Verdict<A> verdict, int first) {}

    private void decide(D draft, Verdict<A> verdict) {
      if (verdict instanceof Answered<A> answered) {
        answer(answered.result());
      } else {
        slots.add(new Slot<>(verdict, -1));
        toPost.add(draft);
      }
    }

    private void answer(PostResult result) {
      slots.add(new Slot<>(new Answered<>(result), -1));
      if (result instanceof Refused refused) {
        refusal = refused;
      }
    }

    private void repeat(int first, @Nullable LedgerError fault) {
      if (fault == null) {
        slots.add(new Slot<>(null, first));
      } else {
        answer(new Refused(fault));
      }
    }

    /** The drafts that {@link #post} will have posted; none if one of the batch is refused. */
    public List<D> toPost() {
      return refusal == null ? Collections.unmodifiableList(toPost) : List.of();
    }

    /**
     * Has them posted, in order.
     *
     * @return the answer to each draft of the batch; if one is refused, that refusal for all
     */
    public List<PostResult> post(Poster<D, A> poster) {
      if (refusal != null) {
        return Collections.nCopies(drafts.size(), refusal);
      }
      List<PostResult> results = new ArrayList<>(drafts.size());
      for (int i = 0; i < drafts.size(); i++) {
        Slot<A> slot = slots.get(i);
        if (slot.verdict instanceof Answered<A> answered) {
          results.add(answered.result());
        } else if (slot.verdict instanceof Accepted<A> accepted) {
          results.add(poster.post(drafts.get(i), accepted));
        } else {
          results.add(again((Posted) results.get(slot.first)));
        }
      }
      return results;
    }
  }

  /** What there is of a book that does not exist. */
  private static final class NoBook implements Book<TransactionDraft, AccountState> {
    @Override
    public TransactionDraft said(TransactionDraft draft) {
      return draft;
    }

    @Override
    public @Nullable Earlier earlier(TransactionDraft draft) {
      return null;
    }

    @Override
    public @Nullable AccountState find(String path) {
      return null;
    }
  }
}
