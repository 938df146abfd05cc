// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import dev.talea.jdbc.PostgresTarget;
import dev.talea.jdbc.TestPostgres;
import dev.talea.projections.target.SqliteTarget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Supplier;

/** The databases that projections are kept in, for tests that are the same for both. */
public enum Targets {
  SQLITE {
    @Override
    public Supplier<ProjectionTarget> fresh(Path folder) {
      try {
        Path file = Files.createTempFile(folder, "projections", ".db");
        return () -> new SqliteTarget(file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  },
  POSTGRES {
    @Override
    public Supplier<ProjectionTarget> fresh(Path folder) {
      PostgresTarget login = TestPostgres.newSchema();
      String schema = login.schema() + "_projection";
      return () ->
          new dev.talea.projections.target.PostgresTarget(
              login.jdbcUrl(),
              login.properties(),
              schema,
              new dev.talea.projections.target.PostgresTarget.Settings(
                  1, 5, Duration.ofSeconds(10), Duration.ofSeconds(2), true));
    }
  };

  /** Opens one place, again and again. */
  public abstract Supplier<ProjectionTarget> fresh(Path folder);
}
