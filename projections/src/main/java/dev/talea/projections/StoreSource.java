// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import dev.talea.ledger.BookView;
import dev.talea.ledger.Event;
import dev.talea.ledger.Limits;
import dev.talea.ledger.Page;
import dev.talea.ledger.StoreReader;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Events of a store that this process has opened; closing it leaves the store open. */
public final class StoreSource implements EventSource {
  private final StoreReader store;

  public StoreSource(StoreReader store) {
    this.store = store;
  }

  @Override
  public List<String> books() {
    List<String> books = new ArrayList<>();
    String after = null;
    do {
      Page<BookView, String> page = store.books(after, Limits.PAGE_LIMIT_MAX);
      page.items().forEach(book -> books.add(book.book()));
      after = page.next();
    } while (after != null);
    return books;
  }

  @Override
  public List<Event> events(String book, long afterSeq, int limit, int bytesMax) {
    List<Event> events = store.events(book, afterSeq, limit, bytesMax);
    if (events.isEmpty()) {
      store.checkNotBeyondEnd(book, afterSeq);
    }
    return events;
  }

  @Override
  public long lastSeq(String book) {
    return store.lastSeq(book);
  }

  @Override
  public Watch watch(Consumer<String> onNews) {
    StoreReader.Watch watch = store.watchAll(onNews);
    return watch::close;
  }

  @Override
  public void close() {}
}
