// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.derived;

import java.nio.file.Path;

/**
 * A derived file, a checkpoint or a file of keys, is not what was written. Never a loss: what was
 * in it is in the log.
 */
public final class DamagedFileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean mayBeTorn;

  /** Its bytes are as they were written, and cannot be right. */
  public DamagedFileException(Path file, String what) {
    super(file + ": " + what);
    mayBeTorn = false;
  }

  /**
   * Its bytes are not those that were written.
   *
   * @param bytes how many it has, or was to have
   */
  public DamagedFileException(Path file, String what, long bytes) {
    super(file + ": " + what);
    mayBeTorn = bytes < DerivedHeader.SYNCED_FROM_BYTES;
  }

  /**
   * Whether a power failure alone may have left it so: a short file is not synced. No checksum
   * tells that from a bit that was flipped later.
   */
  public boolean mayBeTorn() {
    return mayBeTorn;
  }
}
