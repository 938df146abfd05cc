// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import dev.talea.ledger.Micros;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;
import org.jspecify.annotations.Nullable;

/**
 * One table of evidence, written row by row as Parquet and as CSV. The bytes of the CSV are those
 * that DuckDB writes: a field is quoted if it is empty and not null, or holds a comma, a quote, a
 * line end or a number sign. Used by the thread of the run.
 */
final class EvidenceTable implements AutoCloseable {
  /** Rows are put together in memory up to so many bytes. */
  private static final long ROW_GROUP_BYTES = 16L << 20;

  /** A column of evidence. */
  record Field(String name, Kind kind) {}

  /** What the values of a field are. */
  enum Kind {
    /** {@link Long} or {@link Integer}. */
    NUMBER,
    /** {@link String}, or a whole number of 128 bits that is written as text. */
    TEXT,
    /** {@link Integer}: days since 1970. */
    DAY,
    /** {@link Long}: microseconds since 1970. */
    TIME,
    /** {@link Boolean}. */
    TRUTH;

    static Kind of(ColumnType type) {
      return switch (type) {
        case TEXT, INTEGER -> TEXT;
        case DATE -> DAY;
        case TIME -> TIME;
        case BOOLEAN -> TRUTH;
      };
    }
  }

  private final String name;
  private final List<Field> fields;
  private final DataOutputStream csv;
  private final ParquetWriter<@Nullable Object[]> parquet;
  private long rows;

  /**
   * Opens both files.
   *
   * @param own what we say of a row
   * @param columns of its source
   */
  EvidenceTable(Path folder, String name, List<Field> own, List<Column> columns)
      throws IOException {
    this.name = name;
    fields = new ArrayList<>(own);
    columns.forEach(column -> fields.add(new Field(column.name(), Kind.of(column.type()))));
    String kept =
        columns.stream()
            .map(column -> column.name() + ":" + column.type().text())
            .collect(Collectors.joining(","));
    csv = SystemFiles.write(folder.resolve(name + ".csv"));
    csv.write(
        (fields.stream().map(Field::name).collect(Collectors.joining(",")) + "\n")
            .getBytes(StandardCharsets.UTF_8));
    parquet =
        new Builder(SystemFiles.parquet(folder.resolve(name + ".parquet")), fields, kept)
            .withConf(new PlainParquetConfiguration())
            .withWriteMode(ParquetFileWriter.Mode.CREATE)
            .withCompressionCodec(CompressionCodecName.SNAPPY)
            .withRowGroupSize(ROW_GROUP_BYTES)
            .build();
  }

  List<String> files() {
    return List.of(name + ".csv", name + ".parquet");
  }

  String name() {
    return name;
  }

  long rows() {
    return rows;
  }

  void row(@Nullable Object... values) throws IOException {
    rows++;
    parquet.write(values);
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < values.length; i++) {
      if (i > 0) {
        line.append(',');
      }
      Object value = values[i];
      if (value != null) {
        line.append(text(fields.get(i).kind(), value));
      }
    }
    csv.write(line.append('\n').toString().getBytes(StandardCharsets.UTF_8));
  }

  private static String text(Kind kind, Object value) {
    return switch (kind) {
      case NUMBER, TRUTH -> value.toString();
      case TEXT -> quoted(value.toString());
      case DAY -> day(LocalDate.ofEpochDay((Integer) value));
      case TIME -> moment((Long) value);
    };
  }

  private static String quoted(String text) {
    boolean plain = !text.isEmpty();
    for (int i = 0; i < text.length() && plain; i++) {
      char c = text.charAt(i);
      plain = c != ',' && c != '"' && c != '\n' && c != '\r' && c != '#';
    }
    return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
  }

  private static String day(LocalDate day) {
    int year = day.getYear();
    boolean before = year <= 0;
    String text = digits(before ? 1 - year : year, 4) + '-' + digits(day.getMonthValue(), 2);
    return text + '-' + digits(day.getDayOfMonth(), 2) + (before ? " (BC)" : "");
  }

  private static String moment(long micros) {
    LocalDateTime at = LocalDateTime.ofInstant(Micros.instant(micros), ZoneOffset.UTC);
    return (at.getYear() < 0 ? String.valueOf(at.getYear()) : digits(at.getYear(), 4))
        + '-'
        + digits(at.getMonthValue(), 2)
        + '-'
        + digits(at.getDayOfMonth(), 2)
        + 'T'
        + digits(at.getHour(), 2)
        + ':'
        + digits(at.getMinute(), 2)
        + ':'
        + digits(at.getSecond(), 2)
        + '.'
        + digits(at.getNano() / 1000, 6)
        + 'Z';
  }

  private static String digits(int number, int least) {
    String digits = String.valueOf(number);
    return "0".repeat(Math.max(0, least - digits.length())) + digits;
  }

  @Override
  public void close() throws IOException {
    try (csv) {
      parquet.close();
    }
  }

  /** How Parquet is told of rows that are arrays. */
  @SuppressWarnings("deprecation") // it asks for the old way as well as for the new one
  private static final class Builder extends ParquetWriter.Builder<@Nullable Object[], Builder> {
    private final List<Field> fields;
    private final String kept;

    Builder(OutputFile file, List<Field> fields, String kept) {
      super(file);
      this.fields = fields;
      this.kept = kept;
    }

    @Override
    protected Builder self() {
      return this;
    }

    @Override
    protected WriteSupport<@Nullable Object[]> getWriteSupport(
        org.apache.hadoop.conf.Configuration conf) {
      return new Rows(fields, kept);
    }

    @Override
    protected WriteSupport<@Nullable Object[]> getWriteSupport(ParquetConfiguration conf) {
      return new Rows(fields, kept);
    }
  }

  @SuppressWarnings("deprecation") // as above
  private static final class Rows extends WriteSupport<@Nullable Object[]> {
    private final List<Field> fields;
    private final String kept;
    private @Nullable RecordConsumer out;

    Rows(List<Field> fields, String kept) {
      this.fields = fields;
      this.kept = kept;
    }

    @Override
    public WriteContext init(org.apache.hadoop.conf.Configuration conf) {
      return context();
    }

    @Override
    public WriteContext init(ParquetConfiguration conf) {
      return context();
    }

    private WriteContext context() {
      List<Type> types = new ArrayList<>();
      fields.forEach(field -> types.add(type(field)));
      return new WriteContext(new MessageType("rows", types), Map.of("talea.columns", kept));
    }

    private static Type type(Field field) {
      return switch (field.kind()) {
        case NUMBER -> Types.optional(PrimitiveTypeName.INT64).named(field.name());
        case TEXT ->
            Types.optional(PrimitiveTypeName.BINARY)
                .as(LogicalTypeAnnotation.stringType())
                .named(field.name());
        case DAY ->
            Types.optional(PrimitiveTypeName.INT32)
                .as(LogicalTypeAnnotation.dateType())
                .named(field.name());
        case TIME ->
            Types.optional(PrimitiveTypeName.INT64)
                .as(
                    LogicalTypeAnnotation.timestampType(
                        false, LogicalTypeAnnotation.TimeUnit.MICROS))
                .named(field.name());
        case TRUTH -> Types.optional(PrimitiveTypeName.BOOLEAN).named(field.name());
      };
    }

    @Override
    public void prepareForWrite(RecordConsumer consumer) {
      out = consumer;
    }

    @Override
    public void write(@Nullable Object[] values) {
      RecordConsumer to = Objects.requireNonNull(out);
      to.startMessage();
      for (int i = 0; i < values.length; i++) {
        Object value = values[i];
        if (value != null) {
          Field field = fields.get(i);
          to.startField(field.name(), i);
          switch (field.kind()) {
            case NUMBER, TIME -> to.addLong(((Number) value).longValue());
            case TEXT -> to.addBinary(Binary.fromString(value.toString()));
            case DAY -> to.addInteger((Integer) value);
            case TRUTH -> to.addBoolean((Boolean) value);
          }
          to.endField(field.name(), i);
        }
      }
      to.endMessage();
    }
  }
}
