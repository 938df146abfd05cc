// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some postings of an account in seq order; a transaction is never split over two pages.
 *
 * @param items may be empty, even after a page that promised more
 * @param next pass as {@code afterSeq} for what may follow; null at the end
 */
public record HistoryPage(List<PostingView> items, @Nullable Long next) {
  public HistoryPage {
    items = List.copyOf(items);
  }
}
