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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

  private Path openFile(long run, MatchSide side) {
    return open.resolve(run + "." + side.text());
  }

  private static Path unmatched(Path folder, MatchSide side) {
    return folder.resolve("unmatched_" + side.text() + ".csv");
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
    Path file = unmatched(made, side);
    if (!SystemFiles.exists(file)) {
      return new long[2];
    }
    long count = 0;
    long carriedRows = 0;
    long carriedOpen = 0;
    Path carried = work.resolve(carriedIds(side));
    Path to = openFile(run, side);
    try (CsvRows rows = CsvRows.open(file, 0);
        BufferedReader ids = SystemFiles.exists(carried) ? reader(carried) : empty();
        BufferedWriter out =
            new BufferedWriter(
                new OutputStreamWriter(SystemFiles.write(to), StandardCharsets.UTF_8))) {
      String id = ids.readLine();
      for (var row = rows.next(); row != null; row = rows.next()) {
        long number = Long.parseLong("" + row.get("_row"));
        while (id != null && carriedRows + 1 < number) {
          carriedRows++;
          id = ids.readLine();
        }
        if (id != null && carriedRows + 1 == number) {
          out.write(id);
          carriedOpen++;
        } else {
          out.write(run + "-" + side.text() + "-" + number);
        }
        out.write('\n');
        count++;
      }
      while (id != null) {
        carriedRows++;
        id = ids.readLine();
      }
    }
    SystemFiles.sync(to);
    return new long[] {count, carriedRows - carriedOpen};
  }

  /** Takes those ids out of a set that rows have which a run left open on a side. */
  void takeOutOpen(long run, MatchSide side, Set<String> ids) {
    Path file = openFile(run, side);
    if (!SystemFiles.exists(file)) {
      return;
    }
    try (BufferedReader in = reader(file)) {
      for (String id = in.readLine(); id != null && !ids.isEmpty(); id = in.readLine()) {
        ids.remove(id);
      }
    } catch (IOException e) {
      throw unreadable(run, e);
    }
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
   * Writes the rows that a run left open as a source of the next one, and their ids beside it.
   *
   * @param openRows how many it left open, as its record says
   * @param wanted whether the row of this id goes on
   * @return the file in the folder, or null if none goes on
   * @throws IOException if a file is missing: rows would be dropped without a word
   */
  @Nullable String carry(
      long from, long openRows, MatchSide side, Path folder, Predicate<String> wanted)
      throws IOException {
    if (openRows == 0) {
      return null;
    }
    Path file = unmatched(folder(from), side);
    Path ids = openFile(from, side);
    Path columns = open.resolve(from + "." + COLUMNS);
    for (Path needed : List.of(file, ids, columns)) {
      if (!SystemFiles.exists(needed)) {
        throw new IOException(
            "run "
                + from
                + " left "
                + openRows
                + " rows of the "
                + side.text()
                + " side open, and "
                + needed
                + " is missing; bring it back from a backup, or start a run that carries nothing");
      }
    }
    String name = "carried_" + side.text() + ".rows";
    Path idsTo = folder.resolve(carriedIds(side));
    try (CsvRows rows = CsvRows.open(file, 0);
        BufferedReader in = reader(ids);
        BufferedWriter out =
            new BufferedWriter(
                new OutputStreamWriter(SystemFiles.write(idsTo), StandardCharsets.UTF_8));
        OpenRows source =
            new OpenRows(
                rows,
                in,
                CarriedColumns.of(SystemFiles.bytes(columns, 1 << 20), side.text()),
                id -> {
                  boolean goesOn = wanted.test(id);
                  if (goesOn) {
                    try {
                      out.write(id);
                      out.write('\n');
                    } catch (IOException e) {
                      throw new UncheckedIOException(e);
                    }
                  }
                  return goesOn;
                })) {
      long written = RowFile.write(folder.resolve(name), source, count -> {}, () -> false);
      return written == 0 ? null : name;
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
    List<Object> items = new ArrayList<>();
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
              items.add(item);
            }
            if (items.size() >= limit) {
              return Reconciliation.page(items, i + ":" + rows.position());
            }
          }
        }
      }
    } catch (CsvRows.NoRowException e) {
      throw noCursor();
    } catch (IOException e) {
      throw unreadable(run, e);
    }
    return Reconciliation.page(items, null);
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

  /**
   * A page of open rows.
   *
   * @param wanted gets each with its id, may add to it, and says whether it is shown
   */
  Map<String, @Nullable Object> open(
      long run,
      @Nullable MatchSide side,
      @Nullable String cursor,
      int limit,
      Predicate<Map<String, @Nullable Object>> wanted) {
    List<MatchSide> sides = side == null ? List.of(MatchSide.values()) : List.of(side);
    long[] at = cursor(cursor, sides.size(), 3);
    List<Object> items = new ArrayList<>();
    try {
      for (int i = (int) at[0]; i < sides.size(); i++) {
        MatchSide of = sides.get(i);
        Path file = unmatched(folder(run), of);
        Path ids = openFile(run, of);
        if (!SystemFiles.exists(file)) {
          continue;
        }
        long lines = i == at[0] ? at[2] : 0;
        try (CsvRows rows = CsvRows.open(file, i == at[0] ? at[1] : 0);
            BufferedReader in = reader(ids)) {
          for (long skipped = 0; skipped < lines; skipped++) {
            if (in.readLine() == null) {
              throw noCursor();
            }
          }
          for (var row = rows.next(); row != null; row = rows.next()) {
            lines++;
            Map<String, @Nullable Object> item = new LinkedHashMap<>();
            String id = in.readLine();
            if (id == null && cursor != null) {
              throw noCursor();
            } else if (id == null) {
              throw new IOException("the ids of open rows end before the rows do");
            }
            item.put("id", id);
            item.put("side", of.text());
            item.put("fields", row);
            if (wanted.test(item)) {
              items.add(item);
            }
            if (items.size() >= limit) {
              return Reconciliation.page(items, i + ":" + rows.position() + ":" + lines);
            }
          }
        }
      }
    } catch (CsvRows.NoRowException e) {
      throw noCursor();
    } catch (IOException e) {
      throw unreadable(run, e);
    }
    return Reconciliation.page(items, null);
  }
}
