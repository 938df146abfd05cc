// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Micros;
import dev.talea.ledger.Timestamps;
import dev.talea.log.LogException;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The records of this room and who keeps in memory what they say. A record is on disk before
 * anything that it says is done, and memory is changed by records alone, so that it is the same
 * after a restart. Apart from {@link RunLog}, which does not know what a record means.
 *
 * <p>Any thread, under {@link #lock}: it is held while a record is appended, so that records are in
 * the order of the states that they were made from.
 */
final class Records {
  private static final Logger LOG = LoggerFactory.getLogger(Records.class);

  /** Keeps in memory what some kinds of records say. Called under the lock. */
  interface Part {
    /** Refuses what {@link #apply} could not do, and changes nothing. */
    default void check(String type, Map<String, @Nullable Object> record) {
      // Most records are made here of texts and numbers that were looked at one by one.
    }

    /** Does to memory what a record says. */
    void apply(String type, long seq, Map<String, @Nullable Object> record);
  }

  /** Guards all that the parts hold. */
  final Object lock = new Object();

  private final RunLog log;
  private final LongSupplier micros;
  private List<Part> parts = List.of();
  private boolean closed;

  /**
   * @param micros the time, since 1970
   */
  Records(RunLog log, LongSupplier micros) {
    this.log = log;
    this.micros = micros;
  }

  boolean isEmpty() {
    return log.isEmpty();
  }

  /** Gives all records that there are to the parts, and from now on those that come. */
  void replay(List<Part> to) {
    parts = List.copyOf(to);
    log.replay(this::apply);
  }

  private void apply(long seq, Map<String, @Nullable Object> record) {
    String type = JsonTree.text(record, "type");
    for (Part part : parts) {
      part.apply(type, seq, record);
    }
  }

  /**
   * Appends a record, and does to memory what it says.
   *
   * @param by who asked for it, or null
   */
  void add(Map<String, @Nullable Object> record, @Nullable String by) {
    if (closed) {
      throw new LedgerException(new Unavailable("the server is stopping"));
    }
    long now = nowMicros();
    record.put("at", Timestamps.format(Micros.instant(now)));
    record.put("at_micros", now);
    if (by != null) {
      record.put("by", by);
    }
    // As it will be read after a restart, so that both lead to the same; and before it is written,
    // because a record that cannot be read back would close the room for good.
    byte[] bytes = JsonTree.bytes(record);
    Map<String, @Nullable Object> read = JsonTree.record("record", bytes);
    String type = JsonTree.text(read, "type");
    parts.forEach(part -> part.check(type, read));
    long seq;
    try {
      seq = log.append(bytes);
    } catch (LogException e) {
      throw failed("the record could not be written", e);
    }
    apply(seq, read);
  }

  /** A record that was written before. */
  Map<String, @Nullable Object> read(long seq) {
    return log.read(seq);
  }

  long nowMicros() {
    return micros.getAsLong();
  }

  boolean isClosed() {
    return closed;
  }

  /** From now on records are refused. */
  void close() {
    closed = true;
  }

  /** What failed, without the folders it lies in: those are told to the operator's log alone. */
  static LedgerException failed(String what, Exception cause) {
    LOG.warn("{}", what, cause);
    return unavailable(what + ": " + SystemFiles.words(cause), cause);
  }

  static LedgerException unavailable(String reason, Exception cause) {
    LedgerException e = new LedgerException(new Unavailable(SystemFiles.withoutFolders(reason)));
    e.addSuppressed(cause);
    return e;
  }
}
