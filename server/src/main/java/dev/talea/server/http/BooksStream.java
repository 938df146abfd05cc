package dev.talea.server.http;

import dev.talea.ledger.BookView;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.CursorBeyondEnd;
import dev.talea.ledger.Outage;
import dev.talea.ledger.Page;
import dev.talea.ledger.StoreReader;
import dev.talea.ledger.json.ResultJson;
import dev.talea.ledger.json.SubscriptionDraft;
import dev.talea.net.ResponseStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One subscriber of many books: as {@link BookStream}, with a position for each. Books that have
 * news wait in a line and get one page each in turn, so a busy one does not keep the others
 * waiting.
 *
 * <p>Apart from {@link BookStream} because that one needs no line, no set of names, and ends with
 * its book; here a book that cannot be followed any further ends alone.
 *
 * <p>The state belongs to the event loop of the connection. The store's wake-ups come from its own
 * threads and leave a name in a set.
 */
final class BooksStream {
  private static final int LISTED_AT_ONCE = 1_000;

  private final StoreReader store;
  private final EventPages pages;
  private final Executor readers;
  private final SubscriptionDraft wanted;
  private final boolean stringAmounts;
  private final Call call;
  private final ResponseStream out;
  private final StreamWriter writer;

  /** Books with news that the event loop has not seen; at most a name a book. */
  private final Set<String> advanced = ConcurrentHashMap.newKeySet();

  private final AtomicBoolean looking = new AtomicBoolean();

  // Everything below belongs to the event loop.
  private final Map<String, Position> positions = new HashMap<>();
  private final ArrayDeque<Position> line = new ArrayDeque<>();
  private final List<StoreReader.Watch> watches = new ArrayList<>();
  private boolean reading;

  private static final class Position {
    final String book;
    long lastSeq;
    boolean inLine;
    boolean ended;

    Position(String book, long lastSeq) {
      this.book = book;
      this.lastSeq = lastSeq;
    }
  }

  /**
   * @param wanted books that the caller may read; of those it does not name, and asks for all,
   *     those that he may not are passed over
   */
  BooksStream(
      StoreReader store,
      EventPages pages,
      Executor readers,
      SubscriptionDraft wanted,
      boolean stringAmounts,
      Call call,
      ResponseStream out,
      StreamWriter writer) {
    this.store = store;
    this.pages = pages;
    this.readers = readers;
    this.wanted = wanted;
    this.stringAmounts = stringAmounts;
    this.call = call;
    this.out = out;
    this.writer = writer;
  }

  /** Begins; on the event loop, once. */
  void start(Runnable onEnd) {
    out.onClose(
        () -> {
          watches.forEach(StoreReader.Watch::close);
          watches.clear();
          onEnd.run();
        });
    try {
      // Watching begins before the first look, so no commit falls between the two.
      Set<String> named = wanted.books();
      if (named == null) {
        watches.add(store.watchAll(this::onAdvance));
        readers.execute(() -> list(null));
      } else {
        for (String book : named) {
          watches.add(store.watch(book, () -> onAdvance(book)));
          hasNews(book);
        }
      }
    } catch (RejectedExecutionException e) {
      out.close();
      return;
    } catch (RuntimeException e) {
      fail(call.envelope(e));
      return;
    }
    out.onWritable(this::readOn);
    writer.startHeartbeat();
  }

  /** On the reader pool: what books there are, page by page. */
  private void list(@Nullable String after) {
    try {
      Page<BookView, String> page = store.books(after, LISTED_AT_ONCE);
      for (BookView book : page.items()) {
        onAdvance(book.book());
      }
      String next = page.next();
      if (next != null && !out.isClosed()) {
        readers.execute(() -> list(next));
      }
    } catch (RejectedExecutionException e) {
      out.close();
    } catch (RuntimeException | Error e) {
      LedgerError error = call.envelope(e);
      out.execute(() -> fail(error));
    }
  }

  /** On a thread of the store. Many commits before the next look cost one task. */
  private void onAdvance(String book) {
    if (advanced.add(book) && looking.compareAndSet(false, true)) {
      out.execute(this::look);
    }
  }

  private void look() {
    looking.set(false); // before the set is read: who adds to it from now on calls again
    // Of a set that others add to meanwhile: what is added behind the iterator is seen next time.
    for (Iterator<String> books = advanced.iterator(); books.hasNext(); ) {
      String book = books.next();
      books.remove();
      hasNews(book);
    }
    readOn();
  }

  private void hasNews(String book) {
    Position position = positions.get(book);
    if (position == null) {
      if (!call.grant().mayRead(book)) {
        return;
      }
      position = new Position(book, wanted.positions().getOrDefault(book, 0L));
      positions.put(book, position);
    }
    queue(position);
  }

  private void queue(Position position) {
    if (!position.inLine && !position.ended) {
      position.inLine = true;
      line.add(position);
    }
  }

  private void readOn() {
    if (reading || out.isClosed() || !out.isWritable()) {
      return;
    }
    Position next = line.poll();
    if (next == null) {
      return;
    }
    next.inLine = false;
    reading = true;
    pages.after(
        next.book,
        next.lastSeq,
        EventPages.Framing.MANY_BOOKS,
        stringAmounts,
        page -> out.execute(() -> onRead(next, page)),
        failure -> onFailure(next, failure));
  }

  private void onRead(Position position, EventPages.Page page) {
    reading = false;
    if (!page.isEmpty()) {
      if (writer.write(page.frames())) {
        position.lastSeq = page.lastSeq();
      }
      queue(position); // there may be more, and no wake-up for it
    } else if (page.mayBeOld()) {
      queue(position);
    }
    readOn();
  }

  /** On the thread that read. */
  private void onFailure(Position position, Throwable failure) {
    if (failure instanceof RejectedExecutionException) {
      out.close();
      return;
    }
    LedgerError error = call.envelope(failure);
    out.execute(() -> failed(position, error));
  }

  /**
   * A book that holds another history, or is damaged, ends alone; whatever else goes wrong may be
   * over when the caller comes back with his positions.
   */
  private void failed(Position position, LedgerError error) {
    reading = false;
    Outage outage = store.health().of(position.book);
    // The stream was writable when the read began, and nothing else writes to it.
    writer.writeError(ResultJson.error(position.book, error));
    if (error instanceof CursorBeyondEnd
        || (outage != null && outage.cause() == Outage.Cause.DAMAGE)) {
      position.ended = true;
      readOn();
    } else {
      out.close();
    }
  }

  private void fail(LedgerError error) {
    writer.writeError(ResultJson.error(error));
    out.close();
  }
}
