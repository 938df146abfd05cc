// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import java.time.Duration;

/**
 * What an operator may choose about a store over a database.
 *
 * @param connectionsMax database connections for reading and writing together, at least 2; the one
 *     that listens comes on top. SQLite has one writer and uses the rest for reading
 * @param writeQueueDepth drafts that may wait per book before callers are told to come again
 * @param writeBatchMax drafts in one group commit
 * @param instances how many share the database, for adding up connections
 * @param mayCreate whether a ledger is made where there is none
 * @param budgetMustFit whether connections that cannot be enough are a reason not to open; else
 *     they are one to warn
 * @param clockAheadMax how far the clock may run ahead of the time that has passed before SQLite
 *     commits nothing, see {@link dev.talea.ledger.ClockGuard}; at least a second
 */
public record SqlStoreSettings(
    int connectionsMax,
    int writeQueueDepth,
    int writeBatchMax,
    int instances,
    boolean mayCreate,
    boolean budgetMustFit,
    Duration clockAheadMax) {
  /**
   * A day: more than any correction of a clock that is kept, less than any mistake that matters.
   */
  public static final Duration CLOCK_AHEAD_MAX = Duration.ofDays(1);

  /** What holds unless the operator chooses. */
  public static final SqlStoreSettings DEFAULTS = new SqlStoreSettings(10, 4_096, 512);

  public SqlStoreSettings {
    if (connectionsMax < 2 || writeQueueDepth < 1 || writeBatchMax < 1 || instances < 1) {
      throw new IllegalArgumentException(
          "connectionsMax must be at least 2 and the others at least 1: %d, %d, %d, %d"
              .formatted(connectionsMax, writeQueueDepth, writeBatchMax, instances));
    }
    if (clockAheadMax.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException(
          "clockAheadMax is " + clockAheadMax + "; must be at least a second");
    }
  }

  /** Connections that write to a PostgreSQL database; SQLite has one writer. */
  int writersOfPostgres() {
    return connectionsMax / 2;
  }

  /**
   * Reads that can be under way at once: as many threads should read, neither more, which would
   * wait for a connection, nor fewer, which would leave connections idle.
   *
   * @param sqlite whether it is a SQLite file; else a PostgreSQL database
   */
  public int readersMax(boolean sqlite) {
    return sqlite ? connectionsMax - 1 : connectionsMax - writersOfPostgres();
  }

  /** Makes the ledger if need be, and only warns of connections. */
  public SqlStoreSettings(
      int connectionsMax, int writeQueueDepth, int writeBatchMax, int instances) {
    this(connectionsMax, writeQueueDepth, writeBatchMax, instances, true, false, CLOCK_AHEAD_MAX);
  }

  /** A copy that makes no ledger where there is none. */
  public SqlStoreSettings withoutCreating() {
    return new SqlStoreSettings(
        connectionsMax,
        writeQueueDepth,
        writeBatchMax,
        instances,
        false,
        budgetMustFit,
        clockAheadMax);
  }

  /** A copy that does not open a database with too few connections. */
  public SqlStoreSettings withBudgetThatMustFit() {
    return new SqlStoreSettings(
        connectionsMax, writeQueueDepth, writeBatchMax, instances, mayCreate, true, clockAheadMax);
  }

  /** A copy with another limit for a clock that runs ahead. */
  public SqlStoreSettings withClockAheadMax(Duration max) {
    return new SqlStoreSettings(
        connectionsMax, writeQueueDepth, writeBatchMax, instances, mayCreate, budgetMustFit, max);
  }

  /** For one instance. */
  public SqlStoreSettings(int connectionsMax, int writeQueueDepth, int writeBatchMax) {
    this(connectionsMax, writeQueueDepth, writeBatchMax, 1);
  }
}
