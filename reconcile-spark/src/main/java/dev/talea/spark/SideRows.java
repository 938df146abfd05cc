// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.decide.LoadedColumns;
import dev.talea.reconcile.decide.ReadSums;
import dev.talea.reconcile.engine.EngineException;
import dev.talea.reconcile.engine.MatchProgress;
import dev.talea.reconcile.engine.Origin;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.MatchSide;
import dev.talea.reconcile.row.Reject;
import dev.talea.reconcile.row.RowSink;
import dev.talea.reconcile.row.RowSource;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Loads the rows of one side into files that tasks read, counts them on the way, and keeps what has
 * become of each: four bytes and two bits a row.
 *
 * <p>What is counted here, before Spark has seen a row, is what the decisions are held against at
 * the end. If the absolute amounts of an asset add up to more than 128 bits hold, the side is
 * refused: no sum of some of its rows can leave the range then, in whatever order it is made. Used
 * by the thread of the run.
 */
final class SideRows {
  /** How many rows pass between two looks at whether to go on. */
  private static final int LOOK_ROWS = 4096;

  private final MatchSide side;
  private final SparkJobs jobs;
  private final Path folder;
  private final int chunkRows;
  private final List<Column> columns = new ArrayList<>();
  private final ReadSums sums;
  private final List<RowChunk> chunks = new ArrayList<>();
  private final BitSet filtered = new BitSet();
  private final BitSet taken = new BitSet();
  private int[] matches = new int[0];
  private long rows;
  private long rejects;
  private @Nullable DataOutputStream rejected;

  /** How many of the rows were carried in: the first. */
  private long carried;

  SideRows(MatchSide side, SparkJobs jobs, Path folder, int chunkRows) {
    this.side = side;
    this.sums = new ReadSums(side);
    this.jobs = jobs;
    this.folder = folder;
    this.chunkRows = chunkRows;
  }

  /** What could not be read, as it stands in evidence. */
  record Rejected(long number, Origin origin, Reject reject) {}

  MatchSide side() {
    return side;
  }

  List<Column> columns() {
    return List.copyOf(columns);
  }

  /** Types by name, in the order of the columns. */
  Map<String, ColumnType> types() {
    Map<String, ColumnType> types = new LinkedHashMap<>();
    columns.forEach(column -> types.put(column.name(), column.type()));
    return types;
  }

  int rows() {
    return Math.toIntExact(rows);
  }

  long rejects() {
    return rejects;
  }

  Origin origin(int row) {
    return row <= carried ? Origin.CARRIED : Origin.SOURCE;
  }

  // --- what has become of the rows ---

  /** The match that a row is in, or 0. */
  int match(int row) {
    return matches[row];
  }

  boolean isOpen(int row) {
    return !filtered.get(row) && !taken.get(row);
  }

  int open() {
    return rows() - filtered.cardinality() - taken.cardinality();
  }

  int filtered() {
    return filtered.cardinality();
  }

  void filter(int row) {
    filtered.set(row);
  }

  /** Puts a row into a match; it is no one else's then. */
  void take(int row, int match) {
    if (!isOpen(row)) {
      throw new EngineException(
          EngineException.Kind.FAULT,
          "Row "
              + row
              + " of the "
              + side.text()
              + " side would be in match "
              + match
              + ", but it is "
              + (filtered.get(row) ? "filtered" : "in match " + matches[row])
              + ". Nothing of this run counts; keep its sources and report it.");
    }
    taken.set(row);
    matches[row] = match;
  }

  /** All rows, of which those are chosen that are open. */
  List<RowChunk> openChunks() {
    BitSet closed = (BitSet) filtered.clone();
    closed.or(taken);
    closed.flip(0, rows() + 1);
    return chunks(closed, false);
  }

  /** All rows that take part are chosen; with the match that each is in. */
  List<RowChunk> partChunks() {
    BitSet part = (BitSet) filtered.clone();
    part.flip(0, rows() + 1);
    return chunks(part, true);
  }

  /** All rows, with the match that each is in; those are chosen that these bits say. */
  List<RowChunk> chunks(BitSet chosen, boolean withMatches) {
    List<RowChunk> found = new ArrayList<>();
    for (RowChunk chunk : chunks) {
      int from = chunk.first();
      int to = from + chunk.rows();
      found.add(
          new RowChunk(
              side,
              chunk.path(),
              from,
              chunk.rows(),
              chosen.get(from, to),
              withMatches ? Arrays.copyOfRange(matches, from, to) : new int[0]));
    }
    return found;
  }

  BitSet filteredBits() {
    return (BitSet) filtered.clone();
  }

  /** All rows in their order, read by this thread. */
  void forEach(Consumer<RowChunk.Loaded> reader) {
    for (RowChunk chunk : chunks) {
      Iterator<RowChunk.Loaded> loaded = chunk.read(columns.size());
      while (loaded.hasNext()) {
        reader.accept(loaded.next());
      }
      jobs.goOn();
    }
  }

  /** What was rejected, in its order, read by this thread. */
  void forEachRejected(Consumer<Rejected> reader) throws IOException {
    if (rejects == 0) {
      return;
    }
    try (DataInputStream in = SystemFiles.read(rejectFile())) {
      for (long i = 1; i <= rejects; i++) {
        Origin origin = in.readBoolean() ? Origin.CARRIED : Origin.SOURCE;
        long line = in.readLong();
        String field = (String) RowCodec.read(in);
        String reason = String.valueOf(RowCodec.read(in));
        String text = String.valueOf(RowCodec.read(in));
        Int128 amount = (Int128) RowCodec.read(in);
        String asset = (String) RowCodec.read(in);
        reader.accept(
            new Rejected(i, origin, new Reject(line, field, reason, text, amount, asset)));
      }
    }
  }

  // --- sums of what was read ---

  /** Sums of everything that was read, by asset. */
  SortedMap<String, Int128> sums() {
    try {
      return sums.all();
    } catch (ReadSums.TooMuchException e) {
      throw tooMuch(e);
    }
  }

  private static EngineException tooMuch(ReadSums.TooMuchException e) {
    return new EngineException(EngineException.Kind.LIMIT, String.valueOf(e.getMessage()), e);
  }

  /** What could be read of the rejected rows, by asset. */
  SortedMap<String, Int128> rejectSums() {
    return sums.rejected();
  }

  // --- loading ---

  /** Nothing more is loaded; a side that nothing was loaded into is one without rows. */
  void ready() throws IOException {
    if (columns.isEmpty()) {
      columns.addAll(Column.ALWAYS);
    }
    DataOutputStream file = rejected;
    if (file != null) {
      file.close();
      rejected = null;
    }
    matches = new int[rows() + 1];
  }

  /** Gives back what is open when a loading has failed. */
  void close() throws IOException {
    DataOutputStream file = rejected;
    if (file != null) {
      file.close();
    }
  }

  long load(Origin origin, RowSource source, MatchProgress progress) throws IOException {
    if (origin == Origin.CARRIED && rows > carried) {
      throw new IllegalStateException("carried rows come before those of the source");
    }
    List<Column> own = source.columns();
    addColumns(own);
    String step = "load " + side.text();
    progress.at(step, 0, -1);
    long before = rows + rejects;
    try (Loading loading = new Loading(origin, own, step, before, progress)) {
      source.read(loading);
    } catch (ReadSums.TooMuchException e) {
      throw tooMuch(e);
    } catch (UncheckedIOException e) {
      throw jobs.failed(step, e);
    }
    jobs.goOn();
    if (origin == Origin.CARRIED) {
      carried = rows;
    }
    long read = rows + rejects - before;
    progress.at(step, read, read);
    return read;
  }

  /** Takes the rows of one source. */
  private final class Loading implements RowSink, AutoCloseable {
    private final Origin origin;
    private final int[] places = new int[columns.size()];
    private final String step;
    private final long before;
    private final MatchProgress progress;
    private @Nullable DataOutputStream file;
    private Path path = folder;
    private int first;

    Loading(Origin origin, List<Column> own, String step, long before, MatchProgress progress) {
      this.origin = origin;
      this.step = step;
      this.before = before;
      this.progress = progress;
      for (int i = 0; i < places.length; i++) {
        places[i] = own.indexOf(columns.get(i));
      }
    }

    @Override
    public void row(long line, @Nullable Object[] values) {
      rows++;
      look();
      if (!(values[places[0]] instanceof Int128 amount)
          || !(values[places[1]] instanceof String asset)) {
        throw new EngineException(
            EngineException.Kind.FAULT,
            "The "
                + side.text()
                + " source brings a row without amount or asset at line "
                + line
                + "; such a row has to be rejected.");
      }
      sums.row(asset, amount);
      try {
        DataOutputStream into = file();
        into.writeLong(line);
        for (int place : places) {
          Object value = place < 0 ? null : values[place];
          RowCodec.write(into, value == null ? null : RowCodec.plain(value));
        }
        if (rows - first + 1 >= chunkRows) {
          close();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private DataOutputStream file() throws IOException {
      DataOutputStream open = file;
      if (open == null) {
        first = rows();
        path = folder.resolve(side.text() + "-" + first + ".rows");
        open = SystemFiles.write(path);
        open.writeInt(places.length);
        file = open;
      }
      return open;
    }

    @Override
    public void reject(Reject reject) {
      rejects++;
      look();
      Int128 amount = reject.amount();
      String asset = reject.asset();
      boolean counts = amount != null && asset != null;
      if (amount != null && asset != null) {
        sums.reject(asset, amount);
      }
      try {
        DataOutputStream into = rejected;
        if (into == null) {
          into = SystemFiles.write(rejectFile());
          rejected = into;
        }
        into.writeBoolean(origin == Origin.CARRIED);
        into.writeLong(reject.line());
        RowCodec.write(into, reject.field());
        RowCodec.write(into, reject.reason());
        RowCodec.write(into, reject.text());
        RowCodec.write(into, counts ? amount : null);
        RowCodec.write(into, amount == null ? null : asset);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void look() {
      if ((rows + rejects) % LOOK_ROWS == 0) {
        jobs.goOn();
        progress.at(step, rows + rejects - before, -1);
      }
      if (rows >= Integer.MAX_VALUE) {
        throw new EngineException(
            EngineException.Kind.LIMIT,
            "The "
                + side.text()
                + " side has more than "
                + Integer.MAX_VALUE
                + " rows; match it in parts, by a range of dates.");
      }
    }

    @Override
    public void looked() {
      jobs.goOn();
    }

    /** Ends a file of rows. */
    @Override
    public void close() throws IOException {
      DataOutputStream open = file;
      if (open != null) {
        open.close();
        file = null;
        jobs.wrote(SystemFiles.size(path));
        chunks.add(
            new RowChunk(
                side, path.toString(), first, rows() - first + 1, new BitSet(), new int[0]));
      }
    }
  }

  private Path rejectFile() {
    return folder.resolve(side.text() + ".rejects");
  }

  /** Adds the columns that earlier loads did not have; rows loaded before have null there. */
  private void addColumns(List<Column> own) {
    String beginning = LoadedColumns.beginning(side, own);
    if (beginning != null) {
      throw new EngineException(EngineException.Kind.FAULT, beginning);
    }
    Map<String, ColumnType> known = types();
    for (Column column : own) {
      ColumnType type = known.get(column.name());
      if (type == null) {
        columns.add(column);
        continue;
      }
      String clash = LoadedColumns.clash(side, column, type);
      if (clash != null) {
        throw new EngineException(EngineException.Kind.RECIPE, clash);
      }
    }
  }
}
