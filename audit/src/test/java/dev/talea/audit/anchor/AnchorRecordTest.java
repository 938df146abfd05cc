// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.anchor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.talea.audit.anchor.AnchorRecord.Anchor;
import dev.talea.audit.anchor.AnchorRecord.Restore;
import dev.talea.audit.anchor.AnchorRecord.Stamped;
import dev.talea.audit.proof.MalformedException;
import dev.talea.log.TreeHead;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The bytes that docs/log-format.md draws: a promise to files that exist. If a golden text changes,
 * the layout needs a new version, and a reader for this one.
 */
class AnchorRecordTest {
  private static final long AT = 0x0006_4756_d858_4240L;
  private static final String ROOT = "0123456789abcdef".repeat(4);
  private static final String OTHER = "fedcba9876543210".repeat(4);

  private static final Anchor ANCHOR = new Anchor("shop", head(7, ROOT));
  private static final Restore RESTORE =
      new Restore("книга", head(300, ROOT), head(7, OTHER), "a bad import");

  private static final String GOLDEN_ANCHOR =
      "40010400" + "00000000" + "404258d856470600" + "0700000000000000" + ROOT + "73686f70";

  private static final String GOLDEN_RESTORE =
      "41010a00"
          + "0c000000"
          + "404258d856470600"
          + "2c01000000000000"
          + ROOT
          + "0700000000000000"
          + OTHER
          + "d0bad0bdd0b8d0b3d0b0"
          + "612062616420696d706f7274";

  private static TreeHead head(long size, String root) {
    return new TreeHead(size, HexFormat.of().parseHex(root));
  }

  private static byte[] encoded(AnchorRecord record) {
    ByteBuffer to = ByteBuffer.allocate(record.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    record.encode(to, AT);
    assertEquals(0, to.remaining(), "as long as it says");
    return to.array();
  }

  @Test
  void theBytesAreThoseOfThePage() {
    assertEquals(GOLDEN_ANCHOR, HexFormat.of().formatHex(encoded(ANCHOR)));
    assertEquals(GOLDEN_RESTORE, HexFormat.of().formatHex(encoded(RESTORE)));
  }

  @Test
  void whatWasWrittenIsRead() {
    String longest = "é".repeat(AnchorRecord.BOOK_BYTES_MAX / 2);
    String reason = "x".repeat(AnchorRecord.REASON_BYTES_MAX);
    for (AnchorRecord record :
        List.of(
            ANCHOR,
            RESTORE,
            new Anchor(longest, head(Long.MAX_VALUE, OTHER)),
            new Restore(longest, head(2, ROOT), head(0, OTHER), reason),
            new Restore("a", head(2, ROOT), head(1, OTHER), ""))) {
      assertEquals(new Stamped(record, AT), AnchorRecord.decode(ByteBuffer.wrap(encoded(record))));
    }
  }

  /** Two spellings of one anchor would be two leaves, of which a proof shows one. */
  @Test
  void everythingElseIsRefused() {
    for (AnchorRecord record : List.of(ANCHOR, RESTORE)) {
      byte[] right = encoded(record);
      for (int length = 0; length < right.length; length++) {
        ByteBuffer cut = ByteBuffer.wrap(Arrays.copyOf(right, length));
        assertThrows(MalformedException.class, () -> AnchorRecord.decode(cut));
      }
      ByteBuffer more = ByteBuffer.wrap(Arrays.copyOf(right, right.length + 1));
      assertThrows(MalformedException.class, () -> AnchorRecord.decode(more));
      for (int at = 0; at < right.length; at++) {
        for (int bit = 0; bit < 8; bit++) {
          byte[] other = right.clone();
          other[at] ^= (byte) (1 << bit);
          try {
            Stamped read = AnchorRecord.decode(ByteBuffer.wrap(other));
            ByteBuffer again = ByteBuffer.allocate(other.length).order(ByteOrder.LITTLE_ENDIAN);
            read.record().encode(again, read.atMicros());
            assertEquals(HexFormat.of().formatHex(other), HexFormat.of().formatHex(again.array()));
          } catch (MalformedException e) {
            // as good
          }
        }
      }
    }
  }

  @Test
  void whatCannotBeIsNotMade() {
    assertThrows(MalformedException.class, () -> new Anchor("", head(1, ROOT)));
    assertThrows(MalformedException.class, () -> new Anchor("b".repeat(129), head(1, ROOT)));
    assertThrows(MalformedException.class, () -> new Anchor("b", head(0, ROOT)));
    assertThrows(
        MalformedException.class, () -> new Restore("b", head(5, ROOT), head(5, ROOT), ""));
    assertThrows(
        MalformedException.class,
        () -> new Restore("b", head(5, ROOT), head(4, ROOT), "x".repeat(1025)));
  }
}
