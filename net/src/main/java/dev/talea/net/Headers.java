// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import io.netty.handler.codec.http.HttpHeaderValidationUtil;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The header fields of one message: names without regard to case, in the order they came.
 *
 * <p>Immutable, so any thread may read it. Names and values given to {@link #of} and {@link #with}
 * are checked there (no line breaks, no control characters), which is what keeps a value taken from
 * a request from writing header lines of its own into an answer.
 *
 * <p>A plain list that is searched from the front: messages have a handful of fields, and for those
 * a table costs more to build than it saves.
 */
public final class Headers {
  /** No fields at all. */
  public static final Headers NONE = new Headers(new String[0]);

  /** Name, value, name, value. */
  private final String[] fields;

  private Headers(String[] fields) {
    this.fields = fields;
  }

  /** What the codec decoded, and thereby checked. */
  static Headers decoded(HttpHeaders decoded) {
    String[] fields = new String[2 * decoded.size()];
    int next = 0;
    Iterator<Map.Entry<CharSequence, CharSequence>> entries = decoded.iteratorCharSequence();
    while (entries.hasNext()) {
      Map.Entry<CharSequence, CharSequence> entry = entries.next();
      fields[next++] = entry.getKey().toString();
      fields[next++] = entry.getValue().toString();
    }
    return new Headers(fields);
  }

  /**
   * Fields from alternating names and values.
   *
   * @throws IllegalArgumentException if a name or a value may not stand in a header line
   */
  public static Headers of(String... namesAndValues) {
    if (namesAndValues.length % 2 != 0) {
      throw new IllegalArgumentException(
          "Headers come as name, value, name, value; got " + namesAndValues.length + " strings");
    }
    for (int i = 0; i < namesAndValues.length; i += 2) {
      check(namesAndValues[i], namesAndValues[i + 1]);
    }
    return new Headers(namesAndValues.clone());
  }

  /** These fields and one more. */
  public Headers with(String name, String value) {
    check(name, value);
    String[] more = Arrays.copyOf(fields, fields.length + 2);
    more[fields.length] = name;
    more[fields.length + 1] = value;
    return new Headers(more);
  }

  private static void check(String name, String value) {
    int wrong = name.isEmpty() ? 0 : HttpHeaderValidationUtil.validateToken(name);
    if (wrong >= 0) {
      throw new IllegalArgumentException(
          "A header's name is a token; character " + wrong + " of this one may not be in it");
    }
    wrong = HttpHeaderValidationUtil.validateValidHeaderValue(value);
    if (wrong >= 0) {
      throw new IllegalArgumentException(
          "Character " + wrong + " of the value for the header " + name + " may not be in one");
    }
  }

  /** The first value under the name, or null. */
  public @Nullable String first(String name) {
    for (int i = 0; i < fields.length; i += 2) {
      if (fields[i].equalsIgnoreCase(name)) {
        return fields[i + 1];
      }
    }
    return null;
  }

  /** All values under the name, in order; empty when there is none. */
  public List<String> all(String name) {
    List<String> values = List.of();
    for (int i = 0; i < fields.length; i += 2) {
      if (fields[i].equalsIgnoreCase(name)) {
        // Nearly always there is one at most.
        values = values.isEmpty() ? List.of(fields[i + 1]) : appended(values, fields[i + 1]);
      }
    }
    return values;
  }

  private static List<String> appended(List<String> values, String value) {
    List<String> more = new ArrayList<>(values);
    more.add(value);
    return List.copyOf(more);
  }

  public boolean contains(String name) {
    return first(name) != null;
  }

  public int size() {
    return fields.length / 2;
  }

  public void forEach(BiConsumer<String, String> action) {
    for (int i = 0; i < fields.length; i += 2) {
      action.accept(fields[i], fields[i + 1]);
    }
  }

  /** Adds these fields to a message about to be encoded. */
  void copyTo(HttpHeaders target) {
    forEach(target::add);
  }

  @Override
  public String toString() {
    List<String> names = new ArrayList<>();
    // Names only: values may be credentials, and this text ends up in logs.
    forEach((name, value) -> names.add(name));
    return "Headers" + names;
  }
}
