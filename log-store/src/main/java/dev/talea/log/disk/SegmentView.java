// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import java.nio.file.Path;

/**
 * A segment of a log at a glance, for people and tools. Immutable.
 *
 * @param file where it lies
 * @param firstSeq of its first record
 * @param firstBlock number of its first block
 * @param basePosition position in the log of its first byte
 * @param fileBytes length of the file
 * @param usedBytes up to the end of its last block; what lies behind it is zeros
 */
public record SegmentView(
    Path file, long firstSeq, long firstBlock, long basePosition, long fileBytes, long usedBytes) {}
