// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import org.jspecify.annotations.Nullable;

/**
 * Adds up the connections that all instances of a ledger will want of one server, and compares the
 * sum with what the server has to give. Running out of connections shows late, under load, and as
 * errors of the program that comes last, which need not be the ledger; so it is said at the start.
 *
 * <p>Pure arithmetic; the owner of a connection reads the {@link Limits}.
 *
 * @param writers connections that write, of one instance
 * @param readers connections that read, of one instance
 * @param instances how many there are, as far as the operator has told
 */
record ConnectionBudget(int writers, int readers, int instances) {
  /** One hears what other instances commit, one tells them. */
  static final int LISTENERS = 2;

  /** No limit, in {@link Limits}. */
  static final int UNLIMITED = -1;

  /**
   * What the server grants.
   *
   * @param maxConnections its {@code max_connections}
   * @param superuserReserved its {@code superuser_reserved_connections}
   * @param reserved its {@code reserved_connections}, 0 before PostgreSQL 16
   * @param ofRole {@code pg_roles.rolconnlimit} of the user, {@link #UNLIMITED} for none
   * @param ofDatabase {@code pg_database.datconnlimit}, {@link #UNLIMITED} for none
   */
  record Limits(
      int maxConnections, int superuserReserved, int reserved, int ofRole, int ofDatabase) {
    /** A row with the five numbers, in their order, as any user may ask for it. */
    static final String QUERY =
        """
        SELECT current_setting('max_connections')::int,
               current_setting('superuser_reserved_connections')::int,
               coalesce(current_setting('reserved_connections', true), '0')::int,
               (SELECT rolconnlimit FROM pg_catalog.pg_roles WHERE rolname = current_user),
               (SELECT datconnlimit FROM pg_catalog.pg_database WHERE datname = current_database())
        """;

    /** Connections that a user without privileges can have at most, if no other program has any. */
    int available() {
      int most = Math.max(0, maxConnections - superuserReserved - reserved);
      most = ofRole == UNLIMITED ? most : Math.min(most, ofRole);
      return ofDatabase == UNLIMITED ? most : Math.min(most, ofDatabase);
    }

    private String inWords() {
      String words =
          "max_connections "
              + maxConnections
              + " - superuser_reserved_connections "
              + superuserReserved
              + " - reserved_connections "
              + reserved;
      words += ofRole == UNLIMITED ? "" : ", the user's own limit is " + ofRole;
      return words + (ofDatabase == UNLIMITED ? "" : ", the database's own limit is " + ofDatabase);
    }
  }

  ConnectionBudget {
    if (writers < 1 || readers < 1 || instances < 1) {
      throw new IllegalArgumentException(
          "at least one of each: %d, %d, %d".formatted(writers, readers, instances));
    }
  }

  /** Connections of one instance. */
  int ofInstance() {
    return writers + readers + LISTENERS;
  }

  /** Connections of all instances. */
  long total() {
    return (long) ofInstance() * instances;
  }

  /** The sum, for people. */
  String inWords() {
    String one =
        "%d writing + %d reading + %d listening and notifying"
            .formatted(writers, readers, LISTENERS);
    return instances == 1
        ? one + " = " + total() + " connections"
        : instances + " instances x (" + one + ") = " + total() + " connections";
  }

  /** What is wrong and what to change, or null if it fits. */
  @Nullable String warning(Limits limits) {
    int available = limits.available();
    if (total() <= available) {
      return null;
    }
    return "Connection budget: %s, but the server has %d for users like this one (%s). %s"
        .formatted(inWords(), available, limits.inWords(), advice(limits));
  }

  private String advice(Limits limits) {
    int poolMax = limits.available() / instances - LISTENERS;
    String less =
        poolMax >= 2
            ? "Set TALEA_DB_POOL to " + poolMax + " or less"
            : "Run fewer instances (TALEA_DB_INSTANCES says how many there are)";
    boolean serverIsTheLimit =
        limits.available()
            == Math.max(0, limits.maxConnections - limits.superuserReserved - limits.reserved);
    long enough = total() + limits.superuserReserved + limits.reserved;
    String more =
        serverIsTheLimit
            ? "raise max_connections to " + enough + " or more"
            : "have the limit raised to " + total() + " or more";
    return less + ", or " + more + "; other users of the server come on top.";
  }
}
