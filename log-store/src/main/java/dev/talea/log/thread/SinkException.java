// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.thread;

import dev.talea.log.LogUnavailableException.Reason;
import org.jspecify.annotations.Nullable;

/**
 * There is no room for the next block. Checked and internal: the writer turns it into a refusal, or
 * into the end of the log if it is fatal.
 */
public final class SinkException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Reason reason;
  private final boolean fatal;

  private SinkException(
      Reason reason, boolean fatal, String message, @Nullable Throwable cause, boolean trace) {
    super(message, cause, false, trace);
    this.reason = reason;
    this.fatal = fatal;
  }

  /** Nothing has happened that matters: the next try may succeed. */
  public static SinkException passing(Reason reason, String message, @Nullable Throwable cause) {
    return new SinkException(reason, false, message, cause, true);
  }

  /** What is on disk, or whose it is, is not known any more: nothing may be written behind it. */
  public static SinkException fatal(Reason reason, String message, @Nullable Throwable cause) {
    return new SinkException(reason, true, message, cause, true);
  }

  /** Made before it is needed, for the moment in which there is no memory to make one. */
  public static SinkException prepared(String message) {
    return new SinkException(Reason.FAILED, true, message, null, false);
  }

  public Reason reason() {
    return reason;
  }

  /** Whether the log has to end; its reason may be one that passes all the same. */
  public boolean isFatal() {
    return fatal;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
