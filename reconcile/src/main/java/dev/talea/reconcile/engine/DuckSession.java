// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.Properties;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;

/**
 * The database of one run: its limits, its fence, and how a statement is run, stopped and its
 * failure told.
 *
 * <p>Apart from the run because a statement has two threads to deal with: the one that waits for it
 * and the one that stops it. DuckDB forgets an interrupt that comes before a statement has begun,
 * so {@link #cancel} repeats it until the statement is over. Used by one thread, but for that
 * method.
 */
final class DuckSession implements AutoCloseable {
  /** How long a cancel waits for a statement to end before it interrupts it once more. */
  private static final long AGAIN_MILLIS = 20;

  /** How often at most: after two seconds the caller is not held any longer. */
  private static final int INTERRUPTS_MAX = 100;

  /** Reads rows of a result. */
  interface Rows {
    void read(ResultSet rows) throws SQLException;
  }

  private final DuckDBConnection connection;
  private final Path folder;
  private final EngineLimits limits;
  private final Object monitor = new Object();
  private @Nullable Statement running;
  private volatile boolean cancelled;

  /**
   * Opens a database in memory.
   *
   * @param spill where what does not fit into memory is put
   */
  DuckSession(Path folder, Path spill, EngineLimits limits) {
    this.folder = folder;
    this.limits = limits;
    try {
      Properties streamed = new Properties();
      // Else a result is put into memory as a whole before its first row is seen.
      streamed.put("jdbc_stream_results", "true");
      connection =
          DriverManager.getConnection("jdbc:duckdb:", streamed).unwrap(DuckDBConnection.class);
    } catch (SQLException e) {
      throw DuckEngine.missing(e);
    }
    run("SET memory_limit = '" + limits.memoryBytes() + "B'");
    run("SET threads = " + limits.threads());
    run("SET temp_directory = " + Sql.text(spill.toString()));
    run("SET max_temp_directory_size = '" + limits.diskBytes() + "B'");
    run("SET TimeZone = 'UTC'");
    // There is an open report of spilling joins that lose rows with the first. The second moves
    // what try(abs(a - b)) and try(a - b) share out of both, where an overflow is an error.
    run("SET disabled_optimizers = 'join_filter_pushdown,common_subexpressions'");
    run("SET autoinstall_known_extensions = false");
    run("SET autoload_known_extensions = false");
  }

  /** Shuts what an expert's query must not reach: files, networks, extensions, settings. */
  void fence() {
    run("SET allowed_directories = [" + Sql.text(folder.toString()) + "]");
    run("SET enable_external_access = false");
    run("SET lock_configuration = true");
  }

  /** Where rows of a table are put. */
  DuckDBAppender appender(String table) throws SQLException {
    return connection.createAppender(DuckDBConnection.DEFAULT_SCHEMA, table);
  }

  /** Does something, and returns how many rows it was done to. */
  long run(String sql) {
    return execute(sql, statement -> (long) statement.executeUpdate(sql));
  }

  /** Asks something. */
  void query(String sql, Rows reader) {
    execute(
        sql,
        statement -> {
          try (ResultSet rows = statement.executeQuery(sql)) {
            reader.read(rows);
          }
          return 0L;
        });
  }

  /** Asks for one whole number; none is 0. */
  long number(String sql) {
    long[] answer = new long[1];
    query(
        sql,
        rows -> {
          if (rows.next()) {
            answer[0] = rows.getLong(1);
          }
        });
    return answer[0];
  }

  private interface Work {
    long on(Statement statement) throws SQLException;
  }

  private long execute(String sql, Work work) {
    try (Statement statement = connection.createStatement()) {
      synchronized (monitor) {
        running = statement;
      }
      try {
        goOn();
        return work.on(statement);
      } finally {
        synchronized (monitor) {
          running = null;
          monitor.notifyAll();
        }
      }
    } catch (SQLException e) {
      throw failed(sql, e);
    }
  }

  /** Throws if this run was told to end. Loops of Java ask now and then. */
  void goOn() {
    if (cancelled) {
      throw new EngineException(EngineException.Kind.CANCELLED, "The run was cancelled.");
    }
  }

  /** Ends what is being done, from any thread. */
  void cancel() {
    cancelled = true;
    synchronized (monitor) {
      try {
        for (int i = 0; i < INTERRUPTS_MAX && running != null; i++) {
          running.cancel();
          monitor.wait(AGAIN_MILLIS);
        }
      } catch (SQLException e) {
        // It has ended meanwhile, which is what was wanted.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** What a failure of the database means to those who started the run. */
  EngineException failed(String what, SQLException e) {
    goOn();
    String message = String.valueOf(e.getMessage());
    String text = message.toLowerCase(Locale.ROOT);
    if (text.contains("no space left")) {
      return new EngineException(
          EngineException.Kind.LIMIT,
          "The disk that TALEA_RECONCILE_DIR is on is full; make room and start the run again.",
          e);
    }
    if (text.contains("max_temp_directory_size")) {
      return new EngineException(
          EngineException.Kind.LIMIT,
          "The run needs more than "
              + limits.diskBytes()
              + " bytes of disk for what does not fit into "
              + limits.memoryBytes()
              + " bytes of memory; raise TALEA_RECONCILE_DISK, or TALEA_RECONCILE_MEMORY.",
          e);
    }
    if (text.contains("out of memory") || text.contains("failed to allocate")) {
      return new EngineException(
          EngineException.Kind.LIMIT,
          "The run needs more than "
              + limits.memoryBytes()
              + " bytes of memory at once; raise TALEA_RECONCILE_MEMORY.",
          e);
    }
    return new EngineException(
        EngineException.Kind.FAULT, "DuckDB failed: " + message + " In: " + what, e);
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new EngineException(
          EngineException.Kind.FAULT, "DuckDB does not close: " + e.getMessage(), e);
    }
  }
}
