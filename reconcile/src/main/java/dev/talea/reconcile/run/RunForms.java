// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.LedgerApi;
import dev.talea.reconcile.engine.Engine;
import dev.talea.reconcile.engine.EngineLimits;
import dev.talea.reconcile.engine.MatchProgress;
import dev.talea.reconcile.engine.Outcome;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.SourceRef;
import dev.talea.reconcile.recipe.Value;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.RowSource;
import dev.talea.reconcile.row.SourceFacts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the documents of a run mean: recipes and profiles are read, sources opened and evidence
 * sealed by others. An interface, so that the life of runs can be tried with sources and engines
 * that are made to misbehave.
 *
 * <p>Any thread. What is wrong with a document is a {@link dev.talea.ledger.LedgerException}.
 */
interface RunForms {
  /** The engine of a process that matches. */
  Engine engine();

  /** Reads a recipe. */
  Recipe recipe(byte[] json);

  /** The one spelling of a recipe, over which its hash goes. */
  byte[] canonical(Recipe recipe);

  /** Looks at a format profile. */
  void checkProfile(byte[] json);

  /** Values of a recipe's parameters, out of texts. */
  Map<String, Value> parameters(Recipe recipe, Map<String, String> texts);

  /** Says what a recipe asks for that these columns of its sides do not have. */
  default void checkAgainst(Recipe recipe, List<Column> left, List<Column> right) {
    // An engine finds the same, in fewer words.
  }

  /**
   * Opens what a book of the ledger holds.
   *
   * @param atSeq its last event that counts, or -1 for the newest there is
   */
  RowSource ledger(
      LedgerApi ledger, SourceRef.Ledger source, Map<String, Value> parameters, long atSeq)
      throws IOException;

  /**
   * Opens a file.
   *
   * @param name of the file at its sender's, for people
   */
  RowSource file(byte[] profile, Path file, String name) throws IOException;

  /** Opens a query of a database. */
  RowSource query(NamedSources.Database database, String source, String query, byte[] profile)
      throws IOException;

  /**
   * Writes the manifest beside the files of a run.
   *
   * @param sealed what it says besides their hashes
   * @return its name
   */
  String seal(Path folder, Sealed sealed) throws IOException;

  /**
   * Checks a folder of evidence: every file against the manifest, and the rows as loaded matched
   * again.
   *
   * @return {@code manifest_sha256}, {@code matched_again} and {@code findings}, none if all is
   *     right
   */
  Map<String, @Nullable Object> verify(
      Path folder, Path work, EngineLimits limits, MatchProgress progress) throws IOException;

  /** What a manifest says besides the hashes of its files. */
  record Sealed(
      Engine engine,
      Recipe recipe,
      Map<String, Value> parameters,
      Inputs left,
      Inputs right,
      Outcome outcome,
      List<String> files) {}

  /** What one side was read from. */
  record Inputs(@Nullable SourceFacts carried, SourceFacts source) {}
}
