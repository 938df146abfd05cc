package dev.talea.jdbc;

import dev.talea.ledger.Store;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who wants to be told when a book advances, whoever advances it. Any thread. */
final class SqlWatches {
  private static final Logger LOG = LoggerFactory.getLogger(SqlWatches.class);

  /** Guarded by itself. */
  private final Map<String, Set<Watch>> byBook = new HashMap<>();

  private final class Watch implements Store.Watch {
    final String book;
    final Runnable onAdvance;

    Watch(String book, Runnable onAdvance) {
      this.book = book;
      this.onAdvance = onAdvance;
    }

    @Override
    public void close() {
      synchronized (byBook) {
        Set<Watch> watches = byBook.get(book);
        if (watches != null && watches.remove(this) && watches.isEmpty()) {
          byBook.remove(book);
        }
      }
    }
  }

  Store.Watch add(String book, Runnable onAdvance) {
    Watch watch = new Watch(book, onAdvance);
    synchronized (byBook) {
      byBook.computeIfAbsent(book, name -> new HashSet<>()).add(watch);
    }
    return watch;
  }

  /** The books that somebody watches. */
  List<String> books() {
    synchronized (byBook) {
      return List.copyOf(byBook.keySet());
    }
  }

  boolean any() {
    synchronized (byBook) {
      return !byBook.isEmpty();
    }
  }

  /** Tells everybody who watches the book. */
  void advanced(String book) {
    List<Watch> watches;
    synchronized (byBook) {
      watches = List.copyOf(byBook.getOrDefault(book, Set.of()));
    }
    for (Watch watch : watches) {
      try {
        watch.onAdvance.run();
      } catch (RuntimeException e) {
        // What a watcher does is not part of the commit, which is done already.
        LOG.error("A watcher of book '{}' failed on being told of an advance", book, e);
      }
    }
  }
}
