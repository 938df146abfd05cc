// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a CSV file that an engine wrote (RFC 4180, UTF-8, one header), with the place of each
 * in bytes, so that a page can begin where another ended. Apart from the reader of what banks send,
 * which has to bear what this one refuses.
 *
 * <p>One thread.
 */
final class CsvRows implements AutoCloseable {
  private static final int ROW_BYTES_MAX = 16 << 20;

  private final Path file;
  private final InputStream in;
  private final List<String> header;
  private long position;
  private int ahead = -2;

  private CsvRows(Path file, InputStream in) throws IOException {
    this.file = file;
    this.in = in;
    List<@Nullable String> first = record();
    List<String> names = new ArrayList<>();
    if (first != null) {
      first.forEach(name -> names.add("" + name));
    }
    this.header = List.copyOf(names);
  }

  /**
   * Opens a file.
   *
   * @param from where a row begins, or 0 for the first one
   */
  static CsvRows open(Path file, long from) throws IOException {
    InputStream in = SystemFiles.read(file);
    boolean opened = false;
    try {
      CsvRows rows = new CsvRows(file, in);
      if (from > rows.position) {
        in.skipNBytes(from - rows.position);
        rows.position = from;
        rows.ahead = -2;
      }
      opened = true;
      return rows;
    } finally {
      if (!opened) {
        in.close();
      }
    }
  }

  List<String> header() {
    return header;
  }

  /** Where the next row begins. */
  long position() {
    return position;
  }

  /** The next row by the names of the header; an empty field that is not quoted is null. */
  @Nullable Map<String, @Nullable String> next() throws IOException {
    List<@Nullable String> fields = record();
    if (fields == null) {
      return null;
    }
    if (fields.size() != header.size()) {
      throw new IOException(
          file + " has " + fields.size() + " fields in a row, and " + header.size() + " names");
    }
    Map<String, @Nullable String> row = new LinkedHashMap<>();
    for (int i = 0; i < header.size(); i++) {
      row.put(header.get(i), fields.get(i));
    }
    return row;
  }

  private int read() throws IOException {
    int b = ahead;
    if (b == -2) {
      b = in.read();
    } else {
      ahead = -2;
    }
    if (b >= 0) {
      position++;
    }
    return b;
  }

  private int peek() throws IOException {
    if (ahead == -2) {
      ahead = in.read();
    }
    return ahead;
  }

  private @Nullable List<@Nullable String> record() throws IOException {
    if (peek() < 0) {
      return null;
    }
    List<@Nullable String> fields = new ArrayList<>();
    ByteArrayOutputStream field = new ByteArrayOutputStream();
    boolean wasQuoted = false;
    boolean quoted = false;
    long begin = position;
    while (true) {
      int b = read();
      if (position - begin > ROW_BYTES_MAX) {
        throw new IOException(file + " has a row of more than " + ROW_BYTES_MAX + " bytes");
      }
      if (quoted) {
        if (b < 0) {
          throw new IOException(file + " ends within quotes");
        }
        if (b != '"') {
          field.write(b);
        } else if (peek() == '"') {
          field.write(read());
        } else {
          quoted = false;
        }
      } else if (b == '"') {
        quoted = true;
        wasQuoted = true;
      } else if (b == ',' || b == '\n' || b < 0) {
        String text = field.toString(StandardCharsets.UTF_8);
        fields.add(text.isEmpty() && !wasQuoted ? null : text);
        field.reset();
        wasQuoted = false;
        if (b != ',') {
          return fields;
        }
      } else if (b != '\r' || peek() != '\n') {
        field.write(b);
      }
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
