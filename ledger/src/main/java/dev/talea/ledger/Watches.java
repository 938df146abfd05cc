// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Who wants to be told when a book advances. A book need not exist to be watched.
 *
 * <p>Any thread may watch and unwatch; writers call.
 */
public final class Watches {
  private final ConcurrentMap<String, Set<Watch>> byBook = new ConcurrentHashMap<>();
  private final Set<WatchOfAll> ofAll = ConcurrentHashMap.newKeySet();
  private final BiConsumer<String, RuntimeException> onFailure;

  /**
   * @param onFailure is told of a watcher that throws, and the name of its book
   */
  public Watches(BiConsumer<String, RuntimeException> onFailure) {
    this.onFailure = onFailure;
  }

  private final class Watch implements StoreReader.Watch {
    final String book;
    final Runnable onAdvance;

    Watch(String book, Runnable onAdvance) {
      this.book = book;
      this.onAdvance = onAdvance;
    }

    @Override
    public void close() {
      byBook.computeIfPresent(
          book,
          (name, watches) -> {
            watches.remove(this);
            return watches.isEmpty() ? null : watches;
          });
    }
  }

  /** Has {@code onAdvance} called at each advance of a book, until what is returned is closed. */
  public StoreReader.Watch add(String book, Runnable onAdvance) {
    Watch watch = new Watch(book, onAdvance);
    byBook.compute(
        book,
        (name, watches) -> {
          Set<Watch> all = watches == null ? ConcurrentHashMap.newKeySet() : watches;
          all.add(watch);
          return all;
        });
    return watch;
  }

  private final class WatchOfAll implements StoreReader.Watch {
    final Consumer<String> onAdvance;

    WatchOfAll(Consumer<String> onAdvance) {
      this.onAdvance = onAdvance;
    }

    @Override
    public void close() {
      ofAll.remove(this);
    }
  }

  /** Has {@code onAdvance} called at each advance of any book, until what is returned is closed. */
  public StoreReader.Watch addAll(Consumer<String> onAdvance) {
    WatchOfAll watch = new WatchOfAll(onAdvance);
    ofAll.add(watch);
    return watch;
  }

  /** Tells all who watch the book. */
  public void advanced(String book) {
    for (WatchOfAll watch : ofAll) {
      call(book, () -> watch.onAdvance.accept(book));
    }
    Set<Watch> watches = byBook.get(book);
    if (watches != null) {
      watches.forEach(watch -> call(book, watch.onAdvance));
    }
  }

  /**
   * What a watcher does is not part of the commit, which is on disk already. If it throws, that is
   * its own fault and must not take the book's writer down.
   */
  private void call(String book, Runnable onAdvance) {
    try {
      onAdvance.run();
    } catch (RuntimeException e) {
      onFailure.accept(book, e);
    }
  }

  /** Whether there is a watch of all books. */
  public boolean anyOfAll() {
    return !ofAll.isEmpty();
  }

  /** The books that are watched by name, as they are now. */
  public Set<String> books() {
    return Set.copyOf(byBook.keySet());
  }

  /** Whether there is a watch on this book. */
  public boolean any(String book) {
    return byBook.containsKey(book) || !ofAll.isEmpty();
  }

  /** Whether there is any watch. */
  public boolean any() {
    return !byBook.isEmpty() || !ofAll.isEmpty();
  }
}
