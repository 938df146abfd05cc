// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.ledger.Asset;
import dev.talea.ledger.LedgerError;
import org.jspecify.annotations.Nullable;

/** Wants an asset registered. */
final class RegisterRequest extends Request<Void> {
  final Asset asset;

  /** The writer's verdict. */
  @Nullable LedgerError error;

  RegisterRequest(Asset asset) {
    this.asset = asset;
  }

  @Override
  void answer() {
    settle(future, error);
  }
}
