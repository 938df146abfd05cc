// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.AccountOpened;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Posting;
import dev.talea.ledger.PostingView;
import dev.talea.ledger.Side;
import dev.talea.ledger.TrialBalance;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What follows from a book's events, computed the plain way: one after the other, with big
 * integers. Tests hold the store's answers against it.
 */
final class Fold {
  private static final class State {
    final Account account;
    BigInteger raw = BigInteger.ZERO;
    long updatedSeq;
    final List<PostingView> history = new ArrayList<>();

    State(Account account) {
      this.account = account;
    }
  }

  private final String book;
  private final int precision;
  private final Map<String, State> accounts = new LinkedHashMap<>();
  private final Map<String, BigInteger[]> totals = new TreeMap<>(DraftRules.BYTEWISE);

  /**
   * @param precision of all assets in play
   */
  Fold(String book, int precision) {
    this.book = book;
    this.precision = precision;
  }

  void apply(Event event) {
    if (event.payload() instanceof AccountOpened opened) {
      accounts.put(opened.account().id().path(), new State(opened.account()));
    } else if (event.payload() instanceof TransactionPosted posted) {
      for (Posting posting : posted.draft().postings()) {
        apply(event, posted, posting);
      }
    }
  }

  private void apply(Event event, TransactionPosted posted, Posting posting) {
    State state = Objects.requireNonNull(accounts.get(posting.account()), posting.account());
    BigInteger minor = posting.minor().toBigInteger();
    boolean debit = posting.direction() == Side.DEBIT;
    state.raw = debit ? state.raw.add(minor) : state.raw.subtract(minor);
    state.updatedSeq = event.seq();
    state.history.add(
        new PostingView(
            event.seq(),
            posted.id(),
            state.account.id(),
            posting.minor(),
            posting.asset(),
            posting.direction(),
            event.at()));
    BigInteger[] total =
        totals.computeIfAbsent(
            posting.asset(), asset -> new BigInteger[] {BigInteger.ZERO, BigInteger.ZERO});
    int side = debit ? 0 : 1;
    total[side] = total[side].add(minor);
  }

  List<AccountId> accounts() {
    return accounts.values().stream().map(state -> state.account.id()).toList();
  }

  BalanceView balance(AccountId id, @Nullable Instant asOf) {
    State state = Objects.requireNonNull(accounts.get(id.path()));
    Account account = state.account;
    BigInteger effective = account.creditNormal() ? state.raw.negate() : state.raw;
    return new BalanceView(
        id,
        account.asset(),
        precision,
        Objects.requireNonNull(Int128.of(effective)),
        asOf,
        state.updatedSeq);
  }

  List<PostingView> history(AccountId id) {
    return Objects.requireNonNull(accounts.get(id.path())).history;
  }

  TrialBalance trialBalance(@Nullable Instant asOf) {
    List<TrialBalance.Line> lines = new ArrayList<>();
    totals.forEach((asset, sums) -> lines.add(new TrialBalance.Line(asset, sums[0], sums[1])));
    return new TrialBalance(book, asOf, lines);
  }
}
