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
 * @param follows whether this process only follows: reads, and writes no events
 * @param projections connections that this process has for projections on the same server, for
 *     adding up
 * @param serverMax connections that the server accepts, if it is known better than the server knows
 *     it, as behind a pooler; 0 to ask the server
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
    boolean follows,
    int projections,
    int serverMax,
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
    return follows ? 1 : connectionsMax / 2;
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
    this(
        connectionsMax,
        writeQueueDepth,
        writeBatchMax,
        instances,
        true,
        false,
        false,
        0,
        0,
        CLOCK_AHEAD_MAX);
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
        follows,
        projections,
        serverMax,
        clockAheadMax);
  }

  /** A copy that does not open a database with too few connections. */
  public SqlStoreSettings withBudgetThatMustFit() {
    return new SqlStoreSettings(
        connectionsMax,
        writeQueueDepth,
        writeBatchMax,
        instances,
        mayCreate,
        true,
        follows,
        projections,
        serverMax,
        clockAheadMax);
  }

  /** A copy with another limit for a clock that runs ahead. */
  public SqlStoreSettings withClockAheadMax(Duration max) {
    return new SqlStoreSettings(
        connectionsMax,
        writeQueueDepth,
        writeBatchMax,
        instances,
        mayCreate,
        budgetMustFit,
        follows,
        projections,
        serverMax,
        max);
  }

  /**
   * A copy for a process that only follows the ledger: all its connections but one read.
   *
   * @param connections at least 2
   */
  public SqlStoreSettings followingWith(int connections) {
    return new SqlStoreSettings(
        connections,
        writeQueueDepth,
        writeBatchMax,
        instances,
        mayCreate,
        budgetMustFit,
        true,
        projections,
        serverMax,
        clockAheadMax);
  }

  /** A copy that knows what else this process wants of the server, and what the server has. */
  public SqlStoreSettings withBudgetOf(int ofProjections, int ofServer) {
    return new SqlStoreSettings(
        connectionsMax,
        writeQueueDepth,
        writeBatchMax,
        instances,
        mayCreate,
        budgetMustFit,
        follows,
        ofProjections,
        ofServer,
        clockAheadMax);
  }

  /** What is added up at the start. */
  ConnectionBudget budget() {
    return new ConnectionBudget(
        writersOfPostgres(),
        readersMax(false),
        follows ? 1 : ConnectionBudget.LISTENERS,
        projections,
        instances,
        serverMax);
  }

  /** For one instance. */
  public SqlStoreSettings(int connectionsMax, int writeQueueDepth, int writeBatchMax) {
    this(connectionsMax, writeQueueDepth, writeBatchMax, 1);
  }
}
