// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import dev.talea.reconcile.decide.SearchLimits;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/**
 * The engine for one machine: DuckDB inside this process, which spills what does not fit.
 *
 * <p>Its native code is an optional part of the installation, and may end the process it runs in:
 * the program starts a process for each run. Safe for use by many threads; every run has a database
 * of its own.
 */
public final class DuckEngine implements Engine {
  private final SearchLimits limits;

  /** With the limits of searches that are documented. */
  public DuckEngine() {
    this(SearchLimits.DEFAULTS);
  }

  DuckEngine(SearchLimits limits) {
    this.limits = limits;
  }

  @Override
  public String name() {
    return "duckdb";
  }

  @Override
  public String version() {
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:")) {
      return connection.getMetaData().getDatabaseProductVersion();
    } catch (SQLException e) {
      throw missing(e);
    }
  }

  static EngineException missing(Throwable cause) {
    return new EngineException(
        EngineException.Kind.FAULT,
        "DuckDB does not start: "
            + cause.getMessage()
            + ". It is a part of its own: put duckdb_jdbc for this platform beside the program.",
        cause);
  }

  @Override
  public EngineRun open(Path folder, EngineLimits limits) {
    return new DuckRun(folder.toAbsolutePath().normalize(), limits, this.limits);
  }
}
