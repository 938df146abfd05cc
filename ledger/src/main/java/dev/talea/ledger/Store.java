// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Where a ledger's bytes lie. Stores differ in that only: what is right is decided by {@link
 * dev.talea.ledger.rules.GroupRules}, which every store calls.
 *
 * <p>Writes are asynchronous: they enter a bounded queue per book and complete once the commit is
 * on disk. A full queue completes them at once with {@link LedgerError.Overloaded}; a full or
 * failed disk with {@link LedgerError.Unavailable}. Arguments are well-formed already ({@link
 * DraftRules} has passed on them). Futures complete on the writer's thread: what is chained must be
 * short and must not block.
 *
 * <p>Any thread may call.
 */
public interface Store extends AutoCloseable {

  /** What can be read in it. The same object for the store's life; of no use once it is closed. */
  StoreReader reads();

  /**
   * Name of the backend, for people and for {@code X-Talea-Backend}: {@code log}, {@code sqlite}.
   */
  String backend();

  /** See {@link LedgerApi#registerAsset}. */
  CompletableFuture<Void> registerAsset(Asset asset);

  /** See {@link LedgerApi#openAccount}. */
  CompletableFuture<Void> openAccount(Account account);

  /**
   * Commits drafts of one book, in order.
   *
   * @param atomic true: all in one commit or none, in which case every slot that is not itself the
   *     culprit repeats the first refusal
   * @return a result per draft, complete when all of them are on disk; exceptional only if nothing
   *     at all was attempted (queue full, book unavailable), except that after a failed sync it is
   *     unknown what reached the disk and the key tells
   */
  CompletableFuture<List<PostResult>> commit(
      String book, List<TransactionDraft> drafts, boolean atomic);

  /**
   * Asks the store whether it is of use: whether it answers, is still the one that was opened, and
   * has a book that takes writes, if it has books. Waits for a disk or a database, within a bound;
   * for readiness, about once a second, on a thread that may wait.
   *
   * @return null if so; else why requests had better go elsewhere
   */
  @Nullable Outage check();

  /**
   * A person says that the clock of this machine is right although it has run far ahead of the time
   * that has passed: see {@link ClockGuard}. Until the store is opened the next time. Does nothing
   * if the clock is not in doubt, or if commit times come from the clock of a database.
   */
  void acceptClock();

  /**
   * How far the clock that commit times are taken from is behind the newest commit, in seconds; 0
   * if it is not. While it is, commit times move on by the smallest step. For metrics.
   */
  default long clockBehindSeconds() {
    return 0;
  }

  /** Finishes what is queued, syncs, and lets go of the files. Idempotent. */
  @Override
  void close();
}
