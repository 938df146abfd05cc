// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.TreeHead;
import java.nio.file.Path;
import java.util.List;

/**
 * What a copy of a log came to.
 *
 * @param head the tree over all records of the copy
 * @param end position behind its last block that has records
 * @param written bytes of records that had to be written, because the copy did not have them yet
 * @param begun segments that have no names yet, see {@link LogFiles#nameCopied}
 */
public record CopyReport(TreeHead head, long end, long written, List<Path> begun) {
  public CopyReport {
    begun = List.copyOf(begun);
  }
}
