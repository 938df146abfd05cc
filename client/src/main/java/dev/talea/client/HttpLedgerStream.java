// SPDX-License-Identifier: Apache-2.0
package dev.talea.client;

import dev.talea.ledger.Cut;
import dev.talea.ledger.LedgerError.CursorBeyondEnd;
import dev.talea.ledger.LedgerStream;
import dev.talea.ledger.json.EventJson;
import dev.talea.ledger.json.ResultJson;
import dev.talea.ledger.json.SubscriptionDraft;
import dev.talea.net.ClientStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Follows many books: remembers the seq of the last event of each, and comes back with all of them.
 * A seq a book and a name for each that has ended is all it holds. One reader thread.
 *
 * <p>An error that the server tells about a book is either the end of that book alone, after which
 * the connection goes on, or a failure that the connection ends with and that may be over at the
 * next one. The frame does not say which, unless it is {@link CursorBeyondEnd}; what comes behind
 * it does:
 *
 * <pre>
 *   error about a book --(a frame, a comment)--> the book has ended
 *                      --(end of connection)---> ask again
 * </pre>
 */
final class HttpLedgerStream extends UnbrokenStream<LedgerStream.Item> implements LedgerStream {
  private static final String TARGET = "/v1/events";

  /** Those still to be followed; null for all but {@link #over}. */
  private final @Nullable Set<String> books;

  /** The last seq seen of each book. */
  private final Map<String, Long> positions;

  /** Books that have ended. The server, asked for all, tells of them on every connection. */
  private final Set<String> over = new HashSet<>();

  /** The end of a book, if something is heard after it. */
  private @Nullable Ended doubtful;

  /**
   * @param books null for all
   * @param after the last seq seen of each book
   */
  HttpLedgerStream(
      Wire wire,
      @Nullable Set<String> books,
      Cut after,
      RetryPolicy policy,
      Duration patience,
      Surroundings surroundings) {
    super(wire, policy, patience, surroundings);
    this.books = books == null ? null : new HashSet<>(books);
    this.positions = new HashMap<>(after.seqs());
    if (books != null) {
      positions.keySet().retainAll(books);
    }
  }

  @Override
  CompletableFuture<ClientStream> open() {
    doubtful = null;
    return wire.follow(TARGET, new SubscriptionDraft(books, positions).write());
  }

  @Override
  @Nullable Item item(byte[] data) {
    Happened next = EventJson.readOfBook(data);
    String book = next.book();
    long seq = next.event().seq();
    if (over.contains(book) || !isNext(book, positions.getOrDefault(book, 0L), seq)) {
      return null;
    }
    positions.put(book, seq);
    return next;
  }

  @Override
  void error(byte[] data) {
    ResultJson.Told told = ResultJson.readTold(data);
    String book = told.book();
    if (book == null) {
      refused(told.error());
      return;
    }
    Ended end = new Ended(book, told.error());
    if (told.error() instanceof CursorBeyondEnd) {
      bookEnded(end);
    } else {
      doubtful = end;
    }
  }

  private void bookEnded(Ended end) {
    if (over.add(end.book())) {
      if (books != null) {
        books.remove(end.book());
      }
      give(end);
    }
  }

  @Override
  void heard() {
    Ended end = doubtful;
    doubtful = null;
    if (end != null) {
      bookEnded(end);
    }
  }

  @Override
  void ended() {
    Ended end = doubtful;
    doubtful = null;
    if (end != null) {
      refused(end.error());
    }
  }

  @Override
  public String toString() {
    return books == null ? "all books" : books.size() + " books";
  }
}
