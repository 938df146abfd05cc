// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TxIdTest {
  private static final long AT = 1_767_225_600_123_456L;

  @Test
  void anIdIsAVersion7UuidWithTheCommitTimeInIt() {
    UUID id = TxId.of(AT, 0x2abc_def1, 7);
    assertEquals(7, id.version());
    assertEquals(2, id.variant());
    assertEquals(AT / 1000, id.getMostSignificantBits() >>> 16);
    assertEquals(456 * 4096 / 1000, id.getMostSignificantBits() & 0xFFF);
    assertEquals("019b76da-a87b-774b-aabc-def100000007", id.toString());
  }

  @Test
  void tagAndSeqComeBackOutOfTheId() {
    for (int tag : new int[] {0, 1, 0x2abc_def1, TxId.TAG_MASK}) {
      for (long seq : new long[] {1, 0x7fff_ffffL, 0xffff_ffffL, 0x5_0000_0001L}) {
        UUID id = TxId.of(AT, tag, seq);
        assertTrue(TxId.plausible(id));
        assertEquals(tag, TxId.tag(id));
        assertEquals(seq & 0xFFFF_FFFFL, TxId.seqLow(id));
      }
    }
  }

  @Test
  void everyMicrosecondSeqAndTagMakesAnotherId() {
    Set<UUID> ids = new HashSet<>();
    int made = 0;
    for (long micros = 0; micros < 1000; micros++) {
      for (long seq = 1; seq <= 3; seq++) {
        for (int tag = 0; tag < 3; tag++) {
          ids.add(TxId.of(AT + micros, tag, seq));
          made++;
        }
      }
    }
    assertEquals(made, ids.size());
  }

  @Test
  void idsOfABookSortAsTheyWereCommitted() {
    UUID before = TxId.of(AT, 5, 1);
    for (int i = 1; i < 5000; i++) {
      UUID after = TxId.of(AT + i / 3, 5, 1 + i);
      assertTrue(before.toString().compareTo(after.toString()) < 0, before + " " + after);
      before = after;
    }
  }

  @Test
  void otherUuidsAreNotOurs() {
    assertFalse(TxId.plausible(UUID.fromString("00000000-0000-0000-0000-000000000000")));
    assertFalse(TxId.plausible(UUID.nameUUIDFromBytes(new byte[] {1})));
  }
}
