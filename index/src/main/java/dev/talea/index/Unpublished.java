// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.index.record.Chain;
import java.util.ArrayList;
import java.util.List;

/**
 * The chains of a book that have grown since readers were last shown anything. Owned by the book's
 * writer.
 */
final class Unpublished {
  /** A list that has held more is not kept for the next group. */
  private static final int KEPT = 64;

  private List<Chain> chains = new ArrayList<>();

  /** Notes a chain that is about to grow, or that has come into being. Once per group is enough. */
  void add(Chain chain) {
    if (!chain.unpublished) {
      chain.unpublished = true;
      chains.add(chain);
    }
  }

  boolean any() {
    return !chains.isEmpty();
  }

  /** Shows all of them to readers. What they lead to must be on disk. */
  void publish() {
    for (Chain chain : chains) {
      chain.unpublished = false;
      chain.publish();
    }
    if (chains.size() > KEPT) {
      chains = new ArrayList<>(); // an idle book keeps nothing of a large group
    } else {
      chains.clear();
    }
  }
}
