// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import dev.talea.ledger.Event;
import java.util.List;

/**
 * Events of one book that a projection has selected, in seq order. A transaction that did not say
 * when it occurred has occurred when it was committed. Immutable.
 *
 * @param book their book
 * @param events at least one
 */
public record EventBatch(String book, List<Event> events) {
  /** Copies. */
  public EventBatch {
    events = List.copyOf(events);
  }
}
