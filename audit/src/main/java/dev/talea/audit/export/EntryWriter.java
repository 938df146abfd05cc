// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import dev.talea.ledger.Event;
import dev.talea.ledger.Event.TransactionPosted;
import java.io.IOException;
import java.time.LocalDate;
import java.util.List;

/**
 * One format, told by a {@link BookWalk} what happens. Keeps nothing that grows with the events.
 */
interface EntryWriter {
  /** Before everything else. */
  void begin() throws IOException;

  /** A book begins. */
  void beginBook(String book, long lastSeq) throws IOException;

  /** A day begins on which something happens; the balances are those at its beginning. */
  default void dayBegins(LocalDate day) throws IOException {}

  /** An account was opened, maybe before the range. */
  void opened(LocalDate day, RunningAccount account) throws IOException;

  /** An account has a balance other than 0 where the range begins, on this day. */
  void opening(LocalDate day, RunningAccount account) throws IOException;

  /** A transaction of the range. */
  void posted(LocalDate day, Event event, TransactionPosted posted, List<Entry> entries)
      throws IOException;

  /** The book has ended. */
  void endBook() throws IOException;
}
