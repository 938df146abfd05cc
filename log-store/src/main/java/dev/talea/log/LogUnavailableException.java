// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A request did not become durable, or at least is not known to be. */
public final class LogUnavailableException extends LogException {
  private static final long serialVersionUID = 1L;

  /** The cause, as far as it decides what to do. */
  public enum Reason {
    /** The disk, or a quota on it, is full. Passes when space returns. */
    NO_SPACE,
    /**
     * The file system does not let this process write: permissions, or it is mounted read-only.
     * Passes when that is mended.
     */
    NO_PERMISSION,
    /**
     * Something the process needs is short or did not come this time: file handles, threads, direct
     * memory, a file that could not be opened or read. Passes by itself.
     */
    NO_RESOURCES,
    /**
     * The directory, or the folder of the log, is not the one that was opened: it was removed or
     * another was put in its place. Final until the process has opened it anew.
     */
    REPLACED,
    /**
     * Another process has taken over what this one wrote: its writes are refused from now on. Final
     * for this process.
     */
    FENCED,
    /**
     * A write or a sync failed, or the handler did. Final until the log is reopened through
     * recovery.
     */
    FAILED,
    /** The log has been closed. */
    CLOSED;

    /** Whether the cause can pass while the process lives. */
    public boolean passes() {
      return this == NO_SPACE || this == NO_PERMISSION || this == NO_RESOURCES;
    }

    /** Why a write or a sync failed: that of a full disk may pass, everything else is final. */
    public static Reason ofFailed(IOException e) {
      if (e instanceof ShortageException) {
        return NO_RESOURCES;
      }
      return e instanceof NoSpaceException ? NO_SPACE : FAILED;
    }

    /**
     * Why a file could not be opened for writing, when nothing was written: whatever it is, it may
     * pass. By the type of the exception: its text follows the language of the process.
     */
    public static Reason ofNotOpened(IOException e) {
      if (e instanceof NoSpaceException) {
        return NO_SPACE;
      }
      return e instanceof AccessDeniedException ? NO_PERMISSION : NO_RESOURCES;
    }
  }

  /** For the moment in which there is no memory to make a better one. Never thrown away. */
  @SuppressWarnings("StaticAssignmentOfThrowable") // on demand is too late
  private static final LogUnavailableException NO_MEMORY_TO_SAY =
      new LogUnavailableException(
          false,
          "The log has failed, and there was no memory left to say why; see the log of the"
              + " process. Nothing more is acknowledged.");

  /** As above, for those in the block under way. */
  @SuppressWarnings("StaticAssignmentOfThrowable") // on demand is too late
  private static final LogUnavailableException NO_MEMORY_TO_SAY_IN_DOUBT =
      new LogUnavailableException(
          true,
          "The log has failed, and there was no memory left to say why; see the log of the"
              + " process. It is not known whether the last group is on disk.");

  private final Reason reason;
  private final boolean mayBeDurable;
  private final boolean logGoesOn;

  private LogUnavailableException(
      Reason reason,
      boolean mayBeDurable,
      boolean logGoesOn,
      String message,
      @Nullable Path within,
      @Nullable Throwable cause) {
    super(message, within, cause);
    this.reason = reason;
    this.mayBeDurable = mayBeDurable;
    this.logGoesOn = logGoesOn;
  }

  private LogUnavailableException(boolean mayBeDurable, String message) {
    super(message);
    this.reason = Reason.FAILED;
    this.mayBeDurable = mayBeDurable;
    this.logGoesOn = false;
  }

  /**
   * The end of a log, for the moment in which there is no memory to make a better one: without a
   * cause, made before it is needed.
   *
   * @param mayBeDurable see {@link #mayBeDurable()}
   */
  public static LogUnavailableException withoutMemoryToSay(boolean mayBeDurable) {
    return mayBeDurable ? NO_MEMORY_TO_SAY_IN_DOUBT : NO_MEMORY_TO_SAY;
  }

  /** Of one request: nothing was written for it, and the log goes on. */
  public static LogUnavailableException refusal(
      Reason reason, String message, @Nullable Path within, @Nullable Throwable cause) {
    return new LogUnavailableException(reason, false, true, message, within, cause);
  }

  /** The end of this opening of a log, or that it cannot be opened. */
  public static LogUnavailableException end(
      Reason reason,
      boolean mayBeDurable,
      String message,
      @Nullable Path within,
      @Nullable Throwable cause) {
    return new LogUnavailableException(reason, mayBeDurable, false, message, within, cause);
  }

  /** Decides how to react. */
  public Reason reason() {
    return reason;
  }

  /**
   * True if the request was in the block that was on its way to the disk when that failed: it may
   * or may not be found after reopening. False if it certainly was not written.
   */
  public boolean mayBeDurable() {
    return mayBeDurable;
  }

  /**
   * True if only this request was refused and the log takes the next as if nothing had happened.
   * False if this log takes no more requests until it has been closed and opened again.
   */
  public boolean logGoesOn() {
    return logGoesOn;
  }

  /**
   * True if the log takes no more requests, but for a reason that passes: close it and open it
   * again, with a new handler, every now and then until that works. What was not synced is not
   * trusted then, because opening goes through recovery; while the cause lasts, opening fails with
   * the same reason and changes nothing.
   *
   * <p>This is what becomes of a log when a copy-on-write file system finds only during a write or
   * a sync that it is full.
   */
  public boolean mayBeReopened() {
    return !logGoesOn && reason.passes();
  }
}
