// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.Asset;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.BookView;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Event;
import dev.talea.ledger.HealthLines;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.Overloaded;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Limits;
import dev.talea.ledger.Micros;
import dev.talea.ledger.Outage;
import dev.talea.ledger.Page;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.Store;
import dev.talea.ledger.StoreHealth;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TrialBalance;
import dev.talea.ledger.Watches;
import dev.talea.ledger.rules.GroupRules;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
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

  /** After a failover every connection that lay ready is broken, the next one may be too. */
  private static final int READ_ATTEMPTS = 3;

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
  private final SqlReads reads;
  private final SqlHistory history;
  private final WriteLanes lanes;
  private final BoundedQuestion readiness;
  private final GroupCommit groups;

  private SqlLedgerStore(
      Database database, SqlStoreSettings settings, SqlStoreObserver observer, StoreTime time) {
    this.database = database;
    this.healthLines = new HealthLines(time::nanos, SqlLedgerStore::logHealth);
    this.health = new StoreHealth(healthLines);
    this.times = new CommitTimes(time);
    this.readiness = new BoundedQuestion(this::ask, time);
    this.connections = new Connections(database, time);
    this.reads = new SqlReads(database::sql);
    this.history = new SqlHistory(database::sql, reads);
    this.keeper = new HealthKeeper(health, this::probe, time);
    this.groups = new GroupCommit(connections, watches, observer, keeper, times, time);
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
          seq = lastSeq(book);
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
          page = books(after, Limits.PAGE_LIMIT_MAX);
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

  /** A question to the database. */
  private interface Question<T> {
    T ask(Connection connection) throws SQLException;
  }

  private <T> T read(Question<T> question) {
    for (int attempt = 1; ; attempt++) {
      SqlFailure failure;
      Throwable cause;
      try (Connection connection = connections.reader()) {
        T answer = question.ask(connection);
        connections.succeeded();
        return answer;
      } catch (SQLException | SqlStoreException | DamagedRowException e) {
        failure = SqlFailure.of(e);
        cause = e;
      }
      connections.failed(failure, cause);
      // Without a connection in time, another attempt would only wait as long again.
      if (failure != SqlFailure.PASSING || attempt == READ_ATTEMPTS || waited(cause)) {
        keeper.readFailed(cause);
        throw failure.exception(cause);
      }
    }
  }

  /** For a connection, or as long as the database lets a statement or a lock take. */
  private static boolean waited(Throwable cause) {
    return cause instanceof SQLTransientConnectionException || SqlFailure.isTimeLimit(cause);
  }

  /** As {@link #read}, for what takes its rows one by one. */
  private <T> T readRows(Question<T> question) {
    return read(
        connection -> {
          connection.setAutoCommit(false);
          try {
            T answer = question.ask(connection);
            connection.commit();
            return answer;
          } finally {
            connection.setAutoCommit(true);
          }
        });
  }

  /**
   * An answer as of a moment that never changes once the moment has passed. Commit times of a book
   * rise with each group, so a moment before the last commit is settled. Otherwise a group with an
   * earlier commit time may be on its way: it is waited for, and the question is asked again. Every
   * later group reads the clock after that, and so comes later than the moment unless the moment
   * lies in the future; for a clock that is set back meanwhile, the moment is remembered.
   */
  private <T> T asOf(Instant moment, Question<SqlReads.AsOf<T>> question) {
    long micros = Micros.floor(moment);
    SqlReads.AsOf<T> first = read(question);
    if (micros < first.lastAt() || first.bookId() == 0) {
      return first.answer();
    }
    long now = read(connection -> connections.awaitGroup(connection, first.bookId()));
    groups.answeredAsOf(Math.min(micros, now));
    return read(question).answer();
  }

  @Override
  public BalanceView balance(AccountId account, @Nullable Instant asOf) {
    return asOf == null
        ? read(connection -> reads.balance(connection, account))
        : asOf(asOf, connection -> reads.balanceAt(connection, account, asOf));
  }

  @Override
  public HistoryPage history(AccountId account, long afterSeq, int limit, int bytesMax) {
    return read(connection -> history.history(connection, account, afterSeq, limit, bytesMax));
  }

  @Override
  public @Nullable TransactionView transaction(UUID txId) {
    return read(connection -> Optional.ofNullable(history.transaction(connection, txId)))
        .orElse(null);
  }

  @Override
  public TrialBalance trialBalance(String book, @Nullable Instant asOf) {
    return asOf == null
        ? read(connection -> reads.trialBalance(connection, book))
        : asOf(asOf, connection -> reads.trialBalanceAt(connection, book, asOf));
  }

  @Override
  public BalanceView balanceAt(AccountId account, long seq) {
    checkReaches(account.book(), seq);
    return read(connection -> reads.balanceAtSeq(connection, account, seq));
  }

  @Override
  public TrialBalance trialBalanceAt(String book, long seq) {
    checkReaches(book, seq);
    long groupEnd = read(connection -> reads.groupEnd(connection, book, seq));
    TrialBalance totals = read(connection -> reads.trialBalanceAtSeq(connection, book, groupEnd));
    return groupEnd == seq ? totals : plus(totals, groupEnd, seq);
  }

  /** Totals, and the transactions of a group that begins after them, up to a seq. */
  private TrialBalance plus(TrialBalance totals, long afterSeq, long upToSeq) {
    Map<String, TrialBalance.Line> lines = new TreeMap<>(DraftRules.BYTEWISE);
    totals.lines().forEach(line -> lines.put(line.asset(), line));
    long seen = afterSeq;
    while (seen < upToSeq) {
      int limit = (int) Math.min(upToSeq - seen, Limits.PAGE_LIMIT_MAX);
      Page<TransactionView, Long> page =
          transactions(totals.book(), seen, limit, Limits.PAGE_BYTES_MAX);
      for (TransactionView transaction : page.items()) {
        if (transaction.seq() <= upToSeq) {
          transaction
              .postings()
              .forEach(
                  posting ->
                      lines.merge(
                          posting.asset(), TrialBalance.Line.of(posting), TrialBalance.Line::plus));
        }
      }
      Long next = page.next();
      seen = next == null ? upToSeq : next;
    }
    return new TrialBalance(totals.book(), null, List.copyOf(lines.values()));
  }

  @Override
  public Page<Asset, String> assets(@Nullable String after, int limit) {
    return read(connection -> reads.assets(connection, after, limit));
  }

  @Override
  public @Nullable Asset asset(String id) {
    return read(connection -> Optional.ofNullable(reads.asset(connection, id))).orElse(null);
  }

  @Override
  public Page<BookView, String> books(@Nullable String after, int limit) {
    Page<BookView, String> page = read(connection -> reads.books(connection, after, limit));
    return new Page<>(page.items().stream().map(this::withHealth).toList(), page.next());
  }

  @Override
  public @Nullable BookView book(String name) {
    SqlReads.BookRow row = row(name);
    return row == null || row.lastSeq() == 0 ? null : withHealth(row.view());
  }

  private BookView withHealth(BookView view) {
    Outage outage = health.of(view.book());
    return outage == null
        ? view
        : new BookView(
            view.book(), view.lastSeq(), view.lastAt(), view.accounts(), outage.reason());
  }

  private SqlReads.@Nullable BookRow row(String name) {
    return read(connection -> Optional.ofNullable(reads.book(connection, name))).orElse(null);
  }

  @Override
  public Page<AccountView, String> accounts(
      String book, String prefix, @Nullable String after, int limit) {
    return read(connection -> reads.accounts(connection, book, prefix, after, limit));
  }

  @Override
  public AccountView account(AccountId account) {
    return read(connection -> reads.account(connection, account));
  }

  @Override
  public Page<TransactionView, Long> transactions(
      String book, long afterSeq, int limit, int bytesMax) {
    return readRows(
        connection -> history.transactions(connection, book, afterSeq, limit, bytesMax));
  }

  @Override
  public @Nullable TransactionView transactionByKey(String book, String idempotencyKey) {
    return read(connection ->
            Optional.ofNullable(history.transactionByKey(connection, book, idempotencyKey)))
        .orElse(null);
  }

  @Override
  public List<Event> events(String book, long afterSeq, int limit, int bytesMax) {
    return readRows(connection -> history.events(connection, book, afterSeq, limit, bytesMax));
  }

  @Override
  public long lastSeq(String book) {
    SqlReads.BookRow row = row(book);
    return row == null ? 0 : row.lastSeq();
  }

  @Override
  public Watch watch(String book, Runnable onAdvance) {
    return watches.add(book, onAdvance);
  }

  @Override
  public Watch watchAll(Consumer<String> onAdvance) {
    return watches.addAll(onAdvance);
  }

  @Override
  public StoreHealth health() {
    return health;
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
      reads.book(connection, DraftRules.SYSTEM_BOOK);
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
