// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The file system refused to open, list or deliver something; nothing is known to be damaged. */
public final class LogIoException extends LogException {
  private static final long serialVersionUID = 1L;

  /**
   * Says what could not be done.
   *
   * @param within where the file lies, which clients are not told; null if the text names none
   */
  public LogIoException(String message, @Nullable Path within, Throwable cause) {
    super(message, within, cause);
  }
}
