// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.ledger.Micros;
import dev.talea.ledger.Outage;
import dev.talea.log.Log;
import dev.talea.log.LogUnavailableException;
import java.time.Instant;
import java.util.function.LongSupplier;

/**
 * An open book: the log that takes its writes, and what answers its reads.
 *
 * @param state the writer's; others use its accounts, and ask its keys for what is durable
 */
record Book(
    Log<BookRequest<?>> log,
    BookState state,
    BookMaintenance maintenance,
    BookReader reader,
    EventReader events) {
  static Book of(Log<BookRequest<?>> log, BookState state, BookMaintenance maintenance) {
    return new Book(
        log,
        state,
        maintenance,
        new BookReader(log, state.accounts),
        new EventReader(log, state.accounts));
  }

  /**
   * Returns when an answer as of a moment is final, see {@link OpenGroup}.
   *
   * @throws dev.talea.ledger.LedgerException if that cannot be said
   */
  void settle(Instant asOf, StoreClock clock, LongSupplier nanos) {
    Outage why =
        state.group.settle(
            Micros.floor(asOf),
            clock.micros(),
            () -> {
              LogUnavailableException failure = log.failure();
              return failure == null ? null : Troubles.known(failure);
            },
            nanos);
    if (why != null) {
      throw why.exception();
    }
  }

  String name() {
    return log.name();
  }
}
