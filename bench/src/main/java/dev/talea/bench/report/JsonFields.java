// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.report;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An object read from JSON, whose fields are asked for by name and type. Apart from {@link
 * ReportJson} because that one knows reports and this one JSON. Fields that are not asked for are
 * ignored.
 */
final class JsonFields {
  private static final Object NULL = new Object();

  private final Map<String, Object> fields;

  private JsonFields(Map<String, Object> fields) {
    this.fields = fields;
  }

  /** How a list's elements are made. */
  interface Reader<T> {
    T read(JsonFields json) throws IOException;
  }

  /** Reads one whole document. */
  static JsonFields parse(JsonParser parser) throws IOException {
    try (parser) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("it does not start with an object");
      }
      JsonFields root = object(parser);
      if (parser.nextToken() != null) {
        throw new IOException("something follows the object");
      }
      return root;
    }
  }

  private static JsonFields object(JsonParser parser) throws IOException {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      parser.nextToken();
      fields.put(name, value(parser));
    }
    return new JsonFields(fields);
  }

  private static Object value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> {
        List<Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(parser));
        }
        yield list;
      }
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT -> parser.getLongValue();
      case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> NULL;
      default -> throw new IOException("unexpected " + parser.currentToken());
    };
  }

  Set<String> names() {
    return fields.keySet();
  }

  boolean isNull(String name) throws IOException {
    return field(name, Object.class) == NULL;
  }

  String text(String name) throws IOException {
    return field(name, String.class);
  }

  @Nullable String textOrNull(String name) throws IOException {
    return isNull(name) ? null : text(name);
  }

  long whole(String name) throws IOException {
    return field(name, Long.class);
  }

  double number(String name) throws IOException {
    return field(name, Number.class).doubleValue();
  }

  boolean flag(String name) throws IOException {
    return field(name, Boolean.class);
  }

  JsonFields fields(String name) throws IOException {
    return field(name, JsonFields.class);
  }

  <T> List<T> list(String name, Reader<T> reader) throws IOException {
    List<T> elements = new ArrayList<>();
    for (Object element : field(name, List.class)) {
      elements.add(reader.read(typed(name, element, JsonFields.class)));
    }
    return elements;
  }

  List<String> texts(String name) throws IOException {
    List<String> texts = new ArrayList<>();
    for (Object element : field(name, List.class)) {
      texts.add(typed(name, element, String.class));
    }
    return texts;
  }

  private <T> T field(String name, Class<T> type) throws IOException {
    Object value = fields.get(name);
    if (value == null) {
      throw new IOException("field " + name + " is missing");
    }
    return typed(name, value, type);
  }

  private static <T> T typed(String name, Object value, Class<T> type) throws IOException {
    if (!type.isInstance(value)) {
      throw new IOException(
          "field "
              + name
              + " should be "
              + type.getSimpleName()
              + " and is "
              + (value == NULL ? "null" : value.getClass().getSimpleName()));
    }
    return type.cast(value);
  }
}
