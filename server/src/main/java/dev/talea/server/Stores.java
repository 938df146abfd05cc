package dev.talea.server;

import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.ledger.Store;
import dev.talea.log.LogException;
import dev.talea.log.LogObserver;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Opens the store that the settings name. The only class of this package that knows which kinds of
 * store there are; everybody else sees {@link Store}.
 *
 * <p>Stateless. Opening reads the disk.
 */
final class Stores {
  private Stores() {}

  /**
   * Opens what {@code TALEA_DB_URL} names, creating or migrating it as needed.
   *
   * @param metrics is told of every sync
   */
  static Store open(Settings settings, Metrics metrics) {
    return openLog(
        settings.dbUrl(),
        new LogStoreSettings(
            (int) settings.number(Setting.LOG_SEGMENT_MAX),
            (int) settings.number(Setting.WRITE_QUEUE_DEPTH),
            (int) settings.number(Setting.WRITE_BATCH_MAX),
            settings.number(Setting.LOG_SNAPSHOT_EVERY),
            settings.number(Setting.LOG_IDEM_HOT_CAP)),
        (log, nanos, bytes, records) -> metrics.groupSynced(nanos, bytes, records));
  }

  /** Opens a ledger with settings nobody has chosen. */
  static Store open(DbUrl url) {
    return openLog(url, LogStoreSettings.DEFAULTS, LogObserver.NONE);
  }

  /**
   * Whether current balances are quick enough for the event loop: in the log store they are one
   * read of memory and one of a record that was written lately. A store that asks a database for
   * them does not have them at hand.
   */
  static boolean hasBalancesAtHand(DbUrl url) {
    return url.scheme().equals(DbUrl.LOG);
  }

  private static Store openLog(DbUrl url, LogStoreSettings settings, LogObserver observer) {
    try {
      return LogLedgerStore.open(Path.of(url.location()), settings, observer);
    } catch (LogException e) {
      // Its message is written for the person who starts the daemon.
      throw new StartException("The ledger " + url + " cannot be opened: " + e.getMessage(), e);
    } catch (InvalidPathException e) {
      throw new StartException("The ledger " + url + " cannot be opened: " + e.getReason(), e);
    }
  }
}
