package dev.talea.jdbc;

/**
 * The ledger in a database cannot be opened. The message is written for the person who starts the
 * program: what failed, where, and what to do.
 */
public final class SqlStoreException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public SqlStoreException(String message) {
    super(message);
  }

  public SqlStoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
