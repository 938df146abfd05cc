package dev.talea.net;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
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
 */
public final class Headers {
  /** No fields at all. */
  public static final Headers NONE = new Headers(new DefaultHttpHeaders());

  private final HttpHeaders entries;

  private Headers(HttpHeaders entries) {
    this.entries = entries;
  }

  /** Takes over what the codec decoded; the caller must not change it afterwards. */
  static Headers wrap(HttpHeaders decoded) {
    return new Headers(decoded);
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
    HttpHeaders entries = new DefaultHttpHeaders();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      entries.add(namesAndValues[i], namesAndValues[i + 1]);
    }
    return new Headers(entries);
  }

  /** These fields and one more. */
  public Headers with(String name, String value) {
    HttpHeaders copy = entries.copy();
    copy.add(name, value);
    return new Headers(copy);
  }

  /** The first value under the name, or null. */
  public @Nullable String first(String name) {
    return entries.get(name);
  }

  /** All values under the name, in order; empty when there is none. */
  public List<String> all(String name) {
    return List.copyOf(entries.getAll(name));
  }

  public boolean contains(String name) {
    return entries.contains(name);
  }

  public int size() {
    return entries.size();
  }

  public void forEach(BiConsumer<String, String> action) {
    for (Map.Entry<String, String> entry : entries) {
      action.accept(entry.getKey(), entry.getValue());
    }
  }

  /** Adds these fields to a message about to be encoded. */
  void copyTo(HttpHeaders target) {
    target.add(entries);
  }

  @Override
  public String toString() {
    List<String> names = new ArrayList<>();
    // Names only: values may be credentials, and this text ends up in logs.
    forEach((name, value) -> names.add(name));
    return "Headers" + names;
  }
}
