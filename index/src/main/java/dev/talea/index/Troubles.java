// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.index.failure.BrokenRecordException;
import dev.talea.index.failure.UnreadableFileException;
import dev.talea.ledger.Outage;
import dev.talea.ledger.Outage.Cause;
import dev.talea.log.LogException;
import dev.talea.log.LogIoException;
import dev.talea.log.LogLockedException;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.NoSpaceException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import org.jspecify.annotations.Nullable;

/**
 * Says what an exception out of the log, or out of a derived file, means for a book: what kind of
 * trouble it is, in words for clients and in words for the operator. Stateless.
 *
 * <p>Apart so that an answer, the listing of books and the process's log give the same cause.
 */
final class Troubles {
  private Troubles() {}

  /** What an exception means whose kind is known here; null for one that is a fault of ours. */
  static @Nullable Outage known(Throwable e) {
    if (e instanceof LogException log) {
      return new Outage(cause(log), log.clientMessage(), log.getMessage());
    }
    if (e instanceof BrokenRecordException broken) {
      return Outage.of(Cause.DAMAGE, String.valueOf(broken.getMessage()));
    }
    if (e instanceof UnreadableFileException file) {
      String what = " cannot be used at the moment: " + words(file.why());
      return new Outage(cause(file.why()), file.file().getFileName() + what, file.file() + what);
    }
    if (e instanceof OutOfMemoryError memory && !isHeap(memory)) {
      return Outage.of(Cause.SHORTAGE, "the process is short of memory: " + memory.getMessage());
    }
    return null;
  }

  /** What it means that a book could not be opened, whatever it was. */
  static Outage ofOpening(Throwable e) {
    Outage known = known(e);
    return known != null
        ? known
        : new Outage(
            Cause.DAMAGE,
            "the book cannot be opened; the server's log has the details",
            "the book cannot be opened, and the other books are not touched by that: " + e);
  }

  /** Whether it may pass while the process lives. */
  static boolean passes(Outage outage) {
    return switch (outage.cause()) {
      case SPACE, PERMISSION, SHORTAGE -> true;
      default -> false;
    };
  }

  /**
   * Whether the heap is exhausted, which is the end of the process, and not one of the other things
   * that go by the same exception: direct memory, mappings, threads.
   */
  static boolean isHeap(OutOfMemoryError e) {
    String text = String.valueOf(e.getMessage());
    return !text.contains("direct buffer")
        && !text.contains("Direct buffer")
        && !text.contains("native thread")
        && !text.contains("Map failed");
  }

  private static Cause cause(LogException e) {
    if (e instanceof LogUnavailableException unavailable) {
      return cause(unavailable);
    }
    if (e instanceof LogIoException) {
      return e.getCause() instanceof IOException why ? cause(why) : Cause.SHORTAGE;
    }
    return e instanceof LogLockedException ? Cause.REPLACED : Cause.DAMAGE;
  }

  private static Cause cause(LogUnavailableException e) {
    return switch (e.reason()) {
      case NO_SPACE -> Cause.SPACE;
      case NO_PERMISSION -> Cause.PERMISSION;
      case NO_RESOURCES -> Cause.SHORTAGE;
      case REPLACED, FENCED -> Cause.REPLACED;
      case CLOSED -> Cause.CLOSED;
      case FAILED -> e.getCause() instanceof IOException ? Cause.FAILED_SYNC : Cause.FAULT;
    };
  }

  private static Cause cause(IOException e) {
    return e instanceof NoSpaceException
        ? Cause.SPACE
        : e instanceof AccessDeniedException ? Cause.PERMISSION : Cause.SHORTAGE;
  }

  private static String words(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    String text = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    return text == null || text.isBlank() ? "input/output error" : text;
  }
}
