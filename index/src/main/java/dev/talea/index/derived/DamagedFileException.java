// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.derived;

import java.nio.file.Path;

/**
 * A derived file, a checkpoint or a file of keys, is not what was written. Never a loss: what was
 * in it is in the log.
 */
public final class DamagedFileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public DamagedFileException(Path file, String what) {
    super(file + ": " + what);
  }

  public DamagedFileException(Path file, String what, Throwable cause) {
    super(file + ": " + what + ": " + cause, cause);
  }
}
