// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.ledger.BookView;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.Page;
import dev.talea.ledger.json.ResultJson;
import dev.talea.ledger.json.SubscriptionDraft;
import dev.talea.ledger.service.EventFeed;
import dev.talea.ledger.service.LedgerService;
import dev.talea.net.ResponseStream;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One subscriber, of one book or of many. Holds positions and nothing else: when its connection
 * takes more, it asks for the next events, however long ago they were committed. A slow reader
 * therefore costs a number a book and its connection's write buffer, and delays no other.
 *
 * <p>The state belongs to the event loop of the connection, which is the reader of an {@link
 * EventFeed}: the feed says which book is next, {@link EventPages} reads a page of it, and the
 * result comes back to the loop. One page is read at a time.
 */
final class Subscriber {
  private static final int LISTED_AT_ONCE = 1_000;

  private final LedgerService ledger;
  private final EventPages pages;
  private final EventPages.Framing framing;
  private final boolean stringAmounts;
  private final Call call;
  private final ResponseStream out;
  private final StreamWriter writer;

  // Everything below belongs to the event loop.
  private @Nullable EventFeed feed;
  private boolean reading;

  /**
   * @param framing of one book, whose end ends the stream; or of many, each of which ends alone
   */
  Subscriber(
      LedgerService ledger,
      EventPages pages,
      EventPages.Framing framing,
      boolean stringAmounts,
      Call call,
      ResponseStream out,
      StreamWriter writer) {
    this.ledger = ledger;
    this.pages = pages;
    this.framing = framing;
    this.stringAmounts = stringAmounts;
    this.call = call;
    this.out = out;
    this.writer = writer;
  }

  /**
   * Begins; on the event loop, once.
   *
   * @param wanted books that the caller may read; of those it does not name, and asks for all,
   *     those that he may not are passed over
   */
  void start(SubscriptionDraft wanted, Runnable onEnd) {
    out.onClose(
        () -> {
          stopWatching();
          onEnd.run();
        });
    Set<String> named = wanted.books();
    try {
      EventFeed following =
          ledger.feed(
              named, wanted.positions(), call.grant()::mayRead, () -> out.execute(this::readOn));
      feed = following;
      if (named == null) {
        list(following, null);
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

  /** Announces what books there are, page by page; on the reader pool. */
  private void list(EventFeed following, @Nullable String after) {
    var unused =
        ledger
            .books(after, LISTED_AT_ONCE)
            .thenAccept(page -> listed(following, page))
            .exceptionally(
                failure -> {
                  ended(failure, this::fail);
                  return null;
                });
  }

  private void listed(EventFeed following, Page<BookView, String> page) {
    page.items().forEach(book -> following.announce(book.book()));
    if (page.next() != null && !out.isClosed()) {
      list(following, page.next());
    }
  }

  private void readOn() {
    EventFeed following = feed;
    if (following == null || reading || out.isClosed() || !out.isWritable()) {
      return;
    }
    EventFeed.Turn turn = following.next();
    if (turn == null) {
      return;
    }
    reading = true;
    pages.after(
        turn.book(),
        turn.lastSeq(),
        framing,
        stringAmounts,
        page -> out.execute(() -> onRead(turn, page)),
        failure -> ended(failure, error -> failed(turn, error)));
  }

  private void onRead(EventFeed.Turn turn, EventPages.Frames page) {
    reading = false;
    // What was not taken is read again, from the same place, once there is room.
    boolean taken = page.isEmpty() || writer.write(page.bytes());
    if (taken) {
      turn.took(page.lastSeq());
    }
    if (!taken || page.mayBeMore()) {
      turn.again();
    }
    readOn();
  }

  /** On the thread that read. */
  private void ended(Throwable failure, Consumer<LedgerError> onLoop) {
    if (LedgerErrors.unwrap(failure) instanceof RejectedExecutionException) {
      // The pool only refuses when the daemon is stopping.
      out.close();
      return;
    }
    LedgerError error = call.envelope(failure);
    out.execute(() -> onLoop.accept(error));
  }

  private void failed(EventFeed.Turn turn, LedgerError error) {
    reading = false;
    // The stream was writable when the read began, and nothing else writes to it.
    writer.writeError(framing.error(turn.book(), error));
    if (framing == EventPages.Framing.MANY_BOOKS && turn.endsAlone(error)) {
      readOn();
    } else {
      out.close();
    }
  }

  /** What concerns no book. */
  private void fail(LedgerError error) {
    writer.writeError(ResultJson.error(error));
    out.close();
  }

  private void stopWatching() {
    EventFeed following = feed;
    feed = null;
    if (following != null) {
      following.close();
    }
  }
}
