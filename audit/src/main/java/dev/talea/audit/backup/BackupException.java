// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.backup;

/** A backup that cannot be made or restored as asked; the message says why and what to do. */
public final class BackupException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BackupException(String message) {
    super(message);
  }

  BackupException(String message, Throwable cause) {
    super(message, cause);
  }
}
