// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.index.keys.KeyHash;
import dev.talea.index.keys.KeyIndex;
import dev.talea.index.keys.KeyRecords;
import dev.talea.index.record.TransactionRecord;
import dev.talea.ledger.Micros;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.rules.GroupRules.Earlier;
import dev.talea.log.LogReader;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the transaction under an idempotency key that has been used; what that means for a draft,
 * the rules say. Looks into the log for what is durable and into its own notes for what this group
 * has accepted.
 *
 * <p>Owned by the book's writer, except {@link #durable}, which any thread may ask.
 */
final class KnownKeys implements KeyRecords {
  /** Room for more is not kept for the next group. */
  private static final int PENDING_KEPT = 64;

  private record Pending(PreparedDraft draft, Posted posted) {}

  private static final @Nullable Pending[] NOTHING_PENDING = {};
  private static final long[] NO_POSITIONS = {};

  private final LogReader log;
  private final AccountTable accounts;
  private final KeyHash hash;
  private final KeyIndex index;

  /**
   * Records that cannot be read back from the log yet, in its order. Each is noted, and hardly one
   * is looked for: a map of them would do all its work for nothing.
   */
  private @Nullable Pending[] pending = NOTHING_PENDING;

  /** Their positions. */
  private long[] pendingPositions = NO_POSITIONS;

  private int pendingCount;

  /** Says nothing: see {@link KeyIndex#touch}. */
  @SuppressWarnings("UnusedVariable") // a sum that went nowhere would not be looked up at all
  private long touched;

  /** The newest record with a key. */
  private long newestPosition = KeyRecords.ABSENT;

  /** The same as readers may know it. */
  private volatile long visiblePosition = KeyRecords.ABSENT;

  KnownKeys(LogReader log, AccountTable accounts, KeyHash hash, KeyIndex index) {
    this.log = log;
    this.accounts = accounts;
    this.hash = hash;
    this.index = index;
  }

  /** Where the keys are. */
  KeyIndex index() {
    return index;
  }

  KeyHash hash() {
    return hash;
  }

  /** The durable transaction with this key, or null. For any thread. */
  @Nullable TransactionRecord durable(byte[] key) {
    KeyRecords inLog = (position, wanted) -> TransactionRecord.read(log, position).hasKey(wanted);
    long position = index.findDurable(key, hash.of(key), visiblePosition, inLog);
    return position == KeyRecords.ABSENT ? null : TransactionRecord.read(log, position);
  }

  /** The whole log has been read on opening: what is in files is durable too. */
  void opened() {
    newestPosition = log.durableSeq() == 0 ? ABSENT : log.positionOf(log.durableSeq());
    visiblePosition = newestPosition;
  }

  /** Notes the key of a transaction whose record is in the block under way. */
  void addPending(PreparedDraft draft, long position, Posted posted) {
    index.add(draft.keyHash(), position);
    newestPosition = position;
    if (pendingCount == pending.length) {
      int room = Math.max(2 * pendingCount, PENDING_KEPT);
      pending = Arrays.copyOf(pending, room);
      pendingPositions = Arrays.copyOf(pendingPositions, room);
    }
    pending[pendingCount] = new Pending(draft, posted);
    pendingPositions[pendingCount++] = position;
  }

  private @Nullable Pending pendingAt(long position) {
    int at = Arrays.binarySearch(pendingPositions, 0, pendingCount, position);
    return at < 0 ? null : pending[at];
  }

  /** For tests: for how many records there is room that are not durable. */
  int pendingRoom() {
    return pending.length;
  }

  /** What has been accepted so far is durable. */
  void publish() {
    if (pending.length > PENDING_KEPT) {
      pending = NOTHING_PENDING; // an idle book keeps nothing of a large group
      pendingPositions = NO_POSITIONS;
    } else {
      Arrays.fill(pending, 0, pendingCount, null);
    }
    pendingCount = 0;
    visiblePosition = newestPosition;
  }

  /**
   * Has the memory come that finding some keys will take, for all of them at once: one after the
   * other is a wait for memory a key, and was two fifths of a writer's time.
   */
  void touch(List<PreparedDraft> drafts, int from, int to) {
    for (int i = from; i < to; i++) {
      touched += index.touch(drafts.get(i).keyHash());
    }
  }

  /** The transaction that has the draft's key, durable or accepted by this group, or null. */
  @Nullable Earlier earlier(PreparedDraft draft) {
    long position = index.find(draft.key(), draft.keyHash(), this);
    if (position == KeyRecords.ABSENT) {
      return null;
    }
    Pending accepted = pendingAt(position);
    if (accepted != null) {
      return new Earlier(accepted.draft.draft().postings(), accepted.posted);
    }
    TransactionRecord durable = TransactionRecord.read(log, position);
    Posted posted = new Posted(durable.id(), durable.seq(), Micros.instant(durable.at()), false);
    return new Earlier(PostedTransaction.postings(durable, accounts), posted);
  }

  @Override
  public boolean hasKey(long position, byte[] key) {
    Pending accepted = pendingAt(position);
    return accepted != null
        ? Arrays.equals(accepted.draft.key(), key)
        : TransactionRecord.read(log, position).hasKey(key);
  }
}
