// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.Account;
import dev.talea.ledger.Asset;
import dev.talea.ledger.BookView;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.HealthLines;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.Overloaded;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Limits;
import dev.talea.ledger.Outage;
import dev.talea.ledger.Page;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.Store;
import dev.talea.ledger.StoreHealth;
import dev.talea.ledger.StoreReader;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.Watches;
import dev.talea.ledger.rules.GroupRules;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A ledger in a SQL database: the {@link Store} for those who run a database already. Any number of
 * instances may use one PostgreSQL database; the one that writes to a book holds the row of its
 * counter while it does.
 *
 * <p>Takes calls and sends them on: writes to the lane of their book, where they are committed in
 * groups; reads to the tables, on the caller's thread. While the database does not answer, so do
 * neither: {@link Unavailable}.
 *
 * <p>Any thread may call. Reads wait for the database.
 */
public final class SqlLedgerStore implements Store {
  private static final Logger LOG = LoggerFactory.getLogger(SqlLedgerStore.class);

  private final Database database;
  private final Connections connections;
  private final Watches watches =
      new Watches(
          (book, e) ->
              LOG.error("A watcher of book '{}' failed on being told of an advance", book, e));
  private final HealthLines healthLines;
  private final StoreHealth health;
  private final CommitTimes times;
  private final HealthKeeper keeper;
  private final SqlHistory reads;
  private final WriteLanes lanes;
  private final BoundedQuestion readiness;

  private SqlLedgerStore(
      Database database, SqlStoreSettings settings, SqlStoreObserver observer, StoreTime time) {
    this.database = database;
    this.healthLines = new HealthLines(time::nanos, SqlLedgerStore::logHealth);
    this.health = new StoreHealth(healthLines);
    this.times = new CommitTimes(time);
    this.readiness = new BoundedQuestion(this::ask, time);
    this.connections = new Connections(database, time);
    this.keeper = new HealthKeeper(health, this::probe, time);
    GroupCommit groups = new GroupCommit(connections, watches, observer, keeper, times, time);
    Questions questions = new StoreQuestions(connections, keeper, groups::answeredAsOf);
    this.reads = new SqlHistory(database::sql, questions, health, watches);
    this.lanes =
        new WriteLanes(
            database.writersMax(), database.writersMax() == 1, settings, time, groups::commit);
  }

  /** Whether there is a file that may hold a ledger; opening it tells for sure. */
  public static boolean sqliteExists(Path file) {
    return SystemFiles.isFilled(file);
  }

  /**
   * Opens the ledger in a SQLite file. A new file is its owner's alone.
   *
   * @param file in a directory that exists
   * @throws SqlStoreException if that cannot be done, with the reason and what to do
   */
  public static SqlLedgerStore openSqlite(
      Path file, SqlStoreSettings settings, SqlStoreObserver observer) {
    return openSqlite(file, settings, observer, SqliteClock.ofMachine(settings));
  }

  /** As the other, with another clock. */
  static SqlLedgerStore openSqlite(
      Path file, SqlStoreSettings settings, SqlStoreObserver observer, SqliteClock clock) {
    SqliteDatabase database = new SqliteDatabase(file, settings, clock, SystemTime.MACHINE);
    return openSqlite(file, database, settings, observer);
  }

  /** As the others, with a way to the file that is made already. */
  static SqlLedgerStore openSqlite(
      Path file, SqliteDatabase database, SqlStoreSettings settings, SqlStoreObserver observer) {
    return open(database, settings, observer, true, "The SQLite file " + file);
  }

  /**
   * Opens the ledger in a PostgreSQL database.
   *
   * @param mustAnswer what to do if the database is not there now: true to give up, false to answer
   *     {@link Unavailable} until it is
   * @throws SqlStoreException if the database is there and will not do, or is not there and must be
   */
  public static SqlLedgerStore openPostgres(
      PostgresTarget target,
      SqlStoreSettings settings,
      SqlStoreObserver observer,
      boolean mustAnswer) {
    return open(
        new PostgresDatabase(target, settings, SystemTime.MACHINE),
        settings,
        observer,
        mustAnswer,
        "The database");
  }

  private static SqlLedgerStore open(
      Database database,
      SqlStoreSettings settings,
      SqlStoreObserver observer,
      boolean mustAnswer,
      String what) {
    SqlLedgerStore store = new SqlLedgerStore(database, settings, observer, SystemTime.MACHINE);
    boolean opened = false;
    try {
      try {
        store.connections.prepare(mustAnswer);
      } catch (SQLException e) {
        if (mustAnswer) {
          throw new SqlStoreException(what + " cannot be used: " + reason(e), e);
        }
        LOG.warn("{} does not answer, and is waited for: {}", what, reason(e));
        store.keeper.writeFailed(e);
      }
      database.listen(store.new Listening());
      opened = true;
      return store;
    } finally {
      if (!opened) {
        store.close();
      }
    }
  }

  /** The innermost message: a pool only says that it waited in vain. */
  static String reason(Throwable e) {
    Throwable inner = e;
    while (inner.getCause() != null) {
      inner = inner.getCause();
    }
    String message = String.valueOf(inner.getMessage());
    // Its message is the name and nothing else.
    return inner instanceof UnknownHostException
        ? "the host " + message + " is not known"
        : message;
  }

  private static void logHealth(boolean worse, String text) {
    if (worse) {
      LOG.warn("{}", text);
    } else {
      LOG.info("{}", text);
    }
  }

  /** Passes on to those who watch what the database says of others' commits. */
  private final class Listening implements Database.Advances {
    /** Seqs that watchers were told of; the listening thread's. */
    private Map<String, Long> seen = new HashMap<>();

    @Override
    public void awaitPrepared() throws SQLException {
      connections.prepare();
    }

    @Override
    public void advanced(String book) {
      watches.advanced(book);
    }

    @Override
    public void anyAdvanced() {
      Map<String, Long> looked = new HashMap<>();
      if (watches.anyOfAll()) {
        lookAtAll(looked);
      }
      for (String book : watches.books()) {
        if (looked.containsKey(book)) {
          continue;
        }
        long seq;
        try {
          seq = reads.lastSeq(book);
        } catch (LedgerException e) {
          LOG.debug("Book '{}' cannot be looked at for news", book, e);
          continue;
        }
        looked.put(book, seq);
        Long before = seen.get(book);
        if (before == null || before != seq) {
          watches.advanced(book);
        }
      }
      seen = looked;
    }

    private void lookAtAll(Map<String, Long> looked) {
      String after = null;
      do {
        Page<BookView, String> page;
        try {
          page = reads.books(after, Limits.PAGE_LIMIT_MAX);
        } catch (LedgerException e) {
          LOG.debug("The books cannot be looked at for news", e);
          return;
        }
        for (BookView book : page.items()) {
          looked.put(book.book(), book.lastSeq());
          Long before = seen.get(book.book());
          if (before == null || before != book.lastSeq()) {
            watches.advanced(book.book());
          }
        }
        after = page.next();
      } while (after != null);
    }

    @Override
    public boolean wanted() {
      return watches.any();
    }
  }

  @Override
  public StoreReader reads() {
    return reads;
  }

  /** The connections it has at this moment, for metrics. */
  public PoolSize poolSize() {
    return database.poolSize();
  }

  @Override
  public String backend() {
    return database.backend();
  }

  @Override
  public CompletableFuture<Void> registerAsset(Asset asset) {
    checkWellFormed(DraftRules.check(asset));
    WriteRequest.Register request = new WriteRequest.Register(asset);
    offer(request);
    return request.future;
  }

  @Override
  public CompletableFuture<Void> openAccount(Account account) {
    checkWellFormed(DraftRules.check(account));
    WriteRequest.Open request = new WriteRequest.Open(account);
    offer(request);
    return request.future;
  }

  @Override
  public CompletableFuture<List<PostResult>> commit(
      String book, List<TransactionDraft> drafts, boolean atomic) {
    for (TransactionDraft draft : drafts) {
      checkWellFormed(DraftRules.check(draft));
      if (!draft.book().equals(book)) {
        throw new IllegalArgumentException(
            "a draft for book '" + draft.book() + "' in a commit to book '" + book + "'");
      }
    }
    if (atomic) {
      checkWellFormed(GroupRules.checkKeys(drafts));
    }
    if (drafts.isEmpty()) {
      return CompletableFuture.completedFuture(List.of());
    }
    WriteRequest.Commit request = new WriteRequest.Commit(book, List.copyOf(drafts), atomic);
    offer(request);
    return request.future;
  }

  /** Writes something that changes nothing. */
  private void probe() throws SQLException {
    try (WriteSession session = connections.begin()) {
      session.probe();
      session.commit();
    }
  }

  /** What gets past the rules would be found by auditors, so no draft gets past this. */
  private static void checkWellFormed(@Nullable LedgerError fault) {
    if (fault != null) {
      throw new IllegalArgumentException("not checked by DraftRules: " + fault);
    }
  }

  private void offer(WriteRequest request) {
    WriteLanes.Offer offer = lanes.offer(request);
    if (offer == WriteLanes.Offer.FULL) {
      request.fail(new LedgerException(new Overloaded(Overloaded.Limit.WRITE_QUEUE)));
    } else if (offer == WriteLanes.Offer.CLOSED) {
      request.fail(new LedgerException(new Unavailable("the ledger has been closed")));
    }
  }

  @Override
  public void acceptClock() {
    database.acceptClock();
  }

  @Override
  public long clockBehindSeconds() {
    return times.behindSeconds();
  }

  @Override
  public @Nullable Outage check() {
    healthLines.catchUp();
    Outage trouble = database.trouble();
    if (trouble != null) {
      keeper.down(trouble);
      return health.ofStore();
    }
    Outage silence = readiness.ask();
    Outage known = health.ofStore();
    return known != null ? known : silence;
  }

  /** For {@link #check}: without the patience that a read has. */
  private void ask() throws SQLException {
    try (Connection connection = connections.reader()) {
      database.check(connection);
      reads.row(connection, DraftRules.SYSTEM_BOOK);
    } catch (SQLException | SqlStoreException e) {
      keeper.readFailed(e);
      throw e;
    }
  }

  @Override
  public void close() {
    connections.close();
    keeper.close();
    lanes.close();
    database.close();
  }
}
