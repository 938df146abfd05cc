// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

import org.jspecify.annotations.Nullable;

/**
 * One open log: requests go in, durable records come out.
 *
 * <p>A single writer thread owns the tail. It is started by the first request, takes whatever is
 * queued as one group, and ends when it has been idle for a while, so that idle logs cost neither a
 * thread nor a buffer. It must never be interrupted: an interrupt closes the file it writes.
 *
 * <p>Made by {@link Logs}; safe for use by many threads.
 *
 * @param <R> requests of the {@link CommitHandler}
 */
public interface Log<R> extends LogReader, AutoCloseable {

  /**
   * Hands a request to the writer. Returns at once; the outcome is told to the handler.
   *
   * @param weight how much of the bounded queue the request takes, for example its number of
   *     drafts. A request heavier than the whole queue is taken when the queue is empty
   * @param bytes about how much memory it holds while it waits; the queue and the group are bounded
   *     in bytes as well. Again, what is larger than the whole queue is taken when it is empty
   * @return false if the queue is full; the handler will not hear of the request then
   * @throws LogUnavailableException if the log has failed or is closed; the handler will not hear
   *     of the request either
   */
  boolean submit(R request, int weight, int bytes);

  /** As {@link #submit(Object, int, int)}, of a request that holds next to nothing. */
  default boolean submit(R request, int weight) {
    return submit(request, weight, 0);
  }

  /** Sum of the weights waiting for the writer. */
  int queuedWeight();

  /** Sum of the bytes waiting for the writer. */
  long queuedBytes();

  /**
   * Why this log takes no more requests, or null while it does. Reading goes on either way. See
   * {@link LogUnavailableException#mayBeReopened}.
   */
  @Nullable LogUnavailableException failure();

  /**
   * Takes no new requests, finishes those that are queued, marks a clean end, and gives up the
   * files. Reading remains possible. Fine to call twice, but not from the handler.
   */
  @Override
  void close();
}
