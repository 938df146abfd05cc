// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.index.record.AccountRecord;
import dev.talea.index.record.LedgerRecord;
import dev.talea.index.record.RecordLayout;
import dev.talea.index.record.TransactionRecord;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.HealthLines;
import dev.talea.ledger.StoreHealth;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.Watches;
import dev.talea.log.LogCursor;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogException;
import dev.talea.log.Logs;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.SystemLogEnvironment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A ledger as its files are at one moment, read without a server, a lock or a write: everything
 * that {@link LogLedgerStore} answers, from the same records by the same code, beside a running
 * writer too. It does not change any more; for later commits, open another one.
 *
 * <p>Apart from the store because that one owns the directory, and this must not be able to touch
 * it. What it shows ends, in each book, with the last group that is proven to be on disk. A book
 * that is damaged answers with what is wrong, the others do not notice.
 *
 * <p>Any thread may call, and nothing needs to be closed.
 */
public final class LedgerSnapshot extends LogReads {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerSnapshot.class);

  private final Books books;

  private LedgerSnapshot(
      RegistryBook registry,
      Books books,
      StoreHealth health,
      Watches watches,
      StoreClock clock,
      LongSupplier nanos) {
    super(registry, books, health, watches, clock, nanos);
    this.books = books;
  }

  /**
   * Reads the ledger in a directory.
   *
   * @param wanted names of the books that are asked about; the others seem not to be there
   * @throws LogException if the directory cannot be read
   */
  public static LedgerSnapshot of(Path directory, Predicate<String> wanted) {
    return of(
        directory,
        wanted,
        SystemLogEnvironment.create(),
        Runtime.getRuntime().availableProcessors());
  }

  /** As above in given surroundings, on so many threads. */
  public static LedgerSnapshot of(
      Path directory, Predicate<String> wanted, LogEnvironment environment, int openers) {
    Logs logs = new LogFiles(directory, environment.disk()).look();
    LongSupplier nanos = environment.nanos();
    StoreHealth health = new StoreHealth(new HealthLines(nanos, (worse, text) -> LOG.debug(text)));
    StoreClock clock =
        new StoreClock(
            environment.clock(),
            nanos,
            () -> nanos.getAsLong() / 1000,
            TimeUnit.NANOSECONDS.toMicros(LogStoreSettings.CLOCK_AHEAD_MAX.toNanos()),
            health);
    Watches watches = new Watches((book, e) -> {}); // nothing advances here
    Notices notices = new Notices(watches, Runnable::run);
    Books books =
        new Books(
            logs,
            Maintenance.none(environment.disk()),
            health,
            notices,
            clock,
            new EveryMinute(nanos));
    List<String> names = new ArrayList<>(logs.names());
    names.removeIf(name -> DraftRules.isReserved(name) || !wanted.test(name));
    BookOpeners.openAll(books, names, openers);
    // Last: every asset that a book names was registered before.
    RegistryBook registry = new RegistryBook(logs, health, notices, clock);
    registry.openExisting();
    return new LedgerSnapshot(registry, books, health, watches, clock, nanos);
  }

  /** Without the index of keys, which only a writer needs: reads the book from its beginning. */
  @Override
  public @Nullable TransactionView transactionByKey(String name, String idempotencyKey) {
    return read(
        () -> {
          Book book = books.find(name);
          if (book == null) {
            return null;
          }
          LogCursor cursor = book.log().cursor(1);
          while (cursor.next()) {
            LedgerRecord record = LedgerRecord.of(name, cursor);
            if (record.type() == RecordLayout.TRANSACTION_POSTED) {
              TransactionRecord posted = new TransactionRecord(record);
              if (posted.keyText().equals(idempotencyKey)) {
                return PostedTransaction.view(name, posted, book.state().accounts);
              }
            }
          }
          return null;
        });
  }

  /** Paths of the accounts of a book that had been opened when an event was its last. */
  public Set<String> openedUpTo(String name, long seq) {
    return read(
        () -> {
          Set<String> paths = new HashSet<>();
          Book book = books.find(name);
          if (book != null) {
            LogCursor cursor = book.log().cursor(1);
            while (cursor.next() && cursor.seq() <= seq) {
              LedgerRecord record = LedgerRecord.of(name, cursor);
              if (record.type() == RecordLayout.ACCOUNT_OPENED) {
                paths.add(AccountRecord.decode(record).account().id().path());
              }
            }
          }
          return paths;
        });
  }
}
