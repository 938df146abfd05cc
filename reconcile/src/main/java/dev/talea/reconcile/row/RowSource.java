// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.row;

import java.io.IOException;
import java.util.List;

/** The rows of one side, to be read once, from their beginning to their end, by one thread. */
public interface RowSource extends AutoCloseable {

  /** The columns; the first two are {@link Column#ALWAYS}, and no two have the same name. */
  List<Column> columns();

  /**
   * Reads all rows.
   *
   * @throws IOException if the source cannot be read to its end; what is wrong with single rows is
   *     not thrown but rejected
   */
  void read(RowSink sink) throws IOException;

  /**
   * What was read, so that it can be found again and nothing else be taken for it: known when
   * {@link #read} has returned.
   */
  SourceFacts facts();

  /** Gives back files and connections. */
  @Override
  void close() throws IOException;
}
