// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import org.jspecify.annotations.Nullable;

/**
 * Rows of CSV (RFC 4180): cells are quoted where they have to be, lines end with CR LF. The one
 * place that says so, for exports and for tables that are read. Stateless; any thread.
 */
final class CsvText {
  private CsvText() {}

  /** A row of anything; null is an empty cell. */
  static String row(@Nullable Object... cells) {
    StringBuilder row = new StringBuilder();
    for (int i = 0; i < cells.length; i++) {
      Object cell = cells[i];
      row.append(i == 0 ? "" : ",").append(cell == null ? "" : cell(cell.toString()));
    }
    return row.append("\r\n").toString();
  }

  private static String cell(String text) {
    return needsQuotes(text) ? '"' + text.replace("\"", "\"\"") + '"' : text;
  }

  /** Spaces at the ends are a part of the cell, but some readers trim what is not quoted. */
  private static boolean needsQuotes(String text) {
    if (text.startsWith(" ") || text.endsWith(" ")) {
      return true;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == ',' || c == '"' || c == '\r' || c == '\n') {
        return true;
      }
    }
    return false;
  }
}
