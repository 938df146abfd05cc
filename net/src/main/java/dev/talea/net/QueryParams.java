// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The decoded parameters of a query string: {@code a=1&b=2}, percent-encoding strict, a plus sign
 * meaning a space. Immutable.
 */
public final class QueryParams {
  /** No parameters. */
  public static final QueryParams NONE = new QueryParams(Map.of());

  private final Map<String, List<String>> values;

  private QueryParams(Map<String, List<String>> values) {
    this.values = values;
  }

  /**
   * @param rawQuery as in {@link RequestHead#rawQuery}; null or empty gives no parameters
   * @throws MalformedTargetException if a name or a value cannot be decoded
   */
  public static QueryParams parse(@Nullable String rawQuery) {
    if (rawQuery == null || rawQuery.isEmpty()) {
      return NONE;
    }
    Map<String, List<String>> values = new LinkedHashMap<>();
    int start = 0;
    while (start <= rawQuery.length()) {
      int end = rawQuery.indexOf('&', start);
      if (end < 0) {
        end = rawQuery.length();
      }
      if (end > start) {
        int equals = rawQuery.indexOf('=', start);
        boolean bare = equals < 0 || equals > end;
        String name = PercentDecoder.decode(rawQuery.substring(start, bare ? end : equals), true);
        String value = bare ? "" : PercentDecoder.decode(rawQuery.substring(equals + 1, end), true);
        values.computeIfAbsent(name, unused -> new ArrayList<>(1)).add(value);
      }
      start = end + 1;
    }
    return new QueryParams(values);
  }

  /** The first value under the name, or null; a name without {@code =} has the value "". */
  public @Nullable String first(String name) {
    List<String> all = values.get(name);
    return all == null ? null : all.get(0);
  }

  /** All values under the name, in order. */
  public List<String> all(String name) {
    return List.copyOf(values.getOrDefault(name, List.of()));
  }

  public Set<String> names() {
    return Set.copyOf(values.keySet());
  }
}
