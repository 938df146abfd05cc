// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

/** Is told of every group commit; for metrics. Called on the store's writer threads. */
@FunctionalInterface
public interface SqlStoreObserver {
  /** Observes nothing. */
  SqlStoreObserver NONE = (nanos, records) -> {};

  /**
   * A group is in the database.
   *
   * @param nanos how long the whole transaction took, waiting for the book's lock included
   * @param records events in it
   */
  void committed(long nanos, long records);
}
