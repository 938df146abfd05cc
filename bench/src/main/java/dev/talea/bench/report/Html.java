// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.report;

import java.util.Locale;

/** Text and numbers as they stand on a page. Stateless. */
final class Html {
  private Html() {}

  /** The text with what HTML would take for its own replaced. */
  static String text(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  /** A time with three digits and its unit. */
  static String nanos(long nanos) {
    if (nanos < 1_000) {
      return nanos + " ns";
    }
    if (nanos < 1_000_000) {
      return digits(nanos / 1e3) + " µs";
    }
    return nanos < 1_000_000_000 ? digits(nanos / 1e6) + " ms" : digits(nanos / 1e9) + " s";
  }

  /** A decade of time: no more digits than it has. */
  static String decade(double nanos) {
    return nanos(Math.round(nanos)).replaceFirst("\\.0+ ", " ");
  }

  private static String digits(double value) {
    return String.format(
        Locale.ROOT, value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f", value);
  }

  /** Whole, with thin spaces between thousands. */
  static String count(double number) {
    return String.format(Locale.ROOT, "%,.0f", number).replace(',', '\u202f');
  }

  /** Short, for an axis: 250k, 1.5M. */
  static String shortCount(double number) {
    if (number >= 1e6) {
      return trim(number / 1e6) + "M";
    }
    return number >= 1e3 ? trim(number / 1e3) + "k" : trim(number);
  }

  private static String trim(double number) {
    return String.format(Locale.ROOT, "%.2f", number).replaceFirst("\\.?0+$", "");
  }
}
