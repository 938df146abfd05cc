// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import java.util.ArrayList;
import java.util.List;

/**
 * Text in columns for people. For one thread.
 *
 * <p>Columns whose heading starts with {@code >} are numbers and stand on the right.
 */
final class Table {
  private final List<String> headings;
  private final List<List<String>> rows = new ArrayList<>();

  Table(String... headings) {
    this.headings = List.of(headings);
  }

  /** A table of names and values, without headings. */
  static Table ofFields() {
    return new Table("", "");
  }

  Table row(Object... cells) {
    List<String> row = new ArrayList<>(cells.length);
    for (Object cell : cells) {
      // Most of them are names that a person has made up.
      row.add(Terminal.safe(String.valueOf(cell)));
    }
    if (row.size() != headings.size()) {
      throw new IllegalArgumentException(row.size() + " cells in " + headings.size() + " columns");
    }
    rows.add(row);
    return this;
  }

  /** The lines of the table, without a line end after the last. */
  @Override
  public String toString() {
    List<List<String>> all = new ArrayList<>();
    if (headings.stream().anyMatch(heading -> !heading.isEmpty())) {
      all.add(headings.stream().map(Table::title).toList());
    }
    all.addAll(rows);
    int[] widths = new int[headings.size()];
    for (List<String> row : all) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], width(row.get(i)));
      }
    }
    List<String> lines = new ArrayList<>();
    for (List<String> row : all) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String pad = " ".repeat(widths[i] - width(row.get(i)));
        line.append(i == 0 ? "" : "  ");
        line.append(headings.get(i).startsWith(">") ? pad + row.get(i) : row.get(i) + pad);
      }
      lines.add(line.toString().stripTrailing());
    }
    return String.join("\n", lines);
  }

  private static String title(String heading) {
    return heading.startsWith(">") ? heading.substring(1) : heading;
  }

  private static int width(String text) {
    return text.codePointCount(0, text.length());
  }
}
