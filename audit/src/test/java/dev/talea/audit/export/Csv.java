// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import java.util.ArrayList;
import java.util.List;

/** Reads CSV as RFC 4180 says, with whatever ends its lines. */
final class Csv {
  private Csv() {}

  static List<String[]> rows(String text) {
    List<String[]> rows = new ArrayList<>();
    List<String> row = new ArrayList<>();
    StringBuilder cell = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted && c == '"') {
        quoted = i + 1 < text.length() && text.charAt(i + 1) == '"';
        if (quoted) {
          cell.append('"');
          i++;
        }
      } else if (quoted) {
        cell.append(c);
      } else if (c == '"') {
        quoted = true;
      } else if (c == ',' || c == '\n') {
        row.add(cell.toString());
        cell.setLength(0);
        if (c == '\n') {
          rows.add(row.toArray(String[]::new));
          row.clear();
        }
      } else if (c != '\r') {
        cell.append(c);
      }
    }
    return rows;
  }
}
