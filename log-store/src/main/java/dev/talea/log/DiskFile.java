// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * One open file of a {@link Disk}.
 *
 * <p>Positional only: there is no shared cursor, so several threads may use one file at once. A
 * failed {@link #force} may mean that the operating system has dropped what it could not write and
 * calls it clean, so no caller ever repeats one.
 */
public interface DiskFile extends AutoCloseable {

  /** The length in bytes. */
  long size() throws IOException;

  /**
   * Writes all remaining bytes of the source at a position, growing the file if it ends before.
   *
   * @throws NoSpaceException if the disk or a quota is full; any part may have been written
   */
  void write(ByteBuffer source, long position) throws IOException;

  /**
   * Reads until the target is full or the file ends.
   *
   * @return how many bytes were read, 0 at or behind the end
   */
  int read(ByteBuffer target, long position) throws IOException;

  /**
   * Returns once everything written to this file is on disk.
   *
   * @param metadata whether the length and the times matter too: true after a file was grown, false
   *     when bytes that were already there have been overwritten
   */
  void force(boolean metadata) throws IOException;

  /**
   * A read-only view of the first bytes of the file that follows later writes. It stays usable
   * after the file is closed, for as long as it is referred to.
   *
   * <p>If the disk cannot deliver the bytes behind a view, touching them throws {@link
   * InternalError}, not {@link IOException}. Callers copy bytes out before they interpret them.
   *
   * @param length at most the size of the file
   */
  ByteBuffer map(long length) throws IOException;

  @Override
  void close() throws IOException;
}
