// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.Reject;
import dev.talea.reconcile.row.RowSink;
import dev.talea.reconcile.row.RowSource;
import dev.talea.reconcile.row.SourceFacts;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The first rows of a source, and whether there are more. Reading ends with the row that would be
 * one too many, so that a source of any length costs what its first rows cost. Apart from the
 * sources, which know nothing of samples: what they say of themselves once they were read whole is
 * not said here.
 *
 * <p>One thread.
 */
final class SampleSource implements RowSource {
  /** Of texts: as much as a small heap holds of two sides. */
  static final long CHARS_MAX = 16L << 20;

  private final RowSource source;
  private final long rowsMax;
  private final long charsMax;
  private long rows;
  private long chars;
  private boolean more;

  /**
   * @param rowsMax rows that are given, rejected ones among them
   * @param charsMax of texts, after which no further row is given
   */
  SampleSource(RowSource source, long rowsMax, long charsMax) {
    this.source = source;
    this.rowsMax = rowsMax;
    this.charsMax = charsMax;
  }

  /** Ends a reading from within; nothing is wrong. */
  private static final class EnoughException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    EnoughException() {
      super("enough rows", null, false, false);
    }
  }

  @Override
  public List<Column> columns() {
    return source.columns();
  }

  @Override
  public void read(RowSink sink) throws IOException {
    try {
      source.read(
          new RowSink() {
            @Override
            public void row(long line, @Nullable Object[] values) {
              count();
              for (Object value : values) {
                chars += value instanceof String text ? text.length() : 0;
              }
              sink.row(line, values);
            }

            @Override
            public void reject(Reject reject) {
              count();
              chars += reject.text().length();
              sink.reject(reject);
            }

            @Override
            public void looked() {
              sink.looked();
            }
          });
    } catch (EnoughException e) {
      more = true;
    }
  }

  private void count() {
    if (rows >= rowsMax || chars >= charsMax) {
      throw new EnoughException();
    }
    rows++;
  }

  /** How many rows were read, and whether there are more. */
  Map<String, @Nullable Object> seen() {
    return JsonTree.of("rows", rows, "more", more);
  }

  @Override
  public SourceFacts facts() {
    return new SourceFacts("sample", new TreeMap<>(Map.of("rows", Long.toString(rows))));
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
