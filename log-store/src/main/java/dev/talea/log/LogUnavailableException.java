package dev.talea.log;

import org.jspecify.annotations.Nullable;

/** A request did not become durable, or at least is not known to be. */
public final class LogUnavailableException extends LogException {
  private static final long serialVersionUID = 1L;

  /** Why, as far as it decides what to do. */
  public enum Reason {
    /** The disk is full. Nothing was written; heals by itself when space returns. */
    NO_SPACE,
    /**
     * A file could not be opened or a thread not started, typically because the process has too
     * many. Nothing was written; heals by itself.
     */
    NO_RESOURCES,
    /**
     * A write or a sync failed, or the handler did. Final until the log is reopened through
     * recovery.
     */
    FAILED,
    /** The log has been closed. */
    CLOSED
  }

  private final Reason reason;
  private final boolean mayBeDurable;

  LogUnavailableException(
      Reason reason, boolean mayBeDurable, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
    this.mayBeDurable = mayBeDurable;
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
}
