// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.keys;

import dev.talea.index.record.LedgerRecord;
import dev.talea.index.record.RecordLayout;
import dev.talea.index.record.TransactionRecord;
import dev.talea.log.LogCursor;
import dev.talea.log.LogReader;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.agrona.collections.LongArrayList;

/**
 * Finds a key that was used twice, in bounded memory and without a file: the hashes of all keys are
 * sorted, and where two are the same the log is read again for the keys themselves. Of a book with
 * more keys than may be in memory, each further part of the hashes costs another pass over the log.
 *
 * <p>Belongs to the thread that checks the book.
 */
public final class UniqueKeys implements SeenKeys {
  private static final int LIST_BITS = 6;

  private final LogReader log;
  private final KeyHash hash;
  private final int parts;
  private final LongConsumer passes;

  /** Hashes by their highest bits, so that each list is sorted alone, and several at a time. */
  private LongArrayList[] hashes = lists();

  /**
   * @param keysMax hashes in memory at once, 8 bytes each
   * @param passes told how long each record is that is read again
   */
  public UniqueKeys(LogReader log, int keysMax, LongConsumer passes) {
    this.log = log;
    this.hash = KeyHash.of(log);
    this.parts = (int) (log.durableSeq() / keysMax) + 1;
    this.passes = passes;
  }

  @Override
  public void add(long keyHash, long seq, long position) {
    if (isOf(0, keyHash)) {
      keep(keyHash);
    }
  }

  private void keep(long keyHash) {
    hashes[(int) (keyHash >>> (Long.SIZE - LIST_BITS))].addLong(keyHash);
  }

  private static LongArrayList[] lists() {
    LongArrayList[] lists = new LongArrayList[1 << LIST_BITS];
    Arrays.setAll(lists, i -> new LongArrayList());
    return lists;
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
    LongArrayList[] lists = hashes;
    hashes = lists();
    // The sorting is what no other task of a check can do meanwhile: it takes all processors.
    Set<Long> twice =
        Arrays.stream(lists)
            .parallel()
            .flatMapToLong(list -> seenTwice(list.toLongArray()))
            .boxed()
            .collect(Collectors.toSet());
    if (!twice.isEmpty()) {
      compare(twice);
    }
  }

  private static LongStream seenTwice(long[] list) {
    Arrays.sort(list);
    return IntStream.range(1, list.length)
        .filter(i -> list[i] == list[i - 1])
        .mapToLong(i -> list[i]);
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
