// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.conformance;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.Asset;
import dev.talea.ledger.TransactionDraft;
import java.util.List;

/**
 * One call of a random list of calls. Holds no answer of an earlier call, so that a list can be cut
 * down: what would be one, a moment or a transaction, is the number of the commit it came from.
 */
public sealed interface Command {

  /** {@link dev.talea.ledger.LedgerApi#registerAsset}. */
  record Register(Asset asset) implements Command {}

  /** {@link dev.talea.ledger.LedgerApi#openAccount}. */
  record Open(Account account) implements Command {}

  /** {@link dev.talea.ledger.LedgerApi#post}. */
  record Post(TransactionDraft draft) implements Command {}

  /** {@link dev.talea.ledger.LedgerApi#postBatch}. */
  record Batch(List<TransactionDraft> drafts) implements Command {}

  /** {@link dev.talea.ledger.LedgerApi#postAtomically}. */
  record Atomic(List<TransactionDraft> drafts) implements Command {}

  /** {@link dev.talea.ledger.LedgerApi#balance}. */
  record Balance(AccountId account, Moment moment) implements Command {}

  /** {@link dev.talea.ledger.LedgerApi#history}. */
  record History(AccountId account, long afterSeq, int limit) implements Command {}

  /** {@link dev.talea.ledger.LedgerApi#trialBalance}. */
  record Totals(String book, Moment moment) implements Command {}

  /** {@link dev.talea.ledger.LedgerApi#transaction}, of the n-th commit so far, going round. */
  record Transaction(int commit) implements Command {}

  /** {@link dev.talea.ledger.LedgerApi#subscribe}, reading what is there already. */
  record Follow(String book, long fromSeq) implements Command {}

  /** Closing and opening again, where that is possible. */
  record Reopen() implements Command {}

  /**
   * When: now if {@code commit} is negative, else so many nanoseconds from the commit time of the
   * n-th commit so far, going round.
   */
  record Moment(int commit, long plusNanos) {}
}
