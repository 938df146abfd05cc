// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import dev.talea.server.settings.StartException;
import org.jspecify.annotations.Nullable;

/**
 * There is no ledger where the settings name one, and none is to be made. A kind of its own so that
 * the command can add how the person would type the one that makes it.
 */
public final class NoLedgerException extends StartException {
  NoLedgerException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
