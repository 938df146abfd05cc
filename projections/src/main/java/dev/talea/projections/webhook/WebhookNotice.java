// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.webhook;

import dev.talea.ledger.projection.Notice;
import java.time.Instant;
import java.util.Set;

/**
 * Something that receivers are told and that is no event of a book. Immutable.
 *
 * @param number its place among all notices, which come in this order; 0 before it has one
 * @param id the same however often it is sent, and of no other; without a full stop
 * @param books that it is about; those who do not get all of them are not told
 * @param data a JSON object
 */
public record WebhookNotice(
    long number, String id, Notice kind, Instant at, Set<String> books, String data) {
  /** Stands for notices where books have positions; no book has this name. */
  public static final String BOOK = "_notices";

  /** Copies. */
  public WebhookNotice {
    books = Set.copyOf(books);
  }

  WebhookMessage message() {
    return WebhookMessage.of(this);
  }
}
