package dev.talea.index;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/**
 * The half of a replay that is about idempotency keys: none may be used twice, and all go into the
 * index. Apart from the half that is about money, because neither needs anything of the other, and
 * the time they take is about the same: keys are handed over in batches, in the order of the log,
 * to a thread that may be another one.
 *
 * <p>Belongs to the thread that opens the book; the index is the other thread's from the first
 * batch until {@link #finish} returns or throws.
 */
final class ReplayedKeys {
  /** A few milliseconds of work. Books with less to replay never trouble another thread. */
  static final int BATCH_KEYS = 4096;

  /**
   * How far the keys may be behind. So far the replay comes while half a million keys are filed; in
   * memory it is 7 MB of keys with 36 characters, and 21 MB of the longest.
   */
  static final int BATCHES_MAX = 16;

  @SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
  private record Key(byte[] bytes, long hash, long seq, long position) {}

  private final String book;
  private final KnownKeys keys;
  private final int keysMax;
  private final Executor beside;

  private List<Key> batch = new ArrayList<>();

  /** Batches handed over, oldest first; none is begun before the one ahead of it is done. */
  private final Queue<CompletableFuture<Void>> underWay = new ArrayDeque<>();

  private CompletableFuture<Void> newest = CompletableFuture.completedFuture(null);

  /**
   * @param keysMax keys in memory beyond which they go into files
   * @param beside runs what is handed over
   */
  ReplayedKeys(String book, KnownKeys keys, int keysMax, Executor beside) {
    this.book = book;
    this.keys = keys;
    this.keysMax = keysMax;
    this.beside = beside;
  }

  /**
   * Takes the key of a record. Its seq must be above those of all taken before.
   *
   * @throws BrokenRecordException if one taken earlier was used twice
   */
  void add(PreparedDraft draft, LedgerRecord record) {
    batch.add(new Key(draft.key(), draft.keyHash(), record.seq, record.position));
    if (batch.size() == BATCH_KEYS) {
      handOver();
    }
  }

  private void handOver() {
    if (underWay.size() == BATCHES_MAX) {
      await(underWay.remove());
    }
    List<Key> full = batch;
    batch = new ArrayList<>();
    newest = newest.thenRunAsync(() -> index(full), beside);
    underWay.add(newest);
  }

  /**
   * Returns when all keys taken are in the index. When it throws nothing is under way either.
   *
   * @throws BrokenRecordException at the first record whose key was used before
   */
  void finish() {
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

  private void index(List<Key> added) {
    KeyIndex index = keys.index();
    for (Key key : added) {
      if (index.find(key.bytes, key.hash, keys) != KeyRecords.ABSENT) {
        throw new BrokenRecordException(
            book,
            key.seq,
            key.position,
            "uses the idempotency key '" + Bytes.text(key.bytes) + "' a second time");
      }
      index.add(key.hash, key.position);
      index.fileIfMany(key.seq, keysMax);
    }
  }
}
