// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Webhooks and attempts to deliver, as a server says them: each field as the text of its value, and
 * those of lists with commas between them; what is null is not there.
 *
 * @param next what goes into {@code --after}; null at the end
 */
record WebhookView(List<Map<String, String>> items, @Nullable String next) {
  private static final JsonFactory JSON = new JsonFactory();

  private interface Reading<T> {
    T read(JsonParser in) throws IOException;
  }

  /** A page of either. */
  static WebhookView readPage(byte[] json) {
    return of(
        json,
        in -> {
          List<Map<String, String>> items = new ArrayList<>();
          String next = null;
          in.nextToken();
          while (in.nextToken() == JsonToken.FIELD_NAME) {
            String field = in.currentName();
            JsonToken value = in.nextToken();
            if (field.equals("items") && value == JsonToken.START_ARRAY) {
              while (in.nextToken() == JsonToken.START_OBJECT) {
                items.add(one(in));
              }
            } else if (field.equals("next") && value != JsonToken.VALUE_NULL) {
              next = in.getText();
            } else {
              in.skipChildren();
            }
          }
          return new WebhookView(items, next);
        });
  }

  /** One of either. */
  static Map<String, String> read(byte[] json) {
    return of(
        json,
        in -> {
          in.nextToken();
          return one(in);
        });
  }

  private static <T> T of(byte[] json, Reading<T> reading) {
    try (JsonParser in = JSON.createParser(json)) {
      return reading.read(in);
    } catch (IOException e) {
      throw new FailedException("The server's answer is not how a webhook is: " + e, e);
    }
  }

  /** From the opening brace to the closing one. */
  private static Map<String, String> one(JsonParser in) throws IOException {
    Map<String, String> fields = new LinkedHashMap<>();
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String field = in.currentName();
      JsonToken value = in.nextToken();
      if (value == JsonToken.START_ARRAY) {
        fields.put(field, String.join(", ", texts(in)));
      } else if (value == JsonToken.START_OBJECT) {
        in.skipChildren();
      } else if (value != JsonToken.VALUE_NULL) {
        fields.put(field, in.getText());
      }
    }
    return fields;
  }

  /** Positions are objects, and spelled as the command line takes them. */
  private static List<String> texts(JsonParser in) throws IOException {
    List<String> texts = new ArrayList<>();
    for (JsonToken each = in.nextToken(); each != JsonToken.END_ARRAY; each = in.nextToken()) {
      texts.add(each == JsonToken.START_OBJECT ? String.join("=", one(in).values()) : in.getText());
    }
    return texts;
  }
}
