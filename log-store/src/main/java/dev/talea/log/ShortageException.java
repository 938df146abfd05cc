// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

import java.io.IOException;

/**
 * The process, not the disk, had not what an operation needed, such as direct memory. Nothing was
 * written. Told apart because it passes by itself.
 */
public final class ShortageException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Wraps what the runtime said. */
  public ShortageException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * What an OutOfMemoryError means if it is about memory outside the heap; if it is about the heap
   * itself, it is thrown on.
   */
  public static ShortageException of(OutOfMemoryError e) {
    String text = String.valueOf(e.getMessage());
    if (text.contains("irect buffer memory")) {
      return new ShortageException("there is no direct memory left (-XX:MaxDirectMemorySize)", e);
    }
    throw e;
  }
}
