// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.reconcile.row.MatchSide;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folders of runs: where one is worked on, and where its evidence lies once it is whole. A
 * folder of evidence appears in one step, synced, before the record that names it; one whose run
 * did not complete is no evidence, and is removed at the next start.
 *
 * <pre>
 *   runs/ID        what a process works in; gone when it has ended
 *   evidence/ID    what it left
 *   open/ID.SIDE   of each row of unmatched_SIDE.csv, in its order, the id it is decided about by
 *   open/ID.SIDE.suggested   the same of suggested_SIDE.csv
 *   lost           what no record knows, put aside at a start and never deleted here
 * </pre>
 *
 * Stateless but for the disk; any thread, but one run is written by one.
 */
final class EvidenceStore {
  private static final Logger LOG = LoggerFactory.getLogger(EvidenceStore.class);

  /** In the folder of a run: the columns of both sides. */
  static final String COLUMNS = "columns.json";

  private final Path runs;
  private final Path evidence;
  private final Path open;

  /** What a run left, once it is in its place. */
  record Made(long bytes, long openLeft, long openRight, long cleared) {}

  EvidenceStore(Path folder) {
    this.runs = folder.resolve("runs");
    this.evidence = folder.resolve("evidence");
    this.open = folder.resolve("open");
  }

  /** The folders of evidence, whether a record knows them or not. */
  List<String> kept() throws IOException {
    return SystemFiles.list(evidence);
  }

  /**
   * Removes what was left half done by a process that ended, of runs that the log knows. What is of
   * none of them is put aside: it may be all that is left of a run whose record was lost.
   */
  void clean(LongPredicate known, LongPredicate completed, Path lost) throws IOException {
    SystemFiles.deleteTree(runs);
    SystemFiles.makeFolder(runs);
    SystemFiles.makeFolder(evidence);
    SystemFiles.makeFolder(open);
    for (String name : SystemFiles.list(evidence)) {
      if (!isOf(name, known)) {
        putAside(evidence.resolve(name), lost, "evidence-" + name);
      } else if (!completed.test(Long.parseLong(name))) {
        SystemFiles.deleteTree(evidence.resolve(name));
      }
    }
    for (String name : SystemFiles.list(open)) {
      if (!isOf(name.split("\\.", 2)[0], known)) {
        putAside(open.resolve(name), lost, "open-" + name);
      }
    }
  }

  private static boolean isOf(String run, LongPredicate known) {
    return run.matches("[0-9]{1,18}") && known.test(Long.parseLong(run));
  }

  private static void putAside(Path what, Path lost, String name) throws IOException {
    Path aside = SystemFiles.putAside(what, lost, name);
    LOG.warn("no record knows a run that left {}; it is kept as {}", what, aside);
  }

  Path folder(long run) {
    return evidence.resolve(Long.toString(run));
  }

  /** A fresh folder to work in. */
  Path begin(long run) throws IOException {
    Path folder = runs.resolve(Long.toString(run));
    SystemFiles.deleteTree(folder);
    SystemFiles.makeFolder(folder);
    return folder;
  }

  void drop(long run) throws IOException {
    SystemFiles.deleteTree(runs.resolve(Long.toString(run)));
  }

  /** The open rows of one side in one file: those without a partner, or with a suggested one. */
  private record OpenFile(MatchSide side, String csv, String ids) {
    static List<OpenFile> of(MatchSide side) {
      return List.of(
          new OpenFile(side, "unmatched_" + side.text() + ".csv", side.text()),
          new OpenFile(side, "suggested_" + side.text() + ".csv", side.text() + ".suggested"));
    }
  }

  private Path ids(long run, OpenFile file) {
    return open.resolve(run + "." + file.ids());
  }

  private Path csv(long run, OpenFile file) {
    return folder(run).resolve(file.csv());
  }

  /**
   * Puts what a run has made into its place.
   *
   * @param sha256 of the manifest, as the process said it
   */
  Made keep(long run, String manifest, String sha256) throws IOException {
    Path work = runs.resolve(Long.toString(run));
    Path made = work.resolve(RunJob.WORK).resolve(RunJob.EVIDENCE);
    String found = SystemFiles.sha256(made.resolve(manifest));
    if (!found.equals(sha256)) {
      throw new IOException(
          "the manifest has the SHA-256 " + found + ", and its process said " + sha256);
    }
    long[] left = openRows(run, MatchSide.LEFT, work, made);
    long[] right = openRows(run, MatchSide.RIGHT, work, made);
    Path columns = work.resolve(COLUMNS);
    if (SystemFiles.exists(columns)) {
      Path kept = open.resolve(run + "." + COLUMNS);
      SystemFiles.delete(kept);
      SystemFiles.copy(columns, kept);
      SystemFiles.sync(kept);
    }
    SystemFiles.syncNames(open);
    SystemFiles.syncFolder(made);
    long bytes = SystemFiles.bytesIn(made);
    Path place = folder(run);
    SystemFiles.deleteTree(place);
    SystemFiles.move(made, place);
    return new Made(bytes, left[0], right[0], left[1] + right[1]);
  }

  /** Ids of the open rows of one side: how many there are, and how many carried ones are not. */
  private long[] openRows(long run, MatchSide side, Path work, Path made) throws IOException {
    Path carried = work.resolve(carriedIds(side));
    long[] counts = new long[2];
    long carriedOpen = 0;
    for (OpenFile file : OpenFile.of(side)) {
      Path csv = made.resolve(file.csv());
      if (!SystemFiles.exists(csv)) {
        continue;
      }
      Path to = ids(run, file);
      try (CsvRows rows = CsvRows.open(csv, 0);
          BufferedReader known = SystemFiles.exists(carried) ? reader(carried) : empty();
          BufferedWriter out =
              new BufferedWriter(
                  new OutputStreamWriter(SystemFiles.write(to), StandardCharsets.UTF_8))) {
        String id = known.readLine();
        long at = 1; // carried rows were loaded first, so that their numbers are their places
        for (var row = rows.next(); row != null; row = rows.next()) {
          long number = Long.parseLong("" + row.get("_row"));
          for (; id != null && at < number; at++) {
            id = known.readLine();
          }
          carriedOpen += id == null ? 0 : 1;
          out.write(id == null ? run + "-" + side.text() + "-" + number : id);
          out.write('\n');
          counts[0]++;
        }
      }
      SystemFiles.sync(to);
    }
    if (SystemFiles.exists(carried)) {
      try (BufferedReader known = reader(carried)) {
        counts[1] = known.lines().count() - carriedOpen;
      }
    }
    return counts;
  }

  /** Takes those ids out of a set that rows have which a run left open on a side. */
  void takeOutOpen(long run, MatchSide side, Set<String> wanted) {
    for (OpenFile file : OpenFile.of(side)) {
      Path from = ids(run, file);
      if (SystemFiles.exists(from)) {
        try (BufferedReader in = reader(from)) {
          for (String id = in.readLine(); id != null && !wanted.isEmpty(); id = in.readLine()) {
            wanted.remove(id);
          }
        } catch (IOException e) {
          throw unreadable(run, e);
        }
      }
    }
  }

  /** How many of the rows that a run left open are wanted. */
  long countOpen(long run, Predicate<String> wanted) {
    long count = 0;
    for (MatchSide side : MatchSide.values()) {
      for (OpenFile file : OpenFile.of(side)) {
        Path from = ids(run, file);
        if (SystemFiles.exists(from)) {
          try (BufferedReader in = reader(from)) {
            count += in.lines().filter(wanted).count();
          } catch (IOException | UncheckedIOException e) {
            throw unreadable(run, e instanceof IOException io ? io : new IOException(e));
          }
        }
      }
    }
    return count;
  }

  static String carriedIds(MatchSide side) {
    return "carried_" + side.text() + ".ids";
  }

  private static BufferedReader reader(Path file) throws IOException {
    return new BufferedReader(
        new InputStreamReader(SystemFiles.read(file), StandardCharsets.UTF_8));
  }

  private static BufferedReader empty() {
    return new BufferedReader(java.io.Reader.nullReader());
  }

  /**
   * What one run carries on of another one.
   *
   * @param from the run that left rows open
   * @param openLeft how many, as its record says; the same of the right
   * @param takenBack rows that an earlier run of the same chain left open, whose end was taken back
   */
  record Carrying(long from, long openLeft, long openRight, Set<String> takenBack) {
    private long open(MatchSide side) {
      return side == MatchSide.LEFT ? openLeft : openRight;
    }
  }

  /**
   * Writes open rows as a source of the next run, and their ids beside it.
   *
   * @param goesOn whether the row of this id is looked at again
   * @return the file in the folder, or null if none goes on
   * @throws IOException if a file is missing: rows would be dropped without a word
   */
  @Nullable String carry(Carrying what, MatchSide side, Path folder, Predicate<String> goesOn)
      throws IOException {
    Set<String> back = new LinkedHashSet<>(what.takenBack);
    back.removeIf(id -> Decisions.side(id) != side || !goesOn.test(id));
    List<Piece> pieces = new ArrayList<>();
    long[] found = new long[1];
    if (what.open(side) > 0) {
      for (OpenFile file : OpenFile.of(side)) {
        boolean always = file.equals(OpenFile.of(side).get(0));
        if (always || SystemFiles.exists(ids(what.from, file))) {
          pieces.add(
              new Piece(
                  what.from,
                  file,
                  id -> {
                    found[0]++;
                    back.remove(id);
                    return goesOn.test(id);
                  }));
        }
      }
    }
    for (Path needed : needed(pieces)) {
      if (!SystemFiles.exists(needed)) {
        throw missing(what, side, needed + " is missing");
      }
    }
    long columnsOf = what.open(side) > 0 || back.isEmpty() ? what.from : firstRun(back);
    Path columns = open.resolve(columnsOf + "." + COLUMNS);
    if (pieces.isEmpty() && back.isEmpty()) {
      return null;
    }
    String name = "carried_" + side.text() + ".rows";
    try (BufferedWriter out =
            new BufferedWriter(
                new OutputStreamWriter(
                    SystemFiles.write(folder.resolve(carriedIds(side))), StandardCharsets.UTF_8));
        OpenRows source =
            new OpenRows(
                CarriedColumns.of(SystemFiles.bytes(columns, 1 << 20), side.text()),
                rows -> {
                  for (Piece piece : pieces) {
                    each(piece, rows);
                  }
                  if (found[0] != what.open(side)) {
                    throw missing(what, side, found[0] + " are there");
                  }
                  for (long run : runsOf(back)) {
                    rowsOf(run, side, back, rows);
                  }
                },
                id -> {
                  out.write(id);
                  out.write('\n');
                })) {
      long written = RowFile.write(folder.resolve(name), source, count -> {}, () -> {});
      return written == 0 ? null : name;
    }
  }

  /** Rows of one file that are wanted. */
  private record Piece(long run, OpenFile file, Predicate<String> wanted) {}

  private List<Path> needed(List<Piece> pieces) {
    List<Path> needed = new ArrayList<>();
    for (Piece piece : pieces) {
      needed.add(csv(piece.run, piece.file));
      needed.add(ids(piece.run, piece.file));
      needed.add(open.resolve(piece.run + "." + COLUMNS));
    }
    return needed;
  }

  private static IOException missing(Carrying what, MatchSide side, String how) {
    return new IOException(
        "run "
            + what.from
            + " left "
            + what.open(side)
            + " rows of the "
            + side.text()
            + " side open, and "
            + how
            + "; bring the folder back from a backup, or start a run with \"carry\": false");
  }

  /** Gives each row of a file that is wanted, with its id. */
  private void each(Piece piece, OpenRows.Rows to) throws IOException {
    try (CsvRows rows = CsvRows.open(csv(piece.run, piece.file), 0);
        BufferedReader in = reader(ids(piece.run, piece.file))) {
      for (var row = rows.next(); row != null; row = rows.next()) {
        String id = in.readLine();
        if (id == null) {
          throw new IOException("the ids of open rows end before the rows do");
        }
        if (piece.wanted.test(id)) {
          to.row(id, row);
        }
      }
    }
  }

  private static Set<Long> runsOf(Set<String> exceptions) {
    Set<Long> runs = new TreeSet<>();
    exceptions.forEach(id -> runs.add(Decisions.run(id)));
    return runs;
  }

  private static long firstRun(Set<String> exceptions) {
    return runsOf(exceptions).iterator().next();
  }

  /** Gives those rows of a side that a run was the first to leave open. */
  private void rowsOf(long run, MatchSide side, Set<String> wanted, OpenRows.Rows to)
      throws IOException {
    Set<String> here = new HashSet<>();
    wanted.stream().filter(id -> Decisions.run(id) == run).forEach(here::add);
    for (OpenFile file : OpenFile.of(side)) {
      if (SystemFiles.exists(ids(run, file))) {
        each(new Piece(run, file, here::remove), to);
      }
    }
    if (!here.isEmpty()) {
      throw new IOException(
          "the evidence of run "
              + run
              + " does not hold "
              + here.iterator().next()
              + " any more, whose end was taken back; write it off again, or bring the evidence"
              + " back from a backup");
    }
  }

  // ---- reading

  /** The files of a run's evidence, with their sizes. */
  List<Object> files(long run) {
    try {
      List<Object> files = new ArrayList<>();
      for (String name : SystemFiles.list(folder(run))) {
        files.add(JsonTree.of("name", name, "bytes", SystemFiles.size(folder(run).resolve(name))));
      }
      return files;
    } catch (IOException e) {
      throw unreadable(run, e);
    }
  }

  /** One of them; a name is looked for among them, and is no path. */
  EvidenceFile file(long run, String name) {
    try {
      if (!SystemFiles.list(folder(run)).contains(name)) {
        throw new LedgerException(new NotFound("file " + name + " in the evidence of run " + run));
      }
      Path file = folder(run).resolve(name);
      return new EvidenceFile(file, SystemFiles.size(file));
    } catch (IOException e) {
      throw unreadable(run, e);
    }
  }

  private static LedgerException unreadable(long run, IOException e) {
    LOG.warn("the evidence of run {} cannot be read", run, e); // the path is told here alone
    LedgerException out =
        new LedgerException(
            new Unavailable(
                "the evidence of run " + run + " cannot be read: " + SystemFiles.words(e)));
    out.addSuppressed(e);
    return out;
  }

  /** Of the manifest and what holds its hash. */
  long bytesKept(long run, String manifest) {
    try {
      long bytes = 0;
      for (String name : SystemFiles.list(folder(run))) {
        bytes += isKept(name, manifest) ? SystemFiles.size(folder(run).resolve(name)) : 0;
      }
      return bytes;
    } catch (IOException e) {
      throw unreadable(run, e);
    }
  }

  private static boolean isKept(String name, String manifest) {
    return name.equals(manifest) || name.endsWith(".sha256");
  }

  /** Removes everything but the manifest and its hash. */
  void prune(long run, String manifest) {
    try {
      for (String name : SystemFiles.list(folder(run))) {
        if (!isKept(name, manifest)) {
          SystemFiles.delete(folder(run).resolve(name));
        }
      }
    } catch (IOException e) {
      throw unreadable(run, e);
    }
  }

  /** Rows of a state; a cursor is the number of a file and a place in it. */
  Map<String, @Nullable Object> rows(
      long run, String state, @Nullable MatchSide side, @Nullable String cursor, int limit) {
    List<String> files =
        switch (state) {
          case "matched", "suggested", "rejected" -> List.of(state + ".csv");
          case "unmatched" ->
              side == null
                  ? List.of("unmatched_left.csv", "unmatched_right.csv")
                  : List.of("unmatched_" + side.text() + ".csv");
          default ->
              throw JsonTree.invalid(
                  "state",
                  "is '" + state + "', but must be matched, suggested, unmatched or rejected");
        };
    long[] at = cursor(cursor, files.size(), 2);
    PageOf page = new PageOf(limit);
    try {
      for (int i = (int) at[0]; i < files.size(); i++) {
        Path file = folder(run).resolve(files.get(i));
        if (!SystemFiles.exists(file)) {
          continue;
        }
        try (CsvRows rows = CsvRows.open(file, i == at[0] ? at[1] : 0)) {
          for (var row = rows.next(); row != null; row = rows.next()) {
            boolean other =
                side != null && row.get("side") != null && !side.text().equals(row.get("side"));
            if (!other) {
              Map<String, @Nullable Object> item = new LinkedHashMap<>(row);
              if (state.equals("unmatched")) {
                item.put("side", files.get(i).contains("left") ? "left" : "right");
              }
              page.add(item);
            }
            if (page.isFull()) {
              return page.endsAt(i + ":" + rows.position());
            }
          }
        }
      }
    } catch (CsvRows.NoRowException e) {
      throw noCursor();
    } catch (IOException e) {
      throw unreadable(run, e);
    }
    return page.end();
  }

  private static long[] cursor(@Nullable String cursor, int files, int length) {
    long[] at = new long[length];
    if (cursor == null) {
      return at;
    }
    String[] parts = cursor.split(":", -1);
    if (parts.length != length || !cursor.matches("[0-9](:[0-9]{1,18})+")) {
      throw noCursor();
    }
    for (int i = 0; i < length; i++) {
      at[i] = Long.parseLong(parts[i]);
    }
    if (at[0] >= files) {
      throw noCursor();
    }
    return at;
  }

  private static LedgerException noCursor() {
    return JsonTree.invalid("query", "after is no cursor of a page before of the same question");
  }

  /** Is given a row with its id and fields, may add to it, and says whether it is shown. */
  @FunctionalInterface
  interface Shown {
    /** Whether it is. */
    boolean test(Map<String, @Nullable Object> item);
  }

  /**
   * A page of open rows.
   *
   * @param takenBack rows of earlier runs that are open again, shown behind those of this one
   */
  Map<String, @Nullable Object> open(
      long run,
      @Nullable MatchSide side,
      @Nullable String cursor,
      int limit,
      Set<String> takenBack,
      Shown shown) {
    List<OpenFile> files = new ArrayList<>();
    Set<String> back = new TreeSet<>(takenBack);
    for (MatchSide each : MatchSide.values()) {
      if (side == null || each == side) {
        files.addAll(OpenFile.of(each));
        takeOutOpen(run, each, back);
      } else {
        back.removeIf(id -> Decisions.side(id) == each);
      }
    }
    long[] at = cursor(cursor, files.size() + 1, 3);
    PageOf page = new PageOf(limit);
    try {
      for (int i = (int) at[0]; i < files.size(); i++) {
        OpenFile file = files.get(i);
        if (!SystemFiles.exists(csv(run, file))) {
          continue;
        }
        long lines = i == at[0] ? at[2] : 0;
        try (CsvRows rows = CsvRows.open(csv(run, file), i == at[0] ? at[1] : 0);
            BufferedReader in = reader(ids(run, file))) {
          for (long skipped = 0; skipped < lines; skipped++) {
            if (in.readLine() == null) {
              throw noCursor();
            }
          }
          for (var row = rows.next(); row != null; row = rows.next()) {
            lines++;
            String id = in.readLine();
            if (id == null && cursor != null) {
              throw noCursor();
            } else if (id == null) {
              throw new IOException("the ids of open rows end before the rows do");
            }
            show(page, id, row, shown);
            if (page.isFull()) {
              return page.endsAt(i + ":" + rows.position() + ":" + lines);
            }
          }
        }
      }
      return openAgain(back, at[0] == files.size() ? at[2] : 0, files.size(), page, shown);
    } catch (CsvRows.NoRowException e) {
      throw noCursor();
    } catch (IOException e) {
      throw unreadable(run, e);
    }
  }

  private static void show(PageOf page, String id, Map<String, @Nullable String> row, Shown shown) {
    Map<String, @Nullable Object> item = new LinkedHashMap<>();
    item.put("id", id);
    item.put("side", Decisions.side(id).text());
    item.put("fields", row);
    if (shown.test(item)) {
      page.add(item);
    }
  }

  /** The rest of a page: rows of earlier runs, in the order of their ids. */
  private Map<String, @Nullable Object> openAgain(
      Set<String> back, long from, int files, PageOf page, Shown shown) throws IOException {
    long at = from;
    for (String id : back.stream().skip(from).toList()) {
      if (page.isFull()) {
        return page.endsAt(files + ":0:" + at);
      }
      rowsOf(
          Decisions.run(id),
          Decisions.side(id),
          Set.of(id),
          (of, row) -> show(page, of, row, shown));
      at++;
    }
    return page.end();
  }
}
