// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import dev.talea.ledger.Int128;
import java.io.IOException;

/** A balance in major units, whose fraction digits tell the precision. */
record Decimal(Int128 minor, int precision) {
  static Decimal read(JsonIn in) throws IOException {
    String text = in.text();
    int point = text.indexOf('.');
    int precision = point < 0 ? 0 : text.length() - point - 1;
    String digits = point < 0 ? text : text.substring(0, point) + text.substring(point + 1);
    int sign = digits.startsWith("-") ? 1 : 0;
    int start = sign;
    // Precisions up to 255 put more zeros in front than a number has digits.
    while (start < digits.length() - 1 && digits.charAt(start) == '0') {
      start++;
    }
    Int128 minor = Int128.parse(digits.substring(0, sign) + digits.substring(start));
    if (minor == null || point == 0 || point == text.length() - 1) {
      throw in.fail("is not a decimal number within range");
    }
    return new Decimal(minor, precision);
  }
}
