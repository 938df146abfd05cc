// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

import java.nio.ByteBuffer;

/**
 * Walks forward over durable records, checking every checksum and the chain of blocks on the way.
 *
 * <p>Belongs to one thread at a time. It never sees anything beyond what is durable, may run while
 * the writer writes, and can be asked again after it has reached the end. It holds one block in
 * memory and nothing that needs closing.
 */
public interface LogCursor {

  /**
   * Steps to the next record.
   *
   * @return false if there is none yet
   * @throws LogDamagedException if it is not what was written
   */
  boolean next();

  /** Seq of the record the cursor is on. */
  long seq();

  /** Position of the record the cursor is on. */
  long position();

  /** Commit time of the record the cursor is on, in microseconds since the epoch. */
  long commitTime();

  /** How many of the payload's first bytes the hash tree is over. */
  int provenBytes();

  /**
   * Payload of the record the cursor is on, read-only, little-endian, from its first to its last
   * byte. Valid until the next call of {@link #next}.
   */
  ByteBuffer payload();
}
