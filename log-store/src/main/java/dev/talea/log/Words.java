package dev.talea.log;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Says in a person's words what an exception of the file system means, and takes the place where
 * files lie out of a text. Stateless.
 *
 * <p>Apart from the exceptions because every message of this package goes through it: Java puts the
 * cause of half of the failures of a file system into the name of a class, and that name is of no
 * use to the person who has to act.
 */
final class Words {

  /** From the folder of a log up to the directory of all. */
  private static final int LEVELS = 2;

  private Words() {}

  /** What went wrong, without the path and without the name of a class. */
  static String of(@Nullable Throwable e) {
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

  /**
   * A text without the place that files lie in: what is left of a path is the part within the
   * directory that a client may see.
   *
   * @param directory that files lie in; what lies beside it or beside its parent is shortened too
   */
  static String without(@Nullable Path directory, String text) {
    String bare = text;
    Path at = directory;
    for (int level = 0; level <= LEVELS && at != null && at.getNameCount() > 0; level++) {
      bare = withoutOne(at.toAbsolutePath(), bare);
      bare = withoutOne(at, bare);
      at = at.getParent();
    }
    return bare;
  }

  private static String withoutOne(Path directory, String text) {
    String quoted = "(?<![\\w./-])" + Pattern.quote(directory.toString());
    String below = Pattern.compile(quoted + "[/\\\\]").matcher(text).replaceAll("");
    return Pattern.compile(quoted + "(?![\\w./\\\\-])")
        .matcher(below)
        .replaceAll(Matcher.quoteReplacement("its folder"));
  }
}
