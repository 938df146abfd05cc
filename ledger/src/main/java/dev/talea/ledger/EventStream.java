// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An endless, gapless, ascending run of a book's events: what is there first, then what comes.
 *
 * <p>Pulled, not pushed, so a slow reader costs the writers and other readers nothing. For one
 * reader thread at a time; {@link #close} may come from any thread and wakes the reader.
 */
public interface EventStream extends AutoCloseable {

  /**
   * The next event, waiting for it.
   *
   * @return null if none came within {@code timeout}, or if the stream was closed
   * @throws LedgerException if the stream has failed for good
   * @throws InterruptedException if the reader was interrupted while waiting
   */
  @Nullable Event poll(Duration timeout) throws InterruptedException;

  /** Ends it. Idempotent. */
  @Override
  void close();
}
