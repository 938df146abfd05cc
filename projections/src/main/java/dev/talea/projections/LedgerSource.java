// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import dev.talea.ledger.BookView;
import dev.talea.ledger.Cut;
import dev.talea.ledger.Event;
import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.LedgerStream;
import dev.talea.ledger.Limits;
import dev.talea.ledger.Page;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events of a ledger that is reached through {@link LedgerApi}: over HTTP, as a rule. Pages are
 * asked for; one subscription over all books, with a thread of its own, says when to ask.
 *
 * <p>Closing it ends the thread and leaves the ledger open.
 */
public final class LedgerSource implements EventSource {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerSource.class);
  private static final Duration POLL = Duration.ofMillis(500);

  private final LedgerApi ledger;
  private final Duration pause;

  /** How far books are known to go. */
  private final Map<String, Long> known = new ConcurrentHashMap<>();

  private final CountDownLatch closed = new CountDownLatch(1);

  /**
   * @param pause between attempts to subscribe again after a failure
   */
  public LedgerSource(LedgerApi ledger, Duration pause) {
    this.ledger = ledger;
    this.pause = pause;
  }

  private static <T> T get(CompletableFuture<T> answer) {
    try {
      return answer.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof LedgerException refused) {
        throw refused;
      }
      throw e;
    }
  }

  @Override
  public List<String> books() {
    List<String> books = new ArrayList<>();
    String after = null;
    do {
      Page<BookView, String> page = get(ledger.books(after, Limits.PAGE_LIMIT_MAX));
      for (BookView book : page.items()) {
        books.add(book.book());
        known.merge(book.book(), book.lastSeq(), Math::max);
      }
      after = page.next();
    } while (after != null);
    return books;
  }

  @Override
  public List<Event> events(String book, long afterSeq, int limit, int bytesMax) {
    List<Event> events =
        get(ledger.events(book, afterSeq, Math.min(limit, Limits.PAGE_LIMIT_MAX))).items();
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

  @Override
  public Watch watch(Consumer<String> onNews) {
    Thread thread = new Thread(() -> follow(onNews), "talea-projection-source");
    thread.setDaemon(true);
    thread.start();
    return () -> {
      close();
      thread.interrupt();
    };
  }

  private void follow(Consumer<String> onNews) {
    try {
      while (closed.getCount() > 0) {
        listen(onNews);
      }
    } catch (InterruptedException e) {
      // Closed.
    }
  }

  private void listen(Consumer<String> onNews) throws InterruptedException {
    try {
      books().forEach(onNews);
      try (LedgerStream stream = ledger.subscribe(null, cut())) {
        while (closed.getCount() > 0) {
          if (stream.poll(POLL) instanceof LedgerStream.Happened happened) {
            known.merge(happened.book(), happened.event().seq(), Math::max);
            onNews.accept(happened.book());
          }
        }
      }
    } catch (LedgerException | CompletionException e) {
      LOG.info("The ledger cannot be followed at present, and is tried again: {}", e.toString());
      closed.await(pause.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private Cut cut() {
    known.values().removeIf(seq -> seq == 0);
    return Cut.of(known);
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
