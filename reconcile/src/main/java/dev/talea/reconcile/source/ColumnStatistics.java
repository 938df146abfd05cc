// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.Reject;
import dev.talea.reconcile.row.RowSink;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the rows on their way to a sink, and says of each column how many values are null, how
 * many are distinct, and which is the least and the greatest; and how many rows share their key
 * with an earlier one. Separate from the sources, so that any of them can be looked at.
 *
 * <p>Counts are exact up to a bound of values that are kept; beyond it they say "more than".
 *
 * <p>One thread.
 */
public final class ColumnStatistics implements RowSink {
  /** Values of a column, and keys, that are kept: at some 100 bytes, 10 MB a column. */
  public static final int DISTINCT_MAX = 100_000;

  private static final int SHOWN_CHARS_MAX = 60;

  /**
   * What was found in a column.
   *
   * @param nulls rows without a value
   * @param distinct different values; if {@code more}, at least so many
   * @param least null if there is no value
   * @param greatest null if there is no value
   */
  public record Of(
      Column column,
      long nulls,
      long distinct,
      boolean more,
      @Nullable String least,
      @Nullable String greatest) {}

  /**
   * What was found about the key.
   *
   * @param key its columns; empty if there is none
   * @param duplicates rows whose key an earlier row has, those without a value of it left out
   * @param more whether there were more keys than are kept, so that there may be more duplicates
   * @param example a key that is there more than once, or null
   */
  public record Key(List<String> key, long duplicates, boolean more, @Nullable String example) {
    /** Copies the list. */
    public Key {
      key = List.copyOf(key);
    }
  }

  private final List<Column> columns;
  private final RowSink next;
  private final int distinctMax;
  private final int[] keyAt;
  private final List<String> key;
  private final long[] nulls;
  private final List<Set<Object>> seen = new ArrayList<>();
  private final boolean[] more;
  private final @Nullable Comparable<?>[] least;
  private final @Nullable Comparable<?>[] greatest;
  private final Set<List<@Nullable Object>> keys = new HashSet<>();
  private boolean moreKeys;
  private long duplicates;
  private @Nullable String example;
  private long rows;
  private long rejects;

  /**
   * @param key names of columns, which may be none
   * @param next takes the rows after this has seen them
   */
  public ColumnStatistics(List<Column> columns, List<String> key, RowSink next) {
    this(columns, key, next, DISTINCT_MAX);
  }

  /** As above, with another bound. */
  public ColumnStatistics(List<Column> columns, List<String> key, RowSink next, int distinctMax) {
    this.columns = List.copyOf(columns);
    this.key = List.copyOf(key);
    this.next = next;
    this.distinctMax = distinctMax;
    List<String> names = columns.stream().map(Column::name).toList();
    keyAt = key.stream().mapToInt(names::indexOf).toArray();
    if (Arrays.stream(keyAt).anyMatch(at -> at < 0)) {
      throw new IllegalArgumentException("key " + key + " is not of the columns " + names);
    }
    int size = columns.size();
    nulls = new long[size];
    more = new boolean[size];
    least = new @Nullable Comparable<?>[size];
    greatest = new @Nullable Comparable<?>[size];
    for (int i = 0; i < size; i++) {
      seen.add(new HashSet<>());
    }
  }

  @Override
  public void row(long line, @Nullable Object[] values) {
    rows++;
    for (int i = 0; i < nulls.length; i++) {
      Object value = values[i];
      if (value == null) {
        nulls[i]++;
      } else {
        value(i, value);
      }
    }
    if (keyAt.length > 0) {
      key(values);
    }
    next.row(line, values);
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // values of a column are of one class
  private void value(int at, Object value) {
    Set<Object> distinct = seen.get(at);
    if (distinct.size() < distinctMax) {
      distinct.add(value);
    } else if (!more[at]) {
      more[at] = !distinct.contains(value);
    }
    Comparable comparable = (Comparable) value;
    Comparable low = least[at];
    Comparable high = greatest[at];
    if (low == null || comparable.compareTo(low) < 0) {
      least[at] = comparable;
    }
    if (high == null || comparable.compareTo(high) > 0) {
      greatest[at] = comparable;
    }
  }

  private void key(@Nullable Object[] values) {
    List<@Nullable Object> own = new ArrayList<>(keyAt.length);
    for (int at : keyAt) {
      if (values[at] == null) {
        return;
      }
      own.add(values[at]);
    }
    if (keys.size() < distinctMax ? !keys.add(own) : keys.contains(own)) {
      duplicates++;
      example = example == null ? shown(own.toString()) : example;
    } else if (keys.size() == distinctMax) {
      moreKeys = true;
    }
  }

  @Override
  public void reject(Reject reject) {
    rejects++;
    next.reject(reject);
  }

  /** Rows so far, without those that were rejected. */
  public long rows() {
    return rows;
  }

  /** Rows that were rejected so far. */
  public long rejects() {
    return rejects;
  }

  /** What was found so far, for each column in its order. */
  public List<Of> columns() {
    List<Of> found = new ArrayList<>();
    for (int i = 0; i < nulls.length; i++) {
      found.add(
          new Of(
              columns.get(i),
              nulls[i],
              seen.get(i).size(),
              more[i],
              least[i] == null ? null : shown(String.valueOf(least[i])),
              greatest[i] == null ? null : shown(String.valueOf(greatest[i]))));
    }
    return found;
  }

  /** What was found about the key so far. */
  public Key key() {
    return new Key(key, duplicates, moreKeys, example);
  }

  private static String shown(String text) {
    return text.length() <= SHOWN_CHARS_MAX ? text : text.substring(0, SHOWN_CHARS_MAX) + "...";
  }
}
