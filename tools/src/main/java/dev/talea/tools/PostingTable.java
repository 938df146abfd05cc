package dev.talea.tools;

import dev.talea.ledger.PostingView;
import dev.talea.ledger.Side;

/** Shows amounts on their side of the books, in minor units. Stateless. */
final class PostingTable {
  private PostingTable() {}

  static String debit(PostingView posting) {
    return posting.direction() == Side.DEBIT ? posting.minor().toString() : "";
  }

  static String credit(PostingView posting) {
    return posting.direction() == Side.CREDIT ? posting.minor().toString() : "";
  }
}
