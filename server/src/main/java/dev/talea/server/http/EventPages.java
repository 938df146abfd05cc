// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.ledger.Event;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.Page;
import dev.talea.ledger.json.EventJson;
import dev.talea.ledger.json.ResultJson;
import dev.talea.ledger.json.StringAmounts;
import dev.talea.ledger.service.LedgerService;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The events of books as frames of event streams, read and encoded once for all who want the same:
 * subscribers that keep up with a book stand at the same seq, so a commit costs one read of the
 * ledger however many there are.
 *
 * <p>What comes after a seq never changes once it is there, so a page that holds anything may be
 * given to any later caller; it is kept until newer ones take its room. An empty page is given only
 * to the callers that waited for it.
 *
 * <p>Any thread asks. The ledger runs the reads on the reader pool; callbacks come on its threads,
 * or on the caller's if the page is there.
 */
final class EventPages {
  /** One read fills about one write buffer. */
  private static final int READ_EVENTS_MAX = 256;

  private static final int READ_BYTES_MAX = 64 * 1024;

  private static final byte[] ID = ascii("id: ");
  private static final byte[] DATA = ascii("\ndata: ");
  private static final byte[] DATA_FIRST = ascii("data: ");
  private static final byte[] END = ascii("\n\n");

  private final LedgerService ledger;
  private final long keptBytesMax;

  /** Guarded by itself, as is {@link #keptBytes}; what was asked for last is last. */
  private final Map<Key, Kept> kept = new LinkedHashMap<>(16, 0.75f, true);

  private long keptBytes;

  /** How events are put into frames. */
  enum Framing {
    /** With an id, and the envelope as it is. */
    ONE_BOOK,
    /** Without an id, as a position is one of many; the envelope names the book. */
    MANY_BOOKS;

    void event(ByteArrayOutputStream frames, Key key, Event event) {
      if (this == ONE_BOOK) {
        frames.writeBytes(ID);
        frames.writeBytes(ascii(Long.toString(event.seq())));
        frames.writeBytes(DATA);
        frames.writeBytes(key.envelope(EventJson.write(event)));
      } else {
        frames.writeBytes(DATA_FIRST);
        frames.writeBytes(key.envelope(EventJson.write(key.book, event)));
      }
      frames.writeBytes(END);
    }

    /** The envelope of an error that concerns a book. */
    byte[] error(String book, LedgerError error) {
      return this == ONE_BOOK ? ResultJson.error(error) : ResultJson.error(book, error);
    }
  }

  private record Key(String book, long afterSeq, Framing framing, boolean stringAmounts) {
    byte[] envelope(byte[] json) {
      return stringAmounts ? StringAmounts.of(json) : json;
    }
  }

  /** A page that is being read, or has been and holds something. */
  private static final class Kept {
    final CompletableFuture<Frames> page = new CompletableFuture<>();
    int bytes;
  }

  /**
   * Frames of events that follow each other.
   *
   * @param bytes empty if there are none
   * @param lastSeq seq of the last of them; what was asked for if there are none
   * @param mayBeMore whether there may be some behind them by now: there were, or the read was
   *     under way or over when it was asked for
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Frames(byte[] bytes, long lastSeq, boolean mayBeMore) {
    boolean isEmpty() {
      return bytes.length == 0;
    }
  }

  /**
   * @param keptBytesMax of frames that are kept for those who come later
   */
  EventPages(LedgerService ledger, long keptBytesMax) {
    this.ledger = ledger;
    this.keptBytesMax = keptBytesMax;
  }

  /**
   * Reads what follows a seq.
   *
   * @param then is called with the page
   * @param otherwise is called with what went wrong instead
   */
  void after(
      String book,
      long afterSeq,
      Framing framing,
      boolean stringAmounts,
      Consumer<Frames> then,
      Consumer<Throwable> otherwise) {
    Key key = new Key(book, afterSeq, framing, stringAmounts);
    Kept found;
    boolean ours = false;
    synchronized (kept) {
      found = kept.get(key);
      if (found == null) {
        found = new Kept();
        kept.put(key, found);
        ours = true;
      }
    }
    boolean joined = !ours;
    var unused =
        found.page.whenComplete(
            (page, failure) -> {
              if (failure != null) {
                otherwise.accept(failure);
              } else {
                then.accept(
                    joined && !page.mayBeMore ? new Frames(page.bytes, page.lastSeq, true) : page);
              }
            });
    if (ours) {
      start(key, found);
    }
  }

  private void start(Key key, Kept entry) {
    CompletableFuture<Page<Event, Long>> read;
    try {
      read = ledger.events(key.book, key.afterSeq, READ_EVENTS_MAX, READ_BYTES_MAX);
    } catch (RuntimeException | Error e) {
      read = CompletableFuture.failedFuture(e);
    }
    var unused =
        read.thenAccept(events -> give(key, entry, events))
            .exceptionally(
                failure -> { // callers that wait are told, a shortage of memory included
                  forget(key);
                  entry.page.completeExceptionally(failure);
                  return null;
                });
  }

  private void give(Key key, Kept entry, Page<Event, Long> events) {
    List<Event> items = events.items();
    if (items.isEmpty()) {
      forget(key); // before it is given: who comes now has to look anew
      entry.page.complete(new Frames(new byte[0], key.afterSeq, false));
      return;
    }
    byte[] frames = frames(key, items);
    keep(entry, frames.length);
    long lastSeq = items.get(items.size() - 1).seq();
    entry.page.complete(new Frames(frames, lastSeq, events.next() != null));
  }

  private void forget(Key key) {
    synchronized (kept) {
      Kept gone = kept.remove(key);
      keptBytes -= gone == null ? 0 : gone.bytes;
    }
  }

  private void keep(Kept entry, int bytes) {
    synchronized (kept) {
      entry.bytes = bytes;
      keptBytes += bytes;
      Iterator<Map.Entry<Key, Kept>> eldest = kept.entrySet().iterator();
      while (keptBytes > keptBytesMax && eldest.hasNext()) {
        Map.Entry<Key, Kept> next = eldest.next();
        if (next.getValue().bytes > 0) {
          keptBytes -= next.getValue().bytes;
          eldest.remove();
        }
      }
    }
  }

  private static byte[] frames(Key key, List<Event> events) {
    ByteArrayOutputStream frames = new ByteArrayOutputStream(events.size() * 256);
    for (Event event : events) {
      key.framing.event(frames, key, event);
    }
    return frames.toByteArray();
  }

  /** For tests: bytes of frames that are kept. */
  long keptBytes() {
    synchronized (kept) {
      return keptBytes;
    }
  }

  /** For tests: pages that are kept or being read. */
  int size() {
    synchronized (kept) {
      return kept.size();
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
