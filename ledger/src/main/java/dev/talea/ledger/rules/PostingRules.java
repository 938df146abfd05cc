// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.rules;

import static java.util.Objects.requireNonNull;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.AssetMismatch;
import dev.talea.ledger.LedgerError.ConstraintViolation;
import dev.talea.ledger.LedgerError.InvalidAmount;
import dev.talea.ledger.LedgerError.UnknownAccount;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether a well-formed draft may be posted, given the accounts as they stand: accounts open,
 * assets right, balances in range, floors kept. {@link GroupRules} calls it for every draft whose
 * key is new. {@link NarrowRules} know a part of them for plain transactions: a new rule is one for
 * them as well.
 *
 * <p>Stateless and deterministic; any thread, though the accounts handed in belong to the writer of
 * their book.
 */
public final class PostingRules {

  /** What the rules need to know of an account. */
  public interface AccountState {
    /** Its definition. */
    Account definition();

    /** Debits - credits so far, in minor units, with everything accepted before this draft. */
    Int128 rawBalance();
  }

  /** Finds the accounts of the draft's book. */
  public interface Accounts<A extends AccountState> {
    /**
     * The account with this path, or null if it is not open. May be asked several times for one
     * path and may answer with another object each time, as long as they say the same.
     */
    @Nullable A find(String path);
  }

  /** What the rules said. */
  public sealed interface Decision<A extends AccountState> {}

  /** Not to be posted; nothing has changed. */
  public record Refused<A extends AccountState>(LedgerError error) implements Decision<A> {}

  /**
   * To be posted.
   *
   * @param accounts the account of each posting, in the order of the draft
   * @param balancesAfter raw balance of that account after the whole transaction, in the same
   *     order; postings of one account share one value
   */
  public record Accepted<A extends AccountState>(List<A> accounts, List<Int128> balancesAfter)
      implements Decision<A>, GroupRules.Verdict<A> {}

  /** Up to here a search through the postings is cheaper than a map. */
  private static final int FEW = 16;

  private PostingRules() {}

  /**
   * Decides a draft on which {@link DraftRules#check(TransactionDraft)} found nothing wrong and
   * whose key is new.
   */
  public static <A extends AccountState> Decision<A> decide(
      TransactionDraft draft, Accounts<A> accounts) {
    return decide(draft, accounts, null);
  }

  /** As above, on top of balances that are on paper only: see {@link #weigh(List, List, Map)}. */
  static <A extends AccountState> Decision<A> decide(
      TransactionDraft draft, Accounts<A> accounts, @Nullable Map<String, Int128> balances) {
    List<A> found = new ArrayList<>(draft.postings().size());
    LedgerError fault = resolve(draft, accounts, found);
    return fault == null ? weigh(draft.postings(), found, balances) : new Refused<>(fault);
  }

  /**
   * The first half of {@link #decide}: are the accounts open, and of the right assets? Definitions
   * never change, so an answer without a fault stays true, and may be had before it is the draft's
   * turn.
   *
   * @param found gets the account of each posting
   * @return the first fault, or null
   */
  public static <A extends AccountState> @Nullable LedgerError resolve(
      TransactionDraft draft, Accounts<A> accounts, List<A> found) {
    List<Posting> postings = draft.postings();
    for (Posting posting : postings) {
      A account = accounts.find(posting.account());
      if (account == null) {
        return new UnknownAccount(new AccountId(draft.book(), posting.account()).key());
      }
      Account definition = account.definition();
      if (!definition.asset().equals(posting.asset())) {
        return new AssetMismatch(definition.id().key(), definition.asset(), posting.asset());
      }
      found.add(account);
    }
    return null;
  }

  /**
   * The second half of {@link #decide}: do balances stay in range and above their floors? Depends
   * on everything accepted before, so it is for the thread that may change the accounts.
   *
   * @param found what {@link #resolve} found
   */
  public static <A extends AccountState> Decision<A> weigh(List<Posting> postings, List<A> found) {
    return weigh(postings, found, null);
  }

  /**
   * As above.
   *
   * @param balances raw balances by path, for accounts that are not to be taken as they stand; null
   *     for none
   */
  static <A extends AccountState> Decision<A> weigh(
      List<Posting> postings, List<A> found, @Nullable Map<String, Int128> balances) {
    if (balances == null && found.size() == 2) {
      Accepted<A> accepted = acceptTwo(postings, found);
      if (accepted != null) {
        return accepted;
      }
    }
    List<Net> nets = nets(postings, found, balances);
    for (int i = 0; i < nets.size(); i++) {
      if (nets.get(i).result() == null) {
        return new Refused<>(new InvalidAmount(postings.get(i).minor()));
      }
    }
    LedgerError broken = brokenFloor(nets);
    if (broken != null) {
      return new Refused<>(broken);
    }
    List<Int128> after = new ArrayList<>(nets.size());
    for (Net net : nets) {
      after.add(requireNonNull(net.result()));
    }
    return new Accepted<>(found, after);
  }

  /**
   * The short way for what nearly every draft is: one posting each to two accounts, of which
   * neither comes to a limit. Null for all others, which then take the way that finds out why.
   */
  private static <A extends AccountState> @Nullable Accepted<A> acceptTwo(
      List<Posting> postings, List<A> found) {
    Posting one = postings.get(0);
    Posting two = postings.get(1);
    if (one.account().equals(two.account())) {
      return null;
    }
    Int128 first = after(one, found.get(0));
    Int128 second = after(two, found.get(1));
    return first == null || second == null ? null : new Accepted<>(found, List.of(first, second));
  }

  /** The balance of an account after its only posting; null if out of range or below the floor. */
  private static @Nullable Int128 after(Posting posting, AccountState account) {
    Int128 raw = account.rawBalance().plus(change(posting));
    if (raw == null) {
      return null;
    }
    Account definition = account.definition();
    Int128 floor = definition.minBalance();
    return floor != null && effective(definition, raw).compareTo(floor) < 0 ? null : raw;
  }

  private static Int128 change(Posting posting) {
    return posting.direction() == Side.DEBIT ? posting.minor() : posting.minor().negated();
  }

  private static Int128 effective(Account definition, Int128 raw) {
    return definition.creditNormal() ? raw.negated() : raw;
  }

  /** The net of each posting's account; postings of one account share one. */
  private static <A extends AccountState> List<Net> nets(
      List<Posting> postings, List<A> found, @Nullable Map<String, Int128> balances) {
    List<Net> nets = new ArrayList<>(found.size());
    Map<String, Net> byPath = found.size() > FEW ? new HashMap<>(2 * found.size()) : Map.of();
    for (int i = 0; i < found.size(); i++) {
      String path = postings.get(i).account();
      Net net = null;
      if (found.size() > FEW) {
        net = byPath.get(path);
      } else {
        for (int j = 0; j < i && net == null; j++) {
          net = postings.get(j).account().equals(path) ? nets.get(j) : null;
        }
      }
      if (net == null) {
        Int128 onPaper = balances == null ? null : balances.get(path);
        net =
            new Net(
                found.get(i).definition(), onPaper == null ? found.get(i).rawBalance() : onPaper);
        if (found.size() > FEW) {
          byPath.put(path, net);
        }
      }
      net.add(postings.get(i));
      nets.add(net);
    }
    return nets;
  }

  private static @Nullable LedgerError brokenFloor(List<Net> nets) {
    Net first = null;
    for (Net net : nets) {
      if (net.belowFloor()
          && (first == null
              || DraftRules.BYTEWISE.compare(
                      net.definition.id().path(), first.definition.id().path())
                  < 0)) {
        first = net;
      }
    }
    return first == null
        ? null
        : new ConstraintViolation(
            first.definition.id().key(),
            requireNonNull(first.definition.minBalance()),
            first.effective());
  }

  /**
   * The balance of one account as the postings of the draft go by. Only the net of the whole
   * transaction has to be in range and above the floor; on the way there it may be anything.
   */
  private static final class Net {
    final Account definition;
    private @Nullable Int128 balance;

    /** The balance once it has been out of range. */
    private @Nullable BigInteger wide;

    Net(Account definition, Int128 balance) {
      this.definition = definition;
      this.balance = balance;
    }

    void add(Posting posting) {
      Int128 change = change(posting);
      if (wide == null) {
        Int128 before = requireNonNull(balance);
        balance = before.plus(change);
        if (balance == null) {
          wide = before.toBigInteger().add(change.toBigInteger());
        }
      } else {
        wide = wide.add(change.toBigInteger());
        balance = Int128.of(wide);
      }
    }

    /** Null if out of range. */
    @Nullable Int128 result() {
      return balance;
    }

    Int128 effective() {
      return PostingRules.effective(definition, requireNonNull(balance));
    }

    boolean belowFloor() {
      Int128 floor = definition.minBalance();
      return floor != null && effective().compareTo(floor) < 0;
    }
  }
}
