// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.ledger.Account;
import dev.talea.ledger.LedgerError;
import dev.talea.log.BlockBuilder;
import org.jspecify.annotations.Nullable;

/** Wants an account opened whose asset is registered. */
final class OpenRequest extends BookRequest<Void> {
  final Account account;

  /** Of the asset. */
  final int precision;

  /** The writer's verdict. */
  @Nullable LedgerError error;

  OpenRequest(Account account, int precision) {
    this.account = account;
    this.precision = precision;
  }

  @Override
  int decideBy(BookWriter writer, BlockBuilder block) {
    return writer.open(this, block);
  }

  @Override
  void answer() {
    settle(future, error);
  }
}
