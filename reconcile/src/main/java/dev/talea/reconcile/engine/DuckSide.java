// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.decide.LoadedColumns;
import dev.talea.reconcile.decide.ReadSums;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.MatchSide;
import dev.talea.reconcile.row.Reject;
import dev.talea.reconcile.row.RowSink;
import dev.talea.reconcile.row.RowSource;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.duckdb.DuckDBAppender;
import org.jspecify.annotations.Nullable;

/**
 * Loads the rows of one side into a table of its own, and counts them on the way.
 *
 * <p>What is counted here, in Java and before the database has seen a row, is what the decisions
 * are held against at the end. Amounts go in as 128-bit whole numbers. If the absolute amounts of
 * an asset add up to more than those hold, the side is refused: no sum of some of its rows can
 * leave the range then, in whatever order it is made. Used by the thread of the run.
 */
final class DuckSide {
  /** How many rows pass between two looks at whether to go on. */
  private static final int LOOK_ROWS = 4096;

  private final MatchSide side;
  private final DuckSession session;
  private final List<Column> columns = new ArrayList<>();
  private final ReadSums sums;
  private long rows;
  private long rejects;

  /** How many of the rows were carried in: the first. */
  private long carried;

  DuckSide(MatchSide side, DuckSession session) {
    this.side = side;
    this.sums = new ReadSums(side);
    this.session = session;
  }

  MatchSide side() {
    return side;
  }

  String rowTable() {
    return side.text() + "_rows";
  }

  String rejectTable() {
    return side.text() + "_rejects";
  }

  List<Column> columns() {
    return List.copyOf(columns);
  }

  /** Types by name, in the order of the columns. */
  Map<String, ColumnType> types() {
    Map<String, ColumnType> types = new LinkedHashMap<>();
    columns.forEach(column -> types.put(column.name(), column.type()));
    return types;
  }

  long rows() {
    return rows;
  }

  long rejects() {
    return rejects;
  }

  /** Sums of everything that was read, by asset. */
  SortedMap<String, Int128> sums() {
    try {
      return sums.all();
    } catch (ReadSums.TooMuchException e) {
      throw tooMuch(e);
    }
  }

  private static EngineException tooMuch(ReadSums.TooMuchException e) {
    return new EngineException(EngineException.Kind.LIMIT, String.valueOf(e.getMessage()), e);
  }

  /** What could be read of the rejected rows, by asset. */
  SortedMap<String, Int128> rejectSums() {
    return sums.rejected();
  }

  /** Where a row comes from, as SQL over its number. */
  String origin(String row) {
    return "(CASE WHEN "
        + row
        + " <= "
        + carried
        + " THEN '"
        + Origin.CARRIED.text()
        + "' ELSE '"
        + Origin.SOURCE.text()
        + "' END)";
  }

  /** A side that nothing was loaded into is one without rows. */
  void ready() {
    if (columns.isEmpty()) {
      create(Column.ALWAYS);
    }
  }

  long load(Origin origin, RowSource source, MatchProgress progress) throws IOException {
    if (origin == Origin.CARRIED && rows > carried) {
      throw new IllegalStateException("carried rows come before those of the source");
    }
    List<Column> own = source.columns();
    create(own);
    int[] places = new int[columns.size()];
    for (int i = 0; i < places.length; i++) {
      places[i] = own.indexOf(columns.get(i));
    }
    String step = "load " + side.text();
    progress.at(step, 0, -1);
    long before = rows + rejects;
    try (DuckDBAppender into = session.appender(rowTable());
        DuckDBAppender rejected = session.appender(rejectTable())) {
      source.read(
          new RowSink() {
            @Override
            public void row(long line, @Nullable Object[] values) {
              rows++;
              look();
              Int128 amount = (Int128) values[places[0]];
              String asset = (String) values[places[1]];
              if (amount == null || asset == null) {
                throw new EngineException(
                    EngineException.Kind.FAULT,
                    "The "
                        + side.text()
                        + " source brings a row without amount or asset at line "
                        + line
                        + "; such a row has to be rejected.");
              }
              sums.row(asset, amount);
              try {
                into.beginRow().append(rows).append(line);
                for (int i = 0; i < places.length; i++) {
                  append(into, places[i] < 0 ? null : values[places[i]], columns.get(i));
                }
                into.endRow();
              } catch (SQLException e) {
                throw session.failed(step, e);
              }
            }

            @Override
            public void reject(Reject reject) {
              rejects++;
              look();
              Int128 amount = reject.amount();
              String asset = reject.asset();
              if (amount != null && asset != null) {
                sums.reject(asset, amount);
              }
              try {
                rejected.beginRow().append(rejects).append(origin.text()).append(reject.line());
                text(rejected, reject.field());
                text(rejected, reject.reason());
                text(rejected, reject.text());
                text(rejected, amount == null || asset == null ? null : amount.toString());
                text(rejected, amount == null ? null : asset);
                rejected.endRow();
              } catch (SQLException e) {
                throw session.failed(step, e);
              }
            }

            private void look() {
              if ((rows + rejects) % LOOK_ROWS == 0) {
                session.goOn();
                progress.at(step, rows + rejects - before, -1);
              }
              if (rows > Integer.MAX_VALUE) {
                throw new EngineException(
                    EngineException.Kind.LIMIT,
                    "The "
                        + side.text()
                        + " side has more than "
                        + Integer.MAX_VALUE
                        + " rows; match it in parts, by a range of dates.");
              }
            }
          });
      session.goOn();
    } catch (ReadSums.TooMuchException e) {
      throw tooMuch(e);
    } catch (SQLException e) {
      throw session.failed(step, e);
    }
    if (origin == Origin.CARRIED) {
      carried = rows;
    }
    long read = rows + rejects - before;
    progress.at(step, read, read);
    return read;
  }

  /** Adds the columns that earlier loads did not have; rows loaded before have null there. */
  private void create(List<Column> own) {
    String beginning = LoadedColumns.beginning(side, own);
    if (beginning != null) {
      throw new EngineException(EngineException.Kind.FAULT, beginning);
    }
    if (columns.isEmpty()) {
      columns.addAll(own);
      session.run(
          "CREATE TABLE "
              + rowTable()
              + " (_row BIGINT, _line BIGINT, "
              + own.stream().map(DuckSide::declared).collect(Collectors.joining(", "))
              + ")");
      session.run(
          "CREATE TABLE "
              + rejectTable()
              + " (_row BIGINT, _origin VARCHAR, _line BIGINT, field VARCHAR, reason VARCHAR,"
              + " text VARCHAR, amount VARCHAR, asset VARCHAR)");
      return;
    }
    Map<String, ColumnType> known = types();
    for (Column column : own) {
      ColumnType type = known.get(column.name());
      if (type == null) {
        session.run("ALTER TABLE " + rowTable() + " ADD COLUMN " + declared(column));
        columns.add(column);
        continue;
      }
      String clash = LoadedColumns.clash(side, column, type);
      if (clash != null) {
        throw new EngineException(EngineException.Kind.RECIPE, clash);
      }
    }
  }

  private static String declared(Column column) {
    return Sql.name(column.name()) + " " + declared(column.type());
  }

  static String declared(ColumnType type) {
    return switch (type) {
      case TEXT -> "VARCHAR";
      case INTEGER -> "HUGEINT";
      case DATE -> "DATE";
      case TIME -> "TIMESTAMP";
      case BOOLEAN -> "BOOLEAN";
    };
  }

  private static void text(DuckDBAppender into, @Nullable String value) throws SQLException {
    if (value == null) {
      into.appendNull();
    } else {
      into.append(value);
    }
  }

  private static void append(DuckDBAppender into, @Nullable Object value, Column column)
      throws SQLException {
    if (value == null) {
      into.appendNull();
      return;
    }
    switch (column.type()) {
      case TEXT -> into.append((String) value);
      case INTEGER -> {
        Int128 number = (Int128) value;
        into.appendHugeInt(number.low(), number.high());
      }
      case DATE -> into.appendEpochDays(Math.toIntExact(((LocalDate) value).toEpochDay()));
      case TIME -> into.appendEpochMicros(Sql.micros((Instant) value));
      case BOOLEAN -> into.append((boolean) (Boolean) value);
    }
  }
}
