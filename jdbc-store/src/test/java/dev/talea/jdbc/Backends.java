package dev.talea.jdbc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
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
          public Connection around() throws SQLException {
            return DriverManager.getConnection("jdbc:sqlite:" + file);
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
        public Connection around() throws SQLException {
          Connection connection = TestPostgres.connect(target);
          try (Statement statement = connection.createStatement()) {
            statement.execute("SET search_path TO \"" + target.schema() + "\"");
          }
          return connection;
        }
      };
    }
  };

  /** A ledger in a database, which can be opened any number of times. */
  interface Ledger {
    SqlLedgerStore open();

    /** A connection beside the ledger's own, to do what it would not. */
    Connection around() throws SQLException;
  }

  /** One that is empty. */
  abstract Ledger fresh(Path directory);

  static Stream<Backends> all() {
    return Stream.of(values());
  }
}
