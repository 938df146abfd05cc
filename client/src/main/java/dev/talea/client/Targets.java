// SPDX-License-Identifier: Apache-2.0
package dev.talea.client;

import dev.talea.ledger.AccountId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How books, accounts, pages and moments are spelled in the target of a request.
 *
 * <p>Stateless; any thread.
 */
final class Targets {
  private Targets() {}

  /** Null for a name that no book can have and no path can spell. */
  static @Nullable String book(String book) {
    String segment = PercentEncoder.encode(book);
    return segment == null || segment.isEmpty() ? null : "/v1/books/" + segment;
  }

  static @Nullable String account(AccountId account) {
    String book = book(account.book());
    String path = PercentEncoder.encode(account.path());
    return book == null || path == null || path.isEmpty() ? null : book + "/accounts/" + path;
  }

  /** The values of the query for a page of seqs. */
  static String cursor(long afterSeq, int limit) {
    return Math.max(afterSeq, 0) + "&limit=" + Math.max(limit, 0);
  }

  static String asOf(@Nullable Instant moment) {
    return moment == null ? "" : "?as_of=" + PercentEncoder.encode(moment.toString());
  }
}
