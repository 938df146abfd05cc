package dev.talea.server.http;

import dev.talea.ledger.LedgerError;
import dev.talea.ledger.StoreReader;
import dev.talea.ledger.json.ResultJson;
import dev.talea.net.ResponseStream;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One subscriber of one book. Holds a position and nothing else: when its connection takes more, it
 * asks for the next events, however long ago they were committed. A slow reader therefore costs one
 * number and its connection's write buffer, and delays no other.
 *
 * <p>The state belongs to the event loop of the connection. {@link EventPages} reads for it, one
 * page at a time, and the result comes back to the loop. The store's wake-ups come from its own
 * threads and only leave a mark:
 *
 * <pre>
 *   idle --(news, or writable again)--> reading --(events)--> write, read on
 *     ^                                    |
 *     +----------(nothing new, or not writable)
 * </pre>
 *
 * <p>A wake-up between the read and its return is not lost: it sets {@code news}, which is cleared
 * before each read and looked at after it.
 */
final class BookStream {
  private final StoreReader store;
  private final EventPages pages;
  private final String book;
  private final boolean stringAmounts;
  private final Call call;
  private final ResponseStream out;
  private final StreamWriter writer;

  /** There may be events that no read has seen. */
  private final AtomicBoolean news = new AtomicBoolean(true);

  // Everything below belongs to the event loop.
  private long lastSeq;
  private boolean reading;
  private StoreReader.@Nullable Watch watch;

  BookStream(
      StoreReader store,
      EventPages pages,
      String book,
      long lastSeq,
      boolean stringAmounts,
      Call call,
      ResponseStream out,
      StreamWriter writer) {
    this.store = store;
    this.pages = pages;
    this.book = book;
    this.lastSeq = lastSeq;
    this.stringAmounts = stringAmounts;
    this.call = call;
    this.out = out;
    this.writer = writer;
  }

  /** Begins; on the event loop, once. */
  void start(Runnable onEnd) {
    out.onClose(
        () -> {
          stopWatching();
          onEnd.run();
        });
    try {
      // Watching begins before the first read, so no commit falls between the two.
      watch = store.watch(book, this::onAdvance);
    } catch (RuntimeException e) {
      fail(call.envelope(e));
      return;
    }
    out.onWritable(this::readOn);
    writer.startHeartbeat();
  }

  /** On a thread of the store. Many commits before the next look cost one task. */
  private void onAdvance() {
    if (news.compareAndSet(false, true)) {
      out.execute(this::readOn);
    }
  }

  private void readOn() {
    if (reading || out.isClosed() || !out.isWritable() || !news.compareAndSet(true, false)) {
      return;
    }
    reading = true;
    pages.after(
        book,
        lastSeq,
        EventPages.Framing.ONE_BOOK,
        stringAmounts,
        page -> out.execute(() -> onRead(page)),
        this::onFailure);
  }

  private void onRead(EventPages.Page page) {
    reading = false;
    if (!page.isEmpty()) {
      // There may be more behind these, and no wake-up for it.
      news.set(true);
      if (writer.write(page.frames())) {
        lastSeq = page.lastSeq();
      }
    } else if (page.mayBeOld()) {
      news.set(true);
    }
    // What was not taken is read again, from the same place, once there is room.
    readOn();
  }

  /** On the thread that read. */
  private void onFailure(Throwable failure) {
    if (failure instanceof RejectedExecutionException) {
      // The pool only refuses when the daemon is stopping.
      out.close();
      return;
    }
    LedgerError error = call.envelope(failure);
    out.execute(() -> fail(error));
  }

  private void fail(LedgerError error) {
    // The stream was writable when the read began, and nothing else writes to it.
    writer.writeError(ResultJson.error(error));
    out.close();
  }

  private void stopWatching() {
    StoreReader.Watch current = watch;
    watch = null;
    if (current != null) {
      current.close();
    }
  }
}
