// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.ledger.DraftRules;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Outage;
import dev.talea.ledger.StoreHealth;
import dev.talea.log.CommitHandler;
import dev.talea.log.Log;
import dev.talea.log.LogReader;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.Logs;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The book {@code _system}: the registry of assets and the log behind it, which comes into being
 * with the first asset.
 *
 * <p>Any thread reads. Opening and creating is for one thread at a time.
 */
final class RegistryBook {
  static final String NAME = DraftRules.SYSTEM_BOOK;

  private static final Logger LOG = LoggerFactory.getLogger(RegistryBook.class);

  private final Logs logs;
  private final StoreHealth health;
  private final Notices notices;
  private final StoreClock clock;
  private final AssetRegistry none = new AssetRegistry();
  private volatile @Nullable Opened opened;
  private volatile @Nullable Outage closed;

  private record Opened(Log<Request<Void>> log, AssetRegistry assets) {}

  RegistryBook(Logs logs, StoreHealth health, Notices notices, StoreClock clock) {
    this.logs = logs;
    this.health = health;
    this.notices = notices;
    this.clock = clock;
  }

  /** Opens the registry if it is there, or notes why it cannot be opened. */
  void openExisting() {
    try {
      if (logs.exists(NAME)) {
        open();
      }
    } catch (RuntimeException | Error e) {
      if (e instanceof OutOfMemoryError memory && Troubles.isHeap(memory)) {
        throw e;
      }
      Outage why = Troubles.ofOpening(e);
      LOG.error(
          "The registry of assets stays closed; books serve, but no account can be opened",
          Troubles.known(e) == null ? e : null);
      closed = why;
      health.down(NAME, why);
    }
  }

  /** Whether {@link #reopen} would try to open it again. */
  boolean isToReopen() {
    Outage why = closed;
    Opened now = opened;
    LogUnavailableException failure = now == null ? null : now.log.failure();
    return (why != null && Troubles.passes(why)) || (failure != null && failure.mayBeReopened());
  }

  /** Opens the registry again if it is closed for a reason that may have passed. */
  void reopen() {
    if (!isToReopen()) {
      return;
    }
    Opened now = opened;
    if (now != null) {
      now.log.close();
    }
    openExisting();
    if (opened != null) {
      closed = null; // even if it failed: what is registered can be looked up as before
    }
  }

  /** The log, or null if there is no asset yet. */
  @Nullable Log<Request<Void>> find() {
    Outage why = closed;
    if (why != null) {
      throw why.exception();
    }
    Opened now = opened;
    return now == null ? null : now.log;
  }

  /** The log, created if it is not there. */
  Log<Request<Void>> findOrCreate() {
    Log<Request<Void>> found = find();
    return found != null ? found : open();
  }

  private Log<Request<Void>> open() {
    AssetRegistry assets = new AssetRegistry();
    Function<LogReader, CommitHandler<Request<Void>>> handler =
        reader -> {
          assets.replay(reader);
          return new RegistryWriter(assets, new BookReport(NAME, health, notices), clock);
        };
    Log<Request<Void>> log =
        logs.exists(NAME) ? logs.openLog(NAME, handler) : logs.createLog(NAME, handler);
    opened = new Opened(log, assets);
    health.up(NAME);
    return log;
  }

  /** The registered assets; null if the registry is closed. */
  @Nullable AssetRegistry orNull() {
    return closed != null ? null : assets();
  }

  /**
   * The registered assets.
   *
   * @throws LedgerException if the registry is closed
   */
  AssetRegistry assets() {
    Outage why = closed;
    if (why != null) {
      throw why.exception();
    }
    Opened now = opened;
    return now == null ? none : now.assets;
  }
}
