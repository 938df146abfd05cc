// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static java.util.Objects.requireNonNull;

import dev.talea.index.failure.BrokenRecordException;
import dev.talea.index.record.AccountRecord;
import dev.talea.index.record.LedgerRecord;
import dev.talea.index.record.RecordLayout;
import dev.talea.index.tree.BookTree;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Outage;
import dev.talea.ledger.StoreHealth;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TxId;
import dev.talea.log.CommitHandler;
import dev.talea.log.Log;
import dev.talea.log.LogException;
import dev.talea.log.LogReader;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.Logs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The books of a directory: opened at start, created with their first account. A book that cannot
 * be opened stands here with the reason and answers nothing else; the others serve.
 *
 * <p>Any thread looks up. Several threads may open books that are there, at once; creating is for
 * one thread at a time, after that.
 */
final class Books {
  private static final Logger LOG = LoggerFactory.getLogger(Books.class);

  private final Logs logs;
  private final Maintenance maintenance;
  private final StoreHealth health;
  private final Notices notices;
  private final StoreClock clock;
  private final EveryMinute readFailures;
  private final BookTags tags = new BookTags();
  private final ConcurrentMap<String, Book> open = new ConcurrentHashMap<>();

  /** Books that could not be opened. */
  private final ConcurrentMap<String, Closed> closed = new ConcurrentHashMap<>();

  /**
   * @param tag of the book, as its first record says; null if that cannot be read
   */
  private record Closed(Outage why, @Nullable Integer tag) {}

  /** Of all books, open and closed, and of the registry, which takes its place among them. */
  private final NavigableSet<String> names = new ConcurrentSkipListSet<>(DraftRules.BYTEWISE);

  Books(
      Logs logs,
      Maintenance maintenance,
      StoreHealth health,
      Notices notices,
      StoreClock clock,
      EveryMinute readFailures) {
    this.logs = logs;
    this.maintenance = maintenance;
    this.health = health;
    this.notices = notices;
    this.clock = clock;
    this.readFailures = readFailures;
    names.add(RegistryBook.NAME);
  }

  /**
   * Opens a book that is there, or notes why it cannot be opened: whatever is wrong with it is no
   * reason not to open the others. Only an exhausted heap is everybody's.
   *
   * @param beside see {@link BookOpening#open}
   */
  void openExisting(String name, Executor beside) {
    AtomicReference<@Nullable Integer> tag = new AtomicReference<>();
    try {
      add(name, true, beside, tag);
    } catch (RuntimeException | Error e) {
      if (e instanceof OutOfMemoryError memory && Troubles.isHeap(memory)) {
        throw e;
      }
      Outage why = Troubles.ofOpening(e);
      if (Troubles.known(e) == null) {
        LOG.error("Book '{}' stays closed, the others are served", name, e);
      }
      closed.put(name, new Closed(why, tag.get()));
      names.add(name);
      health.down(name, why);
    }
  }

  /**
   * The book, created if it is not there.
   *
   * @throws LedgerException if it is there but closed
   * @throws LogException if it cannot be created
   */
  Book findOrCreate(String name) {
    Book found = find(name);
    return found != null
        ? found
        : add(name, logs.exists(name), Runnable::run, new AtomicReference<>());
  }

  private Book add(
      String name, boolean exists, Executor beside, AtomicReference<@Nullable Integer> tag) {
    if (!exists) {
      LostEnd.checkNoneLeft(maintenance.disk(), logs.folder(name), name);
    }
    AtomicReference<Opening> opening = new AtomicReference<>();
    Function<LogReader, CommitHandler<BookRequest<?>>> handler =
        reader -> {
          Opening begun = begin(name, reader, beside);
          Book before = open.get(name);
          if (before != null) {
            begun.state.group = before.state().group; // questions that were answered stay answered
          }
          opening.set(begun);
          return new BookWriter(
              begun.state,
              begun.maintenance,
              new BookReport(name, health, notices),
              clock,
              readFailures);
        };
    Log<BookRequest<?>> log =
        exists
            ? logs.openLog(name, found -> checkEnd(name, found, tag), handler)
            : logs.createLog(name, handler);
    Opening begun = requireNonNull(opening.get());
    Book book = Book.of(log, begun.state, begun.maintenance);
    tags.add(book);
    Book before = open.put(name, book);
    if (before != null) {
      tags.remove(before);
    }
    begun.state.group.over(); // if one was in doubt: it is in the log now, or it never will be
    closed.remove(name);
    names.add(name);
    begun.maintenance.opened(log, begun.checkpointSeq);
    health.up(name);
    return book;
  }

  private void checkEnd(String name, LogReader found, AtomicReference<@Nullable Integer> tag) {
    tag.set(tagOf(name, found));
    LostEnd.check(maintenance.disk(), logs.folder(name), found);
  }

  /**
   * The tag in the transaction ids of a book, from its first record; null if it has none, or if
   * that cannot be read. Should the book stay closed, this still says which ids are none of its.
   */
  private static @Nullable Integer tagOf(String name, LogReader reader) {
    try {
      if (reader.durableSeq() > 0) {
        LedgerRecord first = LedgerRecord.of(name, reader.record(reader.positionOf(1)));
        if (first.type() == RecordLayout.ACCOUNT_OPENED) {
          return AccountRecord.decode(first).bookTag();
        }
      }
    } catch (LogException | BrokenRecordException e) {
      LOG.debug("The first record of book '{}' cannot be read", name, e);
    }
    return null;
  }

  /**
   * Opens books again that are closed, or have come to their end, for a reason that may have
   * passed. For one thread at a time.
   *
   * @param name one of them
   */
  void reopen(String name) {
    Closed waiting = closed.get(name);
    if (waiting != null && Troubles.passes(waiting.why)) {
      openExisting(name, Runnable::run);
      return;
    }
    Book ended = open.get(name);
    LogUnavailableException failure = ended == null ? null : ended.log().failure();
    if (ended == null
        || failure == null
        || !failure.mayBeReopened()
        || !ended.maintenance().retire()) {
      return;
    }
    ended.log().close();
    openExisting(name, Runnable::run); // if that fails, what is durable can be read as before
    Book now = open.get(name);
    if (now != null && now.log() == ended.log()) {
      closed.remove(name);
    }
  }

  /** Books that {@link #reopen} would try to open. */
  List<String> toReopen() {
    List<String> found = new ArrayList<>();
    closed.forEach(
        (name, why) -> {
          if (Troubles.passes(why.why)) {
            found.add(name);
          }
        });
    for (Book book : open.values()) {
      LogUnavailableException failure = book.log().failure();
      if (failure != null && failure.mayBeReopened()) {
        found.add(book.name());
      }
    }
    return found;
  }

  /** The open books, as they are now. */
  Collection<Book> open() {
    return open.values();
  }

  /** Names of books that are closed, and may hold anything. */
  Set<String> closed() {
    return closed.keySet();
  }

  private record Opening(BookState state, BookMaintenance maintenance, long checkpointSeq) {}

  private Opening begin(String name, LogReader reader, Executor beside) {
    Path folder = logs.folder(name);
    BookOpening.Opened opened = BookOpening.open(reader, folder, maintenance, beside);
    BookState state = opened.state();
    if (reader.durableSeq() == 0) {
      state.tag = tags.free(reader.id());
    }
    return new Opening(
        state, new BookMaintenance(maintenance, reader, folder, state), opened.checkpointSeq());
  }

  /** The names of all books and of the registry in bytewise order; for looking only. */
  NavigableSet<String> names() {
    return names;
  }

  /** Opens its tree as it is now. */
  BookTree tree(LogReader log) {
    return BookTree.open(log, maintenance.disk(), logs.folder(log.name()));
  }

  /** The book, or null if there is none. */
  @Nullable Book find(String name) {
    Book book = open.get(name);
    if (book == null) {
      Closed why = closed.get(name);
      if (why != null) {
        throw why.why.exception();
      }
    }
    return book;
  }

  /**
   * The transaction with this id, or null if there is none.
   *
   * @throws LedgerException if it was not found but may be in a book that is closed, by its tag
   */
  @Nullable TransactionView transaction(UUID id) {
    if (!TxId.plausible(id)) {
      return null;
    }
    for (Book book : tags.candidates(id)) {
      TransactionView found = book.reader().transaction(id);
      if (found != null) {
        return found;
      }
    }
    for (Closed book : closed.values()) {
      if (book.tag == null || book.tag == TxId.tag(id)) {
        throw book.why.exception();
      }
    }
    return null;
  }

  /** The trouble of one of them if no book takes writes and there are books; else null. */
  @Nullable Outage allDown(StoreHealth health) {
    Map<String, Outage> down = health.books();
    if (down.isEmpty() || !down.keySet().containsAll(open.keySet())) {
      return null;
    }
    return down.values().iterator().next();
  }

  /** How many there are, for the log. */
  @Override
  public String toString() {
    return open.size() + " books, " + closed.size() + " closed";
  }
}
