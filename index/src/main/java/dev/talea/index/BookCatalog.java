// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.ledger.BookView;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Micros;
import dev.talea.ledger.Page;
import dev.talea.ledger.StoreHealth;
import dev.talea.log.Log;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import org.jspecify.annotations.Nullable;

/**
 * Shows the books of a directory at a glance, in the order of their names: those that serve, those
 * that are damaged, and the registry among them.
 *
 * <p>Any thread. Reads no log: what it shows is in memory.
 */
final class BookCatalog {
  private final Books books;
  private final RegistryBook registry;
  private final StoreHealth health;

  BookCatalog(Books books, RegistryBook registry, StoreHealth health) {
    this.books = books;
    this.registry = registry;
    this.health = health;
  }

  /** See {@link dev.talea.ledger.StoreReader#books}. */
  Page<BookView, String> list(@Nullable String after, int limit) {
    NavigableSet<String> names =
        after == null ? books.names() : books.names().tailSet(after, false);
    List<BookView> items = new ArrayList<>();
    for (String name : names) {
      BookView view = view(name);
      if (view != null && items.size() == limit) {
        return new Page<>(items, items.get(limit - 1).book());
      }
      if (view != null) {
        items.add(view);
      }
    }
    return new Page<>(items, null);
  }

  /** See {@link dev.talea.ledger.StoreReader#book}. */
  @Nullable BookView view(String name) {
    try {
      if (name.equals(RegistryBook.NAME)) {
        Log<?> log = registry.find();
        return log == null ? null : view(log, 0);
      }
      Book book = books.find(name);
      return book == null ? null : view(book.log(), book.state().accounts.visibleSize());
    } catch (LedgerException e) {
      if (e.error() instanceof Unavailable closed) {
        return new BookView(name, 0, null, 0, closed.reason());
      }
      throw e;
    }
  }

  private @Nullable BookView view(Log<?> log, int accounts) {
    long seq = log.durableSeq();
    long at = log.durableTime();
    while (seq != log.durableSeq()) {
      // A commit came in between, and the time may be its.
      seq = log.durableSeq();
      at = log.durableTime();
    }
    return seq == 0
        ? null
        : new BookView(log.name(), seq, Micros.instant(at), accounts, health.wrong(log.name()));
  }
}
