package dev.talea.log;

/** The files are whole, but of a format that this program does not read. */
public final class LogVersionException extends LogException {
  private static final long serialVersionUID = 1L;

  LogVersionException(String message) {
    super(message, null, null);
  }
}
