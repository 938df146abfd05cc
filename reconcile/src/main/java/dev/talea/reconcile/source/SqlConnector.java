// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import java.sql.Connection;
import java.sql.SQLException;

/** Opens a connection to one database: where it lies, and its secrets, stay with the caller. */
@FunctionalInterface
public interface SqlConnector {
  /** A connection of the caller's own, which it closes. */
  Connection open() throws SQLException;
}
