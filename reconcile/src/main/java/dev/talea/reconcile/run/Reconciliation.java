// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerError.AlreadyExists;
import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerError.Overloaded;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Micros;
import dev.talea.ledger.Timestamps;
import dev.talea.log.LogException;
import dev.talea.log.LogLockedException;
import dev.talea.log.LogSettings;
import dev.talea.log.Logs;
import dev.talea.log.disk.LogDirectory;
import dev.talea.log.disk.SystemLogEnvironment;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.SideSpec;
import dev.talea.reconcile.recipe.SourceRef;
import dev.talea.reconcile.row.MatchSide;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reconciliation as one process has it: profiles, recipes, uploads and runs, and what people
 * decided about rows. Everything is a record in a log first and done second, so that what this
 * object knows is what the log says, after a crash too.
 *
 * <p>Owns its folder alone: another process is refused. Any thread may call; calls wait for disks.
 * Runs are worked on by {@link RunWorker}s.
 */
public final class Reconciliation implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Reconciliation.class);

  private static final int LIMIT_MAX = 1000;
  private static final int KEY_CHARS_MAX = 200;
  private static final int DOCUMENT_BYTES_MAX = 256 * 1024;
  private static final int VERSIONS_MAX = 100_000;
  private static final String NAME = "[a-z0-9-]{1,64}";

  /** A run that was cut off by the end of its server is begun again so often. */
  private static final int ATTEMPTS_MAX = 2;

  private final ReconcileSettings settings;
  private final RunForms forms;
  private final LongSupplier micros;
  private final Logs logs;
  private final RunLog log;
  private final Uploads uploads;
  private final EvidenceStore evidence;
  private final RunWorker worker;
  private final Decisions decisions;

  /**
   * Guards what follows; held while a record is appended, so records are in the order of states.
   */
  private final Object lock = new Object();

  /** Seqs of the versions of each name, the first first. */
  private final NavigableMap<String, List<Long>> profiles = new TreeMap<>();

  private final NavigableMap<String, List<Long>> recipes = new TreeMap<>();

  /** The books of each version of each recipe, those of the first first. */
  private final Map<String, List<Set<String>>> recipeBooks = new HashMap<>();

  private final NavigableMap<Long, Long> uploadSeqs = new TreeMap<>();

  /** The newest upload of each SHA-256. */
  private final Map<String, Long> uploadsBySha256 = new HashMap<>();

  private final NavigableMap<Long, Run> runs = new TreeMap<>();
  private final Map<String, Long> runKeys = new HashMap<>();

  /** The newest completed run of each recipe: whose open rows the next one carries. */
  private final Map<String, Long> newest = new HashMap<>();

  private final Map<RunState, Long> counts = new EnumMap<>(RunState.class);
  private long lastUpload;
  private long evidenceBytes;
  private long lastZeroMatchMicros;
  private long rowsMatched;
  private long rowsSuggested;
  private long rowsUnmatched;
  private long rowsRejected;
  private boolean closed;

  private Reconciliation(
      ReconcileSettings settings,
      RunForms forms,
      Logs logs,
      RunLog log,
      LongSupplier micros,
      LongSupplier nanos,
      LedgerApi ledger,
      RunWorker.Command command) {
    this.settings = settings;
    this.forms = forms;
    this.micros = micros;
    this.logs = logs;
    this.log = log;
    this.uploads = new Uploads(settings.folder().resolve("uploads"), settings.uploadBytesMax());
    this.evidence = new EvidenceStore(settings.folder());
    this.decisions = new Decisions();
    this.worker = new RunWorker(this, settings, forms, ledger, command, nanos);
  }

  /**
   * Opens the folder, making it if it is not there, and goes on with what was not finished.
   *
   * @param ledger whose books recipes name
   * @throws LedgerException {@link Unavailable} if another process has it, or it cannot be read
   */
  public static Reconciliation open(ReconcileSettings settings, LedgerApi ledger) {
    return open(settings, ledger, new StandardForms(), RunWorker.Command.ofThisProcess());
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
      throw unavailable(
          "another process has " + folder + ": ask that one, or name another folder", e);
    } catch (LogException e) {
      throw unavailable(folder + " cannot be opened: " + e.getMessage(), e);
    }
    boolean opened = false;
    try {
      Reconciliation reconciliation =
          new Reconciliation(
              settings,
              forms,
              logs,
              RunLog.open(logs),
              environment.clock()::micros,
              environment.nanos(),
              ledger,
              command);
      reconciliation.recover();
      opened = true;
      return reconciliation;
    } catch (IOException | LogException | LedgerException | IllegalStateException e) {
      throw unavailable(
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

  private static LedgerException unavailable(String reason, Exception cause) {
    LedgerException e = new LedgerException(new Unavailable(SystemFiles.withoutFolders(reason)));
    e.addSuppressed(cause);
    return e;
  }

  /** Paths are told to the operator's log alone. */
  private static LedgerException failed(String what, Exception cause) {
    LOG.warn("{}", what, cause);
    return unavailable(what + ": " + SystemFiles.words(cause), cause);
  }

  // ---- what the log says

  private void recover() throws IOException {
    synchronized (lock) {
      if (log.isEmpty()) {
        checkNothingIsThere();
        Map<String, @Nullable Object> record = JsonTree.of("type", "room_made");
        stamp(record, null);
        record(record);
      }
      log.replay(this::apply);
      Path lost = settings.folder().resolve("lost");
      uploads.clean(uploadSeqs::containsKey, lost);
      evidence.clean(runs::containsKey, this::isCompleted, lost);
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
    worker.watch(settings.named());
  }

  /** A prune is recorded first, so that its server may have ended before the files were gone. */
  private void finishPruning(Run run) {
    if (run.pruned) {
      try {
        evidence.prune(run.id, JsonTree.text(log.read(run.endedSeq), "manifest"));
      } catch (LedgerException e) {
        LOG.warn("evidence of run {} was pruned, and is there: {}", run.id, RunWorker.words(e));
      }
    }
  }

  /**
   * A log has a record from its first moment on, so that an empty one beside files is not a new
   * room, but one whose log was lost; what a person still has of it must not be touched.
   */
  private void checkNothingIsThere() throws IOException {
    int folders = evidence.kept().size();
    int files = uploads.whole().size();
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

  private boolean isCompleted(long id) {
    Run run = runs.get(id);
    return run != null && run.state == RunState.COMPLETED;
  }

  /** Appends a record, and does to memory what it says. Under the lock. */
  private void record(Map<String, @Nullable Object> record) {
    if (closed) {
      throw new LedgerException(new Unavailable("the server is stopping"));
    }
    // As it will be read after a restart, so that both lead to the same; and before it is written,
    // because a record that cannot be read back would close the room for good.
    byte[] bytes = JsonTree.bytes(record);
    Map<String, @Nullable Object> read = JsonTree.record("record", bytes);
    check(read);
    long seq;
    try {
      seq = log.append(bytes);
    } catch (LogException e) {
      throw failed("the record could not be written", e);
    }
    apply(seq, read);
  }

  /** Refuses what {@link #apply} could not do, and changes nothing. */
  private void check(Map<String, @Nullable Object> record) {
    switch (JsonTree.text(record, "type")) {
      case "run_started", "run_requeued", "run_cancelling", "evidence_pruned" -> {
        var unused = known(record);
      }
      case "run_ended" -> {
        var unusedRun = known(record);
        var unusedEnd = endOf(record);
        // What is in there was said by the process of the run.
        Map<String, @Nullable Object> outcome = JsonTree.child(record, "outcome");
        for (MatchSide side : MatchSide.values()) {
          Map<String, @Nullable Object> totals = JsonTree.child(outcome, side.text());
          for (String state : List.of("matched", "suggested", "unmatched", "rejected")) {
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

  private void apply(long seq, Map<String, @Nullable Object> record) {
    String type = JsonTree.text(record, "type");
    switch (type) {
      case "profile_saved" -> version(profiles, record, seq);
      case "recipe_saved" -> {
        version(recipes, record, seq);
        recipeBooks
            .computeIfAbsent(JsonTree.text(record, "name"), name -> new ArrayList<>())
            .add(Set.copyOf(JsonTree.texts(record, "books")));
      }
      case "upload_completed" -> {
        lastUpload = Math.max(lastUpload, JsonTree.number(record, "upload", 0));
        uploadSeqs.put(JsonTree.number(record, "upload", 0), seq);
        uploadsBySha256.put(JsonTree.text(record, "sha256"), JsonTree.number(record, "upload", 0));
      }
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
      case "decision", "hand_match", "hand_unmatch" -> decisions.apply(seq, record);
      case "room_made" -> {
        // It says that the log was there, and nothing else.
      }
      default -> LOG.warn("record {} is of the kind {}, which this version passes over", seq, type);
    }
  }

  private static void version(
      Map<String, List<Long>> of, Map<String, @Nullable Object> record, long seq) {
    of.computeIfAbsent(JsonTree.text(record, "name"), name -> new ArrayList<>()).add(seq);
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
            seq);
    runs.put(id, run);
    runKeys.put(key, id);
    counts.merge(RunState.QUEUED, 1L, Long::sum);
  }

  private void ended(long seq, Map<String, @Nullable Object> record) {
    Run run = known(record);
    RunState state = endOf(record);
    count(run, state);
    run.endedSeq = seq;
    run.endedMicros = JsonTree.number(record, "at_micros", 0);
    run.process = null;
    run.progress = null;
    if (state == RunState.COMPLETED) {
      run.evidenceBytes = JsonTree.number(record, "evidence_bytes", 0);
      evidenceBytes += run.evidenceBytes;
      newest.put(run.recipe, run.id);
      Map<String, @Nullable Object> outcome = JsonTree.child(record, "outcome");
      long matched = 0;
      for (MatchSide side : MatchSide.values()) {
        Map<String, @Nullable Object> totals = JsonTree.child(outcome, side.text());
        matched += JsonTree.number(totals, "matched", 0);
        rowsMatched += JsonTree.number(totals, "matched", 0);
        rowsSuggested += JsonTree.number(totals, "suggested", 0);
        rowsUnmatched += JsonTree.number(totals, "unmatched", 0);
        rowsRejected += JsonTree.number(totals, "rejected", 0);
      }
      if (matched == 0) {
        lastZeroMatchMicros = run.endedMicros;
      }
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

  private void stamp(Map<String, @Nullable Object> record, @Nullable String by) {
    long now = micros.getAsLong();
    record.put("at", Timestamps.format(Micros.instant(now)));
    record.put("at_micros", now);
    if (by != null) {
      record.put("by", by);
    }
  }

  // ---- profiles and recipes

  /** Saves a format profile as the next version of its name; the same again changes nothing. */
  public Map<String, @Nullable Object> saveProfile(String name, byte[] document, String by) {
    checkName(name);
    checkLength(document);
    forms.checkProfile(document);
    return save("profile_saved", profiles, name, document, SystemFiles.sha256(document), null, by);
  }

  /**
   * Saves a recipe as the next version of its name; the same again changes nothing. A name is for
   * those who may write to the books of each of its versions: it is by the name that runs are
   * begun, and open rows carried and read.
   */
  public Map<String, @Nullable Object> saveRecipe(
      byte[] document, String by, Predicate<Set<String>> mayWrite) {
    checkLength(document);
    Recipe recipe = forms.recipe(document);
    checkName(recipe.name());
    checkSources(recipe);
    byte[] canonical = forms.canonical(recipe);
    synchronized (lock) {
      if (!recipeBooks.getOrDefault(recipe.name(), List.of()).stream().allMatch(mayWrite)) {
        throw new LedgerException(
            new AlreadyExists(
                "recipe "
                    + recipe.name()
                    + ", a version of which is of books that this token does not write to; take"
                    + " another name"));
      }
      return save(
          "recipe_saved",
          recipes,
          recipe.name(),
          document,
          SystemFiles.sha256(canonical),
          new TreeSet<>(books(recipe)),
          by);
    }
  }

  /** What is wrong with a recipe is thrown; else its name, hash and books. */
  public Map<String, @Nullable Object> validate(byte[] document) {
    checkLength(document);
    Recipe recipe = forms.recipe(document);
    checkSources(recipe);
    return JsonTree.of(
        "valid",
        true,
        "name",
        recipe.name(),
        "sha256",
        SystemFiles.sha256(forms.canonical(recipe)),
        "books",
        new TreeSet<>(books(recipe)),
        "rules",
        (long) recipe.rules().size());
  }

  /** A recipe has to name what there is. */
  private void checkSources(Recipe recipe) {
    for (MatchSide side : MatchSide.values()) {
      SourceRef source = recipe.side(side).source();
      String field = side.text() + ".source";
      if (source instanceof SourceRef.File file) {
        checkProfileIsThere(field, file.profile());
      } else if (source instanceof SourceRef.Sql sql) {
        checkProfileIsThere(field, sql.profile());
        if (!settings.named().databases().containsKey(sql.source())) {
          throw JsonTree.invalid(
              field,
              "names the database '"
                  + sql.source()
                  + "', which TALEA_RECONCILE_SOURCES does not; it names "
                  + new TreeSet<>(settings.named().databases().keySet()));
        }
      }
    }
  }

  private void checkProfileIsThere(String field, String name) {
    synchronized (lock) {
      if (!profiles.containsKey(name)) {
        throw JsonTree.invalid(
            field,
            "names the profile '" + name + "', which is not saved; saved are " + profiles.keySet());
      }
    }
  }

  private Map<String, @Nullable Object> save(
      String type,
      NavigableMap<String, List<Long>> of,
      String name,
      byte[] document,
      String sha256,
      @Nullable Set<String> books,
      String by) {
    synchronized (lock) {
      List<Long> versions = of.getOrDefault(name, List.of());
      String text = new String(document, StandardCharsets.UTF_8);
      if (!versions.isEmpty()) {
        Map<String, @Nullable Object> last = log.read(versions.get(versions.size() - 1));
        if (text.equals(last.get("document"))) {
          return saved(last, true);
        }
      }
      if (versions.size() >= VERSIONS_MAX) {
        throw JsonTree.invalid("name", "has " + versions.size() + " versions, which is the most");
      }
      Map<String, @Nullable Object> record =
          JsonTree.of(
              "type",
              type,
              "name",
              name,
              "version",
              versions.size() + 1L,
              "sha256",
              sha256,
              "books",
              books,
              "document",
              text);
      stamp(record, by);
      record(record);
      return saved(record, false);
    }
  }

  private static Map<String, @Nullable Object> saved(
      Map<String, @Nullable Object> record, boolean document) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    for (String field : List.of("name", "version", "sha256", "books", "at", "by")) {
      if (record.get(field) != null) {
        view.put(field, record.get(field));
      }
    }
    if (document && record.get("document") instanceof String text) {
      view.put("document", JsonTree.object("document", text.getBytes(StandardCharsets.UTF_8)));
    }
    return view;
  }

  private static void checkName(String name) {
    if (!name.matches(NAME)) {
      throw JsonTree.invalid("name", "must be 1 to 64 characters of a-z, 0-9 and -");
    }
  }

  private static void checkLength(byte[] document) {
    if (document.length > DOCUMENT_BYTES_MAX) {
      throw JsonTree.invalid("body", "is longer than " + DOCUMENT_BYTES_MAX + " bytes");
    }
  }

  /** All profiles, in their newest versions, without their documents. */
  public List<Map<String, @Nullable Object>> profiles() {
    return newestOf(profiles, name -> true);
  }

  /** The recipes that may be seen, in their newest versions, without their documents. */
  public List<Map<String, @Nullable Object>> recipes(Predicate<Set<String>> mayRead) {
    return newestOf(recipes, name -> mayRead.test(booksOfRecipe(name)));
  }

  private List<Map<String, @Nullable Object>> newestOf(
      NavigableMap<String, List<Long>> of, Predicate<String> mayRead) {
    List<Map<String, @Nullable Object>> found = new ArrayList<>();
    synchronized (lock) {
      of.forEach(
          (name, versions) -> {
            if (mayRead.test(name)) {
              found.add(saved(log.read(versions.get(versions.size() - 1)), false));
            }
          });
    }
    return found;
  }

  /** A profile with its document, in this version, or the newest for 0. */
  public Map<String, @Nullable Object> profile(String name, long version) {
    return saved(document("profile", profiles, name, version), true);
  }

  /**
   * A recipe with its document, in this version, or the newest for 0.
   *
   * @param allowed is given the books of that version, and throws if they are out of reach
   */
  public Map<String, @Nullable Object> recipe(
      String name, long version, Consumer<Set<String>> allowed) {
    return saved(allowedRecipe(name, version, allowed), true);
  }

  private Map<String, @Nullable Object> allowedRecipe(
      String name, long version, Consumer<Set<String>> allowed) {
    synchronized (lock) {
      Set<String> newestBooks = booksOfRecipe(name);
      List<Set<String>> versions = recipeBooks.getOrDefault(name, List.of());
      boolean there = version > 0 && version <= versions.size();
      // How many versions there are is told only to those who reach one of them.
      allowed.accept(there ? versions.get((int) version - 1) : newestBooks);
      return document("recipe", recipes, name, version);
    }
  }

  private Map<String, @Nullable Object> document(
      String what, NavigableMap<String, List<Long>> of, String name, long version) {
    synchronized (lock) {
      List<Long> versions = of.get(name);
      if (versions == null) {
        throw new LedgerException(new NotFound(what + " " + name));
      }
      if (version < 0 || version > versions.size()) {
        throw new LedgerException(
            new NotFound(
                what + " " + name + ", version " + version + "; it has " + versions.size()));
      }
      return log.read(versions.get((int) (version == 0 ? versions.size() : version) - 1));
    }
  }

  /** The books that a document names, none for a database or a file. */
  public Set<String> booksOfDocument(byte[] document) {
    return books(forms.recipe(document));
  }

  /** The books that the newest version of a recipe names. Under the lock. */
  private Set<String> booksOfRecipe(String name) {
    List<Set<String>> versions = recipeBooks.get(name);
    if (versions == null) {
      throw new LedgerException(new NotFound("recipe " + name));
    }
    return versions.get(versions.size() - 1);
  }

  private static Set<String> books(Recipe recipe) {
    Set<String> books = new TreeSet<>();
    for (SideSpec side : List.of(recipe.left(), recipe.right())) {
      if (side.source() instanceof SourceRef.Ledger ledger) {
        books.add(ledger.book());
      }
    }
    return books;
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

  // ---- uploads

  /**
   * Begins a file with its first part, which may be all of it.
   *
   * @param whole whether this is all
   */
  public Map<String, @Nullable Object> beginUpload(
      String name, byte[] part, boolean whole, String by) {
    Uploads.checkName(name);
    long id;
    synchronized (lock) {
      id = ++lastUpload;
    }
    uploads.begin(id, name, by);
    return addToUpload(id, 0, part, whole, by);
  }

  /** Goes on with a file of one's own. */
  Map<String, @Nullable Object> addToUpload(
      long id, long offset, byte[] part, boolean whole, String by) {
    return addToUpload(id, offset, part, whole, by, by::equals);
  }

  /**
   * Goes on with a file.
   *
   * @param of whether this may be done with a file that this one sends; ids are easily guessed
   */
  public Map<String, @Nullable Object> addToUpload(
      long id, long offset, byte[] part, boolean whole, String by, Predicate<String> of) {
    try {
      long bytes = uploads.add(id, offset, part, of);
      if (!whole) {
        return JsonTree.of("id", Long.toString(id), "bytes", bytes, "complete", false);
      }
      return completed(uploads.finish(id), by);
    } catch (IOException e) {
      throw failed("the upload could not be written", e);
    }
  }

  private Map<String, @Nullable Object> completed(Uploads.Whole whole, String by) {
    synchronized (lock) {
      Map<String, @Nullable Object> record =
          JsonTree.of(
              "type",
              "upload_completed",
              "upload",
              whole.id(),
              "name",
              whole.name(),
              "bytes",
              whole.bytes(),
              "sha256",
              whole.sha256());
      stamp(record, by);
      record(record);
      return upload(record);
    }
  }

  private static Map<String, @Nullable Object> upload(Map<String, @Nullable Object> record) {
    return JsonTree.of(
        "id",
        Long.toString(JsonTree.number(record, "upload", 0)),
        "name",
        record.get("name"),
        "bytes",
        record.get("bytes"),
        "sha256",
        record.get("sha256"),
        "complete",
        true,
        "at",
        record.get("at"),
        "by",
        record.get("by"));
  }

  /** A page of the files that have come, the first first. */
  public Map<String, @Nullable Object> uploads(long after, int limit) {
    synchronized (lock) {
      List<Object> items = new ArrayList<>();
      String next = null;
      for (Map.Entry<Long, Long> entry : uploadSeqs.tailMap(after, false).entrySet()) {
        items.add(upload(log.read(entry.getValue())));
        if (items.size() >= limit(limit)) {
          next = Long.toString(entry.getKey());
          break;
        }
      }
      return page(items, next);
    }
  }

  private static int limit(int limit) {
    return Math.max(1, Math.min(limit, LIMIT_MAX));
  }

  static Map<String, @Nullable Object> page(List<Object> items, @Nullable String next) {
    Map<String, @Nullable Object> page = new LinkedHashMap<>();
    page.put("items", items);
    page.put("next", next);
    return page;
  }

  /** The first bytes of a file that has come, for those who find out its format. */
  public byte[] beginningOf(long upload, int bytesMax) {
    synchronized (lock) {
      uploadRecord(upload);
    }
    try {
      return SystemFiles.piece(uploads.file(upload), 0, bytesMax);
    } catch (IOException e) {
      throw failed("upload " + upload + " cannot be read", e);
    }
  }

  private Map<String, @Nullable Object> uploadRecord(long upload) {
    Long seq = uploadSeqs.get(upload);
    if (seq == null) {
      throw new LedgerException(new NotFound("upload " + upload));
    }
    return log.read(seq);
  }

  /** An upload of this name and content, or null. */
  @Nullable Map<String, @Nullable Object> uploadOf(String name, String sha256) {
    synchronized (lock) {
      Long upload = uploadsBySha256.get(sha256);
      Long seq = upload == null ? null : uploadSeqs.get(upload);
      Map<String, @Nullable Object> record = seq == null ? null : log.read(seq);
      return record != null && name.equals(record.get("name")) ? upload(record) : null;
    }
  }

  /** Takes a file of a watched folder; the record says which. */
  Map<String, @Nullable Object> take(String name, Path file, String by) throws IOException {
    long id;
    synchronized (lock) {
      id = ++lastUpload;
    }
    return completed(uploads.take(id, name, file), by);
  }

  // ---- runs

  /**
   * Asks for a run: {@code recipe}, and where wanted {@code version}, {@code key}, {@code
   * parameters}, {@code left} and {@code right} with {@code upload} or {@code at_seq}, and {@code
   * carry}. The same key again answers the run that it began.
   *
   * @param allowed is given the books of that version, and throws if they are out of reach
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
        allowedRecipe(name, JsonTree.number(wanted, "version", 0), allowed);
    Recipe recipe = recipeIn(saved);
    Map<String, @Nullable Object> parameters = JsonTree.child(wanted, "parameters");
    Map<String, String> texts = new LinkedHashMap<>();
    parameters.forEach((parameter, value) -> texts.put(parameter, String.valueOf(value)));
    forms.parameters(recipe, texts);
    worker.checkEngine();
    synchronized (lock) {
      String given = JsonTree.textOrNull(wanted, "key");
      if (given != null && (given.isBlank() || given.length() > KEY_CHARS_MAX)) {
        throw JsonTree.invalid("key", "must be 1 to " + KEY_CHARS_MAX + " characters");
      }
      if (given != null && given.matches("run-[0-9]+")) {
        throw JsonTree.invalid("key", "is what a run without a key is called; take another one");
      }
      long id = (runs.isEmpty() ? 0 : runs.lastKey()) + 1;
      Map<String, @Nullable Object> record =
          JsonTree.of(
              "type",
              "run_queued",
              "run",
              id,
              "key",
              given == null ? "run-" + id : given,
              "recipe",
              name,
              "version",
              saved.get("version"),
              "recipe_sha256",
              saved.get("sha256"),
              "books",
              new TreeSet<>(books(recipe)),
              "parameters",
              texts,
              "left",
              input(MatchSide.LEFT, recipe, wanted, of),
              "right",
              input(MatchSide.RIGHT, recipe, wanted, of),
              "carry",
              JsonTree.truth(wanted, "carry"),
              "cause",
              cause);
      Long before = given == null ? null : runKeys.get(given);
      if (before != null) {
        boolean anyVersion = JsonTree.number(wanted, "version", 0) == 0;
        Map<String, @Nullable Object> same = sameAs(before, record, anyVersion);
        allowed.accept(run(before).books); // it may have been of another version
        return same;
      }
      if (JsonTree.truth(wanted, "carry")) {
        checkCarry(name, books(recipe));
      }
      checkQueue();
      stamp(record, by);
      record(record);
      Run run = known(record);
      worker.submit(run);
      return view(run);
    }
  }

  private Recipe recipeIn(Map<String, @Nullable Object> saved) {
    return forms.recipe(JsonTree.text(saved, "document").getBytes(StandardCharsets.UTF_8));
  }

  /** Refuses what {@link #start} would refuse of a run whose file of one side is still to come. */
  void checkStart(String name, MatchSide side) {
    Map<String, @Nullable Object> saved = document("recipe", recipes, name, 0);
    Recipe recipe = recipeIn(saved);
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
    synchronized (lock) {
      checkQueue();
    }
  }

  /** Under the lock. */
  private void checkQueue() {
    if (counts.getOrDefault(RunState.QUEUED, 0L) >= ReconcileSettings.QUEUED_MAX) {
      throw new LedgerException(new Overloaded(Overloaded.Limit.WRITE_QUEUE));
    }
  }

  /** Asks for a run that the operator has named, which reaches everything. */
  Map<String, @Nullable Object> start(
      Map<String, @Nullable Object> wanted, String cause, String by) {
    return start(wanted, cause, by, books -> {}, sender -> true);
  }

  /**
   * Carried rows are read by those who read the run: where its version names fewer books than the
   * run before, they would be shown to tokens that do not reach the others. Under the lock.
   */
  private void checkCarry(String recipe, Set<String> books) {
    Run before = runs.get(newest.getOrDefault(recipe, 0L));
    if (before == null || books.isEmpty()) { // none before, or read by tokens for all books alone
      return;
    }
    if (before.books.isEmpty() || !books.containsAll(before.books)) {
      throw JsonTree.invalid(
          "carry",
          "cannot be: the newest run of this recipe, "
              + before.id
              + ", is of books that this version does not name, and so are its open rows; begin one"
              + " run without it");
    }
  }

  /** The run whose open rows a run is to carry, or 0. */
  long carriedBy(Run run) {
    synchronized (lock) {
      checkCarry(run.recipe, run.books);
      return newestOf(run.recipe);
    }
  }

  /** The run that the key began, if it was the same that was asked for. */
  private Map<String, @Nullable Object> sameAs(
      long id, Map<String, @Nullable Object> record, boolean anyVersion) {
    Run run = run(id);
    Map<String, @Nullable Object> before = log.read(run.queuedSeq);
    for (String field : List.of("recipe", "version", "parameters", "left", "right", "carry")) {
      boolean any = anyVersion && field.equals("version");
      if (!any
          && !java.util.Arrays.equals(
              JsonTree.bytes(before.get(field)), JsonTree.bytes(record.get(field)))) {
        throw new LedgerException(
            new AlreadyExists("run " + id + ", which has this key and another " + field));
      }
    }
    return view(run);
  }

  private Map<String, @Nullable Object> input(
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
      Map<String, @Nullable Object> file = uploadRecord(upload);
      if (!of.test(String.valueOf(file.get("by")))) {
        throw new LedgerException(new NotFound("upload " + upload));
      }
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

  /** What a worker needs of a run that is its turn; null if it was called off meanwhile. */
  @Nullable Map<String, @Nullable Object> begin(Run run, RunProcess process) {
    synchronized (lock) {
      if (closed || run.state != RunState.QUEUED) {
        return null;
      }
      Map<String, @Nullable Object> record =
          JsonTree.of("type", "run_started", "run", run.id, "attempt", run.attempt + 1L);
      stamp(record, null);
      record(record);
      run.process = process;
      return log.read(run.queuedSeq);
    }
  }

  /** What is said after the end, or by an earlier attempt, is not listened to. */
  void progress(Run run, RunProcess process, String step, long done, long total) {
    synchronized (lock) {
      if (run.process == process && !run.state.isEnd()) {
        run.progress = new Run.Progress(step, done, total);
      }
    }
  }

  /** The documents of a run: its recipe, and the profile of a side, or null. */
  String recipeOf(Map<String, @Nullable Object> queued) {
    Map<String, @Nullable Object> saved =
        document(
            "recipe",
            recipes,
            JsonTree.text(queued, "recipe"),
            JsonTree.number(queued, "version", 0));
    return JsonTree.text(saved, "document");
  }

  String profileDocument(String name) {
    return JsonTree.text(document("profile", profiles, name, 0), "document");
  }

  Path uploadFile(String upload) {
    return uploads.file(Long.parseLong(upload));
  }

  EvidenceStore evidence() {
    return evidence;
  }

  /** The newest run of a recipe that left evidence, or 0. */
  long newestOf(String recipe) {
    synchronized (lock) {
      return newest.getOrDefault(recipe, 0L);
    }
  }

  /** How many rows of a side a completed run left open. */
  long openOf(long id, MatchSide side) {
    synchronized (lock) {
      return JsonTree.number(log.read(run(id).endedSeq), "open_" + side.text(), 0);
    }
  }

  /** Whether the next run is to look at an open row again. */
  boolean goesOn(String exception) {
    synchronized (lock) {
      return decisions.goesOn(exception);
    }
  }

  /** Whether it is being called off. */
  boolean isCancelling(Run run) {
    synchronized (lock) {
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
    synchronized (lock) {
      if (run.process != process || run.state.isEnd() || closed) {
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
                made.cleared());
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
    synchronized (lock) {
      if (run.process == process && !run.state.isEnd()) {
        count(run, RunState.FAILED);
        run.process = null;
        run.progress = null;
        run.unrecorded = withoutPaths(reason);
      }
    }
  }

  /** Engines and systems name files; the folder goes first, because its name may hold anything. */
  private String withoutPaths(String reason) {
    return SystemFiles.withoutFolders(reason.replace(settings.folder() + "/", ""));
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
            "state",
            state.text(),
            "reason",
            reason == null ? null : withoutPaths(reason));
    if (more != null) {
      record.putAll(more);
    }
    stamp(record, null);
    record(record);
  }

  /** Calls a run off. One that has ended stays as it is. */
  public Map<String, @Nullable Object> cancel(long id, String by) {
    RunProcess process;
    Map<String, @Nullable Object> view;
    synchronized (lock) {
      Run run = run(id);
      if (run.state == RunState.QUEUED) {
        end(run, RunState.CANCELLED, null, null);
      } else if (run.state == RunState.RUNNING) {
        Map<String, @Nullable Object> record = JsonTree.of("type", "run_cancelling", "run", run.id);
        stamp(record, by);
        record(record);
      }
      process = run.state == RunState.CANCELLING ? run.process : null;
      view = view(run);
    }
    if (process != null) {
      process.cancel();
    }
    return view;
  }

  private Run run(long id) {
    Run run = runs.get(id);
    if (run == null) {
      throw new LedgerException(new NotFound("run " + id));
    }
    return run;
  }

  /** The books of a run. */
  public Set<String> booksOfRun(long id) {
    synchronized (lock) {
      return run(id).books;
    }
  }

  /** The books of the run that first left a row open. */
  public Set<String> booksOfException(String exception) {
    synchronized (lock) {
      Run run = runs.get(Decisions.run(exception));
      if (run == null) {
        // In the words for a row out of reach, which do not tell whether there is the run.
        throw new LedgerException(new NotFound("exception " + exception));
      }
      return run.books;
    }
  }

  /** A run with everything that is known of it. */
  public Map<String, @Nullable Object> run(long id, Predicate<Set<String>> mayRead) {
    synchronized (lock) {
      Run run = run(id);
      if (!mayRead.test(run.books)) {
        throw new LedgerException(new NotFound("run " + id));
      }
      return view(run);
    }
  }

  /**
   * A page of runs, the newest first.
   *
   * @param before those before this id; 0 from the newest
   * @param recipe only its, or null
   * @param state only such, or null
   */
  public Map<String, @Nullable Object> runs(
      long before,
      int limit,
      @Nullable String recipe,
      @Nullable RunState state,
      Predicate<Set<String>> mayRead) {
    synchronized (lock) {
      List<Object> items = new ArrayList<>();
      String next = null;
      var from = before > 0 ? runs.headMap(before, false) : runs;
      for (Run run : from.descendingMap().values()) {
        if ((recipe == null || recipe.equals(run.recipe))
            && (state == null || state == run.state)
            && mayRead.test(run.books)) {
          items.add(view(run));
          if (items.size() >= limit(limit)) {
            next = Long.toString(run.id);
            break;
          }
        }
      }
      return page(items, next);
    }
  }

  private Map<String, @Nullable Object> view(Run run) {
    Map<String, @Nullable Object> queued = log.read(run.queuedSeq);
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
    view.put("started_at", run.startedSeq == 0 ? null : log.read(run.startedSeq).get("at"));
    view.put("attempt", (long) run.attempt);
    Run.Progress at = run.progress;
    view.put(
        "progress",
        at == null
            ? null
            : JsonTree.of(
                "step", at.step(), "done", at.done(), "total", at.total() < 0 ? null : at.total()));
    Map<String, @Nullable Object> ended = run.endedSeq == 0 ? Map.of() : log.read(run.endedSeq);
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
    if (run.state == RunState.COMPLETED) {
      view.put("files", evidence.files(run.id));
    }
    return view;
  }

  // ---- evidence

  /** Where a file of a run's evidence lies. */
  public EvidenceFile evidenceFile(long id, String file) {
    synchronized (lock) {
      if (!isCompleted(run(id).id)) {
        throw new LedgerException(new NotFound("evidence of run " + id));
      }
    }
    return evidence.file(id, file);
  }

  /** The folder of a run's evidence, and the hash of its manifest that the log holds. */
  public Recorded recorded(long id) {
    synchronized (lock) {
      Run run = run(id);
      if (run.state != RunState.COMPLETED) {
        throw new LedgerException(
            new NotFound("evidence of run " + id + ", which is " + run.state.text()));
      }
      Map<String, @Nullable Object> ended = log.read(run.endedSeq);
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
    return evidence.rows(id, state, side, cursor, limit(limit));
  }

  /**
   * Drops evidence files of runs that ended before, but not their manifests, nor those of the
   * newest run of each recipe, whose open rows the next one carries.
   *
   * @return how many runs, and how many bytes
   */
  public Map<String, @Nullable Object> prune(Duration olderThan, String by) {
    long count = 0;
    long bytes = 0;
    synchronized (lock) {
      long before = micros.getAsLong() - olderThan.toMillis() * 1000L;
      for (Run run : runs.values()) {
        if (run.state == RunState.COMPLETED
            && !run.pruned
            && run.endedMicros < before
            && run.id != newest.getOrDefault(run.recipe, 0L)) {
          String manifest = JsonTree.text(log.read(run.endedSeq), "manifest");
          long kept = evidence.bytesKept(run.id, manifest);
          Map<String, @Nullable Object> record =
              JsonTree.of("type", "evidence_pruned", "run", run.id, "bytes", kept);
          stamp(record, by);
          long freed = run.evidenceBytes - kept;
          record(record);
          evidence.prune(run.id, manifest);
          count++;
          bytes += freed;
        }
      }
    }
    return JsonTree.of("runs", count, "bytes", bytes);
  }

  // ---- exceptions

  /**
   * Looks whether there are such rows: a run that completed left them open. Not under the lock,
   * because files are read; what a run left open does not change.
   */
  private void checkAreThere(List<String> exceptions) {
    Set<String> missing = new LinkedHashSet<>(exceptions);
    for (String exception : exceptions) {
      if (missing.contains(exception)) {
        long id = Decisions.run(exception);
        boolean completed;
        synchronized (lock) {
          completed = isCompleted(id);
        }
        if (completed) {
          evidence.takeOutOpen(id, Decisions.side(exception), missing);
        }
        if (missing.contains(exception)) {
          throw new LedgerException(new NotFound("exception " + exception));
        }
      }
    }
  }

  /** Decides about an open row: {@code state}, {@code note}, {@code assignee}, {@code draft}. */
  public Map<String, @Nullable Object> decide(
      String exception, Map<String, @Nullable Object> what, String by) {
    JsonTree.known(what, List.of("state", "note", "assignee", "draft"));
    checkAreThere(List.of(exception));
    synchronized (lock) {
      Run run = run(Decisions.run(exception));
      Map<String, @Nullable Object> record = decisions.decision(exception, what);
      record.put("recipe", run.recipe);
      stamp(record, by);
      record(record);
      return decisions.view(exception, log::read);
    }
  }

  /** Puts open rows together by hand, or takes that back. */
  public Map<String, @Nullable Object> byHand(
      boolean match, Map<String, @Nullable Object> what, String by) {
    JsonTree.known(what, List.of("exceptions", "reason"));
    synchronized (lock) {
      var unused = decisions.byHand(match, what); // how many there may be, before files are read
    }
    checkAreThere(JsonTree.texts(what, "exceptions"));
    synchronized (lock) {
      Map<String, @Nullable Object> record = decisions.byHand(match, what);
      Set<String> recipesOf = new TreeSet<>();
      for (String exception : JsonTree.texts(record, "exceptions")) {
        recipesOf.add(run(Decisions.run(exception)).recipe);
      }
      if (recipesOf.size() > 1) {
        throw JsonTree.invalid("exceptions", "are of different recipes: " + recipesOf);
      }
      stamp(record, by);
      record(record);
      return JsonTree.of(
          "exceptions",
          record.get("exceptions"),
          "state",
          match ? Decisions.MATCHED : Decisions.OPEN);
    }
  }

  /** An open row, or one that was, with all that was decided about it. */
  public Map<String, @Nullable Object> exception(String exception) {
    checkAreThere(List.of(exception));
    synchronized (lock) {
      Run run = run(Decisions.run(exception));
      Map<String, @Nullable Object> view = decisions.view(exception, log::read);
      view.put("recipe", run.recipe);
      view.put("since", log.read(run.endedSeq).get("at"));
      return view;
    }
  }

  /** As below, of a recipe that may be read. */
  Map<String, @Nullable Object> exceptions(
      String recipe,
      @Nullable MatchSide side,
      @Nullable String state,
      @Nullable String cursor,
      int limit) {
    return exceptions(recipe, side, state, cursor, limit, books -> {});
  }

  /**
   * A page of the rows that the newest run of a recipe left open, with what was decided.
   *
   * @param allowed is given the books of that run, and throws if they are out of reach
   */
  public Map<String, @Nullable Object> exceptions(
      String recipe,
      @Nullable MatchSide side,
      @Nullable String state,
      @Nullable String cursor,
      int limit,
      Consumer<Set<String>> allowed) {
    if (state != null && !state.equals(Decisions.MATCHED) && !Decisions.STATES.contains(state)) {
      throw JsonTree.invalid(
          "query",
          "state is '" + state + "', but must be matched, " + String.join(", ", Decisions.STATES));
    }
    long id;
    synchronized (lock) {
      id = newestOf(recipe);
      allowed.accept(id == 0 ? booksOfRecipe(recipe) : run(id).books);
    }
    if (id == 0) {
      return page(List.of(), null);
    }
    long now = micros.getAsLong();
    return evidence.open(
        id,
        side,
        cursor,
        limit(limit),
        item -> {
          String exception = JsonTree.text(item, "id");
          synchronized (lock) {
            String is = decisions.stateOf(exception);
            if (state != null && !state.equals(is)) {
              return false;
            }
            item.putAll(decisions.view(exception, log::read));
            Run first = runs.get(Decisions.run(exception));
            if (first != null && first.endedMicros > 0) {
              item.put("since", Timestamps.format(Micros.instant(first.endedMicros)));
              item.put("age_days", (now - first.endedMicros) / 86_400_000_000L);
            }
            return true;
          }
        });
  }

  // ---- how it is

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
    synchronized (lock) {
      Map<String, Long> states = new TreeMap<>();
      for (RunState state : RunState.values()) {
        states.put(state.text(), counts.getOrDefault(state, 0L));
      }
      Map<String, Long> rows = new TreeMap<>();
      rows.put("matched", rowsMatched);
      rows.put("suggested", rowsSuggested);
      rows.put("unmatched", rowsUnmatched);
      rows.put("rejected", rowsRejected);
      return new Seen(states, rows, lastZeroMatchMicros / 1_000_000, evidenceBytes);
    }
  }

  /** Is told of the end of a run. */
  @FunctionalInterface
  public interface Ended {
    /** A run has ended in a state, after so many nanoseconds of work. */
    void ended(String state, long nanos);
  }

  /** Is told when a run has ended, with how many nanoseconds it took; for metrics. */
  public void onEnd(Ended listener) {
    worker.onEnd(listener);
  }

  long nowMicros() {
    return micros.getAsLong();
  }

  /** The run that a key began, or 0. */
  long runOfKey(String key) {
    synchronized (lock) {
      return runKeys.getOrDefault(key, 0L);
    }
  }

  /**
   * Ends the processes of runs, which are begun again at the next start, and gives the folder back.
   */
  @Override
  public void close() {
    List<RunProcess> processes = new ArrayList<>();
    synchronized (lock) {
      if (closed) {
        return;
      }
      for (Run run : runs.values()) {
        RunProcess process = run.process;
        if (run.state == RunState.RUNNING && process != null) {
          try {
            Map<String, @Nullable Object> record =
                JsonTree.of("type", "run_requeued", "run", run.id, "reason", "the server stopped");
            stamp(record, null);
            record(record);
          } catch (LedgerException e) {
            LOG.warn("run {} could not be put back; it is begun again all the same", run.id, e);
          }
        }
        if (process != null) {
          processes.add(process);
        }
      }
      closed = true;
    }
    processes.forEach(RunProcess::kill);
    worker.close();
    logs.close();
  }
}
