// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.row;

import org.jspecify.annotations.Nullable;

/** Takes the rows of one side in the order of their source. Used by one thread. */
public interface RowSink {

  /**
   * Takes a row.
   *
   * @param line where it begins in its source
   * @param values one for each column of the source, of the class that its {@link ColumnType}
   *     names; the array may be used again by the caller once this returns
   */
  void row(long line, @Nullable Object[] values);

  /** Takes a row that could not be read. */
  void reject(Reject reject);

  /**
   * Is told now and then by sources that pass over much of what they look at, so that a reading can
   * be ended that gives no rows for a long time. It may throw.
   */
  default void looked() {
    // Most sinks do not mind.
  }
}
