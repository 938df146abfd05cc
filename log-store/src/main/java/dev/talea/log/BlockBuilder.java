// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

import java.nio.ByteBuffer;

/**
 * The block of the group commit that is being formed: where a {@link CommitHandler} appends.
 *
 * <p>Used on the writer thread only, inside {@link CommitHandler#handle}. Where each record will
 * lie is known before it is encoded, because records carry pointers to one another.
 */
public interface BlockBuilder {

  /** Room that a record with a payload of this many bytes takes. */
  static int bytesFor(int payloadBytes) {
    return (24 + payloadBytes + 7) & ~7;
  }

  /**
   * Bytes still free in this block as it is. It may be possible to make it longer: ask, see {@link
   * CommitHandler#handle}.
   */
  int remaining();

  /** Seq of the record that {@link #begin} would start. */
  long nextSeq();

  /** Position of the record that {@link #begin} would start. */
  long nextPosition();

  /**
   * Commit time of this block and so of all its records: microseconds, later than that of the block
   * before.
   */
  long commitTime();

  /**
   * Starts a record.
   *
   * @param payloadBytesMax how long the payload may get; {@code bytesFor(payloadBytesMax)} must not
   *     be more than {@link #remaining()}
   * @return where to put the payload: little-endian, from 0 to {@code payloadBytesMax}; valid until
   *     {@link #end}
   */
  ByteBuffer begin(int payloadBytesMax);

  /**
   * Ends the record: its payload is what lies before the position of the buffer. The hash tree is
   * over the proven part alone; what lies behind it is protected by checksums, and may say where
   * things lie in this log.
   *
   * @param provenBytes how many of the payload's first bytes are the proven part
   */
  void end(int provenBytes);

  /** Ends a record whose payload is proven as a whole. */
  void end();

  /** A mark to which {@link #rollback} can return: the number of records in the block. */
  int mark();

  /** Takes back every record after the mark, and an unfinished one. */
  void rollback(int mark);
}
