// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JSON document as maps, lists, texts, whole numbers ({@link Long}, {@link BigInteger}), {@link
 * BigDecimal}s and booleans. Records, jobs and answers of runs are small and differ from kind to
 * kind, so they are trees; rows of evidence are streamed elsewhere.
 *
 * <p>Stateless; any thread.
 */
public final class JsonTree {
  private static final int DEPTH_MAX = 64;
  private static final int LONG_DIGITS_SAFE = 18;

  /** A recipe with an expert's query in it fits easily. */
  private static final int TEXT_CHARS_MAX = 1 << 20;

  private static final int NUMBER_CHARS_MAX = 1000;

  private static final JsonFactory JSON = factory(1);

  /**
   * A number is written in its own spelling, which may be longer than the one it came in; so what
   * was taken from a request has to be far from what a record may hold.
   */
  private static final JsonFactory RECORDS = factory(8);

  private JsonTree() {}

  private static JsonFactory factory(int times) {
    return JsonFactory.builder()
        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth(DEPTH_MAX * times)
                .maxStringLength(TEXT_CHARS_MAX * times)
                .maxNumberLength(NUMBER_CHARS_MAX * times)
                .build())
        .build();
  }

  /**
   * Reads an object.
   *
   * @param what it is, for the error
   * @throws LedgerException {@link InvalidDraft} if it is none
   */
  public static Map<String, @Nullable Object> object(String what, byte[] json) {
    return object(JSON, what, json);
  }

  /** As above, of a record of the log, which may hold more than a request. */
  static Map<String, @Nullable Object> record(String what, byte[] json) {
    return object(RECORDS, what, json);
  }

  private static Map<String, @Nullable Object> object(
      JsonFactory factory, String what, byte[] json) {
    try (JsonParser parser = factory.createParser(json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw invalid(what, "must be a JSON object");
      }
      Map<String, @Nullable Object> tree = object(parser);
      if (parser.nextToken() != null) {
        throw invalid(what, "something follows the JSON object");
      }
      return tree;
    } catch (JsonProcessingException e) {
      var where = e.getLocation();
      throw invalid(
          what,
          "is not JSON"
              + (where == null
                  ? ""
                  : " at line " + where.getLineNr() + ", column " + where.getColumnNr()));
    } catch (IOException e) {
      throw invalid(what, "is not JSON in UTF-8");
    }
  }

  static LedgerException invalid(String field, String reason) {
    return new LedgerException(new InvalidDraft(field, reason));
  }

  private static Map<String, @Nullable Object> object(JsonParser parser) throws IOException {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      parser.nextToken();
      tree.put(name, value(parser));
    }
    return tree;
  }

  private static @Nullable Object value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> {
        List<@Nullable Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(parser));
        }
        yield list;
      }
      case VALUE_STRING -> parser.getText();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NUMBER_INT -> integer(parser);
      case VALUE_NUMBER_FLOAT -> parser.getDecimalValue();
      default -> null;
    };
  }

  private static Object integer(JsonParser parser) throws IOException {
    if (parser.getTextLength() <= LONG_DIGITS_SAFE) {
      return parser.getLongValue();
    }
    return parser.getBigIntegerValue();
  }

  /** The bytes of a tree; of records their {@code toString} is not taken, but refused. */
  public static byte[] bytes(@Nullable Object tree) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator out = JSON.createGenerator(bytes)) {
      write(out, tree);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot happen: writing JSON to memory failed", e);
    }
    return bytes.toByteArray();
  }

  private static void write(JsonGenerator out, @Nullable Object value) throws IOException {
    if (value == null) {
      out.writeNull();
    } else if (value instanceof Map<?, ?> map) {
      out.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        out.writeFieldName((String) entry.getKey());
        write(out, entry.getValue());
      }
      out.writeEndObject();
    } else if (value instanceof Collection<?> list) {
      out.writeStartArray();
      for (Object each : list) {
        write(out, each);
      }
      out.writeEndArray();
    } else if (value instanceof Boolean truth) {
      out.writeBoolean(truth);
    } else if (value instanceof Long number) {
      out.writeNumber(number);
    } else if (value instanceof Integer number) {
      out.writeNumber(number);
    } else if (value instanceof BigInteger number) {
      out.writeNumber(number);
    } else if (value instanceof BigDecimal number) {
      out.writeNumber(number);
    } else if (value instanceof String text) {
      out.writeString(text);
    } else {
      throw new IllegalArgumentException("no JSON value: " + value.getClass());
    }
  }

  /** An object of names and values in turn; a null value is left out. */
  static Map<String, @Nullable Object> of(@Nullable Object... namesAndValues) {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      Object value = namesAndValues[i + 1];
      if (value != null && namesAndValues[i] instanceof String name) {
        tree.put(name, value);
      }
    }
    return tree;
  }

  /** A text that may be missing. */
  public static @Nullable String textOrNull(
      Map<String, ? extends @Nullable Object> tree, String name) {
    Object value = tree.get(name);
    if (value == null || value instanceof String) {
      return (String) value;
    }
    throw invalid(name, "must be a text");
  }

  /** A text that has to be there. */
  public static String text(Map<String, ? extends @Nullable Object> tree, String name) {
    String text = textOrNull(tree, name);
    if (text == null) {
      throw invalid(name, "is missing");
    }
    return text;
  }

  /** A whole number, or what is taken where there is none. */
  public static long number(
      Map<String, ? extends @Nullable Object> tree, String name, long otherwise) {
    Object value = tree.get(name);
    if (value == null) {
      return otherwise;
    }
    if (value instanceof Long number) {
      return number;
    }
    throw invalid(name, "must be a whole number");
  }

  /** Whether it is true; false where it is missing. */
  public static boolean truth(Map<String, ? extends @Nullable Object> tree, String name) {
    Object value = tree.get(name);
    if (value == null || value instanceof Boolean) {
      return Boolean.TRUE.equals(value);
    }
    throw invalid(name, "must be true or false");
  }

  /** An object, empty where it is missing. */
  @SuppressWarnings("unchecked") // what this class has read has texts as names
  public static Map<String, @Nullable Object> child(
      Map<String, ? extends @Nullable Object> tree, String name) {
    Object value = tree.get(name);
    if (value == null) {
      return Map.of();
    }
    if (value instanceof Map<?, ?>) {
      return (Map<String, @Nullable Object>) value;
    }
    throw invalid(name, "must be an object");
  }

  /** A list, empty where it is missing. */
  @SuppressWarnings("unchecked") // of what, each user looks at
  public static List<@Nullable Object> list(
      Map<String, ? extends @Nullable Object> tree, String name) {
    Object value = tree.get(name);
    if (value == null) {
      return List.of();
    }
    if (value instanceof List<?>) {
      return (List<@Nullable Object>) value;
    }
    throw invalid(name, "must be a list");
  }

  /** Texts, none where they are missing. */
  static List<String> texts(Map<String, ? extends @Nullable Object> tree, String name) {
    List<String> texts = new ArrayList<>();
    for (Object each : list(tree, name)) {
      if (!(each instanceof String text)) {
        throw invalid(name, "must be a list of texts");
      }
      texts.add(text);
    }
    return texts;
  }

  /** Refuses names that mean nothing, because what is passed over is not in force. */
  static void known(Map<String, ? extends @Nullable Object> tree, List<String> names) {
    for (String name : tree.keySet()) {
      if (!names.contains(name)) {
        throw invalid(name, "is not known here; known are " + String.join(", ", names));
      }
    }
  }
}
