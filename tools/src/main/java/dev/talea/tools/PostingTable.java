// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.PostingView;
import dev.talea.ledger.Side;

/** Shows amounts on their side of the books, in major units. Stateless. */
final class PostingTable {
  private PostingTable() {}

  static String debit(PostingView posting, Precisions precisions) {
    return posting.direction() == Side.DEBIT
        ? precisions.decimal(posting.minor(), posting.asset())
        : "";
  }

  static String credit(PostingView posting, Precisions precisions) {
    return posting.direction() == Side.CREDIT
        ? precisions.decimal(posting.minor(), posting.asset())
        : "";
  }
}
