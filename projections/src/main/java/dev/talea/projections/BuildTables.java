// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tables of one build on one connection: puts their names into statements, keeps statements
 * prepared for the transaction, and sends changes in batches. One thread.
 */
final class BuildTables implements Tables, AutoCloseable {
  /** Changes that travel together at most: the drivers hold them all until then. */
  private static final int BATCH_MAX = 1000;

  private final Connection connection;
  private final Dialect dialect;
  private final TableNames names;
  private final Map<String, PreparedStatement> prepared = new HashMap<>();
  private @Nullable PreparedStatement pending;
  private int pendingChanges;

  BuildTables(Connection connection, Dialect dialect, TableNames names) {
    this.connection = connection;
    this.dialect = dialect;
    this.names = names;
  }

  @Override
  public Dialect dialect() {
    return dialect;
  }

  private PreparedStatement statement(String sql) throws SQLException {
    PreparedStatement known = prepared.get(sql);
    if (known == null) {
      known = connection.prepareStatement(names.in(sql));
      prepared.put(sql, known);
    }
    return known;
  }

  @Override
  public void update(String sql, @Nullable Object... values) throws SQLException {
    PreparedStatement statement = statement(sql);
    if (pending != statement) {
      flush();
    }
    Values.bind(statement, dialect, values);
    statement.addBatch();
    pending = statement;
    if (++pendingChanges == BATCH_MAX) {
      flush();
    }
  }

  /** Makes the changes that were put off. */
  void flush() throws SQLException {
    PreparedStatement statement = pending;
    pending = null;
    pendingChanges = 0;
    if (statement != null) {
      statement.executeBatch();
    }
  }

  @Override
  public <T> List<T> query(String sql, Reader<T> reader, @Nullable Object... values)
      throws SQLException {
    flush();
    return Values.rows(statement(sql), dialect, reader, values);
  }

  @Override
  public void close() throws SQLException {
    for (PreparedStatement statement : prepared.values()) {
      statement.close();
    }
  }
}
