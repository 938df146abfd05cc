// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.log.BlockBuilder;
import dev.talea.log.CommitHandler;
import dev.talea.log.Log;
import dev.talea.log.LogCursor;
import dev.talea.log.LogException;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.Logs;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The log of what was asked for, what became of it and what people decided: one JSON object a
 * record, in the order it happened. Apart from {@link Reconciliation}, which knows what records
 * mean; this class knows that they are durable.
 *
 * <p>Any thread; an append returns when the record is on disk.
 */
final class RunLog {
  /** Its name among the logs of the folder. */
  static final String NAME = "reconcile";

  private final Log<Entry> log;

  private RunLog(Log<Entry> log) {
    this.log = log;
  }

  static RunLog open(Logs logs) {
    return new RunLog(
        logs.exists(NAME)
            ? logs.openLog(NAME, reader -> new Writer())
            : logs.createLog(NAME, reader -> new Writer()));
  }

  /** Different for every log. */
  long id() {
    return log.id();
  }

  /** Gives every record, in order, with its seq. */
  void replay(BiConsumer<Long, Map<String, @Nullable Object>> to) {
    LogCursor cursor = log.cursor(1);
    while (cursor.next()) {
      to.accept(cursor.seq(), tree(cursor.seq(), cursor.payload()));
    }
  }

  /** Whether nothing was ever written to it. */
  boolean isEmpty() {
    return !log.cursor(1).next();
  }

  /** A record that was written before. */
  Map<String, @Nullable Object> read(long seq) {
    return tree(seq, log.record(log.positionOf(seq)).payload());
  }

  /** A record as {@link #read} gives it. */
  static Map<String, @Nullable Object> tree(long seq, ByteBuffer payload) {
    byte[] bytes = new byte[payload.remaining()];
    payload.get(bytes);
    return JsonTree.record("record " + seq + " of the log " + NAME, bytes);
  }

  /**
   * Appends a record, and returns its seq when it is on disk.
   *
   * @param record a JSON object that {@link JsonTree#record} reads
   * @throws LogException if it cannot be written, or it is not known whether it was
   */
  long append(byte[] record) {
    Entry entry = new Entry(record);
    if (!log.submit(entry, 1, entry.bytes.length)) {
      throw new IllegalStateException("more records wait for the log " + NAME + " than it takes");
    }
    try {
      return entry.done.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof LogException why) {
        throw why;
      }
      throw e;
    }
  }

  private static final class Entry {
    final byte[] bytes;
    final CompletableFuture<Long> done = new CompletableFuture<>();

    /** The writer's. */
    long seq;

    Entry(byte[] bytes) {
      this.bytes = bytes;
    }
  }

  /** Runs on the thread that writes the log. There is nothing to decide. */
  private static final class Writer implements CommitHandler<Entry> {
    @Override
    public int handle(Entry entry, BlockBuilder block) {
      int bytes = entry.bytes.length;
      if (block.remaining() < BlockBuilder.bytesFor(bytes)) {
        return BlockBuilder.bytesFor(bytes);
      }
      entry.seq = block.nextSeq();
      block.begin(bytes).put(entry.bytes);
      block.end();
      return DONE;
    }

    @Override
    public void publish(long firstSeq, long lastSeq) {}

    @Override
    public void committed(Entry entry) {
      entry.done.complete(entry.seq);
    }

    @Override
    public void refused(Entry entry, LogUnavailableException why) {
      entry.done.completeExceptionally(why);
    }
  }
}
