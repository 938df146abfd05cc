// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.failure;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A derived file cannot be read or made at the moment: no file handle, no permission, a disk that
 * does not answer. That says nothing about what is in it, so the file stays, and whatever needs it
 * is refused until it can be read.
 */
public final class UnreadableFileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Path file;
  private final IOException why;

  public UnreadableFileException(Path file, IOException why) {
    super(file + " cannot be used at the moment: " + why.getMessage(), why);
    this.file = file;
    this.why = why;
  }

  public Path file() {
    return file;
  }

  /** What the disk said. */
  public IOException why() {
    return why;
  }
}
