// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.keys;

import dev.talea.index.failure.BrokenRecordException;
import dev.talea.index.record.TransactionRecord;
import dev.talea.log.LogReader;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.agrona.collections.LongArrayList;

/**
 * The half of a replay that is about idempotency keys: none may be used twice, and all go into the
 * index. Apart from the half that is about money, because neither needs anything of the other, and
 * the time they take is about the same: keys are handed over in batches, in the order of the log,
 * to a thread that may be another one.
 *
 * <p>Belongs to the thread that opens the book; the index is the other thread's from the first
 * batch until {@link #finish} returns or throws.
 */
public final class ReplayedKeys implements SeenKeys {
  /** A few milliseconds of work. Books with less to replay never trouble another thread. */
  public static final int BATCH_KEYS = 4096;

  /**
   * How far the keys may be behind: half a million, 13 MB. So far the replay comes while the keys
   * before are written to a file; only where files are merged as well does it have to wait.
   */
  public static final int BATCHES_MAX = 128;

  /** Hash, seq and position. The key itself is in the record, and hardly ever asked for. */
  private static final int LONGS_A_KEY = 3;

  private static final byte[] IN_THE_RECORD = {};

  private final LogReader log;
  private final KeyIndex index;
  private final int keysMax;
  private final int batchKeys;
  private final int batchesMax;
  private final Executor beside;

  private LongArrayList batch = new LongArrayList();

  /** Batches handed over, oldest first; none is begun before the one ahead of it is done. */
  private final Queue<CompletableFuture<Void>> underWay = new ArrayDeque<>();

  private CompletableFuture<Void> newest = CompletableFuture.completedFuture(null);

  /**
   * @param keysMax keys in memory beyond which they go into files
   * @param batchKeys how many are handed over at a time
   * @param batchesMax how many batches may be under way
   * @param beside runs what is handed over
   */
  public ReplayedKeys(
      LogReader log, KeyIndex index, int keysMax, int batchKeys, int batchesMax, Executor beside) {
    this.log = log;
    this.index = index;
    this.keysMax = keysMax;
    this.batchKeys = batchKeys;
    this.batchesMax = batchesMax;
    this.beside = beside;
  }

  @Override
  public void add(long hash, long seq, long position) {
    batch.addLong(hash);
    batch.addLong(seq);
    batch.addLong(position);
    if (batch.size() == batchKeys * LONGS_A_KEY) {
      handOver();
    }
  }

  private void handOver() {
    if (underWay.size() == batchesMax) {
      await(underWay.remove());
    }
    LongArrayList full = batch;
    batch = new LongArrayList(full.size(), LongArrayList.DEFAULT_NULL_VALUE);
    newest = newest.thenRunAsync(() -> index(full), beside);
    underWay.add(newest);
  }

  /**
   * Returns when all keys taken are in the index. When it throws, nothing is under way either.
   *
   * @throws BrokenRecordException at the first record whose key was used before
   */
  @Override
  public void finish() {
    await(newest);
    index(batch);
  }

  /** An interrupt does not end the wait, but is kept: half a book is none. */
  private static void await(CompletableFuture<Void> batch) {
    try {
      batch.join();
    } catch (CompletionException e) {
      // What was thrown there is unchecked, and what the caller would have met without a thread.
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  private void index(LongArrayList keys) {
    for (int i = 0; i < keys.size(); i += LONGS_A_KEY) {
      index(keys.getLong(i), keys.getLong(i + 1), keys.getLong(i + 2));
    }
  }

  private void index(long hash, long seq, long position) {
    KeyRecords records = (earlier, key) -> read(earlier).hasKey(read(position).key());
    if (index.find(IN_THE_RECORD, hash, records) != KeyRecords.ABSENT) {
      TransactionRecord second = read(position);
      throw second.broken("uses the idempotency key '" + second.keyText() + "' a second time");
    }
    index.add(hash, position);
    index.fileIfMany(seq, keysMax);
  }

  private TransactionRecord read(long position) {
    return TransactionRecord.read(log, position);
  }
}
