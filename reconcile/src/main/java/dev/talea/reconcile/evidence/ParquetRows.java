// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.evidence;

import dev.talea.ledger.Int128;
import dev.talea.ledger.Micros;
import dev.talea.log.Disk;
import dev.talea.reconcile.engine.Origin;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.MatchSide;
import dev.talea.reconcile.row.Reject;
import dev.talea.reconcile.row.RowSink;
import dev.talea.reconcile.row.RowSource;
import dev.talea.reconcile.row.SourceFacts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a file of evidence, as they were loaded: what a matching is run again from, and where
 * open rows come from that are carried into the next run.
 *
 * <p>Such a file says itself which columns it has and of what type, under {@code talea.columns} in
 * its metadata; whole numbers are text in it. Used by one thread.
 */
public final class ParquetRows implements RowSource {
  private final Disk disk;
  private final Path folder;
  private final String name;
  private final Path file;
  private final Connection connection;
  private final List<Column> columns;
  private @Nullable Origin origin;
  private LongPredicate kept = row -> true;
  private @Nullable Path rejected;
  private MatchSide side = MatchSide.LEFT;

  /**
   * Opens a file.
   *
   * @throws IOException if it cannot be read, or none of our runs has written it
   */
  public ParquetRows(Disk disk, Path folder, String name) throws IOException {
    this.disk = disk;
    this.folder = folder;
    this.name = name;
    file = folder.resolve(name).toAbsolutePath();
    // One that is not there is told in the words of the disk, and not of the database.
    disk.openForReading(folder.resolve(name)).close();
    try {
      Properties streamed = new Properties();
      streamed.put("jdbc_stream_results", "true");
      connection = DriverManager.getConnection("jdbc:duckdb:", streamed);
    } catch (SQLException e) {
      throw failed(e);
    }
    try {
      columns = readColumns();
    } catch (SQLException e) {
      close();
      throw failed(e);
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /** Reads only rows that came from there. */
  public ParquetRows only(Origin from) {
    origin = from;
    return this;
  }

  /** Reads only rows of these numbers. */
  public ParquetRows only(LongPredicate rows) {
    kept = rows;
    return this;
  }

  /** Rejects what another file of the evidence says was rejected on this side. */
  public ParquetRows rejecting(Path rejectedFile, MatchSide ofSide) {
    rejected = rejectedFile.toAbsolutePath();
    side = ofSide;
    return this;
  }

  private IOException failed(SQLException e) {
    return new IOException(file + " cannot be read as rows of a run: " + e.getMessage(), e);
  }

  private List<Column> readColumns() throws SQLException, IOException {
    String text = null;
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT decode(value) FROM parquet_kv_metadata(?) WHERE decode(key) ="
                + " 'talea.columns'")) {
      statement.setString(1, file.toString());
      try (ResultSet rows = statement.executeQuery()) {
        if (rows.next()) {
          text = rows.getString(1);
        }
      }
    }
    if (text == null) {
      throw new IOException(
          file + " does not say what its columns are, so it is none of a run's files of rows.");
    }
    List<Column> found = new ArrayList<>();
    for (String each : text.split(",", -1)) {
      String[] parts = each.split(":", -1);
      ColumnType type = parts.length == 2 ? ColumnType.of(parts[1]) : null;
      if (type == null || !parts[0].matches("[a-z][a-z0-9_]*")) {
        throw new IOException(file + " names a column in a way that is not ours: " + each);
      }
      found.add(new Column(parts[0], type));
    }
    return List.copyOf(found);
  }

  @Override
  public List<Column> columns() {
    return columns;
  }

  @Override
  public void read(RowSink sink) throws IOException {
    StringBuilder sql = new StringBuilder("SELECT _row, _line");
    for (Column column : columns) {
      String name = '"' + column.name() + '"';
      sql.append(", ")
          .append(
              switch (column.type()) {
                case TEXT, INTEGER, BOOLEAN -> name;
                case DATE -> "datediff('day', DATE '1970-01-01', " + name + ")";
                case TIME -> "epoch_us(" + name + ")";
              });
    }
    sql.append(" FROM read_parquet(?)");
    if (origin != null) {
      sql.append(" WHERE _origin = '").append(origin.text()).append('\'');
    }
    sql.append(" ORDER BY _row");
    try (PreparedStatement statement = connection.prepareStatement(sql.toString())) {
      statement.setString(1, file.toString());
      @Nullable Object[] values = new @Nullable Object[columns.size()];
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          if (kept.test(rows.getLong(1))) {
            for (int i = 0; i < values.length; i++) {
              values[i] = value(rows, i + 3, columns.get(i));
            }
            sink.row(rows.getLong(2), values);
          }
        }
      }
      if (rejected != null) {
        reject(rejected, sink);
      }
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  private @Nullable Object value(ResultSet rows, int at, Column column)
      throws SQLException, IOException {
    return switch (column.type()) {
      case TEXT -> rows.getString(at);
      case INTEGER -> amount(rows.getString(at), column.name());
      case BOOLEAN -> {
        boolean truth = rows.getBoolean(at);
        yield rows.wasNull() ? null : truth;
      }
      case DATE -> {
        long days = rows.getLong(at);
        yield rows.wasNull() ? null : LocalDate.ofEpochDay(days);
      }
      case TIME -> {
        long micros = rows.getLong(at);
        yield rows.wasNull() ? null : Micros.instant(micros);
      }
    };
  }

  private @Nullable Int128 amount(@Nullable String text, String column) throws IOException {
    if (text == null) {
      return null;
    }
    Int128 amount = Int128.parse(text);
    if (amount == null) {
      throw new IOException(file + " has a whole number in " + column + " that is none: " + text);
    }
    return amount;
  }

  private void reject(Path from, RowSink sink) throws SQLException, IOException {
    String sql =
        "SELECT line, field, reason, text, amount, asset FROM read_parquet(?) WHERE side = ?"
            + (origin == null ? "" : " AND origin = '" + origin.text() + "'")
            + " ORDER BY row";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, from.toString());
      statement.setString(2, side.text());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          sink.reject(
              new Reject(
                  rows.getLong(1),
                  rows.getString(2),
                  rows.getString(3),
                  rows.getString(4),
                  amount(rows.getString(5), "amount"),
                  rows.getString(6)));
        }
      }
    }
  }

  /** Not before it is asked for: a check of evidence has hashed all files by itself. */
  @Override
  public SourceFacts facts() {
    try {
      EvidenceFile found = EvidenceFile.of(disk, folder, name);
      return new SourceFacts(
          "parquet",
          new TreeMap<>(Map.of("bytes", String.valueOf(found.bytes()), "sha256", found.sha256())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      connection.close();
    } catch (SQLException e) {
      throw failed(e);
    }
  }
}
