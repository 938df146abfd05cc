// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.keys;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class KeyHashTest {

  /** The vectors that the authors of SipHash published: key 00..0f, messages of 0, 1, ... bytes. */
  @Test
  void itIsSipHash24() {
    KeyHash hash = new KeyHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
    byte[] message = new byte[16];
    for (int i = 0; i < message.length; i++) {
      message[i] = (byte) i;
    }
    assertEquals(0x726fdb47dd0e0e31L, hash.of(Arrays.copyOf(message, 0)));
    assertEquals(0x74f839c593dc67fdL, hash.of(Arrays.copyOf(message, 1)));
    assertEquals(0x93f5f5799a932462L, hash.of(Arrays.copyOf(message, 8)));
    assertEquals(0xa129ca6149be45e5L, hash.of(Arrays.copyOf(message, 15)));
  }
}
