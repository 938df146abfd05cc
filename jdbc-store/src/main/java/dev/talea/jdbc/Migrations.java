// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the tables up to date: numbered scripts, each run once, each remembered with its checksum,
 * so that a script that was changed after it had been run is noticed. The caller holds a lock that
 * keeps other instances out, and commits.
 *
 * <p>For one thread.
 */
final class Migrations {
  private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);

  /** In the order in which they are run; the number is the place in this list, from 1. */
  private static final List<String> NAMES = List.of("0001-ledger.sql");

  private static final Pattern END_OF_STATEMENT = Pattern.compile(";\\s*(\\n|$)");

  private static final String TABLE =
      """
      CREATE TABLE talea_migration (
        version  integer PRIMARY KEY,
        name     text NOT NULL,
        checksum text NOT NULL
      )""";

  private final String folder;
  private final UnaryOperator<String> sql;
  private final boolean mayCreate;

  /**
   * @param folder of the scripts, a dialect
   * @param sql makes a statement one for this ledger
   * @param mayCreate whether a ledger is made where there is none
   */
  Migrations(String folder, UnaryOperator<String> sql, boolean mayCreate) {
    this.folder = folder;
    this.sql = sql;
    this.mayCreate = mayCreate;
  }

  /**
   * Runs what has not been run.
   *
   * @throws SqlStoreException if the tables are of a newer version, or not those of our scripts, or
   *     there are none and none are to be made
   */
  void run(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      List<String> done = doneSoFar(connection, statement);
      for (int i = 0; i < NAMES.size(); i++) {
        String script = script(NAMES.get(i));
        String checksum = checksum(script);
        if (i >= done.size()) {
          for (String each : statements(script)) {
            statement.execute(sql.apply(each));
          }
          remember(connection, i + 1, NAMES.get(i), checksum);
          LOG.info("Migration {} has been run", NAMES.get(i));
        } else {
          requireOurs(done.get(i), i, checksum);
        }
      }
      requireNotNewer(done);
    }
  }

  /**
   * Makes sure that the tables are those of this program, and changes nothing.
   *
   * @throws SqlStoreException if they are older or newer, not those of our scripts, or not there
   */
  void requireCurrent(Connection connection) throws SQLException {
    List<String> done;
    try (Statement statement = connection.createStatement()) {
      done = done(statement);
    } catch (SQLException e) {
      if (saysThereIsNoTable(e)) {
        throw noLedger();
      }
      throw e;
    }
    for (int i = 0; i < Math.min(done.size(), NAMES.size()); i++) {
      requireOurs(done.get(i), i, checksum(script(NAMES.get(i))));
    }
    requireNotNewer(done);
    if (done.size() < NAMES.size()) {
      throw new SqlStoreException(
          ("The tables are of version %d, those of this program are of version %d, and they are only"
                  + " looked at: have them brought up to date with 'talea init', or use the program"
                  + " that made them.")
              .formatted(done.size(), NAMES.size()));
    }
  }

  /** What the tables are said to have been made by, once {@link #requireCurrent} has passed. */
  void checkNames(Connection connection, Findings findings) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                sql.apply("SELECT version, name FROM talea_migration ORDER BY version"))) {
      while (rows.next()) {
        int version = rows.getInt(1);
        String due = version > NAMES.size() ? "nothing" : NAMES.get(version - 1);
        if (!due.equals(rows.getString(2))) {
          findings.add(
              "talea_migration, version %d: name is %s, should be %s"
                  .formatted(version, rows.getString(2), due));
        }
      }
    }
  }

  private static SqlStoreException noLedger() {
    return SqlStoreException.noLedger(
        "The database holds no ledger: the table talea_migration is not there.");
  }

  private static void requireOurs(String done, int index, String checksum) {
    if (!done.equals(checksum)) {
      throw new SqlStoreException(
          ("The tables were made by another %s than this program has: checksum %s in the table"
                  + " talea_migration, %s here. Use the program that made them, or restore a"
                  + " backup.")
              .formatted(NAMES.get(index), done, checksum));
    }
  }

  private static void requireNotNewer(List<String> done) {
    if (done.size() > NAMES.size()) {
      throw new SqlStoreException(
          "The tables are of version %d, this program knows versions up to %d: use a newer one."
              .formatted(done.size(), NAMES.size()));
    }
  }

  /**
   * Asks first and makes the table only if there is none: a role that may only use the tables may
   * not even say {@code IF NOT EXISTS}.
   */
  private List<String> doneSoFar(Connection connection, Statement statement) throws SQLException {
    Savepoint before = connection.setSavepoint();
    try {
      return done(statement);
    } catch (SQLException e) {
      connection.rollback(before);
      if (!mayCreate) {
        if (saysThereIsNoTable(e)) {
          throw noLedger();
        }
        throw e;
      }
      statement.execute(sql.apply(TABLE)); // and if it is there, the answer to this says so
      return List.of();
    }
  }

  private static boolean saysThereIsNoTable(SQLException e) {
    String state = String.valueOf(e.getSQLState());
    return state.equals("42P01") // of PostgreSQL: no such table
        || state.equals("3F000") // no such schema
        || String.valueOf(e.getMessage()).contains("no such table"); // SQLite has no states
  }

  private List<String> done(Statement statement) throws SQLException {
    List<String> checksums = new ArrayList<>();
    try (ResultSet rows =
        statement.executeQuery(
            sql.apply("SELECT version, checksum FROM talea_migration ORDER BY version"))) {
      while (rows.next()) {
        if (rows.getInt(1) != checksums.size() + 1) {
          throw new SqlStoreException(
              "The table talea_migration knows of version %d, but not of %d."
                  .formatted(rows.getInt(1), checksums.size() + 1));
        }
        checksums.add(rows.getString(2));
      }
    }
    return checksums;
  }

  private void remember(Connection connection, int version, String name, String checksum)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            sql.apply("INSERT INTO talea_migration (version, name, checksum) VALUES (?, ?, ?)"))) {
      insert.setInt(1, version);
      insert.setString(2, name);
      insert.setString(3, checksum);
      insert.executeUpdate();
    }
  }

  private String script(String name) {
    String resource = folder + "/" + name;
    try (InputStream in =
        requireNonNull(Migrations.class.getResourceAsStream(resource), resource)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("A part of the program cannot be read: " + resource, e);
    }
  }

  /** Our scripts end each statement with a semicolon at the end of a line, and nothing else so. */
  private static List<String> statements(String script) {
    return END_OF_STATEMENT
        .splitAsStream(script)
        .filter(statement -> !statement.isBlank())
        .toList();
  }

  private static String checksum(String script) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(script.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
