// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.ledger.Watches;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells those who watch a book that it has advanced, on a thread of its own: however many there
 * are, the writer of the book does not wait for them. A book that advances several times before
 * they have been told is told of once.
 *
 * <p>Any thread. Holds a name per book that has news, and nothing else.
 */
final class Notices {
  private static final Logger LOG = LoggerFactory.getLogger(Notices.class);

  private final Watches watches;
  private final Executor teller;

  /** Books with news that have not been told of; guarded by itself. */
  private final Set<String> news = new LinkedHashSet<>();

  /** Whether a task will look at the news; guarded by them. */
  private boolean telling;

  /**
   * @param teller runs one task at a time
   */
  Notices(Watches watches, Executor teller) {
    this.watches = watches;
    this.teller = teller;
  }

  /** A book has advanced. */
  void advanced(String book) {
    if (!watches.any(book)) {
      return; // who begins to watch now looks at the book first
    }
    synchronized (news) {
      if (!news.add(book) || telling) {
        return;
      }
      telling = true;
    }
    try {
      teller.execute(this::tell);
    } catch (RejectedExecutionException | OutOfMemoryError e) { // no thread to be had
      synchronized (news) {
        telling = false; // the next advance tries again, and tells of this one too
      }
      LOG.warn("Those who watch book '{}' hear of an advance later: {}", book, e.getMessage());
    }
  }

  private void tell() {
    while (true) {
      List<String> books;
      synchronized (news) {
        if (news.isEmpty()) {
          telling = false;
          return;
        }
        books = List.copyOf(news);
        news.clear();
      }
      books.forEach(watches::advanced);
    }
  }
}
