// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

/**
 * Time, pauses and threads, as everything in this room gets them: through constructors, so that a
 * test can hold them. {@link SystemTime} is the machine's. Any thread.
 */
interface StoreTime {
  /** Microseconds since 1970. */
  long micros();

  /** A clock for intervals. */
  long nanos();

  /** Waits, or less if the thread is interrupted or unparked. */
  void pause(long millis);

  /**
   * Waits for the end of a thread, for so long and no longer; an interruption is kept for later.
   */
  void awaitEnd(Thread thread, long millis);

  /** A thread that has not been started. */
  Thread thread(Runnable task, String name);
}
