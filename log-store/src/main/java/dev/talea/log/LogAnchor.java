// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

/**
 * A fingerprint of the history of a log up to and including one record: what a derived file keeps
 * in order to be recognised later as one of this very log, and not of another, nor of a copy that
 * went its own way after it was made. Immutable; equal if and only if all fields are.
 *
 * <p>Two logs give equal anchors for a seq only if they agree on every record up to it: the tree
 * covers all records before the block, the checksum of the block header covers that of the block's
 * body, the commit time, the position and the salt of the segment. Against falsification the part
 * within one block is as weak as a checksum of 32 bits.
 *
 * @param seq of the record, at least 1
 * @param position of the record
 * @param recordCrc stored checksum of the record
 * @param blockCrc stored checksum of the header of the block that holds it
 * @param commitTime of the block, in microseconds since the epoch
 * @param before the tree over all records before the block, as stored in its header
 */
public record LogAnchor(
    long seq, long position, int recordCrc, int blockCrc, long commitTime, TreeHead before) {}
