// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.Outage;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * The database must not be used, for a reason that it does not know itself: its file was exchanged,
 * or the clock is wrong. Thrown where a database would have refused, so that it is handled alike.
 */
final class OutageException extends SQLException {
  private static final long serialVersionUID = 1;

  private final transient Outage outage;

  OutageException(Outage outage) {
    super(outage.detail());
    this.outage = outage;
  }

  /** The outage that this exception, or what caused it, tells of; null if none does. */
  static @Nullable Outage in(@Nullable Throwable e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof OutageException told) {
        return told.outage;
      }
    }
    return null;
  }
}
