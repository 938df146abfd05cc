// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import dev.talea.ledger.projection.ProjectionState;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The tables of the engine itself: which projections there are, who runs them until when, their
 * builds, and how far each is in each book. Every method is a statement or a few on a connection of
 * the caller, whose transaction it is part of.
 *
 * <p>Apart from the engine, so that what is promised about a position can be read in one place: it
 * moves only from where it was, and only for the owner of a lease that has not run out, by the
 * database's clock.
 *
 * <p>Stateless; any thread.
 */
final class ProjectionCatalog {
  private final Dialect dialect;

  ProjectionCatalog(Dialect dialect) {
    this.dialect = dialect;
  }

  /**
   * A projection as it stands in the table.
   *
   * @param generation number of the build that is read
   */
  record Registered(
      String name,
      int version,
      int generation,
      @Nullable String owner,
      @Nullable Instant heartbeatAt,
      boolean held) {}

  /** What a build is made for. */
  enum Purpose {
    /** To be read. */
    READ,
    /** To be compared with the one that is read, and removed. */
    CHECK
  }

  /**
   * A build of a projection.
   *
   * @param fingerprint of what it was made by
   * @param result of a check that is over, or null
   */
  record Build(
      int generation, int version, String fingerprint, Purpose purpose, @Nullable String result) {}

  /** How far a build is in a book. */
  record Position(
      long seq, ProjectionState state, @Nullable String error, long errorSeq, int retries) {
    static final Position START = new Position(0, ProjectionState.CATCHING_UP, null, 0, 0);
  }

  /** Makes the tables that are not there yet. */
  void create(Connection connection) throws SQLException {
    String time = dialect.time();
    for (String sql :
        List.of(
            "CREATE TABLE IF NOT EXISTS talea_projection_ledger (id INTEGER PRIMARY KEY CHECK (id ="
                + " 1), ledger TEXT NOT NULL)",
            "CREATE TABLE IF NOT EXISTS talea_projection (name TEXT PRIMARY KEY, version INTEGER"
                + " NOT NULL, generation INTEGER NOT NULL, built_by TEXT NOT NULL, owner TEXT,"
                + " lease_until TIME, heartbeat_at TIME)",
            "CREATE TABLE IF NOT EXISTS talea_projection_build (name TEXT NOT NULL, generation"
                + " INTEGER NOT NULL, version INTEGER NOT NULL, fingerprint TEXT NOT NULL, purpose"
                + " TEXT NOT NULL, result TEXT, created_at TIME NOT NULL, PRIMARY KEY (name, generation))",
            "CREATE TABLE IF NOT EXISTS talea_projection_position (name TEXT NOT NULL, generation"
                + " INTEGER NOT NULL, version INTEGER NOT NULL, book TEXT NOT NULL, seq BIGINT NOT"
                + " NULL, at TIME, updated_at TIME NOT NULL, state TEXT NOT NULL, error TEXT,"
                + " error_seq BIGINT NOT NULL DEFAULT 0, retries INTEGER NOT NULL DEFAULT 0,"
                + " PRIMARY KEY (name, generation, book))",
            "CREATE TABLE IF NOT EXISTS talea_projection_skip (name TEXT NOT NULL, book TEXT NOT"
                + " NULL, seq BIGINT NOT NULL, why TEXT NOT NULL, \"by\" TEXT NOT NULL, at TIME NOT"
                + " NULL, PRIMARY KEY (name, book, seq))")) {
      run(connection, sql.replace(" TIME", " " + time));
    }
  }

  /** Which ledger the tables are of, or null if they do not know yet. */
  @Nullable String ledger(Connection connection) throws SQLException {
    return first(connection, "SELECT ledger FROM talea_projection_ledger", row -> row.getString(1));
  }

  void setLedger(Connection connection, String ledger) throws SQLException {
    run(
        connection,
        "INSERT INTO talea_projection_ledger (id, ledger) VALUES (1, ?) ON CONFLICT DO NOTHING",
        ledger);
  }

  @Nullable Registered registered(Connection connection, String name) throws SQLException {
    return first(
        connection,
        "SELECT name, version, generation, owner, heartbeat_at, owner IS NOT NULL AND lease_until"
            + " >= "
            + dialect.now()
            + " FROM talea_projection WHERE name = ?",
        row ->
            new Registered(
                row.getString(1),
                row.getInt(2),
                row.getInt(3),
                row.getString(4),
                Values.time(row, 5, dialect),
                row.getBoolean(6)),
        name);
  }

  /** Keeps others from registering it until the transaction ends. */
  void lock(Connection connection, String name) throws SQLException {
    if (dialect == Dialect.POSTGRES) {
      run(connection, "SELECT pg_advisory_xact_lock(hashtext('talea_projection'), 0)");
      first(
          connection,
          "SELECT 1 FROM talea_projection WHERE name = ? FOR UPDATE",
          row -> row.getInt(1),
          name);
    }
  }

  void register(Connection connection, String name, int version, String by) throws SQLException {
    run(
        connection,
        "INSERT INTO talea_projection (name, version, generation, built_by) VALUES (?, ?, 0, ?)",
        name,
        version,
        by);
  }

  /** From now on this build is read. */
  void makeCurrent(Connection connection, String name, Build build, String by) throws SQLException {
    run(
        connection,
        "UPDATE talea_projection SET version = ?, generation = ?, built_by = ? WHERE name = ?",
        build.version,
        build.generation,
        by,
        name);
  }

  List<Build> builds(Connection connection, String name) throws SQLException {
    return all(
        connection,
        "SELECT generation, version, fingerprint, purpose, result FROM talea_projection_build WHERE"
            + " name = ? ORDER BY generation",
        row ->
            new Build(
                row.getInt(1),
                row.getInt(2),
                row.getString(3),
                Purpose.valueOf(row.getString(4)),
                row.getString(5)),
        name);
  }

  void addBuild(Connection connection, String name, Build build) throws SQLException {
    run(
        connection,
        "INSERT INTO talea_projection_build (name, generation, version, fingerprint, purpose,"
            + " created_at) VALUES (?, ?, ?, ?, ?, "
            + dialect.now()
            + ")",
        name,
        build.generation,
        build.version,
        build.fingerprint,
        build.purpose.name());
  }

  /** A check is over: what it came to stays, its positions go. */
  void setResult(Connection connection, String name, int generation, String result)
      throws SQLException {
    run(
        connection,
        "UPDATE talea_projection_build SET result = ? WHERE name = ? AND generation = ?",
        result,
        name,
        generation);
    run(
        connection,
        "DELETE FROM talea_projection_position WHERE name = ? AND generation = ?",
        name,
        generation);
  }

  /** Lets every book of a projection that stands still, or one of them, go on. */
  int retry(Connection connection, String name, @Nullable String book) throws SQLException {
    return run(
        connection,
        "UPDATE talea_projection_position SET state = 'CATCHING_UP', error = NULL, error_seq = 0,"
            + " retries = 0 WHERE name = ? AND state = 'FAILED'"
            + (book == null ? "" : " AND book = ?"),
        book == null ? new Object[] {name} : new Object[] {name, book});
  }

  void removeBuild(Connection connection, String name, int generation) throws SQLException {
    for (String table : List.of("talea_projection_position", "talea_projection_build")) {
      run(
          connection,
          "DELETE FROM " + table + " WHERE name = ? AND generation = ?",
          name,
          generation);
    }
  }

  void remove(Connection connection, String name) throws SQLException {
    for (String table :
        List.of(
            "talea_projection_position",
            "talea_projection_build",
            "talea_projection_skip",
            "talea_projection")) {
      run(connection, "DELETE FROM " + table + " WHERE name = ?", name);
    }
  }

  /**
   * Takes or keeps a projection until the lease is over.
   *
   * @return whether it is the owner's now; false if another holds it
   */
  boolean lease(Connection connection, String name, String owner, Duration lease)
      throws SQLException {
    return run(
            connection,
            "UPDATE talea_projection SET owner = ?, lease_until = "
                + dialect.inMillis()
                + ", heartbeat_at = "
                + dialect.now()
                + " WHERE name = ? AND (owner IS NULL OR owner = ? OR lease_until < "
                + dialect.now()
                + ")",
            owner,
            lease.toMillis(),
            name,
            owner)
        == 1;
  }

  void release(Connection connection, String name, String owner) throws SQLException {
    run(
        connection,
        "UPDATE talea_projection SET owner = NULL, lease_until = NULL WHERE name = ? AND owner = ?",
        name,
        owner);
  }

  Map<String, Position> positions(Connection connection, String name, int generation)
      throws SQLException {
    Map<String, Position> positions = new TreeMap<>();
    all(
        connection,
        "SELECT book, seq, state, error, error_seq, retries FROM talea_projection_position WHERE"
            + " name = ? AND generation = ?",
        row ->
            positions.put(
                row.getString(1),
                new Position(
                    row.getLong(2),
                    ProjectionState.valueOf(row.getString(3)),
                    row.getString(4),
                    row.getLong(5),
                    row.getInt(6))),
        name,
        generation);
    return positions;
  }

  /** Makes sure that there is a row for the book, which {@link #move} then moves. */
  void addPosition(Connection connection, String name, Build build, String book)
      throws SQLException {
    run(
        connection,
        "INSERT INTO talea_projection_position (name, generation, version, book, seq, updated_at,"
            + " state) VALUES (?, ?, ?, ?, 0, "
            + dialect.now()
            + ", 'CATCHING_UP') ON CONFLICT DO NOTHING",
        name,
        build.generation,
        build.version,
        book);
  }

  /**
   * Moves the position of a book. First of a transaction, so that of two that apply the same events
   * the second waits here, before it has written a row, and then finds that it has come too late.
   *
   * @param at commit time of the event at {@code to}
   * @return false if it was not at {@code from}, or the lease is not the owner's any more: then
   *     nothing of this transaction may stay
   */
  boolean move(
      Connection connection,
      String name,
      int generation,
      String book,
      long from,
      long to,
      Instant at,
      ProjectionState state,
      String owner)
      throws SQLException {
    return run(
            connection,
            "UPDATE talea_projection_position SET seq = ?, at = ?, updated_at = "
                + dialect.now()
                + ", state = ?, error = NULL, error_seq = 0, retries = 0 WHERE name = ? AND"
                + " generation = ? AND book = ? AND seq = ? AND EXISTS (SELECT 1 FROM"
                + " talea_projection p WHERE p.name = ? AND p.owner = ? AND p.lease_until >= "
                + dialect.now()
                + ")",
            to,
            at,
            state.name(),
            name,
            generation,
            book,
            from,
            name,
            owner)
        == 1;
  }

  /** Writes down how a book is doing, without moving it. */
  void setState(
      Connection connection,
      String name,
      int generation,
      String book,
      Position position,
      String owner)
      throws SQLException {
    run(
        connection,
        "UPDATE talea_projection_position SET updated_at = "
            + dialect.now()
            + ", state = ?, error = ?, error_seq = ?, retries = ? WHERE name = ? AND generation = ?"
            + " AND book = ? AND seq = ? AND EXISTS (SELECT 1 FROM talea_projection p WHERE p.name"
            + " = ? AND p.owner = ?)",
        position.state.name(),
        position.error,
        position.errorSeq,
        position.retries,
        name,
        generation,
        book,
        position.seq,
        name,
        owner);
  }

  void addSkip(Connection connection, String name, String book, long seq, String why, String by)
      throws SQLException {
    run(
        connection,
        "INSERT INTO talea_projection_skip (name, book, seq, why, \"by\", at) VALUES (?, ?, ?, ?,"
            + " ?, "
            + dialect.now()
            + ") ON CONFLICT DO NOTHING",
        name,
        book,
        seq,
        why,
        by);
  }

  /** Seqs that a person has decided to pass over, by book, for every build. */
  Map<String, Set<Long>> skips(Connection connection, String name) throws SQLException {
    Map<String, Set<Long>> skips = new TreeMap<>();
    all(
        connection,
        "SELECT book, seq FROM talea_projection_skip WHERE name = ?",
        row -> skips.computeIfAbsent(row.getString(1), book -> new TreeSet<>()).add(row.getLong(2)),
        name);
    return skips;
  }

  int run(Connection connection, String sql, @Nullable Object... values) throws SQLException {
    if (values.length == 0) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
        return 0;
      }
    }
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      Values.bind(statement, dialect, values);
      return statement.executeUpdate();
    }
  }

  <T> List<T> all(
      Connection connection, String sql, Tables.Reader<T> reader, @Nullable Object... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      return Values.rows(statement, dialect, reader, values);
    }
  }

  <T> @Nullable T first(
      Connection connection, String sql, Tables.Reader<T> reader, @Nullable Object... values)
      throws SQLException {
    List<T> rows = all(connection, sql, reader, values);
    return rows.isEmpty() ? null : rows.get(0);
  }
}
