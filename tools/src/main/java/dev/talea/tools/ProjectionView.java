// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a projection is, as a server says it. Fields that it does not know are passed over.
 *
 * @param state {@code live} and the like
 * @param lagSeconds as it was written
 * @param verify what the last verification has found; null if none is over
 */
record ProjectionView(
    String name,
    String version,
    String state,
    String lagEvents,
    String lagSeconds,
    List<Position> positions,
    @Nullable String error,
    @Nullable String owner,
    @Nullable String verify) {
  private static final JsonFactory JSON = new JsonFactory();

  /** How far it is in a book. */
  record Position(String book, String seq, String state, @Nullable String error) {}

  private interface Reading<T> {
    T read(JsonParser in) throws IOException;
  }

  static ProjectionView read(byte[] json) {
    return of(
        json,
        in -> {
          in.nextToken();
          return one(in);
        });
  }

  static List<ProjectionView> readPage(byte[] json) {
    return of(
        json,
        in -> {
          List<ProjectionView> all = new ArrayList<>();
          in.nextToken();
          while (in.nextToken() == JsonToken.FIELD_NAME) {
            boolean items = in.currentName().equals("items");
            in.nextToken();
            if (items) {
              while (in.nextToken() == JsonToken.START_OBJECT) {
                all.add(one(in));
              }
            } else {
              in.skipChildren();
            }
          }
          return all;
        });
  }

  private static <T> T of(byte[] json, Reading<T> reading) {
    try (JsonParser in = JSON.createParser(json)) {
      return reading.read(in);
    } catch (IOException e) {
      throw new FailedException("The server's answer is not how a projection is: " + e, e);
    }
  }

  /** From the opening brace to the closing one. */
  private static ProjectionView one(JsonParser in) throws IOException {
    List<Position> positions = new ArrayList<>();
    Map<String, String> texts = new HashMap<>();
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String field = in.currentName();
      JsonToken value = in.nextToken();
      if (field.equals("positions") && value == JsonToken.START_ARRAY) {
        while (in.nextToken() == JsonToken.START_OBJECT) {
          Map<String, String> of = new HashMap<>();
          while (in.nextToken() == JsonToken.FIELD_NAME) {
            text(in, in.currentName(), in.nextToken(), of);
          }
          positions.add(
              new Position(
                  needed(of, "book"), needed(of, "seq"), needed(of, "state"), of.get("error")));
        }
      } else {
        text(in, field, value, texts);
      }
    }
    return new ProjectionView(
        needed(texts, "name"),
        needed(texts, "version"),
        needed(texts, "state"),
        needed(texts, "lag_events"),
        needed(texts, "lag_seconds"),
        positions,
        texts.get("error"),
        texts.get("owner"),
        texts.get("verify"));
  }

  private static void text(JsonParser in, String field, JsonToken value, Map<String, String> texts)
      throws IOException {
    if (value.isScalarValue()) {
      if (value != JsonToken.VALUE_NULL) {
        texts.put(field, in.getText());
      }
    } else {
      in.skipChildren();
    }
  }

  private static String needed(Map<String, String> texts, String field) {
    String text = texts.get(field);
    if (text == null) {
      throw new FailedException("The server's answer lacks '" + field + "' of a projection.");
    }
    return text;
  }
}
