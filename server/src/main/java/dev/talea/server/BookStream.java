package dev.talea.server;

import dev.talea.ledger.Event;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.Store;
import dev.talea.ledger.json.AnswerWriter;
import dev.talea.net.ResponseStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One subscriber of one book. Holds a position and nothing else: when its connection takes more, it
 * reads the next events from the store, however long ago they were committed. A slow reader
 * therefore costs one number and its connection's write buffer, and delays nobody.
 *
 * <p>The state belongs to the event loop of the connection. Reads of the store may touch the disk,
 * so they run on the reader pool, one at a time, and come back to the loop with their result. The
 * store's wake-ups come from its own threads and only leave a mark:
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
  /** One read fills about one write buffer. */
  private static final int READ_EVENTS_MAX = 256;

  private static final int READ_BYTES_MAX = 64 * 1024;

  private static final byte[] HEARTBEAT = ascii(": still here\n\n");
  private static final byte[] ID = ascii("id: ");
  private static final byte[] DATA = ascii("\ndata: ");
  private static final byte[] ERROR = ascii("event: error\ndata: ");
  private static final byte[] END = ascii("\n\n");

  private final Store store;
  private final String book;
  private final Call call;
  private final ResponseStream out;
  private final Executor readers;
  private final long heartbeatNanos;
  private final LongSupplier nanoClock;

  /** There may be events that no read has seen. */
  private final AtomicBoolean news = new AtomicBoolean(true);

  // Everything below belongs to the event loop.
  private long lastSeq;
  private boolean reading;
  private long lastWriteNanos;
  private Store.@Nullable Watch watch;

  BookStream(
      Store store,
      String book,
      long lastSeq,
      Call call,
      ResponseStream out,
      Executor readers,
      Duration heartbeat,
      LongSupplier nanoClock) {
    this.store = store;
    this.book = book;
    this.lastSeq = lastSeq;
    this.call = call;
    this.out = out;
    this.readers = readers;
    this.heartbeatNanos = heartbeat.toNanos();
    this.nanoClock = nanoClock;
    this.lastWriteNanos = nanoClock.getAsLong();
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
    scheduleHeartbeat(heartbeatNanos);
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
    long after = lastSeq;
    try {
      readers.execute(() -> read(after));
    } catch (RejectedExecutionException e) {
      // The pool only refuses when the daemon is stopping.
      out.close();
    }
  }

  /** On the reader pool. */
  private void read(long after) {
    try {
      List<Event> events = store.events(book, after, READ_EVENTS_MAX, READ_BYTES_MAX);
      byte[] frames = frames(events);
      long read = events.isEmpty() ? after : events.get(events.size() - 1).seq();
      out.execute(() -> onRead(frames, read));
    } catch (RuntimeException e) {
      LedgerError error = call.envelope(e);
      out.execute(() -> fail(error));
    }
  }

  private void onRead(byte[] frames, long seq) {
    reading = false;
    if (frames.length > 0) {
      // There may be more behind these, and no wake-up for it.
      news.set(true);
      if (write(frames)) {
        lastSeq = seq;
      }
    }
    // What was not taken is read again, from the same place, once there is room.
    readOn();
  }

  private void fail(LedgerError error) {
    // The stream was writable when the read began, and nobody else writes to it.
    write(concat(ERROR, AnswerWriter.error(error), END));
    out.close();
  }

  private boolean write(byte[] data) {
    boolean taken = out.write(data);
    if (taken) {
      lastWriteNanos = nanoClock.getAsLong();
    }
    return taken;
  }

  private void scheduleHeartbeat(long nanos) {
    out.schedule(this::onHeartbeat, Duration.ofNanos(nanos));
  }

  private void onHeartbeat() {
    long silence = nanoClock.getAsLong() - lastWriteNanos;
    if (silence < heartbeatNanos) {
      scheduleHeartbeat(heartbeatNanos - silence);
      return;
    }
    // A connection that takes nothing is not silent for want of words.
    write(HEARTBEAT);
    scheduleHeartbeat(heartbeatNanos);
  }

  private void stopWatching() {
    Store.Watch current = watch;
    watch = null;
    if (current != null) {
      current.close();
    }
  }

  private static byte[] frames(List<Event> events) {
    ByteArrayOutputStream frames = new ByteArrayOutputStream(events.size() * 256);
    for (Event event : events) {
      frames.writeBytes(ID);
      frames.writeBytes(ascii(Long.toString(event.seq())));
      frames.writeBytes(DATA);
      frames.writeBytes(AnswerWriter.event(event.published()));
      frames.writeBytes(END);
    }
    return frames.toByteArray();
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      whole.writeBytes(part);
    }
    return whole.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
