// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The events of many books as one run without an end: of each book what is there first, then what
 * comes, gapless and ascending. Books take turns, so a busy one does not keep the others waiting;
 * between events of different books no order is promised.
 *
 * <p>Pulled, not pushed, so a slow reader costs the writers and other readers nothing. For one
 * reader thread at a time; {@link #close} may come from any thread and wakes the reader.
 */
public interface LedgerStream extends AutoCloseable {

  /** What a stream hands out. */
  sealed interface Item {
    /** The book it is about. */
    String book();
  }

  /** Something has happened in a book. */
  record Happened(String book, Event event) implements Item {}

  /**
   * A book cannot be followed any further: it holds another history than the position that was
   * given ({@link LedgerError.CursorBeyondEnd}), or is damaged. The others go on.
   */
  record Ended(String book, LedgerError error) implements Item {}

  /**
   * The next item, waiting for it.
   *
   * @return null if none came within {@code timeout}, or if the stream was closed
   * @throws LedgerException if a book cannot be read at present, and then the next call tries
   *     again; or if the stream has failed for good, and then every call says so
   * @throws InterruptedException if the reader was interrupted while waiting
   */
  @Nullable Item poll(Duration timeout) throws InterruptedException;

  /** Ends it. Idempotent. */
  @Override
  void close();
}
