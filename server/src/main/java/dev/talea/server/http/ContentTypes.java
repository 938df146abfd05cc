// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import java.util.Locale;

/** Tells which content types announce JSON. Stateless. */
final class ContentTypes {
  private ContentTypes() {}

  /** {@code application/json} or {@code application/anything+json}, with or without parameters. */
  static boolean isJson(String contentType) {
    if (contentType.equals("application/json")) {
      return true; // as nearly everybody spells it
    }
    int semicolon = contentType.indexOf(';');
    String type =
        (semicolon < 0 ? contentType : contentType.substring(0, semicolon))
            .strip()
            .toLowerCase(Locale.ROOT);
    String prefix = "application/";
    if (!type.startsWith(prefix)) {
      return false;
    }
    String subtype = type.substring(prefix.length());
    boolean token = subtype.chars().allMatch(c -> c > ' ' && c <= '~' && c != '/' && c != ',');
    return token && (subtype.equals("json") || (subtype.endsWith("+json") && subtype.length() > 5));
  }
}
