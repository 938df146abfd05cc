package dev.talea.index;

import static java.util.Objects.requireNonNull;

import dev.talea.ledger.DraftRules;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Outage;
import dev.talea.ledger.StoreHealth;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TxId;
import dev.talea.ledger.Watches;
import dev.talea.log.CommitHandler;
import dev.talea.log.Log;
import dev.talea.log.LogDirectory;
import dev.talea.log.LogException;
import dev.talea.log.LogReader;
import java.nio.file.Path;
import java.util.Map;
import java.util.NavigableSet;
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
 * The books of a directory: opened at start, created when somebody opens a first account. A book
 * that cannot be opened stands here with the reason and answers nothing else; the others serve.
 *
 * <p>Any thread looks up. Several threads may open books that are there, at once; creating is for
 * one thread at a time, after that.
 */
final class Books {
  private static final Logger LOG = LoggerFactory.getLogger(Books.class);

  private final LogDirectory directory;
  private final Upkeep upkeep;
  private final Watches watches;
  private final BookTags tags = new BookTags();
  private final ConcurrentMap<String, Book> open = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Unavailable> closed = new ConcurrentHashMap<>();

  /** Of all books, open and closed, and of the registry, which takes its place among them. */
  private final NavigableSet<String> names = new ConcurrentSkipListSet<>(DraftRules.BYTEWISE);

  Books(LogDirectory directory, Upkeep upkeep, Watches watches) {
    this.directory = directory;
    this.upkeep = upkeep;
    this.watches = watches;
    names.add(RegistryBook.NAME);
  }

  /**
   * Opens a book that is there, or notes why it cannot be opened.
   *
   * @param beside see {@link BookOpening#open}
   */
  void openExisting(String name, Executor beside) {
    try {
      add(name, true, beside);
    } catch (LogException | BrokenRecordException e) {
      LOG.error("Book '{}' stays closed, the others are served: {}", name, e.getMessage(), e);
      closed.put(name, new Unavailable(String.valueOf(e.getMessage())));
      names.add(name);
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
    return found != null ? found : add(name, directory.exists(name), Runnable::run);
  }

  private Book add(String name, boolean exists, Executor beside) {
    AtomicReference<Opening> opening = new AtomicReference<>();
    Function<LogReader, CommitHandler<BookRequest<?>>> handler =
        reader -> {
          Opening begun = begin(name, reader, beside);
          opening.set(begun);
          return new BookWriter(begun.state, begun.upkeep, () -> watches.advanced(name));
        };
    Log<BookRequest<?>> log =
        exists ? directory.openLog(name, handler) : directory.createLog(name, handler);
    Opening begun = requireNonNull(opening.get());
    Book book = Book.of(log, begun.state);
    tags.add(book);
    open.put(name, book);
    names.add(name);
    begun.upkeep.opened(log, begun.checkpointSeq);
    return book;
  }

  private record Opening(BookState state, BookUpkeep upkeep, long checkpointSeq) {}

  private Opening begin(String name, LogReader reader, Executor beside) {
    Path folder = directory.folder(name);
    BookOpening.Opened opened = BookOpening.open(reader, folder, upkeep, beside);
    BookState state = opened.state();
    if (reader.durableSeq() == 0) {
      state.tag = tags.free(reader.id());
    }
    return new Opening(
        state, new BookUpkeep(upkeep, reader, folder, state), opened.checkpointSeq());
  }

  /** The names of all books and of the registry in bytewise order; for looking only. */
  NavigableSet<String> names() {
    return names;
  }

  /** The book, or null if there is none. */
  @Nullable Book find(String name) {
    Book book = open.get(name);
    if (book == null) {
      Unavailable why = closed.get(name);
      if (why != null) {
        throw new LedgerException(why);
      }
    }
    return book;
  }

  /**
   * The transaction with this id, or null if there is none.
   *
   * @throws LedgerException if it was not found but may be in a book that is closed
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
    for (Unavailable why : closed.values()) {
      throw new LedgerException(why);
    }
    return null;
  }

  /** The trouble of one of them if no book takes writes and there are books; else null. */
  @Nullable Outage allDown(StoreHealth health) {
    Map<String, Outage> down = health.books();
    return down.isEmpty() || !down.keySet().containsAll(open.keySet())
        ? null
        : down.values().iterator().next();
  }

  /** How many there are, for the log. */
  @Override
  public String toString() {
    return open.size() + " books, " + closed.size() + " closed because of damage";
  }
}
