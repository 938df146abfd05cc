// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import java.util.List;

/** What can be measured, and what is usual for it. */
enum Scenario {
  POST_ONE_BOOK("post-one-book", "Posts transactions to one book."),
  POST_MANY_BOOKS("post-many-books", "Posts transactions to many books."),
  READS(
      "reads",
      "Reads what was posted before: balances, now and as of a moment, pages of history, trial"
          + " balances, transactions."),
  MIXED("mixed", "Reads and writes through each other."),
  OVERLOAD(
      "overload",
      "Finds the peak, then sends four times as much: how much is still done, and how is the rest"
          + " turned away?");

  private final String words;
  private final String description;

  Scenario(String words, String description) {
    this.words = words;
    this.description = description;
  }

  String description() {
    return description;
  }

  /** The default of a closed loop. */
  List<Integer> usualConnections() {
    return switch (this) {
      case POST_ONE_BOOK -> List.of(1, 2, 4, 8, 16, 32, 64, 128, 256);
      case OVERLOAD -> List.of(16, 64, 128);
      default -> List.of(1, 8, 64, 256);
    };
  }

  boolean reads() {
    return this == READS || this == MIXED;
  }

  boolean writes() {
    return this != READS;
  }

  @Override
  public String toString() {
    return words;
  }
}
