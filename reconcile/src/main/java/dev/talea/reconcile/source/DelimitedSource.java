// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.document.Suggestion;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.Reject;
import dev.talea.reconcile.row.RowSink;
import dev.talea.reconcile.source.FormatProfile.Amount;
import dev.talea.reconcile.source.FormatProfile.AssetFrom;
import dev.talea.reconcile.source.FormatProfile.Field;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a file of lines and delimiters, read as its profile says, in one pass and in the
 * memory of one row. A row that cannot be read is rejected with its line, its field and the reason;
 * a file that cannot be read to its end is an error.
 *
 * <p>One thread.
 */
public final class DelimitedSource extends FileSource {
  private static final int SHOWN_CHARS_MAX = 60;

  /** Kept until the end of the file shows that they are footers. */
  private static final int FOOTERS_MAX = 100;

  // Where things stand in the row: known once the header is read.
  private int width;
  private int[] fieldAt = {};
  private int amountAt;
  private int outAt = -1;
  private int markerAt = -1;
  private int assetAt = -1;
  private String fixedAsset = "";
  private boolean negate;
  private Set<String> inWords = Set.of();
  private Set<String> outWords = Set.of();

  /** What is wrong with the row at hand, or null. */
  private @Nullable String fault;

  private @Nullable String faultField;
  private String lastAsset = "";

  /**
   * @param profile of the format {@code delimited}
   */
  public DelimitedSource(ByteSource bytes, FormatProfile profile, SourceLimits limits) {
    super(bytes, profile, limits);
  }

  @Override
  void rows(FileBytes file, RowSink sink, SortedMap<String, String> found) throws IOException {
    FormatProfile.Text text = profile.text();
    RowScanner rows =
        new RowScanner(new CharFeed(file, text.encoding()), text.delimiter(), text.quote(), limits);
    rows.skipLines(text.skipLines());
    if (text.header()) {
      if (rows.nextRow()) {
        header(rows);
      } else {
        throw new IOException("the file is empty, expected a row with the names of its columns");
      }
    }
    long footers = rows(rows, sink);
    if (text.footerRows() > 0 || text.footerPrefix() != null) {
      found.put("footers", Long.toString(footers));
    }
  }

  /** How many rows are left out as footers; the rest are rows or rejects. */
  private long rows(RowScanner rows, RowSink sink) throws IOException {
    boolean placed = profile.text().header();
    int footer = profile.text().footerRows();
    ArrayDeque<RowScanner.Kept> last = new ArrayDeque<>();
    ArrayDeque<RowScanner.Kept> footers = new ArrayDeque<>();
    @Nullable Object[] values = new @Nullable Object[columns().size()];
    while (rows.nextRow()) {
      if (!placed) {
        header(rows);
        placed = true;
      }
      if (footer > 0) {
        last.add(rows.keep());
        if (last.size() <= footer) {
          continue;
        }
        rows.restore(last.remove());
      }
      if (isFooter(rows)) {
        footers.add(rows.keep());
        if (footers.size() > FOOTERS_MAX) {
          rows.restore(footers.remove());
          rejectFooter(rows, "more than " + FOOTERS_MAX + " such rows follow", sink);
        }
        continue;
      }
      if (!footers.isEmpty()) {
        RowScanner.Kept row = rows.keep();
        for (RowScanner.Kept kept : footers) {
          rows.restore(kept);
          rejectFooter(rows, "a row of data follows in line " + row.line(), sink);
        }
        footers.clear();
        rows.restore(row);
      }
      row(rows, values, sink);
    }
    return last.size() + (long) footers.size();
  }

  /** A footer stands at the end: what only begins like one is a row that would be lost. */
  private void rejectFooter(RowScanner rows, String why, RowSink sink) {
    sink.reject(
        new Reject(
            rows.line(),
            null,
            "begins with the footer_prefix "
                + Suggestion.shown(String.valueOf(profile.text().footerPrefix()))
                + ", and "
                + why,
            rows.rowText(Reject.TEXT_CHARS_MAX),
            null,
            null));
  }

  private boolean isFooter(RowScanner rows) {
    String prefix = profile.text().footerPrefix();
    if (prefix == null || rows.end(0) - rows.start(0) < prefix.length()) {
      return false;
    }
    for (int i = 0; i < prefix.length(); i++) {
      if (rows.chars()[rows.start(0) + i] != prefix.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  // ---- columns

  private void header(RowScanner rows) throws IOException {
    width = rows.fields();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < width; i++) {
      names.add(profile.text().header() ? rows.text(i).strip() : "#" + (i + 1));
    }
    List<Field> fields = profile.fields();
    fieldAt = new int[fields.size()];
    for (int i = 0; i < fieldAt.length; i++) {
      fieldAt[i] = place(fields.get(i).column(), names);
    }
    if (profile.amount() instanceof Amount.Signed signed) {
      amountAt = place(signed.column(), names);
      negate = signed.negate();
    } else if (profile.amount() instanceof Amount.Split split) {
      amountAt = place(split.in(), names);
      outAt = place(split.out(), names);
    } else if (profile.amount() instanceof Amount.Marked marked) {
      amountAt = place(marked.column(), names);
      markerAt = place(marked.marker(), names);
      inWords = Set.copyOf(marked.in());
      outWords = Set.copyOf(marked.out());
    }
    if (profile.asset() instanceof AssetFrom.Named named) {
      assetAt = place(named.column(), names);
    } else if (profile.asset() instanceof AssetFrom.Fixed fixed) {
      fixedAsset = fixed.asset();
    }
  }

  private int place(String column, List<String> names) throws IOException {
    int at = profile.place(column, names, "file");
    if (at != names.lastIndexOf(names.get(at)) && !column.startsWith("#")) {
      throw new IOException(
          "the file has two columns "
              + Suggestion.shown(column)
              + "; name the one that is meant by its number, as #"
              + (at + 1));
    }
    return at;
  }

  // ---- rows

  private void row(RowScanner rows, @Nullable Object[] values, RowSink sink) {
    fault = rows.fault();
    faultField = null;
    Int128 amount = null;
    String asset = null;
    if (fault == null && rows.fields() != width) {
      fault = "has " + rows.fields() + " fields, expected " + width;
    } else if (fault == null) {
      amount = amount(rows);
      asset = asset(rows);
      values[0] = amount;
      values[1] = asset;
      List<Field> fields = profile.fields();
      for (int i = 0; i < fieldAt.length; i++) {
        values[i + 2] = value(rows, fieldAt[i], fields.get(i));
      }
    }
    if (fault == null) {
      sink.row(rows.line(), values);
      return;
    }
    boolean both = amount != null && asset != null;
    sink.reject(
        new Reject(
            rows.line(),
            faultField,
            fault,
            rows.rowText(Reject.TEXT_CHARS_MAX),
            both ? amount : null,
            both ? asset : null));
  }

  /** Only the first of a row's faults is told. */
  private void fault(String field, RowScanner rows, int at, String text) {
    if (fault == null) {
      String found = rows.text(at);
      fault =
          Suggestion.shown(found.substring(0, Math.min(found.length(), SHOWN_CHARS_MAX)))
              + " "
              + text;
      faultField = field;
    }
  }

  private @Nullable Int128 amount(RowScanner rows) {
    if (outAt >= 0) {
      return split(rows);
    }
    Int128 amount = number(rows, amountAt, Column.AMOUNT);
    if (amount == null) {
      return null;
    }
    if (markerAt < 0) {
      return negate ? amount.negated() : amount;
    }
    String marker = rows.text(markerAt).strip();
    boolean in = inWords.contains(marker);
    if (!in && !outWords.contains(marker)) {
      fault(Column.AMOUNT, rows, markerAt, "marks neither what comes in nor what goes out");
      return null;
    }
    if (amount.signum() < 0) {
      fault(Column.AMOUNT, rows, amountAt, "has a sign of its own beside the mark " + marker);
      return null;
    }
    return in ? amount : amount.negated();
  }

  private @Nullable Int128 number(RowScanner rows, int at, String field) {
    Int128 amount = cells.amount(rows.chars(), rows.start(at), rows.end(at));
    if (amount == null) {
      fault(field, rows, at, cells.fault());
    }
    return amount;
  }

  private @Nullable Int128 split(RowScanner rows) {
    boolean noIn = isBlank(rows, amountAt);
    boolean noOut = isBlank(rows, outAt);
    Int128 in = noIn ? Int128.ZERO : number(rows, amountAt, Column.AMOUNT);
    Int128 out = noOut ? Int128.ZERO : number(rows, outAt, Column.AMOUNT);
    if (in == null || out == null) {
      return null;
    }
    if (noIn && noOut) {
      fault(Column.AMOUNT, rows, amountAt, "and the column across are both empty");
      return null;
    }
    if (in.signum() != 0 && out.signum() != 0) {
      fault(Column.AMOUNT, rows, amountAt, "and the column across both have an amount");
      return null;
    }
    if (in.signum() < 0 || out.signum() < 0) {
      int at = in.signum() < 0 ? amountAt : outAt;
      fault(Column.AMOUNT, rows, at, "has a sign in a column that is one direction already");
      return null;
    }
    return in.signum() != 0 ? in : out.negated();
  }

  private @Nullable String asset(RowScanner rows) {
    if (assetAt < 0) {
      return fixedAsset;
    }
    if (isBlank(rows, assetAt)) {
      fault(Column.ASSET, rows, assetAt, "names no asset");
      return null;
    }
    String asset = rows.text(assetAt).strip();
    // One object for all rows of an asset: there are few of them.
    if (!asset.equals(lastAsset)) {
      lastAsset = asset;
    }
    return lastAsset;
  }

  private static boolean isBlank(RowScanner rows, int at) {
    char[] chars = rows.chars();
    for (int i = rows.start(at); i < rows.end(at); i++) {
      if (!Character.isWhitespace(chars[i]) && chars[i] != '\u00a0') {
        return false;
      }
    }
    return true;
  }

  private @Nullable Object value(RowScanner rows, int at, Field field) {
    int from = rows.start(at);
    int to = rows.end(at);
    if (from == to || (field.type() != ColumnType.TEXT && isBlank(rows, at))) {
      if (field.required()) {
        fault(field.name(), rows, at, "is empty, and the profile requires it");
      }
      return null;
    }
    Object value = cells.value(field.type(), rows.chars(), from, to);
    if (value == null) {
      fault(field.name(), rows, at, cells.fault());
    }
    return value;
  }
}
