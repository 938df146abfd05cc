// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.Value;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.MatchSide;
import dev.talea.reconcile.row.RowSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * One reconciliation: rows are loaded, then decided about, then written down. Used by one thread,
 * but for {@link #cancel}.
 */
public interface EngineRun extends AutoCloseable {

  /**
   * Loads rows of a side, behind those that were loaded before; carried rows come first. Rows are
   * numbered from 1 in each side, in the order they come.
   *
   * @return how many rows came, rejected ones included
   * @throws IOException if the source cannot be read to its end
   * @throws EngineException if this run cannot go on
   */
  long load(MatchSide side, Origin origin, RowSource source, MatchProgress progress)
      throws IOException;

  /** Columns of a side, once it is loaded. */
  List<Column> columns(MatchSide side);

  /**
   * Decides about every row, and checks that none is lost: for each side read = filtered + matched
   * + suggested + unmatched + rejected, in rows and, for each asset, in sums.
   *
   * @param parameters a value for every parameter of the recipe
   * @throws EngineException if that does not hold, the recipe does not fit the rows, or the limits
   *     do not suffice
   */
  Outcome match(Recipe recipe, Map<String, Value> parameters, MatchProgress progress);

  /**
   * Writes what was read and decided, as Parquet and CSV, in a fixed order of rows, columns and
   * bytes: the same rows and the same recipe give the same files.
   *
   * @param folder exists, is empty, and lies below the run's own
   * @return names of the files, sorted
   */
  List<String> write(Path folder, MatchProgress progress);

  /**
   * Ends what is being done, from any thread; the call under way throws {@link EngineException}.
   */
  void cancel();

  /** Gives everything back and removes what lies on the disk. */
  @Override
  void close();
}
