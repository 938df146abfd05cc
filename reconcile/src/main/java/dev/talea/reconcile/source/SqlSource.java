// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import dev.talea.ledger.Int128;
import dev.talea.ledger.Timestamps;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.Reject;
import dev.talea.reconcile.row.RowSink;
import dev.talea.reconcile.row.RowSource;
import dev.talea.reconcile.row.SourceFacts;
import dev.talea.reconcile.source.FormatProfile.Amount;
import dev.talea.reconcile.source.FormatProfile.AssetFrom;
import dev.talea.reconcile.source.FormatProfile.Field;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Blob;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a query, all of them from one snapshot of the database: PostgreSQL in a repeatable
 * read, SQLite in one transaction, neither of which can write. Values keep their types: numbers are
 * exact, moments are moments, and what is a binary fraction in the database is refused, because
 * what it lost before cannot be found again here.
 *
 * <p>One thread.
 */
public final class SqlSource implements RowSource {
  /** Rows that are in memory at a time. */
  private static final int FETCH_ROWS = 5_000;

  private static final Set<Integer> BINARY_FRACTIONS =
      Set.of(Types.DOUBLE, Types.REAL, Types.FLOAT);

  /** A value that could not be made what the profile says. */
  private static final Object BAD = new Object();

  private final SqlConnector connector;
  private final String query;
  private final FormatProfile profile;
  private final List<Column> columns;
  private final CellReader cells;
  private boolean postgres;
  private boolean duck;
  private long count;
  private @Nullable SourceFacts facts;

  private String[] typeNames = {};
  private int[] types = {};
  private String fault = "";
  private @Nullable String faultField;
  private String firstFault = "";

  /**
   * @param query one statement that reads
   * @param profile of the format {@code sql}, whose columns are those of the query
   */
  public SqlSource(SqlConnector connector, String query, FormatProfile profile) {
    this.connector = connector;
    this.query = query;
    this.profile = profile;
    this.columns = profile.columns();
    this.cells = new CellReader(profile);
  }

  @Override
  public List<Column> columns() {
    return columns;
  }

  @Override
  public void read(RowSink sink) throws IOException {
    String notOne = SqlText.fault(query);
    if (notOne != null) {
      throw new IOException("the query " + notOne);
    }
    try (Connection connection = open()) {
      try (Statement statement = connection.createStatement()) {
        begin(connection, statement);
        statement.setEscapeProcessing(false);
        statement.setFetchSize(FETCH_ROWS);
        try (ResultSet result = statement.executeQuery(query)) {
          rows(result, sink);
        }
      } finally {
        connection.rollback();
      }
    } catch (SQLException e) {
      throw new IOException(
          "the database refuses the query (SQLState " + e.getSQLState() + "): " + e.getMessage(),
          e);
    }
    SortedMap<String, String> found = new TreeMap<>();
    found.put("query", query);
    found.put("rows", Long.toString(count));
    found.put("database", postgres ? "PostgreSQL" : "SQLite");
    found.put("profile_sha256", ProfileJson.sha256(profile));
    facts = new SourceFacts("sql", found);
  }

  /** What a driver says about a failed connection may hold its URL: only its state is told. */
  private Connection open() throws IOException {
    try {
      return connector.open();
    } catch (SQLException e) {
      throw new IOException(
          "the database cannot be reached (SQLState "
              + e.getSQLState()
              + "); look at its entry in the file of TALEA_RECONCILE_SOURCES");
    }
  }

  private void begin(Connection connection, Statement statement) throws SQLException, IOException {
    String product = connection.getMetaData().getDatabaseProductName();
    postgres = product.toLowerCase(Locale.ROOT).contains("postgres");
    duck = product.toLowerCase(Locale.ROOT).contains("duckdb");
    if (!postgres && !duck && !product.toLowerCase(Locale.ROOT).contains("sqlite")) {
      throw new IOException("the database is " + product + ", expected PostgreSQL or SQLite");
    }
    if (postgres) {
      statement.execute("SET standard_conforming_strings = on");
      connection.setReadOnly(true);
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      connection.setAutoCommit(false);
      statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    } else if (duck) {
      // A database in memory with one file to read: ParquetSource's.
      statement.execute("SET TimeZone = 'UTC'");
      connection.setAutoCommit(false);
    } else {
      // Before the transaction: SQLite has no other way to let nothing be written.
      statement.execute("PRAGMA query_only = ON");
      connection.setAutoCommit(false);
    }
  }

  // ---- columns

  private void rows(ResultSet result, RowSink sink) throws SQLException, IOException {
    ResultSetMetaData about = result.getMetaData();
    List<String> names = new ArrayList<>();
    types = new int[about.getColumnCount() + 1];
    typeNames = new String[types.length];
    for (int i = 1; i < types.length; i++) {
      names.add(about.getColumnLabel(i));
      types[i] = about.getColumnType(i);
      typeNames[i] = about.getColumnTypeName(i);
    }
    int[] fieldAt = new int[profile.fields().size()];
    for (int i = 0; i < fieldAt.length; i++) {
      Field field = profile.fields().get(i);
      fieldAt[i] = place(field.column(), names);
      refuseFloats(fieldAt[i], field.type() == ColumnType.INTEGER, names);
    }
    AmountAt amountAt = amountAt(names);
    refuseFloats(amountAt.first(), true, names);
    int assetAt =
        profile.asset() instanceof AssetFrom.Named named ? place(named.column(), names) : 0;
    @Nullable Object[] values = new @Nullable Object[columns.size()];
    while (result.next()) {
      count++;
      row(result, values, fieldAt, amountAt, assetAt, sink);
    }
  }

  /** Columns that the amount is made of; the second 0 if there is one only. */
  private record AmountAt(int first, int second) {}

  private AmountAt amountAt(List<String> names) throws IOException {
    if (profile.amount() instanceof Amount.Signed signed) {
      return new AmountAt(place(signed.column(), names), 0);
    }
    if (profile.amount() instanceof Amount.Split split) {
      int out = place(split.out(), names);
      refuseFloats(out, true, names);
      return new AmountAt(place(split.in(), names), out);
    }
    Amount.Marked marked = (Amount.Marked) profile.amount();
    return new AmountAt(place(marked.column(), names), place(marked.marker(), names));
  }

  private int place(String column, List<String> names) throws IOException {
    return profile.place(column, names, "query") + 1;
  }

  /** Whether columns have types; in SQLite values have. */
  private boolean typed() {
    return postgres || duck;
  }

  private void refuseFloats(int at, boolean number, List<String> names) throws IOException {
    if (number && typed() && BINARY_FRACTIONS.contains(types[at])) {
      throw new IOException(
          "column "
              + names.get(at - 1)
              + " of the query is "
              + typeNames[at]
              + ", a binary fraction, which no amount can be read from exactly; cast it to numeric"
              + " in the query, with the digits that are meant");
    }
  }

  // ---- rows

  private void row(
      ResultSet result,
      @Nullable Object[] values,
      int[] fieldAt,
      AmountAt amountAt,
      int assetAt,
      RowSink sink)
      throws SQLException {
    faultField = null;
    fault = "";
    Int128 amount = amount(result, amountAt);
    String asset = asset(result, assetAt);
    values[0] = amount;
    values[1] = asset;
    for (int i = 0; i < fieldAt.length; i++) {
      Field field = profile.fields().get(i);
      Object value = value(result, fieldAt[i], field.type());
      if (value == BAD) {
        fault(field.name(), fault);
      } else if (value == null && field.required()) {
        fault(field.name(), "is null, and the profile requires it");
      }
      values[i + 2] = value;
    }
    if (faultField == null) {
      sink.row(count, values);
      return;
    }
    boolean both = amount != null && asset != null;
    sink.reject(
        new Reject(
            count,
            faultField,
            firstFault,
            text(result),
            both ? amount : null,
            both ? asset : null));
  }

  private void fault(String field, String text) {
    if (faultField == null) {
      faultField = field;
      firstFault = text;
    }
  }

  private String text(ResultSet result) throws SQLException {
    StringBuilder text = new StringBuilder();
    for (int i = 1; i < types.length && text.length() < Reject.TEXT_CHARS_MAX; i++) {
      String value = result.getString(i);
      text.append(i == 1 ? "" : "|").append(value == null ? "" : value);
    }
    return text.substring(0, Math.min(Reject.TEXT_CHARS_MAX, text.length()));
  }

  private @Nullable Int128 amount(ResultSet result, AmountAt at) throws SQLException {
    Int128 first = number(result, at.first());
    if (profile.amount() instanceof Amount.Split) {
      Int128 second = number(result, at.second());
      if (faultField != null) {
        return null;
      }
      boolean in = first != null && first.signum() != 0;
      boolean out = second != null && second.signum() != 0;
      if ((in && out) || (first == null && second == null)) {
        fault(Column.AMOUNT, in ? "is in both columns" : "is null in both columns");
        return null;
      }
      if ((first != null && first.signum() < 0) || (second != null && second.signum() < 0)) {
        fault(Column.AMOUNT, "has a sign in a column that is one direction already");
        return null;
      }
      return out && second != null ? second.negated() : first == null ? Int128.ZERO : first;
    }
    if (first == null) {
      fault(Column.AMOUNT, "is null");
      return null;
    }
    if (profile.amount() instanceof Amount.Marked marked) {
      String mark = result.getString(at.second());
      boolean in = mark != null && marked.in().contains(mark.strip());
      if (!in && (mark == null || !marked.out().contains(mark.strip()))) {
        fault(Column.AMOUNT, "has the mark " + mark + ", which is neither in nor out");
        return null;
      }
      if (first.signum() < 0) {
        fault(Column.AMOUNT, "has a sign of its own beside the mark " + mark);
        return null;
      }
      return in ? first : first.negated();
    }
    return ((Amount.Signed) profile.amount()).negate() ? first.negated() : first;
  }

  /** An amount in minor units, or null where the database has none, or a bad one. */
  private @Nullable Int128 number(ResultSet result, int at) throws SQLException {
    Object value;
    try {
      value =
          types[at] == Types.NUMERIC && postgres ? result.getBigDecimal(at) : result.getObject(at);
    } catch (SQLException | NumberFormatException e) {
      fault(Column.AMOUNT, "is \"" + result.getString(at) + "\", which is no number"); // NaN
      return null;
    }
    if (value == null) {
      return null;
    }
    Int128 amount = null;
    if (value instanceof BigDecimal number) {
      amount = cells.amount(number);
    } else if (isWhole(value)) {
      amount = cells.amount(BigDecimal.valueOf(((Number) value).longValue()));
    } else if (value instanceof BigInteger whole) {
      amount = cells.amount(new BigDecimal(whole));
    } else if (value instanceof String text) {
      amount = cells.amount(text.toCharArray(), 0, text.length());
    } else {
      // SQLite has types of values, not of columns: a REAL can be in any row.
      fault(Column.AMOUNT, "is \"" + value + "\", a binary fraction or no number at all");
      return null;
    }
    if (amount == null) {
      fault(Column.AMOUNT, "is \"" + value + "\", which " + cells.fault());
    }
    return amount;
  }

  private static boolean isWhole(Object value) {
    return value instanceof Long
        || value instanceof Integer
        || value instanceof Short
        || value instanceof Byte;
  }

  private @Nullable String asset(ResultSet result, int at) throws SQLException {
    if (at == 0) {
      return ((AssetFrom.Fixed) profile.asset()).asset();
    }
    String asset = result.getString(at);
    if (asset == null || asset.isBlank()) {
      fault(Column.ASSET, "is empty");
      return null;
    }
    return asset.strip();
  }

  /** Null for null, {@link #BAD} with {@link #fault} set for what is none. */
  private @Nullable Object value(ResultSet result, int at, ColumnType type) throws SQLException {
    try {
      return switch (type) {
        case TEXT -> text(result, at);
        case INTEGER -> integer(result, at);
        case DATE -> date(result, at);
        case TIME -> moment(result, at);
        case BOOLEAN -> bool(result, at);
      };
    } catch (DateTimeException | ArithmeticException e) {
      return bad(result, at, "is out of range");
    } catch (SQLException e) {
      if (result.isClosed()) {
        throw e;
      }
      return bad(result, at, "is no " + type.text());
    }
  }

  private Object bad(ResultSet result, int at, String why) throws SQLException {
    fault = "is \"" + result.getString(at) + "\", which " + why;
    return BAD;
  }

  private @Nullable Object text(ResultSet result, int at) throws SQLException {
    int type = types[at];
    Object value = null;
    if (postgres && (type == Types.BINARY || type == Types.VARBINARY)) {
      byte[] bytes = result.getBytes(at);
      value = bytes == null ? null : HexFormat.of().formatHex(bytes);
    } else if (duck && types[at] == Types.BLOB) {
      Blob blob = result.getBlob(at);
      value =
          blob == null
              ? null
              : HexFormat.of().formatHex(blob.getBytes(1, Math.toIntExact(blob.length())));
    } else if (typed() && isMoment(at)) {
      Object moment = moment(result, at);
      value = moment instanceof Instant instant ? Timestamps.format(instant) : moment;
    } else {
      Object object = typed() ? null : result.getObject(at);
      value =
          object instanceof byte[] bytes ? HexFormat.of().formatHex(bytes) : result.getString(at);
    }
    return value instanceof String text && text.isEmpty() ? null : value;
  }

  private boolean isMoment(int at) {
    return typeNames[at].equals("timestamptz") || types[at] == Types.TIMESTAMP_WITH_TIMEZONE;
  }

  private @Nullable Object integer(ResultSet result, int at) throws SQLException {
    Object value =
        types[at] == Types.NUMERIC && postgres ? result.getBigDecimal(at) : result.getObject(at);
    if (value == null) {
      return null;
    }
    if (value instanceof BigDecimal number) {
      BigInteger whole = number.toBigIntegerExact();
      Int128 integer = Int128.of(whole);
      return integer == null ? bad(result, at, "is beyond 2^127-1") : integer;
    }
    if (isWhole(value)) {
      return Int128.of(((Number) value).longValue());
    }
    if (value instanceof BigInteger whole) {
      Int128 integer = Int128.of(whole);
      return integer == null ? bad(result, at, "is beyond 2^127-1") : integer;
    }
    return value instanceof String text
        ? parsed(ColumnType.INTEGER, text)
        : bad(result, at, "is no whole number");
  }

  private @Nullable Object parsed(ColumnType type, String text) {
    if (text.isBlank()) {
      return null;
    }
    Object value = cells.value(type, text.toCharArray(), 0, text.length());
    if (value == null) {
      fault = "is \"" + text + "\", which " + cells.fault();
      return BAD;
    }
    return value;
  }

  private @Nullable Object date(ResultSet result, int at) throws SQLException {
    if (typed() && types[at] == Types.DATE) {
      LocalDate date = result.getObject(at, LocalDate.class);
      return date == null || isReal(date) ? date : bad(result, at, "is no day of a calendar");
    }
    if (typed() && (types[at] == Types.TIMESTAMP || isMoment(at))) {
      Object moment = moment(result, at);
      return moment instanceof Instant instant
          ? LocalDate.ofInstant(instant, cells.zone())
          : moment;
    }
    String text = result.getString(at);
    return text == null ? null : parsed(ColumnType.DATE, text);
  }

  /** Infinity is told as the first and the last day that Java knows. */
  private static boolean isReal(LocalDate date) {
    return date.getYear() >= 1 && date.getYear() <= 9_999;
  }

  private @Nullable Object moment(ResultSet result, int at) throws SQLException {
    if (typed() && (types[at] == Types.TIMESTAMP || isMoment(at))) {
      if (isMoment(at)) {
        OffsetDateTime moment = result.getObject(at, OffsetDateTime.class);
        return moment == null || isReal(moment.withOffsetSameInstant(ZoneOffset.UTC).toLocalDate())
            ? moment == null ? null : moment.toInstant().truncatedTo(ChronoUnit.MICROS)
            : bad(result, at, "is no moment of a calendar");
      }
      LocalDateTime local = result.getObject(at, LocalDateTime.class);
      if (local == null) {
        return null;
      }
      Instant moment = isReal(local.toLocalDate()) ? cells.moment(local) : null;
      return moment == null ? bad(result, at, "is no moment in the profile's zone") : moment;
    }
    String text = result.getString(at);
    return text == null ? null : parsed(ColumnType.TIME, text);
  }

  private @Nullable Object bool(ResultSet result, int at) throws SQLException {
    if (typed() && (types[at] == Types.BIT || types[at] == Types.BOOLEAN)) {
      boolean value = result.getBoolean(at);
      return result.wasNull() ? null : value;
    }
    String text = result.getString(at);
    return text == null ? null : parsed(ColumnType.BOOLEAN, text);
  }

  @Override
  public SourceFacts facts() {
    if (facts == null) {
      throw new IllegalStateException("facts are known once the query has been read");
    }
    return facts;
  }

  @Override
  public void close() {
    // Each reading closes its own connection.
  }
}
