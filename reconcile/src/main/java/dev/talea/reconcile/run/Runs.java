// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerError.AlreadyExists;
import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerError.Overloaded;
import dev.talea.ledger.LedgerException;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.SourceRef;
import dev.talea.reconcile.row.MatchSide;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The runs: asked for, worked on, ended, and what they left. Recorded first and done second; the
 * work is a {@link RunWorker}'s.
 *
 * <p>Runs of one recipe are worked on one after the other, because each goes on with what the one
 * before left open: its newest completed run is the end of that chain.
 *
 * <p>Any thread may call; calls wait for disks.
 */
public final class Runs implements Records.Part {
  private static final Logger LOG = LoggerFactory.getLogger(Runs.class);
  private static final int KEY_CHARS_MAX = 200;

  /** A run that was cut off by the end of its server is begun again so often. */
  private static final int ATTEMPTS_MAX = 2;

  private final Records records;
  private final RunForms forms;
  private final ReconcileSettings settings;
  private final Documents documents;
  private final Uploads uploads;
  private final Decisions decisions;
  private final EvidenceStore evidence;
  private final RunWorker worker;

  private final NavigableMap<Long, Run> runs = new TreeMap<>();
  private final Map<String, Long> keys = new HashMap<>();

  /** The newest completed run of each recipe: whose open rows the next one carries. */
  private final Map<String, Long> newest = new HashMap<>();

  /** The run that each recipe began anew with: rows of runs before it were left behind. */
  private final Map<String, Long> anew = new HashMap<>();

  /** The run of each recipe that is worked on, and those that wait for its end. */
  private final Map<String, Run> working = new HashMap<>();

  private final Map<String, Deque<Run>> waiting = new HashMap<>();

  private final Map<RunState, Long> counts = new EnumMap<>(RunState.class);
  private long evidenceBytes;
  private long lastZeroMatchMicros;
  private final Map<String, Long> rows = new TreeMap<>();

  Runs(
      Records records,
      RunForms forms,
      ReconcileSettings settings,
      Documents documents,
      Uploads uploads,
      Decisions decisions,
      EvidenceStore evidence,
      LedgerApi ledger,
      RunWorker.Command command,
      LongSupplier nanos) {
    this.records = records;
    this.forms = forms;
    this.settings = settings;
    this.documents = documents;
    this.uploads = uploads;
    this.decisions = decisions;
    this.evidence = evidence;
    this.worker =
        new RunWorker(this, documents, uploads, evidence, settings, forms, ledger, command, nanos);
    for (String state : OutcomeTree.STATES) {
      rows.put(state, 0L);
    }
  }

  // ---- what the records say

  @Override
  public void check(String type, Map<String, @Nullable Object> record) {
    switch (type) {
      case "run_started", "run_requeued", "run_cancelling", "evidence_pruned" -> {
        var unused = known(record);
      }
      case "run_ended" -> {
        var unusedRun = known(record);
        var unusedEnd = endOf(record);
        // What is in there was said by the process of the run.
        for (MatchSide side : MatchSide.values()) {
          Map<String, @Nullable Object> totals = totals(record, side);
          for (String state : OutcomeTree.STATES) {
            long unused = JsonTree.number(totals, state, 0);
          }
        }
        for (String text : List.of("manifest", "manifest_sha256")) {
          String unused = JsonTree.textOrNull(record, text);
        }
      }
      default -> {
        // Made here of texts and numbers that were looked at one by one.
      }
    }
  }

  private static Map<String, @Nullable Object> totals(
      Map<String, @Nullable Object> record, MatchSide side) {
    return JsonTree.child(JsonTree.child(record, "outcome"), side.text());
  }

  @Override
  public void apply(String type, long seq, Map<String, @Nullable Object> record) {
    switch (type) {
      case "run_queued" -> queued(seq, record);
      case "run_started" -> {
        Run run = known(record);
        run.attempt++;
        run.startedSeq = seq;
        count(run, RunState.RUNNING);
      }
      case "run_requeued" -> {
        Run run = known(record);
        run.attempt--;
        count(run, RunState.QUEUED);
      }
      case "run_cancelling" -> count(known(record), RunState.CANCELLING);
      case "run_ended" -> ended(seq, record);
      case "evidence_pruned" -> {
        Run run = known(record);
        run.pruned = true;
        evidenceBytes -= run.evidenceBytes;
        run.evidenceBytes = JsonTree.number(record, "bytes", 0);
        evidenceBytes += run.evidenceBytes;
      }
      default -> {
        // It is of no run.
      }
    }
  }

  private void queued(long seq, Map<String, @Nullable Object> record) {
    long id = JsonTree.number(record, "run", 0);
    String key = JsonTree.text(record, "key");
    Run run =
        new Run(
            id,
            key,
            JsonTree.text(record, "recipe"),
            Set.copyOf(JsonTree.texts(record, "books")),
            JsonTree.truth(record, "carry"),
            seq);
    runs.put(id, run);
    keys.put(key, id);
    counts.merge(RunState.QUEUED, 1L, Long::sum);
  }

  private void ended(long seq, Map<String, @Nullable Object> record) {
    Run run = known(record);
    RunState state = endOf(record);
    count(run, state);
    run.endedSeq = seq;
    run.endedMicros = JsonTree.number(record, "at_micros", 0);
    if (state != RunState.COMPLETED) {
      return;
    }
    run.evidenceBytes = JsonTree.number(record, "evidence_bytes", 0);
    evidenceBytes += run.evidenceBytes;
    run.openLeft = JsonTree.number(record, "open_left", 0);
    run.openRight = JsonTree.number(record, "open_right", 0);
    newest.put(run.recipe, run.id);
    if (!run.carry) {
      anew.put(run.recipe, run.id);
    }
    long matched = 0;
    for (MatchSide side : MatchSide.values()) {
      Map<String, @Nullable Object> totals = totals(record, side);
      matched += JsonTree.number(totals, "matched", 0);
      for (String rowState : OutcomeTree.STATES) {
        rows.merge(rowState, JsonTree.number(totals, rowState, 0), Long::sum);
      }
    }
    if (matched == 0) {
      lastZeroMatchMicros = run.endedMicros;
    }
  }

  private static RunState endOf(Map<String, @Nullable Object> record) {
    RunState state = RunState.of(JsonTree.text(record, "state"));
    if (state == null || !state.isEnd()) {
      throw new IllegalStateException("a record ends a run without an end: " + record);
    }
    return state;
  }

  private Run known(Map<String, @Nullable Object> record) {
    Run run = runs.get(JsonTree.number(record, "run", 0));
    if (run == null) {
      throw new IllegalStateException("a record names a run that there is not: " + record);
    }
    return run;
  }

  private void count(Run run, RunState state) {
    counts.merge(run.state, -1L, Long::sum);
    counts.merge(state, 1L, Long::sum);
    run.state = state;
  }

  /** Goes on after a restart, once all records have been read. Under the lock. */
  void recover() {
    runs.values().forEach(this::finishPruning);
    for (Run run : List.copyOf(runs.values())) {
      if (run.state == RunState.CANCELLING) {
        end(run, RunState.CANCELLED, "It was called off, and its server ended meanwhile.", null);
      } else if (run.state == RunState.RUNNING && run.attempt >= ATTEMPTS_MAX) {
        end(
            run,
            RunState.FAILED,
            "Its server ended "
                + run.attempt
                + " times while it was worked on; start it again once the reason is known.",
            null);
      } else if (run.state == RunState.RUNNING) {
        count(run, RunState.QUEUED);
      }
      if (run.state == RunState.QUEUED) {
        worker.submit(run);
      }
    }
  }

  /** A prune is recorded first, so that its server may have ended before the files were gone. */
  private void finishPruning(Run run) {
    if (run.pruned) {
      try {
        evidence.prune(run.id, JsonTree.text(records.read(run.endedSeq), "manifest"));
      } catch (LedgerException e) {
        LOG.warn("evidence of run {} was pruned, and is there: {}", run.id, RunWorker.words(e));
      }
    }
  }

  RunWorker worker() {
    return worker;
  }

  // ---- looking them up; under the lock where it is not said otherwise

  @Nullable Run find(long id) {
    return runs.get(id);
  }

  private Run run(long id) {
    Run run = runs.get(id);
    if (run == null) {
      throw new LedgerException(new NotFound("run " + id));
    }
    return run;
  }

  long nowMicros() {
    return records.nowMicros();
  }

  boolean isKnown(long id) {
    return runs.containsKey(id);
  }

  /** Whether it left evidence. Any thread. */
  boolean isCompleted(long id) {
    synchronized (records.lock) {
      Run run = runs.get(id);
      return run != null && run.state == RunState.COMPLETED;
    }
  }

  /** The newest run of a recipe that left evidence, or 0. Any thread. */
  long newestOf(String recipe) {
    synchronized (records.lock) {
      return newest.getOrDefault(recipe, 0L);
    }
  }

  /** The books of the newest run of a recipe that left evidence, or those of the recipe. */
  Set<String> booksOfNewest(String recipe) {
    long id = newestOf(recipe);
    return id == 0 ? documents.booksOfRecipe(recipe) : run(id).books;
  }

  /** The run of a recipe that is worked on, or null. */
  @Nullable Run working(String recipe) {
    return working.get(recipe);
  }

  /** Rows whose end was taken back, of runs that the newest one of a recipe goes on from. */
  Set<String> takenBack(String recipe) {
    long first = anew.getOrDefault(recipe, 0L);
    return decisions.takenBack(recipe).stream()
        .filter(exception -> Decisions.run(exception) >= first)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The run that a key began, or 0. Any thread. */
  long ofKey(String key) {
    synchronized (records.lock) {
      return keys.getOrDefault(key, 0L);
    }
  }

  // ---- beginning

  /**
   * Asks for a run: {@code recipe}, and where wanted {@code version}, {@code key}, {@code
   * parameters}, {@code left} and {@code right} with {@code upload} or {@code at_seq}, and {@code
   * carry}. The same key again answers the run that it began.
   *
   * <p>Left out, {@code carry} has to be clear: where the newest run left rows open that go on, it
   * is asked for, because one answer takes them along and the other leaves them behind.
   *
   * @param allowed is given books, and throws if they are out of reach: those of that version, and
   *     those of rows that would be left behind
   * @param of whether a file that this one has sent may be read; ids are easily guessed
   */
  public Map<String, @Nullable Object> start(
      Map<String, @Nullable Object> wanted,
      String cause,
      String by,
      Consumer<Set<String>> allowed,
      Predicate<String> of) {
    JsonTree.known(
        wanted, List.of("recipe", "version", "key", "parameters", "left", "right", "carry"));
    String name = JsonTree.text(wanted, "recipe");
    Map<String, @Nullable Object> saved =
        documents.recipeRecord(name, JsonTree.number(wanted, "version", 0), allowed);
    Recipe recipe = documents.recipeOf(JsonTree.text(saved, "document"));
    Map<String, @Nullable Object> parameters = JsonTree.child(wanted, "parameters");
    Map<String, String> texts = new LinkedHashMap<>();
    parameters.forEach((parameter, value) -> texts.put(parameter, String.valueOf(value)));
    forms.parameters(recipe, texts);
    worker.checkEngine();
    Boolean carry = wanted.get("carry") == null ? null : JsonTree.truth(wanted, "carry");
    long looked = newestOf(name);
    long open = carry == null ? countOpen(name, looked) : 0;
    synchronized (records.lock) {
      String key = key(wanted);
      long id = (runs.isEmpty() ? 0 : runs.lastKey()) + 1;
      Set<String> books = documents.books(recipe);
      Map<String, @Nullable Object> record =
          JsonTree.of(
              "type",
              "run_queued",
              "run",
              id,
              "key",
              key == null ? "run-" + id : key,
              "recipe",
              name,
              "version",
              saved.get("version"),
              "recipe_sha256",
              saved.get("sha256"),
              "books",
              new TreeSet<>(books),
              "parameters",
              texts,
              "left",
              input(MatchSide.LEFT, recipe, wanted, of),
              "right",
              input(MatchSide.RIGHT, recipe, wanted, of),
              "carry",
              !Boolean.FALSE.equals(carry),
              "cause",
              cause);
      Long before = key == null ? null : keys.get(key);
      if (before != null) {
        Set<String> any = new HashSet<>();
        any.add(JsonTree.number(wanted, "version", 0) == 0 ? "version" : "");
        any.add(carry == null ? "carry" : "");
        Map<String, @Nullable Object> same = sameAs(before, record, any);
        allowed.accept(run(before).books); // it may have been of another version
        return same;
      }
      checkCarry(name, books, carry, looked, open, allowed);
      checkQueue();
      records.add(record, by);
      Run run = known(record);
      worker.submit(run);
      return view(run);
    }
  }

  /** Asks for a run that the operator has named, which reaches everything. */
  Map<String, @Nullable Object> start(
      Map<String, @Nullable Object> wanted, String cause, String by) {
    return start(wanted, cause, by, books -> {}, sender -> true);
  }

  private static @Nullable String key(Map<String, @Nullable Object> wanted) {
    String key = JsonTree.textOrNull(wanted, "key");
    if (key != null && (key.isBlank() || key.length() > KEY_CHARS_MAX)) {
      throw JsonTree.invalid("key", "must be 1 to " + KEY_CHARS_MAX + " characters");
    }
    if (key != null && key.matches("run-[0-9]+")) {
      throw JsonTree.invalid("key", "is what a run without a key is called; take another one");
    }
    return key;
  }

  /** How many rows of a recipe are open and go on. Reads files, so not under the lock. */
  private long countOpen(String recipe, long from) {
    Run run;
    Set<String> back;
    synchronized (records.lock) {
      run = runs.get(from);
      back = takenBack(recipe);
    }
    if (run == null) {
      return 0;
    }
    return run.openLeft + run.openRight == 0
        ? back.size()
        : Math.max(back.size(), evidence.countOpen(from, this::goesOn));
  }

  private boolean goesOn(String exception) {
    synchronized (records.lock) {
      return decisions.goesOn(exception);
    }
  }

  /**
   * Carried rows are read by those who read the run: where its version names fewer books than the
   * run before, they would be shown to tokens that do not reach the others. And rows that are left
   * behind are taken from those who work on them. Under the lock.
   */
  private void checkCarry(
      String recipe,
      Set<String> books,
      @Nullable Boolean carry,
      long looked,
      long open,
      Consumer<Set<String>> allowed) {
    Run before = runs.get(newest.getOrDefault(recipe, 0L));
    if (before == null) {
      return;
    }
    if (Boolean.FALSE.equals(carry)) {
      allowed.accept(before.books);
      return;
    }
    long left = before.id == looked ? open : before.openLeft + before.openRight;
    if (carry == null && left > 0) {
      throw JsonTree.invalid(
          "carry",
          "is missing: run "
              + before.id
              + " left "
              + left
              + " rows open; true takes them into this run, false leaves them behind");
    }
    checkMayCarry(before, books);
  }

  private static void checkMayCarry(Run before, Set<String> books) {
    if (books.isEmpty() || before.openLeft + before.openRight == 0) {
      return; // read by tokens for all books alone, or there is nothing to read
    }
    if (before.books.isEmpty() || !books.containsAll(before.books)) {
      throw JsonTree.invalid(
          "carry",
          "cannot be: the newest run of this recipe, "
              + before.id
              + ", is of books that this version does not name, and so are its open rows; a token"
              + " that reaches them begins one run with false, which leaves them behind");
    }
  }

  /** Under the lock. */
  private void checkQueue() {
    if (counts.getOrDefault(RunState.QUEUED, 0L) >= ReconcileSettings.QUEUED_MAX) {
      throw new LedgerException(new Overloaded(Overloaded.Limit.WRITE_QUEUE));
    }
  }

  /** Refuses what {@link #start} would refuse of a run whose file of one side is still to come. */
  void checkStart(String name, MatchSide side) {
    Recipe recipe = documents.recipeOf(documents.recipeText(name, 0));
    var unused = forms.parameters(recipe, Map.of());
    worker.checkEngine();
    for (MatchSide each : MatchSide.values()) {
      boolean file = recipe.side(each).source() instanceof SourceRef.File;
      if (file != (each == side)) {
        throw JsonTree.invalid(
            each.text() + ".source",
            "of recipe "
                + name
                + " is "
                + (file ? "" : "no ")
                + "file, and the folder gives one for the "
                + side.text()
                + " side only");
      }
    }
    synchronized (records.lock) {
      checkQueue();
    }
  }

  /**
   * The run that the key began, if it was the same that was asked for.
   *
   * @param any fields that were left open now, and so are as they were
   */
  private Map<String, @Nullable Object> sameAs(
      long id, Map<String, @Nullable Object> record, Set<String> any) {
    Run run = run(id);
    Map<String, @Nullable Object> before = records.read(run.queuedSeq);
    for (String field : List.of("recipe", "version", "parameters", "left", "right", "carry")) {
      if (!any.contains(field)
          && !Arrays.equals(compared(before.get(field)), compared(record.get(field)))) {
        throw new LedgerException(
            new AlreadyExists("run " + id + ", which has this key and another " + field));
      }
    }
    return view(run);
  }

  /** A file that is sent again with the request has another id, and is the same by its bytes. */
  private static byte[] compared(@Nullable Object field) {
    if (field instanceof Map<?, ?> map && map.containsKey("sha256")) {
      return JsonTree.bytes(JsonTree.of("file", map.get("sha256")));
    }
    return JsonTree.bytes(field);
  }

  /**
   * What a run reads on a side, of what is given for it. Under the lock.
   *
   * @param of whether a file that this one has sent may be read
   */
  Map<String, @Nullable Object> input(
      MatchSide side, Recipe recipe, Map<String, @Nullable Object> wanted, Predicate<String> of) {
    Map<String, @Nullable Object> given = JsonTree.child(wanted, side.text());
    SourceRef source = recipe.side(side).source();
    JsonTree.known(given, List.of("upload", "at_seq"));
    Object atSeq = given.get("at_seq");
    if (atSeq != null && !(atSeq instanceof Long seq && seq >= 0)) {
      throw JsonTree.invalid(side.text() + ".at_seq", "must be a whole number, 0 or more");
    }
    if (source instanceof SourceRef.File) {
      long upload;
      try {
        upload = Long.parseLong(JsonTree.text(given, "upload"));
      } catch (NumberFormatException e) {
        throw JsonTree.invalid(side.text() + ".upload", "is not the id of an upload");
      }
      Map<String, @Nullable Object> file = uploads.record(upload, of);
      return JsonTree.of(
          "kind",
          "file",
          "upload",
          Long.toString(upload),
          "name",
          file.get("name"),
          "sha256",
          file.get("sha256"));
    }
    if (given.get("upload") != null) {
      throw JsonTree.invalid(
          side.text() + ".upload", "is given, but the recipe reads no file on this side");
    }
    if (source instanceof SourceRef.Ledger ledger) {
      return JsonTree.of("kind", "ledger", "book", ledger.book(), "at_seq", atSeq);
    }
    return JsonTree.of("kind", "sql", "source", ((SourceRef.Sql) source).source());
  }

  // ---- working

  /**
   * What a worker needs of a run that is its turn; null if it was called off meanwhile, or has to
   * wait for another one of its recipe.
   */
  @Nullable Map<String, @Nullable Object> begin(Run run, RunProcess process) {
    synchronized (records.lock) {
      if (records.isClosed() || run.state != RunState.QUEUED) {
        next(run.recipe);
        return null;
      }
      Run other = working.get(run.recipe);
      if (other != null) {
        waiting.computeIfAbsent(run.recipe, recipe -> new ArrayDeque<>()).add(run);
        return null;
      }
      records.add(
          JsonTree.of("type", "run_started", "run", run.id, "attempt", run.attempt + 1L), null);
      working.put(run.recipe, run);
      run.process = process;
      return records.read(run.queuedSeq);
    }
  }

  /** Has the next run of a recipe worked on, if none is. */
  private void next(String recipe) {
    Deque<Run> of = waiting.get(recipe);
    while (of != null && !working.containsKey(recipe)) {
      Run run = of.poll();
      if (run == null) {
        waiting.remove(recipe);
        return;
      }
      if (run.state == RunState.QUEUED) {
        worker.submit(run);
        return;
      }
    }
  }

  /** It is not worked on any more. */
  private void released(Run run) {
    run.process = null;
    run.progress = null;
    working.remove(run.recipe, run);
    next(run.recipe);
  }

  /** What a run that has begun carries on; null if it carries nothing. */
  EvidenceStore.@Nullable Carrying carrying(Run run) {
    synchronized (records.lock) {
      Run before = runs.get(newest.getOrDefault(run.recipe, 0L));
      if (!run.carry || before == null) {
        return null;
      }
      checkMayCarry(before, run.books);
      run.takenBack = takenBack(run.recipe);
      return new EvidenceStore.Carrying(
          before.id, before.openLeft, before.openRight, run.takenBack);
    }
  }

  /** Writes the open rows of a side that a run carries; null if there are none. */
  @Nullable String carry(EvidenceStore.Carrying what, MatchSide side, Path folder)
      throws IOException {
    return evidence.carry(what, side, folder, this::goesOn);
  }

  /** What is said after the end, or by an earlier attempt, is not listened to. */
  void progress(Run run, RunProcess process, String step, long done, long total) {
    synchronized (records.lock) {
      if (run.process == process && !run.state.isEnd()) {
        run.progress = new Run.Progress(step, done, total);
      }
    }
  }

  /** Whether it is being called off. */
  boolean isCancelling(Run run) {
    synchronized (records.lock) {
      return run.state == RunState.CANCELLING;
    }
  }

  /**
   * How a worker ends a run; the first end counts.
   *
   * @param process of this attempt, or null if it did not come to one
   */
  void finish(
      Run run,
      @Nullable RunProcess process,
      RunProcess.End end,
      EvidenceStore.@Nullable Made made) {
    synchronized (records.lock) {
      if (run.process != process || run.state.isEnd() || records.isClosed()) {
        return;
      }
      if (run.state == RunState.CANCELLING || end instanceof RunProcess.Cancelled) {
        end(run, RunState.CANCELLED, null, null);
      } else if (end instanceof RunProcess.Done done && made != null) {
        Map<String, @Nullable Object> more =
            JsonTree.of(
                "manifest",
                done.result().get("manifest"),
                "manifest_sha256",
                done.result().get("manifest_sha256"),
                "outcome",
                done.result().get("outcome"),
                "evidence_bytes",
                made.bytes(),
                "open_left",
                made.openLeft(),
                "open_right",
                made.openRight(),
                "cleared",
                made.cleared(),
                "taken_back",
                new TreeSet<>(run.takenBack));
        end(run, RunState.COMPLETED, null, more);
      } else {
        String reason =
            end instanceof RunProcess.Failed failed ? failed.reason() : "It left no evidence.";
        end(run, RunState.FAILED, reason, null);
      }
    }
  }

  /**
   * A run whose end could not be recorded is shown as what it is; the log is asked at the start.
   */
  void lost(Run run, @Nullable RunProcess process, String reason) {
    synchronized (records.lock) {
      if (run.process == process && !run.state.isEnd()) {
        count(run, RunState.FAILED);
        run.unrecorded = SystemFiles.withoutFolders(reason, settings.folder());
        released(run);
      }
    }
  }

  private void end(
      Run run,
      RunState state,
      @Nullable String reason,
      @Nullable Map<String, @Nullable Object> more) {
    Map<String, @Nullable Object> record =
        JsonTree.of(
            "type",
            "run_ended",
            "run",
            run.id,
            "recipe",
            run.recipe,
            "state",
            state.text(),
            "reason",
            reason == null ? null : SystemFiles.withoutFolders(reason, settings.folder()));
    if (more != null) {
      record.putAll(more);
    }
    records.add(record, null);
    released(run);
  }

  /** Calls a run off. One that has ended stays as it is. */
  public Map<String, @Nullable Object> cancel(long id, String by) {
    RunProcess process;
    Map<String, @Nullable Object> view;
    synchronized (records.lock) {
      Run run = run(id);
      if (run.state == RunState.QUEUED) {
        end(run, RunState.CANCELLED, null, null);
      } else if (run.state == RunState.RUNNING) {
        records.add(JsonTree.of("type", "run_cancelling", "run", run.id), by);
      }
      process = run.state == RunState.CANCELLING ? run.process : null;
      view = view(run);
    }
    if (process != null) {
      process.cancel();
    }
    return view;
  }

  /** Puts runs that are worked on back for the next start, and says which processes to end. */
  List<RunProcess> putBack() {
    List<RunProcess> processes = new ArrayList<>();
    for (Run run : runs.values()) {
      RunProcess process = run.process;
      if (run.state == RunState.RUNNING && process != null) {
        try {
          records.add(
              JsonTree.of("type", "run_requeued", "run", run.id, "reason", "the server stopped"),
              null);
        } catch (LedgerException e) {
          LOG.warn("run {} could not be put back; it is begun again all the same", run.id, e);
        }
      }
      if (process != null) {
        processes.add(process);
      }
    }
    return processes;
  }

  // ---- showing

  /** The books of a run. */
  public Set<String> booksOf(long id) {
    synchronized (records.lock) {
      return run(id).books;
    }
  }

  /** A run with everything that is known of it, the names of its files as well. */
  public Map<String, @Nullable Object> one(long id, Predicate<Set<String>> mayRead) {
    Map<String, @Nullable Object> view;
    boolean completed;
    synchronized (records.lock) {
      Run run = run(id);
      if (!mayRead.test(run.books)) {
        throw new LedgerException(new NotFound("run " + id));
      }
      view = view(run);
      completed = run.state == RunState.COMPLETED;
    }
    if (completed) {
      view.put("files", evidence.files(id)); // the disk is asked, so not under the lock
    }
    return view;
  }

  /**
   * A page of runs, the newest first.
   *
   * @param before those before this id; 0 from the newest
   * @param recipe only its, or null
   * @param state only such, or null
   */
  public Map<String, @Nullable Object> list(
      long before,
      int limit,
      @Nullable String recipe,
      @Nullable RunState state,
      Predicate<Set<String>> mayRead) {
    synchronized (records.lock) {
      PageOf page = new PageOf(limit);
      var from = before > 0 ? runs.headMap(before, false) : runs;
      for (Run run : from.descendingMap().values()) {
        if ((recipe == null || recipe.equals(run.recipe))
            && (state == null || state == run.state)
            && mayRead.test(run.books)) {
          page.add(view(run));
          if (page.isFull()) {
            return page.endsAt(Long.toString(run.id));
          }
        }
      }
      return page.end();
    }
  }

  private Map<String, @Nullable Object> view(Run run) {
    Map<String, @Nullable Object> queued = records.read(run.queuedSeq);
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("id", Long.toString(run.id));
    view.put("state", run.state.text());
    for (String field :
        List.of(
            "key",
            "recipe",
            "version",
            "recipe_sha256",
            "books",
            "parameters",
            "left",
            "right",
            "carry",
            "cause",
            "by")) {
      view.put(field, queued.get(field));
    }
    view.put("queued_at", queued.get("at"));
    view.put("started_at", run.startedSeq == 0 ? null : records.read(run.startedSeq).get("at"));
    view.put("attempt", (long) run.attempt);
    Run.Progress at = run.progress;
    view.put(
        "progress",
        at == null
            ? null
            : JsonTree.of(
                "step", at.step(), "done", at.done(), "total", at.total() < 0 ? null : at.total()));
    Map<String, @Nullable Object> ended = run.endedSeq == 0 ? Map.of() : records.read(run.endedSeq);
    view.put("ended_at", ended.get("at"));
    for (String field :
        List.of(
            "reason",
            "manifest",
            "manifest_sha256",
            "outcome",
            "evidence_bytes",
            "open_left",
            "open_right",
            "cleared")) {
      view.put(field, ended.get(field));
    }
    if (run.unrecorded != null) {
      view.put("reason", run.unrecorded);
    }
    view.put("evidence_pruned", run.pruned);
    return view;
  }

  // ---- evidence

  /** Where a file of a run's evidence lies. */
  public EvidenceFile evidenceFile(long id, String file) {
    synchronized (records.lock) {
      if (!isCompleted(run(id).id)) {
        throw new LedgerException(new NotFound("evidence of run " + id));
      }
    }
    return evidence.file(id, file);
  }

  /** The folder of a run's evidence, and the hash of its manifest that the log holds. */
  public Recorded recorded(long id) {
    synchronized (records.lock) {
      Run run = run(id);
      if (run.state != RunState.COMPLETED) {
        throw new LedgerException(
            new NotFound("evidence of run " + id + ", which is " + run.state.text()));
      }
      Map<String, @Nullable Object> ended = records.read(run.endedSeq);
      return new Recorded(
          evidence.folder(id),
          JsonTree.text(ended, "manifest"),
          JsonTree.text(ended, "manifest_sha256"),
          run.pruned);
    }
  }

  /** What the log says of a run's evidence. */
  public record Recorded(Path folder, String manifest, String sha256, boolean pruned) {}

  /**
   * A page of rows of a run's evidence.
   *
   * @param state {@code matched}, {@code suggested}, {@code unmatched} or {@code rejected}
   * @param side only of this one, or null
   * @param cursor where the page before ended, or null
   */
  public Map<String, @Nullable Object> rows(
      long id, String state, @Nullable MatchSide side, @Nullable String cursor, int limit) {
    Recorded recorded = recorded(id);
    if (recorded.pruned()) {
      throw new LedgerException(
          new NotFound("rows of run " + id + ": its evidence was pruned, but for the manifest"));
    }
    return evidence.rows(id, state, side, cursor, limit);
  }

  /**
   * Drops what runs left that ended before, but not their manifests, and files that were sent
   * before and that no run is waiting for. Of each recipe the newest run stays, whose open rows the
   * next one carries, and so do those that hold rows whose end was taken back.
   *
   * @return how many runs and uploads, and how many bytes
   */
  public Map<String, @Nullable Object> prune(Duration olderThan, String by) {
    long count = 0;
    long bytes = 0;
    synchronized (records.lock) {
      long before = records.nowMicros() - olderThan.toMillis() * 1000L;
      Set<Long> needed = new HashSet<>(newest.values());
      Set<String> files = new HashSet<>();
      for (String recipe : newest.keySet()) {
        takenBack(recipe).forEach(exception -> needed.add(Decisions.run(exception)));
      }
      for (Run run : runs.values()) {
        if (!run.state.isEnd()) {
          Map<String, @Nullable Object> queued = records.read(run.queuedSeq);
          for (MatchSide side : MatchSide.values()) {
            files.add("" + JsonTree.child(queued, side.text()).get("upload"));
          }
        }
        if (run.state == RunState.COMPLETED
            && !run.pruned
            && run.endedMicros < before
            && !needed.contains(run.id)) {
          String manifest = JsonTree.text(records.read(run.endedSeq), "manifest");
          long kept = evidence.bytesKept(run.id, manifest);
          long freed = run.evidenceBytes - kept;
          records.add(JsonTree.of("type", "evidence_pruned", "run", run.id, "bytes", kept), by);
          evidence.prune(run.id, manifest);
          count++;
          bytes += freed;
        }
      }
      long[] gone = uploads.prune(before, id -> files.contains(Long.toString(id)), by);
      return JsonTree.of("runs", count, "uploads", gone[0], "bytes", bytes + gone[1]);
    }
  }

  /** How it is now. */
  Reconciliation.Seen seen() {
    synchronized (records.lock) {
      Map<String, Long> states = new TreeMap<>();
      for (RunState state : RunState.values()) {
        states.put(state.text(), counts.getOrDefault(state, 0L));
      }
      return new Reconciliation.Seen(
          states, new TreeMap<>(rows), lastZeroMatchMicros / 1_000_000, evidenceBytes);
    }
  }
}
