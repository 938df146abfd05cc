package dev.talea.index;

import dev.talea.ledger.DraftRules;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Watches;
import dev.talea.log.CommitHandler;
import dev.talea.log.Log;
import dev.talea.log.LogDirectory;
import dev.talea.log.LogException;
import dev.talea.log.LogReader;
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

  private final LogDirectory directory;
  private final Watches watches;
  private final AssetRegistry assets = new AssetRegistry();
  private volatile @Nullable Log<RegisterRequest> log;
  private volatile @Nullable Unavailable closed;

  RegistryBook(LogDirectory directory, Watches watches) {
    this.directory = directory;
    this.watches = watches;
  }

  /** Opens the registry if it is there, or notes why it cannot be opened. */
  void openExisting() {
    try {
      if (directory.exists(NAME)) {
        open();
      }
    } catch (LogException | BrokenRecordException e) {
      LOG.error(
          "The registry of assets stays closed; books serve, but no account can be opened: {}",
          e.getMessage(),
          e);
      closed = new Unavailable(String.valueOf(e.getMessage()));
    }
  }

  /** The log, or null if nobody has registered anything. */
  @Nullable Log<RegisterRequest> find() {
    Unavailable why = closed;
    if (why != null) {
      throw new LedgerException(why);
    }
    return log;
  }

  /** The log, created if it is not there. */
  Log<RegisterRequest> findOrCreate() {
    Log<RegisterRequest> found = find();
    return found != null ? found : open();
  }

  private Log<RegisterRequest> open() {
    Function<LogReader, CommitHandler<RegisterRequest>> handler =
        reader -> {
          assets.replay(reader);
          return new RegistryWriter(assets, () -> watches.advanced(NAME));
        };
    Log<RegisterRequest> opened =
        directory.exists(NAME)
            ? directory.openLog(NAME, handler)
            : directory.createLog(NAME, handler);
    log = opened;
    return opened;
  }

  /**
   * The registered assets.
   *
   * @throws LedgerException if the registry is closed
   */
  AssetRegistry assets() {
    Unavailable why = closed;
    if (why != null) {
      throw new LedgerException(why);
    }
    return assets;
  }
}
