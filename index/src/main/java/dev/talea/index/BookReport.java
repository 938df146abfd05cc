// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.ledger.Outage;
import dev.talea.ledger.StoreHealth;
import dev.talea.log.LogException;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.LogUnavailableException.Reason;

/**
 * How the writer of one book tells the rest of the store how it fares: that there is something to
 * read, that it takes writes, that it does not.
 *
 * <p>Any thread. Telling of what is known already costs next to nothing.
 */
final class BookReport {
  private final String book;
  private final StoreHealth health;
  private final Notices notices;

  BookReport(String book, StoreHealth health, Notices notices) {
    this.book = book;
    this.health = health;
    this.notices = notices;
  }

  /** There are more durable records than before. */
  void advanced() {
    notices.advanced(book);
  }

  /** A group has become durable. */
  void up() {
    health.up(book);
  }

  /** A request was refused, or the log has failed. */
  void down(LogException why) {
    boolean inOrder = why instanceof LogUnavailableException e && e.reason() == Reason.CLOSED;
    Outage outage = Troubles.known(why);
    if (!inOrder && outage != null) {
      health.down(book, outage);
    }
  }

  /** A group gets this commit time. */
  void given(StoreClock clock, long commitMicros) {
    clock.given(book, commitMicros);
  }
}
