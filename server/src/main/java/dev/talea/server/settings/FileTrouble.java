// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.settings;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/**
 * Says in words what the file system said with the name of a class. A class of its own because the
 * command line and the daemon both tell people about files, and no name of an exception is a word.
 *
 * <p>Stateless.
 */
public final class FileTrouble {
  private FileTrouble() {}

  /** Why it did not work, to stand behind "cannot be read: ". Does not name the file. */
  public static String words(Throwable trouble) {
    Throwable cause =
        trouble instanceof UncheckedIOException && trouble.getCause() != null
            ? trouble.getCause()
            : trouble;
    if (cause instanceof NoSuchFileException) {
      return "there is no such file or folder";
    }
    if (cause instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (cause instanceof FileAlreadyExistsException) {
      return "something of that name is there already";
    }
    if (cause instanceof NotDirectoryException) {
      return "a part of its path is no folder";
    }
    if (cause instanceof DirectoryNotEmptyException) {
      return "a folder that is not empty is in its place";
    }
    if (cause instanceof FileSystemLoopException) {
      return "its links lead in a circle";
    }
    if (cause instanceof CharacterCodingException) {
      return "it is not UTF-8 text";
    }
    if (cause instanceof FileSystemException precise && precise.getReason() != null) {
      return "" + precise.getReason();
    }
    String message = cause.getMessage();
    return cause instanceof IOException && message != null && !message.isBlank()
        ? message
        : "the system did not say why";
  }
}
