package dev.talea.log;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that were acknowledged do not say what was written. Nothing was changed and nothing was
 * served: react by leaving the log closed and calling a person.
 */
public final class LogDamagedException extends LogException {
  private static final long serialVersionUID = 1L;

  private final transient Path file;
  private final long offset;

  LogDamagedException(Path file, long offset, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.file = file;
    this.offset = offset;
  }

  /** The damaged file. */
  public Path file() {
    return file;
  }

  /** The byte in the file at which the damaged structure begins. */
  public long offset() {
    return offset;
  }
}
