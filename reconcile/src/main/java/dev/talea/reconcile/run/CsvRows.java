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

  /** Where it was told to begin, or 0. */
  private long from;

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

  /** Where it was told to begin there is no row: those who told it are wrong, and not the file. */
  static final class NoRowException extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /**
   * Opens a file.
   *
   * @param from where a row begins, or 0 for the first one
   * @throws NoRowException if it is seen at once that none does; else it may come with a row
   */
  static CsvRows open(Path file, long from) throws IOException {
    InputStream in = SystemFiles.read(file);
    boolean opened = false;
    try {
      CsvRows rows = new CsvRows(file, in);
      if (from != 0 && from != rows.position) {
        long bytes = SystemFiles.size(file);
        if (from < rows.position || from > bytes) {
          throw new NoRowException();
        }
        in.skipNBytes(from - 1 - rows.position);
        if (in.read() != '\n' && from < bytes) {
          throw new NoRowException();
        }
        rows.position = from;
        rows.ahead = -2;
      }
      rows.from = from;
      opened = true;
      return rows;
    } finally {
      if (!opened) {
        in.close();
      }
    }
  }

  /**
   * A line within quotes looks like a row until it does not: then the file is read from its start.
   */
  private IOException broken(String how) throws IOException {
    if (from > 0) {
      try (CsvRows rows = open(file, 0)) {
        while (rows.position < from && rows.record() != null) {}
        if (rows.position != from) {
          return new NoRowException();
        }
      }
    }
    return new IOException(file + how);
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
      throw broken(" has " + fields.size() + " fields in a row, and " + header.size() + " names");
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
        throw broken(" has a row of more than " + ROW_BYTES_MAX + " bytes");
      }
      if (quoted) {
        if (b < 0) {
          throw broken(" ends within quotes");
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
