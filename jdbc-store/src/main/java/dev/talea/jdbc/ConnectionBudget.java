// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds up the connections that a process wants of one server, for whatever it does with them, and
 * those of all processes like it, and compares the sum with what the server has to give. Running
 * out of connections shows late, under load, and as errors of the program that comes last, which
 * need not be the ledger; so it is said at the start. The one place that knows all of them.
 *
 * <p>Immutable; {@link #check} asks the server.
 *
 * @param writers connections that write to the ledger, of one instance
 * @param readers connections that read it, of one instance
 * @param listeners connections that hear of commits and tell of them, of one instance
 * @param projections connections for the tables of projections, of one instance
 * @param instances how many there are, as far as the operator has told
 * @param serverMax what the server accepts, as far as the operator has told; 0 if not
 */
public record ConnectionBudget(
    int writers, int readers, int listeners, int projections, int instances, int serverMax) {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionBudget.class);

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

  /** Checks. */
  public ConnectionBudget {
    if (Math.min(Math.min(writers, readers), Math.min(listeners, projections)) < 0
        || writers + readers + listeners + projections < 1
        || instances < 1
        || serverMax < 0) {
      throw new IllegalArgumentException(
          "at least one connection and one instance: %d, %d, %d, %d, %d, %d"
              .formatted(writers, readers, listeners, projections, instances, serverMax));
    }
  }

  /** Of projections whose tables lie on a server that has no ledger of this process. */
  public static ConnectionBudget ofProjections(int connections, int instances, int serverMax) {
    return new ConnectionBudget(0, 0, 0, connections, instances, serverMax);
  }

  /** Connections of one instance. */
  int ofInstance() {
    return writers + readers + listeners + projections;
  }

  /** Connections of all instances. */
  long total() {
    return (long) ofInstance() * instances;
  }

  /** The sum, for people. */
  String inWords() {
    List<String> parts = new ArrayList<>();
    add(parts, writers, "writing");
    add(parts, readers, "reading");
    add(parts, listeners, listeners == 1 ? "listening" : "listening and notifying");
    add(parts, projections, "for projections");
    String one = String.join(" + ", parts);
    return instances == 1
        ? one + " = " + total() + " connections"
        : instances + " instances x (" + one + ") = " + total() + " connections";
  }

  private static void add(List<String> parts, int connections, String what) {
    if (connections > 0) {
      parts.add(connections + " " + what);
    }
  }

  /**
   * Says the sum, in the log, and whether it fits.
   *
   * @param mustFit whether it is to be refused if it does not
   * @throws SqlStoreException if it does not fit, and must
   */
  void check(Statement statement, boolean mustFit) throws SQLException {
    Limits limits;
    try (ResultSet row = statement.executeQuery(Limits.QUERY)) {
      row.next();
      int max = serverMax > 0 ? serverMax : row.getInt(1);
      limits = new Limits(max, row.getInt(2), row.getInt(3), row.getInt(4), row.getInt(5));
    }
    LOG.info(
        "Connection budget: {}; the server has {} for users like this one ({})",
        inWords(),
        limits.available(),
        limits.inWords());
    String warning = warning(limits);
    if (warning != null && mustFit) {
      throw new SqlStoreException(warning + " (TALEA_DB_BUDGET is fail.)");
    }
    if (warning != null) {
      LOG.warn(warning);
    }
  }

  /** Says the sum alone, of connections that are made later, if at all. */
  public void say() {
    LOG.info("Connection budget: {}, from the first read on", inWords());
  }

  /**
   * As {@link #check(Statement, boolean)}, over a connection that is closed again.
   *
   * @return whether the server could be asked
   * @throws SqlStoreException if it does not fit, and must
   */
  public boolean check(PostgresTarget target, boolean mustFit) {
    try (Connection connection = new PostgresLogin(target).connect();
        Statement statement = connection.createStatement()) {
      check(statement, mustFit);
      return true;
    } catch (SQLException e) {
      return false;
    }
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
    boolean ledger = writers + readers > 0;
    int poolMax = limits.available() / instances - listeners - (ledger ? projections : 0);
    String less =
        poolMax < 2
            ? "Run fewer instances (TALEA_DB_INSTANCES says how many there are)"
            : ledger
                ? "Set TALEA_DB_POOL to " + poolMax + " or less"
                : "Set POSTGRES_PROJECTION_POOL_SIZE and POSTGRES_PROJECTION_MAX_OVERFLOW to "
                    + poolMax
                    + " or less together";
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
