// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.reconcile;

import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.reconcile.run.Assistant;
import dev.talea.reconcile.run.NamedSources;
import dev.talea.reconcile.run.ReconcileSettings;
import dev.talea.reconcile.run.Reconciliation;
import dev.talea.reconcile.source.BookHeads;
import dev.talea.server.settings.ConfigFiles;
import dev.talea.server.settings.Setting;
import dev.talea.server.settings.Settings;
import dev.talea.server.settings.StartException;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reconciliation of this process, once it is wanted: a server that is never asked for one makes no
 * folder, and one beside another server on the same folder says so to those who ask and serves the
 * ledger all the same.
 *
 * <p>Any thread may call; opening waits for the disk.
 */
public final class ReconcileService {
  private static final Logger LOG = LoggerFactory.getLogger(ReconcileService.class);

  private final @Nullable ReconcileSettings settings;
  private final Reconciliation.Ended onEnd;
  private final @Nullable Assistant assistant;

  /** Guards what follows. */
  private final Object lock = new Object();

  private @Nullable Supplier<LedgerApi> ledger;
  private BookHeads heads = BookHeads.NONE;
  private @Nullable Reconciliation open;
  private boolean closed;

  /** For a process without reconciliation. */
  public ReconcileService() {
    this.settings = null;
    this.onEnd = (state, nanos) -> {};
    this.assistant = null;
  }

  /**
   * Reads what it is told.
   *
   * @param onEnd is told of the end of every run
   * @throws StartException if that is wrong
   */
  public ReconcileService(Settings settings, Reconciliation.Ended onEnd) {
    NamedSources named = SourcesFile.read(settings.reconcileSources());
    Path folder = settings.reconcileDir();
    this.onEnd = onEnd;
    Settings.AssistantChoice asked = settings.assistant();
    this.assistant =
        asked == null
            ? null
            : new MessagesAssistant(
                asked.base(), asked.key(), asked.model(), MessagesAssistant.TIME);
    this.settings =
        folder == null
            ? null
            : new ReconcileSettings(
                folder,
                (int) settings.number(Setting.RECONCILE_RUNS),
                settings.number(Setting.RECONCILE_MEMORY),
                (int)
                    settings.numberOr(
                        Setting.RECONCILE_THREADS, Runtime.getRuntime().availableProcessors()),
                settings.duration(Setting.RECONCILE_TIME),
                settings.number(Setting.RECONCILE_DISK),
                settings.number(Setting.RECONCILE_UPLOAD_MAX),
                named,
                settings.is(Setting.RECONCILE_ENGINE, ReconcileSettings.SPARK)
                    ? ReconcileSettings.SPARK
                    : ReconcileSettings.DUCKDB);
  }

  /**
   * From now on it may be asked; goes on at once with what is there.
   *
   * @param headsOfBooks what stands for them in evidence
   */
  public void start(Supplier<LedgerApi> books, BookHeads headsOfBooks) {
    synchronized (lock) {
      ledger = books;
      heads = headsOfBooks;
    }
    ReconcileSettings known = settings;
    if (known != null && (isThere() || !known.named().equals(NamedSources.NONE))) {
      try {
        get();
      } catch (LedgerException e) {
        LOG.warn(
            "reconciliation in {} is not served: {}",
            known.folder(),
            e.error() instanceof Unavailable gone ? gone.reason() : e.getMessage());
      }
    }
  }

  /** Whether something was ever reconciled here, so that those who only look make nothing. */
  public boolean isThere() {
    ReconcileSettings known = settings;
    return known != null && ConfigFiles.isDirectory(known.folder().resolve("records"));
  }

  /** Opens it if need be; another process that has it may be gone by now. */
  public Reconciliation get() {
    synchronized (lock) {
      Reconciliation there = open;
      if (there != null) {
        return there;
      }
      Supplier<LedgerApi> books = ledger;
      if (settings == null || books == null || closed) {
        throw new LedgerException(
            new Unavailable(
                closed
                    ? "the daemon is stopping"
                    : "reconciliation has no folder here: set "
                        + Setting.RECONCILE_DIR.variable()));
      }
      Reconciliation opened = Reconciliation.open(settings, books.get(), heads);
      opened.onEnd(onEnd);
      open = opened;
      return opened;
    }
  }

  /** Drafts rules elsewhere; null where the operator named none. */
  public @Nullable Assistant assistant() {
    return assistant;
  }

  /** What is open; null while nothing is. Opens nothing. */
  public @Nullable Reconciliation opened() {
    synchronized (lock) {
      return open;
    }
  }

  /** How it is, for metrics; null while it is not open. */
  public Reconciliation.@Nullable Seen seen() {
    Reconciliation there = opened();
    return there == null ? null : there.seen();
  }

  /**
   * Ends what runs and gives the folder back; what was cut off is begun again at the next start.
   */
  public void close() {
    Reconciliation there;
    synchronized (lock) {
      closed = true;
      there = open;
      open = null;
    }
    if (there != null) {
      there.close();
    }
  }
}
