// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.TreeHead;

/**
 * What a complete check of a log went over without finding damage.
 *
 * @param segments files
 * @param blocks group commits and close marks
 * @param records records, which is also the last seq
 * @param bytes positions covered
 * @param treeHead recomputed over all records
 */
public record VerifyReport(
    int segments, long blocks, long records, long bytes, TreeHead treeHead) {}
