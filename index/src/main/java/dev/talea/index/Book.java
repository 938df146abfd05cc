package dev.talea.index;

import dev.talea.log.Log;

/**
 * An open book: the log that takes its writes, and what answers its reads.
 *
 * @param state the writer's; others use its accounts, and ask its keys for what is durable
 */
record Book(
    Log<BookRequest<?>> log,
    BookState state,
    BookUpkeep upkeep,
    BookReader reader,
    EventReader events) {
  static Book of(Log<BookRequest<?>> log, BookState state, BookUpkeep upkeep) {
    return new Book(
        log,
        state,
        upkeep,
        new BookReader(log, state.accounts),
        new EventReader(log, state.accounts));
  }

  String name() {
    return log.name();
  }
}
