// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.log.LogException;
import dev.talea.log.LogLockedException;
import dev.talea.log.LogSettings;
import dev.talea.log.Logs;
import dev.talea.log.disk.LogDirectory;
import dev.talea.log.disk.SystemLogEnvironment;
import dev.talea.reconcile.source.BookHeads;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reconciliation as one process has it: {@link Documents} say what is compared, {@link Uploads} are
 * files that were sent for it, {@link Runs} do it, and {@link Exceptions} are the rows that stay
 * open. Everything is a record in a log first and done second, so that what these objects know is
 * what the log says, after a crash too. This one opens the folder and puts them together.
 *
 * <p>Owns its folder alone: another process is refused. Any thread may call; calls wait for disks.
 */
public final class Reconciliation implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Reconciliation.class);

  private static final Set<String> TYPES =
      Set.of(
          "room_made",
          "profile_saved",
          "recipe_saved",
          "upload_completed",
          "upload_pruned",
          "run_queued",
          "run_started",
          "run_requeued",
          "run_cancelling",
          "run_ended",
          "evidence_pruned",
          "decision",
          "hand_match",
          "hand_unmatch");

  private final ReconcileSettings settings;
  private final Logs logs;
  private final Records records;
  private final Documents documents;
  private final Uploads uploads;
  private final Decisions decisions;
  private final EvidenceStore evidence;
  private final Runs runs;
  private final Exceptions exceptions;
  private final SampleProcess samples;
  private final Previews previews;
  private final Proposals proposals;
  private final RunEnds ends;

  private Reconciliation(
      ReconcileSettings settings,
      RunForms forms,
      Logs logs,
      Records records,
      RunEnds ends,
      LongSupplier nanos,
      LedgerApi ledger,
      RunWorker.Command command) {
    this.settings = settings;
    this.logs = logs;
    this.records = records;
    this.ends = ends;
    this.documents = new Documents(records, forms, settings.named());
    this.uploads =
        new Uploads(records, settings.folder().resolve("uploads"), settings.uploadBytesMax());
    this.decisions = new Decisions();
    this.evidence = new EvidenceStore(settings.folder());
    this.runs =
        new Runs(
            records, forms, settings, documents, uploads, decisions, evidence, ledger, command,
            nanos);
    this.exceptions = new Exceptions(records, runs, decisions, evidence);
    this.samples = new SampleProcess(settings, forms, runs.worker(), ledger, nanos);
    this.previews = new Previews(records, forms, documents, runs, samples);
    this.proposals = new Proposals(records, forms, documents, uploads, runs, samples);
  }

  /**
   * Opens the folder, making it if it is not there, and goes on with what was not finished.
   *
   * @param ledger whose books recipes name
   * @param heads what stands for these books in evidence
   * @throws LedgerException {@link Unavailable} if another process has it, or it cannot be read
   */
  public static Reconciliation open(ReconcileSettings settings, LedgerApi ledger, BookHeads heads) {
    return open(settings, ledger, new StandardForms(heads), RunWorker.Command.ofThisProcess());
  }

  /** As above, where nothing is known that stands for a book. */
  public static Reconciliation open(ReconcileSettings settings, LedgerApi ledger) {
    return open(settings, ledger, BookHeads.NONE);
  }

  /** As above, with other forms and another command. */
  static Reconciliation open(
      ReconcileSettings settings, LedgerApi ledger, RunForms forms, RunWorker.Command command) {
    String folder = "the folder " + settings.folder() + " of " + ReconcileSettings.DIR;
    var environment = SystemLogEnvironment.create();
    Logs logs;
    try {
      logs =
          LogDirectory.open(
              settings.folder().resolve("records"),
              LogSettings.DEFAULTS.withSegmentBytesMax(16 << 20),
              environment);
    } catch (LogLockedException e) {
      throw Records.unavailable(
          "another process has " + folder + ": ask that one, or name another folder", e);
    } catch (LogException e) {
      throw Records.unavailable(folder + " cannot be opened: " + e.getMessage(), e);
    }
    boolean opened = false;
    try {
      RunLog log = RunLog.open(logs);
      Records records = new Records(log, environment.clock()::micros);
      Reconciliation reconciliation =
          new Reconciliation(
              settings,
              forms,
              logs,
              records,
              new RunEnds(records, log.id()),
              environment.nanos(),
              ledger,
              command);
      reconciliation.recover();
      opened = true;
      return reconciliation;
    } catch (IOException | LogException | LedgerException | IllegalStateException e) {
      throw Records.unavailable(
          folder
              + " cannot be read: "
              + (e instanceof LedgerException wrong ? RunWorker.words(wrong) : e.getMessage()),
          e);
    } finally {
      if (!opened) {
        logs.close();
      }
    }
  }

  private void recover() throws IOException {
    synchronized (records.lock) {
      boolean made = records.isEmpty();
      if (made) {
        checkNothingIsThere();
      }
      records.replay(
          List.of(documents, uploads, decisions, runs, ends, Reconciliation::passedOver));
      ends.opened();
      if (made) {
        records.add(JsonTree.of("type", "room_made"), null);
      }
      Path lost = settings.folder().resolve("lost");
      uploads.clean(lost);
      evidence.clean(runs::isKnown, runs::isCompleted, lost);
      runs.recover();
    }
    runs.worker().watch(settings.named());
  }

  private static void passedOver(String type, long seq, Map<String, @Nullable Object> record) {
    if (!TYPES.contains(type)) {
      LOG.warn("record {} is of the kind {}, which this version passes over", seq, type);
    }
  }

  /**
   * A log has a record from its first moment on, so that an empty one beside files is not a new
   * room, but one whose log was lost; what a person still has of it must not be touched.
   */
  private void checkNothingIsThere() throws IOException {
    int folders = evidence.kept().size();
    int files = uploads.kept().size();
    if (folders + files > 0) {
      throw new IOException(
          "its log is empty, but there are "
              + folders
              + " runs in evidence/ and "
              + files
              + " files in uploads/; bring records/ back from a backup of the same folder, or, to"
              + " begin anew, move evidence/, uploads/ and open/ away");
    }
  }

  /** Format profiles and recipes. */
  public Documents documents() {
    return documents;
  }

  /** Files that were sent. */
  public Uploads uploads() {
    return uploads;
  }

  /** Runs and what they left. */
  public Runs runs() {
    return runs;
  }

  /** Ends of runs, for those who tell others of them. */
  public RunEnds ends() {
    return ends;
  }

  /** Rows that stayed open. */
  public Exceptions exceptions() {
    return exceptions;
  }

  /** Recipes that are tried on a few rows. */
  public Previews previews() {
    return previews;
  }

  /** Profiles and recipes that are drafted from what there is. */
  public Proposals proposals() {
    return proposals;
  }

  /** What the operator has named, without a word of where it lies. */
  public List<Map<String, @Nullable Object>> sources() {
    List<Map<String, @Nullable Object>> found = new ArrayList<>();
    for (String name : new TreeSet<>(settings.named().databases().keySet())) {
      found.add(JsonTree.of("kind", "database", "name", name));
    }
    for (NamedSources.Watch watch : settings.named().watches()) {
      found.add(
          JsonTree.of(
              "kind",
              "folder",
              "name",
              watch.name(),
              "recipe",
              watch.recipe(),
              "side",
              watch.side().text()));
    }
    for (NamedSources.Schedule schedule : settings.named().schedules()) {
      found.add(
          JsonTree.of(
              "kind",
              "schedule",
              "name",
              schedule.name(),
              "recipe",
              schedule.recipe(),
              "every_minutes",
              schedule.every().toMinutes(),
              "at",
              schedule.at().toString()));
    }
    return found;
  }

  /**
   * Numbers for those who watch.
   *
   * @param runs by state
   * @param rows by state, of all completed runs
   * @param lastZeroMatch when a run last matched nothing, in seconds since 1970, or 0
   */
  public record Seen(
      Map<String, Long> runs, Map<String, Long> rows, long lastZeroMatch, long evidenceBytes) {}

  /** How it is now. */
  public Seen seen() {
    return runs.seen();
  }

  /** Is told of the end of a run. */
  @FunctionalInterface
  public interface Ended {
    /** A run has ended in a state, after so many nanoseconds of work. */
    void ended(String state, long nanos);
  }

  /** Is told when a run has ended, with how many nanoseconds it took; for metrics. */
  public void onEnd(Ended listener) {
    runs.worker().onEnd(listener);
  }

  /**
   * Ends the processes of runs, which are begun again at the next start, and gives the folder back.
   */
  @Override
  public void close() {
    List<RunProcess> processes;
    synchronized (records.lock) {
      if (records.isClosed()) {
        return;
      }
      processes = runs.putBack();
      records.close();
    }
    processes.forEach(RunProcess::kill);
    samples.close();
    runs.worker().close();
    logs.close();
  }
}
