// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import dev.talea.ledger.Event;
import java.util.List;
import java.util.function.Consumer;

/**
 * Where events come from: a store of this process, or a ledger over HTTP. Any thread.
 *
 * <p>Failures are {@link dev.talea.ledger.LedgerException}s; {@link
 * dev.talea.ledger.LedgerError.CursorBeyondEnd} says that the book ends before a position, and so
 * is not the one that the position was of.
 */
public interface EventSource extends AutoCloseable {

  /** All books that hold an event, {@code _system} included. */
  List<String> books();

  /**
   * Events after a seq, in seq order: one or more if there are any, at most {@code limit}.
   *
   * @param bytesMax of the events in their JSON form, about
   */
  List<Event> events(String book, long afterSeq, int limit, int bytesMax);

  /** Seq of the last event of a book; 0 if there is none. */
  long lastSeq(String book);

  /**
   * Calls back with the name of a book that may have new events, on any thread, in no time. Calls
   * may be coalesced or missed after a failure: look every few seconds besides.
   *
   * @return closing it ends the calls
   */
  Watch watch(Consumer<String> onNews);

  /** A running {@link #watch}. */
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  @Override
  void close();
}
