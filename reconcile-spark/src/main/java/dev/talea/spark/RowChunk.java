// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import dev.talea.reconcile.row.MatchSide;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Rows of a side that follow each other, in a file of their own, and what has become of them so
 * far: what a task gets to work on. Immutable; bits and numbers never change.
 *
 * @param path of the file, where all of Spark's machines find it
 * @param first number of its first row
 * @param rows how many there are
 * @param chosen bit by bit from the first row: what the task is about, as the rows that are open
 * @param numbers for each row, or none: the match it is in, or 0
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record RowChunk(MatchSide side, String path, int first, int rows, BitSet chosen, int[] numbers)
    implements Serializable {

  /** A row as it was loaded. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Loaded(int row, long line, @Nullable Object[] values) {}

  boolean isChosen(int row) {
    return chosen.get(row - first);
  }

  /**
   * Its rows.
   *
   * @param columns how many the side has; a file that was written when it had fewer has no values
   *     in the others
   */
  Iterator<Loaded> read(int columns) {
    return new Rows(columns);
  }

  private final class Rows implements Iterator<Loaded> {
    private final DataInputStream in;
    private final int columns;
    private final int written;
    private int next = first;

    Rows(int columns) {
      this.columns = columns;
      try {
        in = SystemFiles.read(Path.of(path));
        written = in.readInt();
      } catch (IOException e) {
        throw unreadable(e);
      }
    }

    private UncheckedIOException unreadable(IOException e) {
      return new UncheckedIOException(
          "the rows of the run in "
              + path
              + " cannot be read"
              + (e instanceof EOFException ? ": the file ends at row " + next : "")
              + "; the folder of a run has to be where all machines of Spark find it",
          e);
    }

    @Override
    public boolean hasNext() {
      return next < first + rows;
    }

    @Override
    public Loaded next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      try {
        long line = in.readLong();
        @Nullable Object[] values = new @Nullable Object[columns];
        for (int i = 0; i < written; i++) {
          values[i] = RowCodec.read(in);
        }
        Loaded row = new Loaded(next++, line, values);
        if (!hasNext()) {
          in.close();
        }
        return row;
      } catch (IOException e) {
        throw unreadable(e);
      }
    }
  }
}
