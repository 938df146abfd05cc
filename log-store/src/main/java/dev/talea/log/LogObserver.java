// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

/**
 * Is told what the writers do to the disk, for metrics. Called on writer threads; must be quick.
 */
public interface LogObserver {

  /** Looks away. */
  LogObserver NONE = (log, nanos, bytes, records) -> {};

  /**
   * A block was written and synced.
   *
   * @param log name of the log
   * @param nanos how long the sync took, without the write before it
   * @param bytes length of the block, its header included
   * @param records how many records were in it
   */
  void synced(String log, long nanos, int bytes, int records);
}
