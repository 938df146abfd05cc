// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some of what there is, in order.
 *
 * @param items may be fewer than were asked for, and none at all on the last page
 * @param next pass as {@code after} or {@code afterSeq} for what follows; null at the end
 * @param <T> what is listed
 * @param <K> what it is ordered by: a name or a seq
 */
public record Page<T, K>(List<T> items, @Nullable K next) {
  public Page {
    items = List.copyOf(items);
  }
}
