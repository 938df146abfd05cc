// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.index.record.TransactionRecord;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.Event;
import dev.talea.ledger.Micros;
import dev.talea.ledger.Posting;
import dev.talea.ledger.PostingView;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns the record of a transaction into the words of the ledger, which takes the account table:
 * records name accounts by number. Stateless; any thread.
 */
final class PostedTransaction {
  private PostedTransaction() {}

  static List<Posting> postings(TransactionRecord posted, AccountTable accounts) {
    List<Posting> postings = new ArrayList<>(posted.postings());
    for (int i = 0; i < posted.postings(); i++) {
      AccountEntry account = account(posted, i, accounts);
      postings.add(
          new Posting(
              account.definition().id().path(),
              posted.amount(i),
              account.asset.id,
              posted.side(i)));
    }
    return postings;
  }

  /** The account of each posting. */
  static List<AccountEntry> accounts(TransactionRecord posted, AccountTable accounts) {
    List<AccountEntry> entries = new ArrayList<>(posted.postings());
    for (int i = 0; i < posted.postings(); i++) {
      entries.add(account(posted, i, accounts));
    }
    return entries;
  }

  static PostingView view(TransactionRecord posted, int posting, AccountEntry account) {
    AccountId id = account.definition().id();
    return new PostingView(
        posted.seq(),
        posted.id(),
        id,
        posted.amount(posting),
        account.asset.id,
        posted.side(posting),
        Micros.instant(posted.at()));
  }

  static TransactionView view(String book, TransactionRecord posted, AccountTable accounts) {
    List<PostingView> postings = new ArrayList<>(posted.postings());
    for (int i = 0; i < posted.postings(); i++) {
      postings.add(view(posted, i, account(posted, i, accounts)));
    }
    Instant at = Micros.instant(posted.at());
    return new TransactionView(
        posted.id(), book, posted.seq(), at, postings, posted.refs(), posted.metadata());
  }

  static Event.TransactionPosted event(
      String book, TransactionRecord posted, AccountTable accounts) {
    return new Event.TransactionPosted(posted.id(), draft(book, posted, accounts));
  }

  /** What was asked for when it was posted. */
  static TransactionDraft draft(String book, TransactionRecord posted, AccountTable accounts) {
    return new TransactionDraft(
        book,
        posted.keyText(),
        postings(posted, accounts),
        posted.refs(),
        posted.metadata(),
        posted.occurredAt());
  }

  private static AccountEntry account(
      TransactionRecord posted, int posting, AccountTable accounts) {
    AccountEntry account = accounts.numbered(posted.account(posting));
    if (account == null) {
      throw posted.broken(
          "posting "
              + posting
              + " names account number "
              + posted.account(posting)
              + ", which was never opened");
    }
    return account;
  }
}
