package dev.talea.log;

/** The file system refused to open, list or deliver something; nothing is known to be damaged. */
public final class LogIoException extends LogException {
  private static final long serialVersionUID = 1L;

  LogIoException(String message, Throwable cause) {
    super(message, cause);
  }
}
