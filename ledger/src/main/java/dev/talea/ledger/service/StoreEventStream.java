// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.service;

import dev.talea.ledger.Cut;
import dev.talea.ledger.Event;
import dev.talea.ledger.EventStream;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.LedgerStream;
import dev.talea.ledger.LedgerStream.Ended;
import dev.talea.ledger.LedgerStream.Happened;
import dev.talea.ledger.StoreReader;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Follows one book of a store in process: a {@link StoreLedgerStream} of that book alone, whose end
 * is the stream's. One reader thread.
 */
final class StoreEventStream implements EventStream {
  private final StoreLedgerStream books;

  /** The reader's: why there is nothing more to come. */
  private @Nullable LedgerError end;

  StoreEventStream(StoreReader store, String book, long fromSeq) {
    Map<String, Long> seen = fromSeq > 1 ? Map.of(book, fromSeq - 1) : Map.of();
    this.books = new StoreLedgerStream(store, Set.of(book), Cut.of(seen));
  }

  @Override
  public @Nullable Event poll(Duration timeout) throws InterruptedException {
    if (end != null) {
      throw new LedgerException(end);
    }
    LedgerStream.Item item = books.poll(timeout);
    if (item instanceof Ended ended) {
      end = ended.error();
      throw new LedgerException(ended.error());
    }
    return item == null ? null : ((Happened) item).event();
  }

  @Override
  public void close() {
    books.close();
  }
}
