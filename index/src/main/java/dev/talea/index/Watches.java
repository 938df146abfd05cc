package dev.talea.index;

import dev.talea.ledger.Store;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who wants to be told when a book advances. A book need not exist to be watched.
 *
 * <p>Any thread may watch and unwatch; writers call.
 */
final class Watches {
  private static final Logger LOG = LoggerFactory.getLogger(Watches.class);

  private final ConcurrentMap<String, Set<Watch>> byBook = new ConcurrentHashMap<>();

  private final class Watch implements Store.Watch {
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

  Store.Watch add(String book, Runnable onAdvance) {
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

  /** Tells everybody who watches the book. */
  void advanced(String book) {
    Set<Watch> watches = byBook.get(book);
    if (watches != null) {
      watches.forEach(Watches::call);
    }
  }

  /**
   * What a watcher does is not part of the commit, which is on disk already. If it throws, that is
   * its own fault and must not take the book's writer down.
   */
  private static void call(Watch watch) {
    try {
      watch.onAdvance.run();
    } catch (RuntimeException e) {
      LOG.error("A watcher of book '{}' failed on being told of an advance", watch.book, e);
    }
  }
}
