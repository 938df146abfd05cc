// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.format;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.jspecify.annotations.Nullable;

/**
 * Says in a person's words what an exception of the file system means. Stateless.
 *
 * <p>Apart from the exceptions because every message of this package goes through it: Java puts the
 * cause of half of the failures of a file system into the name of a class, and that name is of no
 * use to the person who has to act.
 */
public final class Words {

  private Words() {}

  /** What went wrong, without the path and without the name of a class. */
  public static String of(@Nullable Throwable e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof NoSuchFileException) {
      return "it is not there";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "that name is taken";
    }
    if (e instanceof NotDirectoryException) {
      return "it is not a directory";
    }
    if (e instanceof ClosedByInterruptException) {
      return "the thread was interrupted";
    }
    if (e instanceof ClosedChannelException) {
      return "the file has been closed";
    }
    String text =
        e instanceof FileSystemException f ? f.getReason() : e == null ? null : e.getMessage();
    if (text == null || text.isBlank()) {
      return e instanceof IOException ? "input/output error" : "the cause gave no text";
    }
    return text;
  }
}
