// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

/** Finds its way in text that is known to be valid JSON. Stateless. */
final class JsonScan {
  private JsonScan() {}

  /** Index behind the closing quote of the string that opens at {@code start}. */
  static int endOfString(String json, int start) {
    int i = start + 1;
    while (json.charAt(i) != '"') {
      i += json.charAt(i) == '\\' ? 2 : 1;
    }
    return i + 1;
  }
}
