package dev.talea.jdbc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The databases of this room, for tests that are the same for both. */
enum Backends {
  SQLITE {
    @Override
    Ledger fresh(Path directory) {
      try {
        Path file = Files.createTempFile(directory, "ledger", ".db");
        return () ->
            SqlLedgerStore.openSqlite(file, SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  },
  POSTGRES {
    @Override
    Ledger fresh(Path directory) {
      PostgresTarget target = TestPostgres.newSchema();
      return () ->
          SqlLedgerStore.openPostgres(
              target, SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE, true);
    }
  };

  /** A ledger in a database, which can be opened any number of times. */
  interface Ledger {
    SqlLedgerStore open();
  }

  /** One that is empty. */
  abstract Ledger fresh(Path directory);

  static Stream<Backends> all() {
    return Stream.of(values());
  }
}
