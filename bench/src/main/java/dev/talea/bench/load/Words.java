// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import java.util.Locale;

/** Numbers as a person reads them on a console. Stateless. */
final class Words {
  private Words() {}

  /** Three digits and the unit that fits. */
  static String nanos(long nanos) {
    if (nanos < 1_000_000) {
      return digits(nanos / 1e3) + " us";
    }
    return nanos < 1_000_000_000 ? digits(nanos / 1e6) + " ms" : digits(nanos / 1e9) + " s";
  }

  private static String digits(double value) {
    return String.format(
        Locale.ROOT, value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f", value);
  }

  /** With separators between thousands. */
  static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** Rounded, with separators between thousands. */
  static String count(double number) {
    return String.format(Locale.ROOT, "%,.0f", number);
  }
}
