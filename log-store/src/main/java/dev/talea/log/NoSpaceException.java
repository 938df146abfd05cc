// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

import java.io.IOException;

/** A write found the disk, or a quota on it, full. Told apart because it can heal by itself. */
public final class NoSpaceException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Wraps what the file system said. */
  public NoSpaceException(String message, Throwable cause) {
    super(message, cause);
  }

  /** For disks that know without asking a file system. */
  public NoSpaceException(String message) {
    super(message);
  }
}
