// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One text has one meaning, or none; also where no request head was looked at before. */
class PercentDecoderTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "%",
        "%4",
        "%4g",
        "%g4",
        "%%41",
        "a%4",
        "%+1",
        "%-1",
        "% 1",
        "%u0041",
        "%\u0664\u0661",
        "%\uff14\uff11",
        "%4\u0661",
        "%\u0966\u0966",
        "\u00e9",
        "a\u0000%zz",
        "%ff",
        "%c3",
        "%c0%af",
        "%ed%a0%80",
        "%f4%90%80%80"
      })
  void whatIsBrokenIsReadAsNothing(String raw) {
    assertThrows(MalformedTargetException.class, () -> PercentDecoder.decode(raw, false));
    assertThrows(MalformedTargetException.class, () -> PercentDecoder.decode(raw, true));
  }

  @Test
  void whatIsWholeIsRead() {
    assertEquals(
        "a/b \u00e9+\ud83d\ude00", PercentDecoder.decode("a%2fb%20%C3%a9+%f0%9f%98%80", false));
    assertEquals("a b+", PercentDecoder.decode("a+b%2B", true));
    assertEquals("", PercentDecoder.decode("", true));
  }
}
