// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** The databases of this room, for tests that are the same for both. */
enum Backends {
  SQLITE {
    @Override
    Ledger fresh(Path directory) {
      try {
        Path file = Files.createTempFile(directory, "ledger", ".db");
        return new Ledger() {
          @Override
          public SqlLedgerStore open() {
            return SqlLedgerStore.openSqlite(
                file, SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE);
          }

          @Override
          public SqlImport importInto() {
            return SqlImport.intoSqlite(file);
          }

          @Override
          public SqlSnapshot look() {
            return SqlSnapshot.ofSqlite(file);
          }

          @Override
          public Connection around() throws SQLException {
            return DriverManager.getConnection("jdbc:sqlite:" + file);
          }

          @Override
          public List<String> name() {
            return List.of(file.toString());
          }

          @Override
          public WriteSession session(Connection around) throws SQLException {
            SqliteSession session =
                new SqliteSession(
                    around, SqliteClock.ofMachine(SqlStoreSettings.DEFAULTS), () -> {});
            session.begin();
            return session;
          }
        };
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  },
  POSTGRES {
    @Override
    Ledger fresh(Path directory) {
      PostgresTarget target = TestPostgres.newSchema();
      return new Ledger() {
        @Override
        public SqlLedgerStore open() {
          return SqlLedgerStore.openPostgres(
              target, SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE, true);
        }

        @Override
        public SqlImport importInto() {
          return SqlImport.intoPostgres(target);
        }

        @Override
        public SqlSnapshot look() {
          return SqlSnapshot.ofPostgres(target);
        }

        @Override
        public Connection around() throws SQLException {
          Connection connection = TestPostgres.connect(target);
          try (Statement statement = connection.createStatement()) {
            statement.execute("SET search_path TO \"" + target.schema() + "\"");
          }
          return connection;
        }

        @Override
        public List<String> name() throws SQLException {
          return List.of(
              "" + TestPostgres.port(),
              TestPostgres.ask(target, "SELECT current_database()"),
              requireNonNull(target.schema()));
        }

        @Override
        public WriteSession session(Connection around) throws SQLException {
          around.setAutoCommit(false);
          return new PostgresSession(
              around, PostgresStatements.of(UnaryOperator.identity()), false);
        }
      };
    }
  };

  /** A ledger in a database, which can be opened any number of times. */
  interface Ledger {
    SqlLedgerStore open();

    /** Begins an import into it. */
    SqlImport importInto();

    /** Looks at it as it is now. */
    SqlSnapshot look();

    /** A connection beside the ledger's own, to do what it would not. */
    Connection around() throws SQLException;

    /** What another process opens it by. */
    List<String> name() throws SQLException;

    /** A transaction of a writer over such a connection. */
    WriteSession session(Connection around) throws SQLException;
  }

  /** Opens a ledger by its name. */
  static SqlLedgerStore open(List<String> name) {
    return name.size() == 1
        ? SqlLedgerStore.openSqlite(
            Path.of(name.get(0)), SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE)
        : SqlLedgerStore.openPostgres(
            TestPostgres.target(Integer.parseInt(name.get(0)), name.get(1), name.get(2)),
            SqlStoreSettings.DEFAULTS,
            SqlStoreObserver.NONE,
            true);
  }

  /** One that is empty. */
  abstract Ledger fresh(Path directory);

  static Stream<Backends> all() {
    return Stream.of(values());
  }
}
