// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.keys;

import dev.talea.index.record.LedgerRecord;
import dev.talea.index.record.RecordLayout;
import dev.talea.index.record.TransactionRecord;
import dev.talea.log.LogCursor;
import dev.talea.log.LogReader;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * Finds a key that was used twice, in bounded memory and without a file: of all hashes it is found
 * out which came up before, and where one did the log is read again for the keys themselves. Of a
 * book with more keys than may be in memory, each further part of the hashes costs another pass
 * over the log.
 *
 * <p>While records go by, hashes are only put into buckets by their highest bits. A bucket fits the
 * processor's cache, so that the table which tells what came up before is one that is never waited
 * for; one table of all hashes would be a cache miss a key, sorting them ten times the work. They
 * are put there thousands at a time: one by one, each would wait for the end of its bucket.
 *
 * <p>Belongs to the thread that checks the book.
 */
public final class UniqueKeys implements SeenKeys {
  private static final int BUCKET_KEYS = 1 << 14;
  private static final int BUCKET_BITS_MAX = 14;
  private static final int NEWEST = 1 << 13;

  private final LogReader log;
  private final KeyHash hash;
  private final int parts;
  private final LongConsumer passes;

  /** Those that are in no bucket yet. */
  private final long[] newest;

  private int newestCount;

  private final int bucketBits;
  private final long[][] buckets;

  /** How many hashes are in each. */
  private final int[] counts;

  /** A slot is free at 0, which no hash in it is. */
  private long[] table = {};

  /**
   * @param keysMax hashes in memory at once, 8 bytes each and a tenth more
   * @param passes told how long each record is that is read again
   */
  public UniqueKeys(LogReader log, int keysMax, LongConsumer passes) {
    this.log = log;
    this.hash = KeyHash.of(log);
    this.parts = (int) (log.durableSeq() / keysMax) + 1;
    this.passes = passes;
    int keys = (int) (log.durableSeq() / parts);
    this.newest = new long[Math.min(keys + 1, NEWEST)];
    this.bucketBits =
        Math.min(Integer.SIZE - Integer.numberOfLeadingZeros(keys / BUCKET_KEYS), BUCKET_BITS_MAX);
    this.buckets = new long[1 << bucketBits][];
    this.counts = new int[1 << bucketBits];
    int each = keys >>> bucketBits;
    for (int i = 0; i < buckets.length; i++) {
      buckets[i] = new long[each + each / 16 + 16]; // hashes are spread evenly, so none grows
    }
  }

  @Override
  public void add(long keyHash, long seq, long position) {
    if (isOf(0, keyHash)) {
      keep(keyHash);
    }
  }

  private void keep(long keyHash) {
    if (newestCount == newest.length) {
      fillBuckets();
    }
    newest[newestCount++] = keyHash;
  }

  private void fillBuckets() {
    for (int i = 0; i < newestCount; i++) {
      long keyHash = newest[i];
      int index = (int) (keyHash >>> 1 >>> (Long.SIZE - 1 - bucketBits));
      long[] bucket = buckets[index];
      int count = counts[index]++;
      if (count == bucket.length) {
        bucket = Arrays.copyOf(bucket, count + count / 4);
        buckets[index] = bucket;
      }
      bucket[count] = keyHash;
    }
    newestCount = 0;
  }

  private boolean isOf(int part, long keyHash) {
    return parts == 1 || Long.remainderUnsigned(keyHash, parts) == part;
  }

  @Override
  public void finish() {
    checkPart();
    for (int part = 1; part < parts; part++) {
      int wanted = part;
      scan(
          record -> {
            long keyHash = hash.of(record.key());
            if (isOf(wanted, keyHash)) {
              keep(keyHash);
            }
          });
      checkPart();
    }
  }

  private void checkPart() {
    fillBuckets();
    Set<Long> twice = new HashSet<>();
    for (int i = 0; i < buckets.length; i++) {
      findTwice(buckets[i], counts[i], twice);
      counts[i] = 0;
    }
    if (!twice.isEmpty()) {
      compare(twice);
    }
  }

  private void findTwice(long[] bucket, int count, Set<Long> twice) {
    int slots = Integer.highestOneBit(2 * count + 1) << 1;
    if (table.length < slots) {
      table = new long[slots];
    }
    Arrays.fill(table, 0, slots, 0);
    boolean zero = false;
    for (int i = 0; i < count; i++) {
      long keyHash = bucket[i];
      if (keyHash == 0) {
        if (zero) {
          twice.add(keyHash);
        }
        zero = true;
        continue;
      }
      // Other bits than those that chose the bucket or the part.
      int slot = (int) (keyHash >>> Short.SIZE) & (slots - 1);
      while (table[slot] != 0 && table[slot] != keyHash) {
        slot = (slot + 1) & (slots - 1);
      }
      if (table[slot] == keyHash) {
        twice.add(keyHash);
      }
      table[slot] = keyHash;
    }
  }

  /** Different keys may have one hash; then there are few of them. */
  private void compare(Set<Long> hashesSeenTwice) {
    Map<String, Long> seen = new HashMap<>();
    scan(
        record -> {
          if (hashesSeenTwice.contains(hash.of(record.key()))
              && seen.putIfAbsent(record.keyText(), record.seq()) != null) {
            throw record.broken(
                "uses the idempotency key '" + record.keyText() + "' a second time");
          }
        });
  }

  private interface Sink {
    void take(TransactionRecord record);
  }

  private void scan(Sink sink) {
    LogCursor cursor = log.cursor(1);
    while (cursor.next()) {
      LedgerRecord record = LedgerRecord.of(log.name(), cursor);
      if (record.type() == RecordLayout.TRANSACTION_POSTED) {
        TransactionRecord posted = new TransactionRecord(record);
        sink.take(posted);
        passes.accept(posted.length());
      }
    }
  }
}
