// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.Reject;
import dev.talea.reconcile.row.RowSink;
import dev.talea.reconcile.row.RowSource;
import dev.talea.reconcile.row.SourceFacts;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Rows of a source in a file, exactly as they came: how a process that holds a ledger hands its
 * rows to the one that matches them, which never opens a ledger.
 *
 * <pre>
 *   columns   text   JSON: [{"name","type"}]
 *   row       1, line (8), for each column 0, or 1 and its value
 *   reject    2, line (8), field, reason, text, amount, asset; each 0, or 1 and its text
 *   end       3, text JSON: {"kind","facts"}
 * </pre>
 *
 * A text is its length in bytes (4) and UTF-8; an integer its two halves (8, 8); a date its day
 * since 1970 (8), a time its seconds (8) and nanoseconds (4), a truth 0 or 1. A file without its
 * end was cut off, and is refused. It lives in the folder of a run and no longer than that, so it
 * has no version.
 *
 * <p>One thread.
 */
final class RowFile implements RowSource {
  private static final int ROW = 1;
  private static final int REJECT = 2;
  private static final int END = 3;
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int TEXT_BYTES_MAX = 1 << 26;

  private final Path file;
  private final DataInputStream in;
  private final List<Column> columns;
  private @Nullable SourceFacts facts;

  private RowFile(Path file, DataInputStream in, List<Column> columns) {
    this.file = file;
    this.in = in;
    this.columns = columns;
  }

  /**
   * Writes all rows of a source.
   *
   * @param progress is told of every thousandth row
   * @param halt called as often, and whenever the source has looked at rows without giving one
   * @return how many rows came, rejected ones included
   */
  static long write(Path file, RowSource source, Rows progress, Halt halt) throws IOException {
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(SystemFiles.write(file), BUFFER_BYTES))) {
      List<Column> columns = source.columns();
      text(out, JsonTree.of("columns", CarriedColumns.tree(columns)));
      Writer writer = new Writer(out, columns, progress, halt);
      try {
        source.read(writer);
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
      out.writeByte(END);
      SourceFacts facts = source.facts();
      text(out, JsonTree.of("kind", facts.kind(), "facts", facts.facts()));
      return writer.rows;
    }
  }

  /** Is told how many rows have come. */
  @FunctionalInterface
  interface Rows {
    void at(long rows);
  }

  /** Throws what ends the reading, if it is to end. */
  @FunctionalInterface
  interface Halt {
    void orGoOn();
  }

  private static final class Writer implements RowSink {
    private static final int TELL_EVERY = 1000;

    private final DataOutputStream out;
    private final List<Column> columns;
    private final Rows progress;
    private final Halt halt;
    long rows;

    Writer(DataOutputStream out, List<Column> columns, Rows progress, Halt halt) {
      this.out = out;
      this.columns = columns;
      this.progress = progress;
      this.halt = halt;
    }

    @Override
    public void looked() {
      halt.orGoOn();
    }

    private void count() {
      if (++rows % TELL_EVERY == 0) {
        halt.orGoOn();
        progress.at(rows);
      }
    }

    @Override
    public void row(long line, @Nullable Object[] values) {
      try {
        out.writeByte(ROW);
        out.writeLong(line);
        for (int i = 0; i < columns.size(); i++) {
          Object value = values[i];
          out.writeByte(value == null ? 0 : 1);
          if (value != null) {
            write(columns.get(i).type(), value);
          }
        }
        count();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void write(ColumnType type, Object value) throws IOException {
      switch (type) {
        case TEXT -> text(out, (String) value);
        case INTEGER -> {
          out.writeLong(((Int128) value).high());
          out.writeLong(((Int128) value).low());
        }
        case DATE -> out.writeLong(((LocalDate) value).toEpochDay());
        case TIME -> {
          Instant time = (Instant) value;
          out.writeLong(time.getEpochSecond());
          out.writeInt(time.getNano());
        }
        case BOOLEAN -> out.writeByte((Boolean) value ? 1 : 0);
      }
    }

    @Override
    public void reject(Reject reject) {
      try {
        out.writeByte(REJECT);
        out.writeLong(reject.line());
        Int128 amount = reject.amount();
        for (String each :
            new @Nullable String[] {
              reject.field(),
              reject.reason(),
              reject.text(),
              amount == null ? null : amount.toString(),
              reject.asset()
            }) {
          out.writeByte(each == null ? 0 : 1);
          if (each != null) {
            text(out, each);
          }
        }
        count();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static void text(DataOutputStream out, Map<String, ?> tree) throws IOException {
    byte[] bytes = JsonTree.bytes(tree);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  /** Opens a file that {@link #write} has written. */
  static RowFile open(Path file) throws IOException {
    DataInputStream in = new DataInputStream(SystemFiles.read(file));
    boolean opened = false;
    try {
      List<Column> columns = CarriedColumns.of(bytes(in), "columns");
      opened = true;
      return new RowFile(file, in, columns);
    } finally {
      if (!opened) {
        in.close();
      }
    }
  }

  private static byte[] bytes(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > TEXT_BYTES_MAX) {
      throw new IOException("a text has the length " + length);
    }
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException();
    }
    return bytes;
  }

  @Override
  public List<Column> columns() {
    return columns;
  }

  @Override
  public void read(RowSink sink) throws IOException {
    @Nullable Object[] values = new @Nullable Object[columns.size()];
    try {
      for (int kind = in.readByte(); kind != END; kind = in.readByte()) {
        if (kind == ROW) {
          long line = in.readLong();
          for (int i = 0; i < values.length; i++) {
            values[i] = in.readByte() == 0 ? null : value(columns.get(i).type());
          }
          sink.row(line, values);
        } else if (kind == REJECT) {
          sink.reject(reject());
        } else {
          throw new IOException(file + " holds " + kind + " where a row should begin");
        }
      }
      Map<String, @Nullable Object> end = JsonTree.object("facts", bytes(in));
      TreeMap<String, String> found = new TreeMap<>();
      JsonTree.child(end, "facts").forEach((name, value) -> found.put(name, "" + value));
      facts = new SourceFacts(JsonTree.text(end, "kind"), found);
    } catch (EOFException e) {
      throw new IOException(file + " was cut off: its end is missing", e);
    }
  }

  private Object value(ColumnType type) throws IOException {
    return switch (type) {
      case TEXT -> new String(bytes(in), StandardCharsets.UTF_8);
      case INTEGER -> Int128.ofParts(in.readLong(), in.readLong());
      case DATE -> LocalDate.ofEpochDay(in.readLong());
      case TIME -> Instant.ofEpochSecond(in.readLong(), in.readInt());
      case BOOLEAN -> in.readByte() == 1;
    };
  }

  private Reject reject() throws IOException {
    long line = in.readLong();
    @Nullable String[] texts = new @Nullable String[5];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = in.readByte() == 0 ? null : new String(bytes(in), StandardCharsets.UTF_8);
    }
    String amount = texts[3];
    return new Reject(
        line,
        texts[0],
        "" + texts[1],
        "" + texts[2],
        amount == null ? null : Int128.parse(amount),
        texts[4]);
  }

  @Override
  public SourceFacts facts() {
    SourceFacts known = facts;
    if (known == null) {
      throw new IllegalStateException(file + " has not been read to its end");
    }
    return known;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
