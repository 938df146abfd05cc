// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.TreeHead;
import dev.talea.log.format.ChainState;

/**
 * What a complete check of a log went over without finding damage.
 *
 * @param segments files
 * @param blocks group commits and close marks
 * @param records records, which is also the last seq
 * @param bytes positions covered
 * @param end how the log ends
 * @param treeHead recomputed over all records
 */
public record VerifyReport(
    int segments, long blocks, long records, long bytes, End end, TreeHead treeHead) {

  /** How a log ends. None of these is damage. */
  public enum End {
    /** With a close mark, which proves that all before it was synced. */
    CLOSED,
    /** With a block that nothing written later proves to have been synced: a writer is running. */
    UNPROVEN,
    /** With bytes of a block that was begun and never finished. */
    TORN;

    static End of(ChainState chain, Tail tail) {
      if (tail.torn()) {
        return TORN;
      }
      return chain.closed() || chain.nextSeq() == 1 ? CLOSED : UNPROVEN;
    }
  }
}
