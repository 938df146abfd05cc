// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.LedgerException;
import dev.talea.reconcile.engine.Engine;
import dev.talea.reconcile.engine.EngineException;
import dev.talea.reconcile.engine.EngineLimits;
import dev.talea.reconcile.engine.EngineRun;
import dev.talea.reconcile.engine.Origin;
import dev.talea.reconcile.engine.Outcome;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.Value;
import dev.talea.reconcile.row.MatchSide;
import dev.talea.reconcile.row.RowSource;
import dev.talea.reconcile.row.SourceFacts;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A process that matches: one run, told by the job in its folder, and then it ends. It says how far
 * it is and what came of it as lines of JSON on its standard output. On its standard input come
 * first the secrets of databases, then perhaps the word to stop; when that input ends the process
 * that wanted the run is gone, and so this one ends too.
 *
 * <p>Separate from the ledger's process, so that a fault of native code, or memory that runs out,
 * ends this run and nothing else. The run itself is done by the main thread; another one listens.
 */
final class RunChild {
  /** On standard input: stop. */
  static final String CANCEL = "cancel";

  /** Between two lines of progress of one step lie at least so many rows. */
  private static final long TELL_EVERY_ROWS = 5_000;

  private static final int ORPHANED = 4;

  private final RunForms forms;
  private final Path folder;
  private final BufferedReader in;
  private final OutputStream out;
  private volatile boolean cancelled;
  private volatile @Nullable EngineRun running;

  /** What was told last. */
  private String step = "";

  private long told;

  private RunChild(RunForms forms, Path folder, InputStream in, OutputStream out) {
    this.forms = forms;
    this.folder = folder;
    this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    this.out = out;
  }

  /**
   * Does the run whose folder is the first argument, and ends the process.
   *
   * @param forms what its documents mean
   */
  static void main(RunForms forms, String[] arguments) {
    int status = 1;
    try {
      RunChild child =
          new RunChild(forms, Path.of(arguments[0]), System.in, SystemFiles.standardOutput());
      child.work();
      status = 0;
    } catch (IOException e) {
      // Nothing reads what is said, so nothing waits for it.
    } finally {
      // Threads of a driver must not keep a process whose work is done.
      Runtime.getRuntime().halt(status);
    }
  }

  private void work() throws IOException {
    try {
      Map<String, @Nullable Object> secrets = JsonTree.object("secrets", firstLine());
      listen();
      say(run(secrets));
    } catch (LedgerException e) {
      fail(EngineException.Kind.RECIPE, RunWorker.words(e));
    } catch (EngineException e) {
      fail(cancelled ? EngineException.Kind.CANCELLED : e.kind(), String.valueOf(e.getMessage()));
    } catch (IOException | UncheckedIOException e) {
      fail(EngineException.Kind.FAULT, "A source or the evidence failed: " + words(e));
    } catch (OutOfMemoryError e) {
      Runtime.getRuntime().halt(RunProcess.OUT_OF_MEMORY);
    } catch (RuntimeException e) {
      fail(EngineException.Kind.FAULT, "The run failed: " + e);
    }
  }

  private static String words(Exception e) {
    Throwable from = e instanceof UncheckedIOException && e.getCause() != null ? e.getCause() : e;
    return SystemFiles.whole(from);
  }

  private byte[] firstLine() throws IOException {
    String line = in.readLine();
    if (line == null) {
      throw new IOException("standard input ended before it began");
    }
    return line.getBytes(StandardCharsets.UTF_8);
  }

  /** On a thread of its own, because the main thread is in the engine. */
  private void listen() {
    Thread listener =
        new Thread(
            () -> {
              try {
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                  if (line.equals(CANCEL)) {
                    cancel();
                  }
                }
              } catch (IOException e) {
                // as when it has ended
              }
              Runtime.getRuntime().halt(ORPHANED);
            },
            "talea-reconcile-listener");
    listener.setDaemon(true);
    listener.start();
  }

  private void cancel() {
    cancelled = true;
    EngineRun run = running;
    if (run != null) {
      run.cancel();
    }
  }

  private void checkCancelled() {
    if (cancelled) {
      throw new EngineException(EngineException.Kind.CANCELLED, "The run was called off.");
    }
  }

  private Map<String, @Nullable Object> run(Map<String, @Nullable Object> secrets)
      throws IOException {
    Path check = folder.resolve(Verification.FILE);
    if (SystemFiles.exists(check)) {
      return verify(check);
    }
    if (SystemFiles.exists(folder.resolve(SampleWork.FILE))) {
      SampleWork.Sides sides = (side, input) -> open(side, input, secrets);
      return JsonTree.of("done", new SampleWork(forms, folder, sides, this::progress).run());
    }
    RunJob job = RunJob.read(folder);
    Recipe recipe = forms.recipe(job.recipe().getBytes(StandardCharsets.UTF_8));
    Map<String, Value> parameters = forms.parameters(recipe, job.parameters());
    Engine engine = forms.engine();
    Path work = folder.resolve(RunJob.WORK);
    Path evidence = work.resolve(RunJob.EVIDENCE);
    SystemFiles.makeFolder(work);
    SystemFiles.makeFolder(evidence);
    try (EngineRun run = engine.open(work, job.limits())) {
      running = run;
      checkCancelled();
      RunForms.Inputs left = load(run, MatchSide.LEFT, job.left(), secrets);
      RunForms.Inputs right = load(run, MatchSide.RIGHT, job.right(), secrets);
      SystemFiles.writeDurably(
          folder.resolve(EvidenceStore.COLUMNS),
          CarriedColumns.bytes(run.columns(MatchSide.LEFT), run.columns(MatchSide.RIGHT)));
      Outcome outcome = run.match(recipe, parameters, this::progress);
      checkCancelled();
      List<String> files = run.write(evidence, this::progress);
      String manifest =
          forms.seal(
              evidence,
              new RunForms.Sealed(engine, recipe, parameters, left, right, outcome, files));
      checkCancelled();
      return JsonTree.of(
          "done",
          JsonTree.of(
              "manifest",
              manifest,
              "manifest_sha256",
              SystemFiles.sha256(evidence.resolve(manifest)),
              "outcome",
              OutcomeTree.of(outcome)));
    } finally {
      running = null;
    }
  }

  private Map<String, @Nullable Object> verify(Path check) throws IOException {
    Map<String, @Nullable Object> told =
        JsonTree.object("verification", SystemFiles.bytes(check, 1 << 16));
    Path work = folder.resolve(RunJob.WORK);
    SystemFiles.makeFolder(work);
    return JsonTree.of(
        "done",
        forms.verify(
            Path.of(JsonTree.text(told, "folder")),
            work,
            new EngineLimits(
                JsonTree.number(told, "memory_bytes", 0),
                (int) JsonTree.number(told, "threads", 1),
                JsonTree.number(told, "disk_bytes", 0)),
            this::progress));
  }

  private RunForms.Inputs load(
      EngineRun run, MatchSide side, RunJob.Side input, Map<String, @Nullable Object> secrets)
      throws IOException {
    SourceFacts carried = null;
    String open = input.carried();
    if (open != null) {
      try (RowSource rows = RowFile.open(folder.resolve(open))) {
        run.load(side, Origin.CARRIED, rows, this::progress);
        carried = rows.facts();
      }
    }
    checkCancelled();
    try (RowSource rows = open(side, input, secrets)) {
      run.load(side, Origin.SOURCE, rows, this::progress);
      checkCancelled();
      return new RunForms.Inputs(carried, rows.facts());
    }
  }

  private RowSource open(MatchSide side, RunJob.Side input, Map<String, @Nullable Object> secrets)
      throws IOException {
    String rows = input.rows();
    if (rows != null) {
      return RowFile.open(folder.resolve(rows));
    }
    String text = input.profile();
    byte[] profile = text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    String path = input.path();
    if (profile != null && path != null) {
      return forms.file(profile, Path.of(path), String.valueOf(input.name()));
    }
    String database = input.database();
    String query = input.query();
    if (profile != null && database != null && query != null) {
      Map<String, @Nullable Object> secret = JsonTree.child(secrets, side.text());
      return forms.query(
          new NamedSources.Database(
              JsonTree.text(secret, "url"),
              JsonTree.textOrNull(secret, "user"),
              JsonTree.textOrNull(secret, "password"),
              Set.of()),
          database,
          query,
          profile);
    }
    throw new IllegalStateException("the job names no source on the " + side.text());
  }

  /** Called by the thread of the run; a step is told when it begins, and then now and then. */
  private void progress(String at, long done, long total) {
    boolean begins = !at.equals(step);
    if (!begins && done != total && done - told < TELL_EVERY_ROWS) {
      return;
    }
    step = at;
    told = done;
    try {
      say(
          JsonTree.of(
              "progress",
              JsonTree.of("step", at, "done", done, "total", total < 0 ? null : total)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void fail(EngineException.Kind kind, String message) throws IOException {
    say(JsonTree.of("failed", JsonTree.of("kind", kind.name(), "message", message)));
  }

  private void say(Map<String, ?> line) throws IOException {
    out.write(JsonTree.bytes(line));
    out.write('\n');
    out.flush();
  }
}
