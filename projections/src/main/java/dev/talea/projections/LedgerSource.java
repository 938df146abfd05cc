// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import dev.talea.ledger.BookView;
import dev.talea.ledger.Cut;
import dev.talea.ledger.Event;
import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.LedgerStream;
import dev.talea.ledger.Limits;
import dev.talea.ledger.Page;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events of a ledger that is reached through {@link LedgerApi}: over HTTP, as a rule. One
 * subscription over all books, with a thread of its own, brings what happens, once for all
 * projections; what is further back is asked for, page by page.
 *
 * <p>Closing it ends the thread and leaves the ledger open. Once it is watched, only {@link
 * #events} waits for the ledger, so that a ledger that hangs takes no lease from those who follow
 * it.
 */
public final class LedgerSource implements EventSource {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerSource.class);
  private static final Duration POLL = Duration.ofMillis(500);

  /** Silent polls after which the ledger is asked whether it is there: 5 s, as others look. */
  private static final int SILENT_POLLS_MAX = 10;

  /** The first list of books is waited for so long. */
  private static final Duration FIRST_LIST = Duration.ofSeconds(2);

  private static final int RECENT_EVENTS_MAX = 8192;
  private static final long RECENT_BYTES_MAX = 8 << 20;

  private final LedgerApi ledger;
  private final Duration pause;
  private final RecentEvents recent = new RecentEvents(RECENT_EVENTS_MAX, RECENT_BYTES_MAX);

  /** How far books are known to go. */
  private final Map<String, Long> known = new ConcurrentHashMap<>();

  private final List<Consumer<String>> watchers = new CopyOnWriteArrayList<>();
  private final Thread thread = new Thread(this::follow, "talea-projection-source");
  private final CountDownLatch listed = new CountDownLatch(1);
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile boolean watched;
  private volatile @Nullable String outage;

  /**
   * @param pause between attempts to subscribe again after a failure
   */
  public LedgerSource(LedgerApi ledger, Duration pause) {
    this.ledger = ledger;
    this.pause = pause;
  }

  private static <T> T get(CompletableFuture<T> answer) {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof LedgerException refused) {
        throw refused;
      }
      throw new CompletionException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LedgerException(new Unavailable("the ledger was not waited for"), e);
    }
  }

  /** As the ledger tells; once it is watched, as it has told. */
  @Override
  public List<String> books() {
    if (!watched) {
      list();
    } else if (!isListed()) {
      String why = outage;
      throw new LedgerException(
          new Unavailable(why == null ? "the ledger has not answered yet" : why));
    }
    return List.copyOf(new TreeSet<>(known.keySet()));
  }

  private boolean isListed() {
    try {
      return listed.await(FIRST_LIST.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void list() {
    Map<String, Long> fresh = new HashMap<>();
    String after = null;
    do {
      Page<BookView, String> page = get(ledger.books(after, Limits.PAGE_LIMIT_MAX));
      for (BookView book : page.items()) {
        if (book.lastSeq() > 0) {
          fresh.put(book.book(), book.lastSeq());
        }
      }
      after = page.next();
    } while (after != null);
    // Replaced and not only raised: a ledger that was restored ends earlier than it did.
    known.keySet().retainAll(fresh.keySet());
    known.putAll(fresh);
  }

  @Override
  public List<Event> events(String book, long afterSeq, int limit, int bytesMax) {
    List<Event> events = recent.after(book, afterSeq, limit, bytesMax);
    if (events.isEmpty()) {
      events = get(ledger.events(book, afterSeq, Math.min(limit, Limits.PAGE_LIMIT_MAX))).items();
    }
    if (!events.isEmpty()) {
      known.merge(book, events.get(events.size() - 1).seq(), Math::max);
    }
    return events;
  }

  /** As far as has been heard of. */
  @Override
  public long lastSeq(String book) {
    return known.getOrDefault(book, 0L);
  }

  /** Why the ledger is not followed at present; null while it is. Waits for nothing. */
  public @Nullable String outage() {
    return outage;
  }

  /** All that watch share one stream. */
  @Override
  public Watch watch(Consumer<String> onNews) {
    watchers.add(onNews);
    known.keySet().forEach(onNews);
    synchronized (thread) {
      if (!watched) {
        watched = true;
        thread.setDaemon(true);
        thread.start();
      }
    }
    return () -> watchers.remove(onNews);
  }

  private void news(String book) {
    watchers.forEach(watcher -> watcher.accept(book));
  }

  private void follow() {
    try {
      while (closed.getCount() > 0) {
        listen();
      }
    } catch (InterruptedException e) {
      // Closed.
    }
  }

  private void listen() throws InterruptedException {
    try {
      look();
      try (LedgerStream stream = ledger.subscribe(null, Cut.of(known))) {
        int silent = 0;
        while (closed.getCount() > 0) {
          LedgerStream.Item item = stream.poll(POLL);
          if (item == null) {
            silent++;
          } else {
            silent = 0;
            take(item);
          }
          if (silent == SILENT_POLLS_MAX) {
            silent = 0;
            look();
          }
        }
      }
    } catch (LedgerException | CompletionException e) {
      if (closed.getCount() > 0) {
        failed(e);
        closed.await(pause.toMillis(), TimeUnit.MILLISECONDS);
      }
    }
  }

  /** Asks for everything that a stream that has silently broken would not bring. */
  private void look() {
    list();
    listed.countDown();
    if (outage != null) {
      outage = null;
      LOG.info("The ledger answers again");
    }
    known.keySet().forEach(this::news);
  }

  private void take(LedgerStream.Item item) {
    if (item instanceof LedgerStream.Happened happened) {
      recent.add(happened.book(), happened.event());
      known.merge(happened.book(), happened.event().seq(), Math::max);
    } else {
      recent.forget(item.book()); // a request for a page is told why it has ended
    }
    news(item.book());
  }

  private void failed(RuntimeException e) {
    // What comes back may be another history of it.
    recent.forgetAll();
    String why = "" + e.getMessage();
    if (e instanceof LedgerException refused && refused.error() instanceof Unavailable answer) {
      why = answer.reason();
    }
    if (outage == null) {
      LOG.warn("The ledger cannot be followed at present, and is tried again: {}", why);
    }
    outage = why;
  }

  @Override
  public void close() {
    closed.countDown();
    thread.interrupt();
  }
}
