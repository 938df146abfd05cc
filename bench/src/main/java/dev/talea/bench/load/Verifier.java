// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import dev.talea.bench.report.Verification;
import dev.talea.ledger.Event;
import dev.talea.ledger.EventStream;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TrialBalance;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.IntFunction;

/**
 * Asks the ledger whether it holds what it has acknowledged, through the same interface as
 * everybody else.
 *
 * <p>Per book: its trial balance balances, and equals what was acknowledged to the minor unit; one
 * more transaction gets exactly the seq after the account openings and the acknowledged commits;
 * and, unless there are too many, the events since the last time are read one by one: dense, as
 * many as acknowledged, and of as much money. For one thread, while no load runs.
 */
final class Verifier {
  private static final int AT_ONCE = 64;
  private static final int FINDINGS_MAX = 20;
  private static final Duration EVENT_PATIENCE = Duration.ofSeconds(30);

  private final LedgerApi ledger;
  private final Books books;
  private final Expected expected;
  private final long eventsMax;
  private final long[] verifiedSeq;
  private final BigInteger[] verifiedMinor;
  private List<String> findings = new ArrayList<>();

  /**
   * @param eventsMax read one by one; if there are more since the last time, none are
   */
  Verifier(LedgerApi ledger, Books books, Expected expected, long eventsMax) {
    this.ledger = ledger;
    this.books = books;
    this.expected = expected;
    this.eventsMax = eventsMax;
    this.verifiedSeq = new long[books.count()];
    this.verifiedMinor = new BigInteger[books.count()];
    Arrays.fill(verifiedMinor, BigInteger.ZERO);
  }

  /**
   * Looks at all books.
   *
   * @param unknown transactions whose outcome could not be learned, which is a finding
   */
  Verification verify(Posts posts, int unknown) throws InterruptedException {
    findings = new ArrayList<>();
    if (unknown > 0) {
      find(
          unknown
              + " transactions are of unknown outcome even after posting them again; the totals"
              + " cannot be told");
    }
    long commits = expected.allCommits();
    String events = "";
    try {
      forAllBooks(book -> ledger.trialBalance(books.name(book), null), this::checkTrialBalance);
      forAllBooks(book -> ledger.post(marker(book, posts.takeDraft())), this::checkSeq);
      events = checkEvents();
    } catch (LedgerException e) {
      find("the ledger could not be asked: " + e.getMessage());
    } catch (CompletionException e) {
      find("the ledger could not be asked: " + LedgerErrors.unwrap(e));
    }
    String checked =
        Words.count(commits)
            + " transactions in "
            + (books.count() == 1 ? "1 book" : Words.count(books.count()) + " books")
            + ": trial balances against the sum acknowledged, last seq against the number"
            + " acknowledged"
            + events;
    return new Verification(findings.isEmpty(), checked, findings);
  }

  private interface Check<T> {
    void look(int book, T answer);
  }

  private <T> void forAllBooks(IntFunction<CompletableFuture<T>> ask, Check<T> check) {
    for (int from = 0; from < books.count(); from += AT_ONCE) {
      List<CompletableFuture<T>> asked = new ArrayList<>();
      for (int book = from; book < Math.min(books.count(), from + AT_ONCE); book++) {
        asked.add(ask.apply(book));
      }
      for (int i = 0; i < asked.size(); i++) {
        check.look(from + i, asked.get(i).join());
      }
    }
  }

  private void checkTrialBalance(int book, TrialBalance balance) {
    BigInteger acknowledged = expected.minor(book);
    BigInteger debits = BigInteger.ZERO;
    BigInteger credits = BigInteger.ZERO;
    for (TrialBalance.Line line : balance.lines()) {
      debits = debits.add(line.debits());
      credits = credits.add(line.credits());
    }
    if (!debits.equals(credits)) {
      find("book " + books.name(book) + ": debits " + debits + ", credits " + credits);
    }
    if (!debits.equals(acknowledged)) {
      find(
          "book "
              + books.name(book)
              + ": acknowledged were debits of "
              + acknowledged
              + ", the trial balance shows "
              + debits);
    }
  }

  /** A transaction that tells the last seq by its own, since seqs are dense. */
  private TransactionDraft marker(int book, long draft) {
    Int128 one = Int128.of(1);
    return new TransactionDraft(
        books.name(book),
        "verify-" + draft,
        List.of(
            new Posting(Books.account(0), one, Books.ASSET, Side.DEBIT),
            new Posting(Books.account(1), one, Books.ASSET, Side.CREDIT)),
        List.of(),
        null,
        null);
  }

  private void checkSeq(int book, Posted marker) {
    long acknowledged = expected.events(book);
    expected.committed(book, 1);
    if (marker.seq() != acknowledged + 1) {
      find(
          "book "
              + books.name(book)
              + ": acknowledged were "
              + acknowledged
              + " events, it holds "
              + (marker.seq() - 1));
    }
  }

  private String checkEvents() throws InterruptedException {
    long events = 0;
    for (int book = 0; book < books.count(); book++) {
      events += expected.events(book) - verifiedSeq[book];
    }
    if (events > eventsMax) {
      return "; the " + Words.count(events) + " new events were not read one by one";
    }
    for (int book = 0; book < books.count(); book++) {
      checkEventsOf(book);
    }
    return "; " + Words.count(events) + " new events one by one";
  }

  private void checkEventsOf(int book) throws InterruptedException {
    long seq = verifiedSeq[book];
    long last = expected.events(book);
    BigInteger minor = verifiedMinor[book];
    try (EventStream stream = ledger.subscribe(books.name(book), seq + 1)) {
      while (seq < last) {
        Event event = stream.poll(EVENT_PATIENCE);
        if (event == null || event.seq() != seq + 1) {
          find(
              "book "
                  + books.name(book)
                  + ": after event "
                  + seq
                  + " of "
                  + last
                  + " comes "
                  + (event == null ? "none" : event.seq()));
          return;
        }
        seq++;
        if (event.payload() instanceof Event.TransactionPosted posted) {
          minor = minor.add(debits(posted.draft()));
        }
      }
    }
    if (!minor.equals(expected.minor(book))) {
      find(
          "book "
              + books.name(book)
              + ": the events up to "
              + last
              + " move "
              + minor
              + ", acknowledged were "
              + expected.minor(book));
    }
    verifiedSeq[book] = last;
    verifiedMinor[book] = minor;
  }

  private static BigInteger debits(TransactionDraft draft) {
    BigInteger debits = BigInteger.ZERO;
    for (Posting posting : draft.postings()) {
      if (posting.direction() == Side.DEBIT) {
        debits = debits.add(posting.minor().toBigInteger());
      }
    }
    return debits;
  }

  private void find(String finding) {
    if (findings.size() < FINDINGS_MAX) {
      findings.add(finding);
    } else if (findings.size() == FINDINGS_MAX) {
      findings.add("and more");
    }
  }
}
