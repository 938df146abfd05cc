// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.anchor;

import dev.talea.audit.proof.MalformedException;
import dev.talea.log.BlockBuilder;
import dev.talea.log.CommitHandler;
import dev.talea.log.Log;
import dev.talea.log.LogCursor;
import dev.talea.log.LogException;
import dev.talea.log.LogReader;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.Logs;
import dev.talea.log.TreeHead;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The log {@code _anchors}, open for writing: an ordinary log of log-store, whose records are
 * {@link AnchorRecord}s. Knows what every book was anchored with last.
 *
 * <p>One thread at a time appends; memory is bounded by the number of books.
 */
public final class AnchorLog implements AutoCloseable {
  /** Its name. No book of a ledger can be called so, as the first character is reserved. */
  public static final String NAME = "_anchors";

  private final Log<Batch> log;
  private final Map<String, TreeHead> newest = new HashMap<>();

  private AnchorLog(Log<Batch> log) {
    this.log = log;
  }

  /**
   * Opens it, or makes it where there is none.
   *
   * @param place opens the log {@link #NAME} with a handler, or creates it
   * @throws LogException if that cannot be done
   * @throws MalformedException if it holds what this program does not know: nothing is to be
   *     appended to that
   */
  public static AnchorLog open(
      Function<Function<LogReader, CommitHandler<Batch>>, Log<Batch>> place) {
    AnchorLog opened = new AnchorLog(place.apply(reader -> new Writer()));
    boolean read = false;
    try {
      opened.readAll();
      read = true;
      return opened;
    } finally {
      if (!read) {
        opened.close();
      }
    }
  }

  /** As above, among logs that this process owns. */
  public static AnchorLog open(Logs logs) {
    return open(
        handler -> logs.exists(NAME) ? logs.openLog(NAME, handler) : logs.createLog(NAME, handler));
  }

  private void readAll() {
    LogCursor cursor = log.cursor(1);
    while (cursor.next()) {
      try {
        note(AnchorRecord.decode(cursor.payload()).record());
      } catch (MalformedException e) {
        throw new MalformedException(
            ("Record %d of %s cannot be read: %s. Nothing is anchored until it can; run 'talea"
                    + " verify'.")
                .formatted(cursor.seq(), NAME, e.getMessage()));
      }
    }
  }

  private void note(AnchorRecord record) {
    if (record instanceof AnchorRecord.Anchor anchor) {
      newest.put(anchor.book(), anchor.head());
    } else {
      newest.remove(record.book()); // what is left of it is anchored anew
    }
  }

  /** What a book was anchored with last; null if it never was, or was cut since. */
  public @Nullable TreeHead newest(String book) {
    return newest.get(book);
  }

  /**
   * Appends records, and returns when they are on disk. If it throws, the first of them may be, or
   * all.
   *
   * @param records each of which is true of what is on disk already
   * @throws LogException if they cannot be written
   */
  public void append(List<? extends AnchorRecord> records) {
    Batch batch = new Batch(List.copyOf(records));
    if (!log.submit(batch, 1)) {
      throw new IllegalStateException("more than one thread appends to " + NAME);
    }
    try {
      batch.done.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof LogException why) {
        throw why;
      }
      throw e;
    }
    records.forEach(this::note);
  }

  /** Why it takes nothing more, or null. */
  public @Nullable LogUnavailableException failure() {
    return log.failure();
  }

  /** Marks a clean end, and gives up its files. */
  @Override
  public void close() {
    log.close();
  }

  /** Records that are appended together, and how far that has got. Opaque to others. */
  public static final class Batch {
    private final List<AnchorRecord> records;
    private final CompletableFuture<@Nullable Void> done = new CompletableFuture<>();

    /** The writer's. */
    private int next;

    private Batch(List<AnchorRecord> records) {
      this.records = records;
    }
  }

  /** Runs on the thread that writes the log. There is nothing to decide. */
  private static final class Writer implements CommitHandler<Batch> {
    @Override
    public int handle(Batch batch, BlockBuilder block) {
      while (batch.next < batch.records.size()) {
        AnchorRecord record = batch.records.get(batch.next);
        int bytes = record.bytes();
        if (block.remaining() < BlockBuilder.bytesFor(bytes)) {
          return BlockBuilder.bytesFor(bytes);
        }
        record.encode(block.begin(bytes), block.commitTime());
        block.end();
        batch.next++;
      }
      return DONE;
    }

    @Override
    public void publish(long firstSeq, long lastSeq) {}

    @Override
    public void committed(Batch batch) {
      batch.done.complete(null);
    }

    @Override
    public void refused(Batch batch, LogUnavailableException why) {
      batch.done.completeExceptionally(why);
    }
  }
}
