// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

/**
 * The ledger in a database cannot be opened. The message is written for the person who starts the
 * program: what failed, where, and what to do.
 */
public final class SqlStoreException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final boolean noLedger;

  public SqlStoreException(String message) {
    this(message, false);
  }

  private SqlStoreException(String message, boolean noLedger) {
    super(message);
    this.noLedger = noLedger;
  }

  /** The database is there and has no ledger in it, and none was to be made. */
  static SqlStoreException noLedger(String message) {
    return new SqlStoreException(message, true);
  }

  /** Whether all that is wrong is that there is no ledger. */
  public boolean isNoLedger() {
    return noLedger;
  }

  public SqlStoreException(String message, Throwable cause) {
    super(message, cause);
    this.noLedger = false;
  }
}
