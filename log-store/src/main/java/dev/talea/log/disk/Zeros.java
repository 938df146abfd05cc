// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.DiskFile;
import dev.talea.log.ShortageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Fills files with zeros. Stateless.
 *
 * <p>Real zeros and not a longer file with a hole: the first write into a hole makes the file
 * system find room and note where, so that every sync after it would have to write its journal too,
 * and the disk could be found full in the middle of a commit. Overwriting zeros is one write of
 * data.
 */
final class Zeros {

  private static final int CHUNK = 1 << 18;

  /** Made when first needed: a class whose initializer fails stays unusable for good. */
  private static volatile @Nullable ByteBuffer zeros;

  private Zeros() {}

  static void write(DiskFile file, long from, long to) throws IOException {
    for (long at = from; at < to; at += CHUNK) {
      file.write(chunk().duplicate().limit((int) Math.min(CHUNK, to - at)), at);
    }
  }

  private static ByteBuffer chunk() throws IOException {
    ByteBuffer known = zeros;
    if (known == null) {
      try {
        known = ByteBuffer.allocateDirect(CHUNK).asReadOnlyBuffer();
      } catch (OutOfMemoryError e) {
        throw ShortageException.of(e);
      }
      zeros = known;
    }
    return known;
  }
}
