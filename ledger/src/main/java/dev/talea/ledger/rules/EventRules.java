// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.rules;

import dev.talea.ledger.Account;
import dev.talea.ledger.Asset;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.Micros;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TxId;
import dev.talea.ledger.rules.PostingRules.Accepted;
import dev.talea.ledger.rules.PostingRules.AccountState;
import dev.talea.ledger.rules.PostingRules.Accounts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Whether events that are said to be those of a ledger can be: each goes through the rules as if it
 * had just been drafted, and its seq, time and id have to follow from those before it. What imports
 * events or checks those that are stored asks this, so that all of them refuse the same in the same
 * words. Whether a key was used twice is not looked at here: that takes all keys of a book.
 *
 * <p>The registry's events come first, then those of each book in the order of their seqs. One
 * thread at a time.
 */
public final class EventRules {
  /** Every tag there can be is positive. */
  private static final int NO_TAG = -1;

  private final Map<String, Asset> assets = new HashMap<>();
  private final Set<Integer> tags = new HashSet<>();

  /** Of a ledger of which no event has come. */
  public EventRules() {
    // there is nothing to know
  }

  /**
   * Begins a book.
   *
   * @param accounts shows those that have been opened, with everything that has been posted
   */
  public <A extends AccountState> Book<A> book(String name, Accounts<A> accounts) {
    return new Book<>(name, accounts);
  }

  /** A book, event by event. What is accepted is for the caller to note before the next comes. */
  public final class Book<A extends AccountState> {
    private final String name;
    private final boolean registry;
    private final Accounts<A> accounts;
    private long seq;
    private long at = Long.MIN_VALUE;
    private int tag = NO_TAG;

    private Book(String name, Accounts<A> accounts) {
      this.name = name;
      this.registry = name.equals(DraftRules.SYSTEM_BOOK);
      this.accounts = accounts;
    }

    /** The tag in the ids of its transactions; negative before the first of them. */
    public int tag() {
      return tag;
    }

    /**
     * The next event comes; what it is about is to be told next.
     *
     * @throws ImpossibleEventException if its place or its time cannot be; those after it are
     *     judged by their own
     */
    public void next(Event event) {
      long dueSeq = seq + 1;
      long before = at;
      seq = event.seq();
      at = Micros.floor(event.at());
      if (seq != dueSeq) {
        throw impossible("the next seq is " + dueSeq);
      }
      if (at < before) {
        throw impossible("its time " + event.at() + " is before that of the event before it");
      }
    }

    /**
     * An asset is registered.
     *
     * @throws ImpossibleEventException if that cannot be
     */
    public void register(Asset asset) {
      LedgerError wrong = DraftRules.check(asset);
      if (wrong != null) {
        throw impossible("an asset that cannot be: " + wrong);
      }
      if (!registry || assets.putIfAbsent(asset.id(), asset) != null) {
        throw impossible(
            "asset '" + asset.id() + "' is registered twice, or outside of the registry");
      }
    }

    /**
     * An account is opened.
     *
     * @return its asset
     * @throws ImpossibleEventException if that cannot be
     */
    public Asset open(Account account) {
      LedgerError wrong = DraftRules.check(account);
      if (wrong != null) {
        throw impossible("an account that cannot be: " + wrong);
      }
      if (registry || !account.id().book().equals(name)) {
        throw impossible("account '" + account.id() + "' is not one of this book");
      }
      Asset asset = assets.get(account.asset());
      if (asset == null) {
        throw impossible(
            "account '" + account.id() + "' is of asset '" + account.asset() + "', unknown here");
      }
      if (accounts.find(account.id().path()) != null) {
        throw impossible("account '" + account.id() + "' is opened twice");
      }
      return asset;
    }

    /**
     * A transaction is posted. The first of a book says which tag the ids of all of them have.
     *
     * @throws ImpossibleEventException if that cannot be
     */
    public Accepted<A> post(TransactionPosted posted) {
      TransactionDraft draft = posted.draft();
      LedgerError wrong = DraftRules.check(draft);
      if (wrong != null) {
        throw impossible("a transaction that cannot be: " + wrong);
      }
      if (registry || !draft.book().equals(name)) {
        throw impossible("a transaction of book '" + draft.book() + "'");
      }
      checkId(posted.id());
      List<A> found = new ArrayList<>(draft.postings().size());
      LedgerError refused = PostingRules.resolve(draft, accounts, found);
      if (refused == null) {
        PostingRules.Decision<A> decision = PostingRules.weigh(draft.postings(), found);
        if (decision instanceof Accepted<A> accepted) {
          return accepted;
        }
        refused = ((PostingRules.Refused<A>) decision).error();
      }
      throw impossible("the rules refuse it: " + refused);
    }

    private void checkId(UUID id) {
      if (tag == NO_TAG) {
        int first = TxId.tag(id);
        if (!tags.add(first)) {
          throw impossible("its id " + id + " is that of a transaction of another book");
        }
        tag = first;
      }
      UUID due = TxId.of(at, tag, seq);
      if (!id.equals(due)) {
        throw impossible("its id " + id + " does not follow from its book, time and seq: " + due);
      }
    }

    private ImpossibleEventException impossible(String reason) {
      return new ImpossibleEventException("book '" + name + "', seq " + seq + ": " + reason);
    }
  }
}
