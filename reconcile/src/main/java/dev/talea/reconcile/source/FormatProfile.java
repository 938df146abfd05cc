// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import dev.talea.reconcile.document.Suggestion;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the rows of a file or of a query become rows of a reconciliation: a document that people
 * confirm and keep, so that nothing about a file is guessed while it is read.
 *
 * <p>Immutable.
 *
 * @param name 1 to 64 characters of {@code [a-z0-9-]}
 * @param text how a delimited file is made of characters; for other formats its settings are not
 *     looked at
 * @param numbers how amounts and whole numbers are written
 * @param dates how days and moments are written
 * @param amount where the amount comes from
 * @param asset where the asset comes from
 * @param fields the other columns, in their order
 * @param key names of the columns whose values together should be there once; may be empty
 */
public record FormatProfile(
    String name,
    Format format,
    Text text,
    Numbers numbers,
    Dates dates,
    Amount amount,
    AssetFrom asset,
    List<Field> fields,
    List<String> key) {
  /** Copies the lists. */
  public FormatProfile {
    fields = List.copyOf(fields);
    key = List.copyOf(key);
  }

  /** What reads it. */
  public enum Format {
    /** Lines of fields between delimiters, packed with gzip or not. */
    DELIMITED("delimited"),
    /** ISO 20022 camt.053, its columns are fixed. */
    CAMT_053("camt.053"),
    /** SWIFT MT940, its columns are fixed. */
    MT940("mt940"),
    /** The result of a query. */
    SQL("sql"),
    /** Apache Parquet. */
    PARQUET("parquet");

    private final String text;

    Format(String text) {
      this.text = text;
    }

    /** As it stands in profiles. */
    public String text() {
      return text;
    }
  }

  /**
   * Characters of a delimited file.
   *
   * @param encoding as {@code UTF-8}; a byte order mark that contradicts it is an error
   * @param delimiter one character
   * @param quote one character, or null when there are no quotes; in quotes it stands twice
   * @param header whether the first row has the names of the columns
   * @param skipLines lines before that row, or before the first row of data
   * @param footerRows rows at the end that are no data
   * @param footerPrefix rows at the end that begin with this are no data; null for none
   */
  public record Text(
      String encoding,
      char delimiter,
      @Nullable Character quote,
      boolean header,
      int skipLines,
      int footerRows,
      @Nullable String footerPrefix) {
    /** As most programs write it. */
    public static final Text USUAL = new Text("UTF-8", ',', '"', true, 0, 0, null);
  }

  /**
   * How numbers are written.
   *
   * @param decimal mark before the fraction
   * @param thousands mark between groups of three digits, or null when there is none
   * @param scale fraction digits of the minor unit: 2 makes 1,234.50 out of 123450 minor units
   * @param minor whether amounts are whole minor units already
   */
  public record Numbers(char decimal, @Nullable Character thousands, int scale, boolean minor) {
    /** As most programs write it. */
    public static final Numbers USUAL = new Numbers('.', null, 2, false);
  }

  /**
   * How days and moments are written.
   *
   * @param patterns of days, tried in their order: {@code yyyy}, {@code yy}, {@code MM}, {@code M},
   *     {@code dd}, {@code d}, and for moments {@code HH}, {@code mm}, {@code ss}; other characters
   *     stand for themselves
   * @param zone of moments that do not say one
   */
  public record Dates(List<String> patterns, String zone) {
    /** ISO 8601 in UTC. */
    public static final Dates USUAL = new Dates(List.of("yyyy-MM-dd"), "UTC");

    /** Copies the list. */
    public Dates {
      patterns = List.copyOf(patterns);
    }
  }

  /** Where the signed amount comes from. */
  public sealed interface Amount {

    /**
     * One column, signed.
     *
     * @param negate whether the sign is turned
     */
    record Signed(String column, boolean negate) implements Amount {}

    /** One column for what comes in, which counts positive, and one for what goes out. */
    record Split(String in, String out) implements Amount {}

    /**
     * One column without sign, and one that says which way.
     *
     * @param marker the column that says it
     * @param in its values that count positive
     * @param out its values that count negative
     */
    record Marked(String column, String marker, List<String> in, List<String> out)
        implements Amount {
      /** Copies the lists. */
      public Marked {
        in = List.copyOf(in);
        out = List.copyOf(out);
      }
    }
  }

  /** Where the asset comes from. */
  public sealed interface AssetFrom {

    /** All rows have the same. */
    record Fixed(String asset) implements AssetFrom {}

    /** A column names it. */
    record Named(String column) implements AssetFrom {}
  }

  /**
   * A column of the rows, and the column of the file or query it comes from.
   *
   * @param name of the column
   * @param column where it comes from: a name of the header, or {@code #} and its number from 1
   * @param type what it is made
   * @param required whether a row without it is rejected
   */
  public record Field(String name, String column, ColumnType type, boolean required) {}

  /**
   * Where a column that this profile reads stands among those that there are, from 0.
   *
   * @param column a name, or {@code #} and a number from 1
   * @param what has the columns, as {@code file}
   * @throws IOException if there is no such column
   */
  int place(String column, List<String> names, String what) throws IOException {
    int at = names.indexOf(column);
    if (at < 0 && column.matches("#[0-9]{1,4}")) {
      at = Integer.parseInt(column.substring(1)) - 1;
      at = at < names.size() ? at : -1;
    }
    if (at < 0) {
      throw new IOException(
          "the "
              + what
              + " has no column "
              + Suggestion.shown(column)
              + ", which profile "
              + name
              + " reads; "
              + Suggestion.of(column, names));
    }
    return at;
  }

  /** The columns of rows that are read by this profile, for formats whose columns are not fixed. */
  public List<Column> columns() {
    List<Column> columns = new ArrayList<>(Column.ALWAYS);
    for (Field field : fields) {
      columns.add(new Column(field.name(), field.type()));
    }
    return columns;
  }
}
