// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Utf8Test {
  private static final long SEED = 17;

  /** The JDK's strict decoder, which is slower and allocates. */
  private static boolean isUtf8(byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  @Test
  void agreesWithTheStrictDecoderOnEverySequenceOfTwoBytes() {
    for (int pair = 0; pair < 1 << 16; pair++) {
      byte[] bytes = {'a', (byte) (pair >> 8), (byte) pair, 'b'};
      assertEquals(isUtf8(bytes), Utf8.firstFault(bytes, 0, 4) < 0, Integer.toHexString(pair));
    }
  }

  @Test
  void agreesWithTheStrictDecoderAtTheEdgesOfLongerSequences() {
    int[] edges = {
      0x00, 0x22, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1,
      0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xff
    };
    int[] tails = {0x22, 0x7f, 0x80, 0xbf, 0xc0, 0xff};
    for (int a : edges) {
      for (int b : edges) {
        for (int c : tails) {
          for (int d : tails) {
            byte[] bytes = {(byte) a, (byte) b, (byte) c, (byte) d};
            assertEquals(
                isUtf8(bytes),
                Utf8.firstFault(bytes, 0, 4) < 0,
                () -> "%x %x %x %x".formatted(a, b, c, d));
          }
        }
      }
    }
  }

  @Test
  void namesTheFirstByteOfTheFault() {
    Random random = new Random(SEED);
    String good = "aé€\uD83D\uDE00".repeat(20);
    byte[] bytes = good.getBytes(StandardCharsets.UTF_8);
    assertEquals(-1, Utf8.firstFault(bytes, 0, bytes.length));
    for (int i = 0; i < 2_000; i++) {
      int cut = random.nextInt(good.length());
      byte[] head = good.substring(0, cut).getBytes(StandardCharsets.UTF_8);
      if (cut > 0 && Character.isHighSurrogate(good.charAt(cut - 1))) {
        continue;
      }
      byte[] spoilt = new byte[3 + head.length + 1 + 2];
      System.arraycopy(head, 0, spoilt, 3, head.length);
      spoilt[3 + head.length] = (byte) 0xff;
      assertEquals(3 + head.length, Utf8.firstFault(spoilt, 3, head.length + 3));
    }
    byte[] short1 = {'a', (byte) 0xf0, (byte) 0x9f, (byte) 0x98};
    assertEquals(1, Utf8.firstFault(short1, 0, 4), "a sequence cut short by the end");
    assertEquals(-1, Utf8.firstFault(short1, 0, 1));
    assertEquals(-1, Utf8.firstFault(new byte[0], 0, 0));
  }

  @Test
  void findsAFaultWhereverItLiesBetweenStretchesOfAscii() {
    byte[] ascii =
        "a line of plain text that is longer than a few words".getBytes(StandardCharsets.UTF_8);
    for (int at = 0; at < ascii.length; at++) {
      byte[] spoilt = ascii.clone();
      spoilt[at] = (byte) 0xff;
      for (int from = 0; from <= at; from++) {
        assertEquals(at, Utf8.firstFault(spoilt, from, spoilt.length - from));
        assertEquals(-1, Utf8.firstFault(spoilt, from, at - from), "the fault is behind the end");
      }
    }
  }
}
