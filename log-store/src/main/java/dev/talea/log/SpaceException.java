package dev.talea.log;

import dev.talea.log.LogUnavailableException.Reason;
import org.jspecify.annotations.Nullable;

/**
 * There is no room for the next block. Checked and internal: the writer turns it into a refusal, or
 * into the end of the log if it is fatal.
 */
final class SpaceException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Reason reason;
  private final boolean fatal;

  private SpaceException(
      Reason reason, boolean fatal, String message, @Nullable Throwable cause, boolean trace) {
    super(message, cause, false, trace);
    this.reason = reason;
    this.fatal = fatal;
  }

  /** Nothing has happened that matters: the next try may succeed. */
  static SpaceException passing(Reason reason, String message, @Nullable Throwable cause) {
    return new SpaceException(reason, false, message, cause, true);
  }

  /** What is on disk, or whose it is, is not known any more: nothing may be written behind it. */
  static SpaceException fatal(Reason reason, String message, @Nullable Throwable cause) {
    return new SpaceException(reason, true, message, cause, true);
  }

  /** Made before it is needed, for the moment in which there is no memory to make one. */
  static SpaceException prepared(String message) {
    return new SpaceException(Reason.FAILED, true, message, null, false);
  }

  Reason reason() {
    return reason;
  }

  /** Whether the log has to end; its reason may be one that passes all the same. */
  boolean isFatal() {
    return fatal;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
