// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import dev.talea.audit.anchor.Anchorer;
import dev.talea.audit.check.Scrub;
import dev.talea.audit.head.ServedHeads;
import dev.talea.audit.proof.LedgerOrigin;
import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.jdbc.PostgresTarget;
import dev.talea.jdbc.PostgresUrl;
import dev.talea.jdbc.SqlImport;
import dev.talea.jdbc.SqlLedgerStore;
import dev.talea.jdbc.SqlSnapshot;
import dev.talea.jdbc.SqlStoreException;
import dev.talea.jdbc.SqlStoreObserver;
import dev.talea.jdbc.SqlStoreSettings;
import dev.talea.jdbc.SqliteBackup;
import dev.talea.ledger.Store;
import dev.talea.log.LogException;
import dev.talea.log.LogObserver;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.NioDisk;
import dev.talea.server.metrics.Metrics;
import dev.talea.server.settings.ConfigFiles;
import dev.talea.server.settings.DbUrl;
import dev.talea.server.settings.Setting;
import dev.talea.server.settings.Settings;
import dev.talea.server.settings.StartException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Opens the store that the settings name. The only class of this package that knows which kinds of
 * store there are; all others see {@link Store}.
 *
 * <p>Stateless. Opening reads the disk, or asks the database.
 */
public final class Stores {
  private Stores() {}

  /**
   * Opens what {@code TALEA_DB_URL} names, migrating it as needed, and creating it only if that is
   * asked for: an empty ledger in the place of one that is not mounted, or spelled otherwise, looks
   * like the loss of everything, and takes postings that belong elsewhere. A database server that
   * is not there is no reason not to start: the store says so until it is.
   *
   * @param metrics is told of every group commit
   * @throws NoLedgerException if there is none and none is to be created
   */
  static Store open(Settings settings, Metrics metrics) {
    LogStoreSettings log =
        new LogStoreSettings(
            (int) settings.number(Setting.LOG_SEGMENT_MAX),
            (int) settings.number(Setting.WRITE_QUEUE_DEPTH),
            (int) settings.number(Setting.WRITE_BATCH_MAX),
            settings.number(Setting.LOG_SNAPSHOT_EVERY),
            settings.number(Setting.LOG_IDEM_HOT_CAP),
            settings.duration(Setting.CLOCK_SKEW_MAX));
    SqlStoreSettings sql = sql(settings);
    if (!settings.is(Setting.CREATE, "true")) {
      requireLedger(settings.dbUrl());
      sql = sql.withoutCreating();
    }
    int projections = settings.projectionConnections();
    if (settings.isWorker()) {
      // Those that apply, the one that keeps, and those that are asked how it goes.
      sql =
          sql.followingWith(
              (int) Math.min(settings.number(Setting.DB_POOL), Math.max(3, projections) + 1));
    }
    sql =
        sql.withBudgetOf(
            settings.projectionsAreOnLedgersServer() ? projections : 0,
            (int) settings.numberOr(Setting.MAX_CONNECTIONS, 0));
    if (settings.is(Setting.DB_BUDGET, "fail")) {
      sql = sql.withBudgetThatMustFit();
    }
    Store store =
        open(
            settings.dbUrl(),
            log,
            (name, nanos, bytes, records) -> metrics.groupSynced(nanos, bytes, records),
            sql,
            (nanos, records) -> metrics.groupCommitted(records),
            false);
    if (store instanceof SqlLedgerStore database) {
      metrics.poolIs(() -> database.poolSize().size(), () -> database.poolSize().idle());
    }
    return store;
  }

  /**
   * Reads a ledger in logs again while it is served; null for other ledgers, and where it is off.
   */
  static @Nullable ScrubRounds scrubbing(
      Store store, Settings settings, Metrics metrics, LongSupplier nanos) {
    return store instanceof LogLedgerStore && settings.scrubBytesPerSecond() > 0
        ? new ScrubRounds(
            passed ->
                new Scrub(
                    new LogFiles(Path.of(settings.dbUrl().location()), new NioDisk()),
                    store.reads().health(),
                    passed),
            metrics,
            settings.scrubBytesPerSecond(),
            settings.timing().betweenScrubs(),
            nanos)
        : null;
  }

  /** Anchors the heads of the books of a store that has some; null if it has none. */
  static @Nullable Anchorer anchorer(Store store) {
    return store instanceof LogLedgerStore logs ? new Anchorer(logs) : null;
  }

  /**
   * Heads of the books of a store that has some; null if it has none.
   *
   * @param origin what the names of its logs begin with
   */
  static @Nullable ServedHeads heads(Store store, LedgerOrigin origin) {
    return store instanceof LogLedgerStore logs ? new ServedHeads(logs, origin) : null;
  }

  private static void requireLedger(DbUrl url) {
    if (url.scheme().equals(DbUrl.POSTGRES)) {
      return; // the database itself knows, once it answers
    }
    try {
      Path place = Path.of(url.location());
      boolean there =
          url.isDatabase() ? ConfigFiles.holdsBytes(place) : LogLedgerStore.exists(place);
      if (!there && url.isDatabase() && !ConfigFiles.isDirectory(place)) {
        String what = ConfigFiles.exists(place) ? "the file is empty" : "nothing is there";
        throw new NoLedgerException("There is no ledger at " + url + ": " + what, null);
      }
      if (!there && !url.isDatabase()) {
        throw new NoLedgerException(
            "There is no ledger at " + url + ": " + ConfigFiles.whatIsAt(place), null);
      }
    } catch (InvalidPathException e) {
      // Opening it says so.
    }
  }

  private static SqlStoreSettings sql(Settings settings) {
    return new SqlStoreSettings(
            Math.max(2, (int) settings.number(Setting.DB_POOL)),
            (int) settings.number(Setting.WRITE_QUEUE_DEPTH),
            (int) settings.number(Setting.WRITE_BATCH_MAX),
            (int) settings.number(Setting.DB_INSTANCES))
        .withClockAheadMax(settings.duration(Setting.CLOCK_SKEW_MAX));
  }

  /**
   * Threads that read at the same time: a database's answers are waited for, a log's are computed.
   */
  static int readerThreads(Settings settings) {
    DbUrl url = settings.dbUrl();
    int processors = Math.max(2, Runtime.getRuntime().availableProcessors());
    return url.isDatabase()
        ? Math.max(processors, sql(settings).readersMax(url.postgres() == null))
        : processors;
  }

  /**
   * Opens a ledger with default settings; a database server has to be reachable and to accept us.
   */
  static Store open(DbUrl url) {
    return open(
        url,
        LogStoreSettings.DEFAULTS,
        LogObserver.NONE,
        SqlStoreSettings.DEFAULTS,
        SqlStoreObserver.NONE,
        true);
  }

  /**
   * Looks at a ledger in a database as it is now, beside a server if need be: makes nothing, and
   * changes nothing.
   *
   * @throws NoLedgerException if there is none
   * @throws StartException if it cannot be read, or is of another version
   */
  public static SqlSnapshot look(DbUrl url) {
    requireLedger(url);
    return ofDatabase(url, "looked at", SqlSnapshot::ofSqlite, SqlSnapshot::ofPostgres);
  }

  /**
   * Begins to import into a database that holds no events; makes it if need be.
   *
   * @throws StartException if that cannot be done
   */
  public static SqlImport importInto(DbUrl url) {
    return ofDatabase(url, "imported into", SqlImport::intoSqlite, SqlImport::intoPostgres);
  }

  /**
   * Copies a ledger in a SQLite file, beside a server if need be.
   *
   * @return what checking the copy came to
   * @throws NoLedgerException if there is none
   * @throws StartException if it cannot be copied
   */
  public static SqlSnapshot.Checked copy(DbUrl sqlite, Path to) {
    requireLedger(sqlite);
    return ofDatabase(
        sqlite,
        "copied",
        file -> SqliteBackup.copy(file, to, events -> {}),
        target -> {
          throw new IllegalArgumentException(target + " is no file");
        });
  }

  private static <T> T ofDatabase(
      DbUrl url, String what, Function<Path, T> sqlite, Function<PostgresTarget, T> postgresql) {
    try {
      PostgresUrl postgres = url.postgres();
      if (postgres != null) {
        return postgresql.apply(postgres.target(url.what()));
      }
      if (!url.isDatabase()) {
        throw new IllegalArgumentException(url + " is no database");
      }
      return sqlite.apply(sqliteFile(url));
    } catch (SqlStoreException e) {
      throw refused(url, what, e);
    } catch (InvalidPathException e) {
      throw new StartException(
          "The ledger " + url + " cannot be " + what + ": " + e.getReason(), e);
    }
  }

  private static Path sqliteFile(DbUrl url) {
    Path place = Path.of(url.location());
    if (ConfigFiles.isDirectory(place)) {
      throw new StartException(
          url.what() + " names a directory; SQLite wants a file, for example " + url + "/talea.db");
    }
    return place;
  }

  private static RuntimeException refused(DbUrl url, String what, RuntimeException e) {
    if (e instanceof SqlStoreException sqlTrouble && sqlTrouble.isNoLedger()) {
      return new NoLedgerException("There is no ledger at " + url + ": " + e.getMessage(), e);
    }
    // Its message is written for the person who starts the daemon.
    return new StartException(
        "The ledger " + url + " cannot be " + what + ": " + e.getMessage(), e);
  }

  /**
   * Whether current balances are quick enough for the event loop: in the log store they are one
   * read of memory and one of a record that was written lately. A store that asks a database for
   * them does not have them at hand.
   */
  static boolean hasBalancesAtHand(DbUrl url) {
    return !url.isDatabase();
  }

  private static Store open(
      DbUrl url,
      LogStoreSettings log,
      LogObserver logObserver,
      SqlStoreSettings sql,
      SqlStoreObserver sqlObserver,
      boolean mustAnswer) {
    try {
      PostgresUrl postgres = url.postgres();
      if (postgres != null) {
        return SqlLedgerStore.openPostgres(
            postgres.target(url.what()), sql, sqlObserver, mustAnswer);
      }
      if (!url.isDatabase()) {
        return LogLedgerStore.open(Path.of(url.location()), log, logObserver);
      }
      Path place = sqliteFile(url);
      ConfigFiles.createFolderOf(place);
      return SqlLedgerStore.openSqlite(place, sql, sqlObserver);
    } catch (LogException | SqlStoreException e) {
      throw refused(url, "opened", e);
    } catch (InvalidPathException e) {
      throw new StartException("The ledger " + url + " cannot be opened: " + e.getReason(), e);
    }
  }
}
