// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An answer as it came off a socket.
 *
 * @param headers lines without the line break, in order
 */
public record Answer(int status, List<String> headers, String body) {

  /** The only value under the name; null if there is none. */
  public @Nullable String header(String name) {
    List<String> values = new ArrayList<>();
    for (String line : headers) {
      int colon = line.indexOf(':');
      if (line.substring(0, colon).equalsIgnoreCase(name)) {
        values.add(line.substring(colon + 1).strip());
      }
    }
    if (values.size() > 1) {
      throw new AssertionError(name + " came more than once: " + values);
    }
    return values.isEmpty() ? null : values.get(0);
  }

  public int bodyBytes() {
    return body.getBytes(StandardCharsets.UTF_8).length;
  }
}
