// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.reconcile.engine.EngineLimits;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.SourceRef;
import dev.talea.reconcile.recipe.Value;
import dev.talea.reconcile.row.MatchSide;
import dev.talea.reconcile.row.RowSource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Works on runs, a few at a time: prepares the folder of each, has a process match it, and puts the
 * evidence into its place. Apart from {@link Runs}, which says what is to be done and records what
 * was.
 *
 * <p>Owns its threads: one for each run that may be worked on, one that ends runs by the clock, and
 * one that looks at folders and schedules, which may wait for disks.
 */
final class RunWorker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunWorker.class);
  private static final int IDLE_SECONDS = 10;

  private final Runs runs;
  private final Documents documents;
  private final Uploads uploads;
  private final EvidenceStore evidence;
  private final ReconcileSettings settings;
  private final RunForms forms;
  private final LedgerApi ledger;
  private final Command command;
  private final LongSupplier nanos;
  private final ThreadPoolExecutor threads;
  private final ScheduledThreadPoolExecutor clock;
  private final ScheduledThreadPoolExecutor watcher;
  private volatile Reconciliation.Ended listener = (state, took) -> {};

  /**
   * How processes are started.
   *
   * @param java the command
   * @param classPath of this process
   * @param separator of its entries
   * @param mainClass what is run
   */
  record Command(String java, String classPath, String separator, String mainClass) {
    static Command ofThisProcess() {
      String separator = System.getProperty("path.separator");
      return new Command(
          Path.of(System.getProperty("java.home"), "bin", "java").toString(),
          absolute(System.getProperty("java.class.path"), separator),
          separator,
          StandardChild.class.getName());
    }

    /** A process works in the folder of its run, where {@code ./talea} is not. */
    static String absolute(String classPath, String separator) {
      return Stream.of(classPath.split(Pattern.quote(separator), -1))
          .map(entry -> Path.of(entry).toAbsolutePath().toString())
          .collect(Collectors.joining(separator));
    }

    /**
     * The class path with the engine in it.
     *
     * @throws LedgerException {@link Unavailable} if there is no engine, with what to add
     */
    String withEngine() {
      String found = EngineJar.classPath(classPath, separator);
      if (found == null) {
        throw new LedgerException(new Unavailable(EngineJar.missing(classPath, separator)));
      }
      return found;
    }
  }

  RunWorker(
      Runs runs,
      Documents documents,
      Uploads uploads,
      EvidenceStore evidence,
      ReconcileSettings settings,
      RunForms forms,
      LedgerApi ledger,
      Command command,
      LongSupplier nanos) {
    this.runs = runs;
    this.documents = documents;
    this.uploads = uploads;
    this.evidence = evidence;
    this.settings = settings;
    this.forms = forms;
    this.ledger = ledger;
    this.command = command;
    this.nanos = nanos;
    this.threads =
        new ThreadPoolExecutor(
            settings.runs(),
            settings.runs(),
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            daemons("talea-reconcile-run"));
    this.threads.allowCoreThreadTimeOut(true);
    this.clock = new ScheduledThreadPoolExecutor(1, daemons("talea-reconcile-clock"));
    this.clock.setRemoveOnCancelPolicy(true);
    this.watcher = new ScheduledThreadPoolExecutor(1, daemons("talea-reconcile-watcher"));
  }

  private static ThreadFactory daemons(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  void onEnd(Reconciliation.Ended other) {
    listener = other;
  }

  /** Says what to add where the engine is missing, before anything is queued. */
  void checkEngine() {
    String found = command.withEngine();
    if (settings.isSpark() && EngineJar.withSpark(found, command.separator) == null) {
      throw new LedgerException(
          new Unavailable(EngineJar.sparkMissing(command.classPath, command.separator)));
    }
  }

  void submit(Run run) {
    try {
      threads.execute(() -> work(run));
    } catch (RejectedExecutionException e) {
      LOG.debug("run {} waits for the next start", run.id);
    }
  }

  /** Folders and schedules. */
  void watch(NamedSources named) {
    if (!named.watches().isEmpty() || !named.schedules().isEmpty()) {
      Standing standing = new Standing(runs, uploads, named);
      var unused =
          watcher.scheduleWithFixedDelay(
              standing::look, 1, Standing.EVERY_SECONDS, TimeUnit.SECONDS);
    }
  }

  /**
   * However the work ends, the run ends with it and says why: what is thrown here would otherwise
   * leave it as it is until the next start, and that may be months away.
   */
  private void work(Run run) {
    long begun = nanos.getAsLong();
    RunProcess process = null;
    RunProcess.End end;
    EvidenceStore.Made made = null;
    try {
      Path folder = evidence.begin(run.id);
      RunProcess own = settings.isSpark() ? sparkProcess(folder) : process(folder);
      Map<String, @Nullable Object> queued = runs.begin(run, own);
      if (queued == null) {
        drop(run);
        return;
      }
      process = own;
      end = match(run, queued, folder, own, begun + settings.time().toNanos());
      if (end instanceof RunProcess.Done done) {
        made =
            evidence.keep(
                run.id,
                plainName(String.valueOf(done.result().get("manifest"))),
                String.valueOf(done.result().get("manifest_sha256")));
      }
    } catch (EndedException e) {
      end = e.end;
    } catch (LedgerException e) {
      end = new RunProcess.Failed(words(e));
    } catch (Throwable e) {
      LOG.warn("run {} failed", run.id, e);
      end =
          new RunProcess.Failed(
              "The run failed: "
                  + (e instanceof Exception && e.getMessage() != null ? e.getMessage() : e));
    }
    if (process != null && !(end instanceof RunProcess.Done)) {
      process.kill(); // it has ended, unless something was thrown here while it worked
    }
    drop(run);
    finish(run, process, end, made);
    listener.ended(run.state.text(), nanos.getAsLong() - begun);
  }

  /** A process in a folder of its own, with the memory and the class path of every run. */
  RunProcess process(Path folder) {
    String classPath = EngineJar.classPath(command.classPath, command.separator);
    return new RunProcess(
        new RunProcess.Start(
            command.java,
            classPath == null ? command.classPath : classPath,
            command.mainClass,
            settings.heapBytes(),
            (settings.memoryBytes() >> 20) + " MiB",
            settings.time()),
        folder,
        clock);
  }

  /** The same on Spark. */
  private RunProcess sparkProcess(Path folder) {
    String classPath = EngineJar.classPath(command.classPath, command.separator);
    String known = classPath == null ? command.classPath : classPath;
    String found = EngineJar.withSpark(known, command.separator);
    return new RunProcess(
        new RunProcess.Start(
            command.java,
            found == null ? known : found,
            command.mainClass,
            settings.sparkHeapBytes(),
            (settings.memoryBytes() >> 20) + " MiB",
            settings.time(),
            ReconcileSettings.SPARK),
        folder,
        clock);
  }

  private void finish(
      Run run,
      @Nullable RunProcess process,
      RunProcess.End end,
      EvidenceStore.@Nullable Made made) {
    try {
      try {
        runs.finish(run, process, end, made);
      } catch (LedgerException e) {
        if (!(e.error() instanceof InvalidDraft)) {
          throw e;
        }
        // What its process said cannot be recorded; nothing was written, so that it failed can.
        runs.finish(
            run, process, new RunProcess.Failed("What it says it did is wrong: " + words(e)), null);
      }
    } catch (Throwable e) {
      LOG.error("the end of run {} could not be recorded", run.id, e);
      String why = e instanceof LedgerException of ? words(of) : String.valueOf(e);
      runs.lost(run, process, "Its end could not be recorded: " + why);
    }
  }

  /** Before the end is recorded: who is told of it finds nothing half done. */
  private void drop(Run run) {
    try {
      evidence.drop(run.id);
    } catch (IOException | RuntimeException e) {
      LOG.warn("the folder of run {} is left behind until the next start", run.id, e);
    }
  }

  private static String plainName(String name) {
    UploadFolder.checkName(name);
    return name;
  }

  static String words(LedgerException e) {
    return e.error() instanceof InvalidDraft wrong
        ? wrong.field() + ": " + wrong.reason()
        : e.error() instanceof Unavailable gone
            ? gone.reason()
            : e.error() instanceof NotFound missing
                ? "There is no " + missing.what() + "."
                : String.valueOf(e.getMessage());
  }

  private RunProcess.End match(
      Run run,
      Map<String, @Nullable Object> queued,
      Path folder,
      RunProcess process,
      long deadlineNanos)
      throws IOException {
    String document = documents.recipeText(run.recipe, JsonTree.number(queued, "version", 0));
    Recipe recipe = documents.recipeOf(document);
    Map<String, String> parameters = new LinkedHashMap<>();
    JsonTree.child(queued, "parameters").forEach((name, value) -> parameters.put(name, "" + value));
    Map<String, Value> values = forms.parameters(recipe, parameters);
    Map<String, Object> secrets = new LinkedHashMap<>();
    EvidenceStore.Carrying carrying = runs.carrying(run);
    Map<MatchSide, RunJob.Side> sides = new EnumMap<>(MatchSide.class);
    for (MatchSide side : MatchSide.values()) {
      String carried = carrying == null ? null : runs.carry(carrying, side, folder);
      SourceRef source = recipe.side(side).source();
      Map<String, @Nullable Object> input = JsonTree.child(queued, side.text());
      if (source instanceof SourceRef.Ledger of) {
        String rows = side.text() + ".rows";
        long atSeq = JsonTree.number(input, "at_seq", -1);
        try (RowSource from = forms.ledger(ledger, of, values, atSeq)) {
          String step = "read " + side.text() + " ledger";
          RowFile.write(
              folder.resolve(rows),
              from,
              count -> runs.progress(run, process, step, count, -1),
              () -> checkGoesOn(run, process, deadlineNanos));
        }
        sides.put(side, new RunJob.Side(carried, rows, null, null, null, null, null));
      } else {
        sides.put(side, elsewhere(side, source, input, carried, secrets));
      }
    }
    RunJob.Side left = Objects.requireNonNull(sides.get(MatchSide.LEFT));
    RunJob.Side right = Objects.requireNonNull(sides.get(MatchSide.RIGHT));
    new RunJob(
            document,
            parameters,
            left,
            right,
            new EngineLimits(settings.engineBytes(), settings.threads(), settings.diskBytes()))
        .write(folder);
    checkGoesOn(run, process, deadlineNanos);
    return process.run(
        secrets,
        Duration.ofNanos(deadlineNanos - nanos.getAsLong()),
        (step, done, total) -> runs.progress(run, process, step, done, total));
  }

  /** How a run ended before its process began. */
  private static final class EndedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    final transient RunProcess.End end;

    EndedException(RunProcess.End end) {
      this.end = end;
    }
  }

  private void checkGoesOn(Run run, RunProcess process, long deadlineNanos) {
    if (runs.isCancelling(run)) {
      throw new EndedException(new RunProcess.Cancelled());
    }
    if (deadlineNanos - nanos.getAsLong() <= 0) {
      throw new EndedException(process.tookTooLong());
    }
  }

  /** A side that the process of the run reads itself. */
  RunJob.Side elsewhere(
      MatchSide side,
      SourceRef source,
      Map<String, @Nullable Object> input,
      @Nullable String carried,
      Map<String, Object> secrets) {
    if (source instanceof SourceRef.Sql sql) {
      NamedSources.Database database = settings.named().databases().get(sql.source());
      if (database == null) {
        throw JsonTree.invalid(
            side.text() + ".source",
            "names the database '" + sql.source() + "', which TALEA_RECONCILE_SOURCES does not");
      }
      secrets.put(
          side.text(),
          JsonTree.of(
              "url", database.url(), "user", database.user(), "password", database.password()));
      return new RunJob.Side(
          carried,
          null,
          null,
          null,
          sql.source(),
          sql.query(),
          documents.profileText(sql.profile()));
    }
    SourceRef.File file = (SourceRef.File) source;
    return new RunJob.Side(
        carried,
        null,
        uploads.file(Long.parseLong(JsonTree.text(input, "upload"))).toString(),
        JsonTree.text(input, "name"),
        null,
        null,
        documents.profileText(file.profile()));
  }

  /** Waits a little for the threads: their processes have been ended. */
  @Override
  public void close() {
    clock.shutdownNow();
    watcher.shutdownNow();
    threads.shutdownNow();
    try {
      if (!threads.awaitTermination(3, TimeUnit.SECONDS)) {
        LOG.warn("a run is still being worked on, and is left behind");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
