// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.reconcile.engine.Engine;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.SourceRef;
import dev.talea.reconcile.recipe.Value;
import dev.talea.reconcile.row.RowSource;
import java.nio.file.Path;
import java.util.Map;

/** The documents, sources and evidence of this room. Stateless; any thread. */
final class StandardForms implements RunForms {
  private static LedgerException missing() {
    return new LedgerException(new Unavailable("not built yet"));
  }

  @Override
  public Engine engine() {
    throw missing();
  }

  @Override
  public Recipe recipe(byte[] json) {
    throw missing();
  }

  @Override
  public byte[] canonical(Recipe recipe) {
    throw missing();
  }

  @Override
  public void checkProfile(byte[] json) {
    throw missing();
  }

  @Override
  public Map<String, Value> parameters(Recipe recipe, Map<String, String> texts) {
    throw missing();
  }

  @Override
  public RowSource ledger(
      LedgerApi ledger, SourceRef.Ledger source, Map<String, Value> parameters, long atSeq) {
    throw missing();
  }

  @Override
  public RowSource file(byte[] profile, Path file, String name) {
    throw missing();
  }

  @Override
  public RowSource query(
      NamedSources.Database database, String source, String query, byte[] profile) {
    throw missing();
  }

  @Override
  public String seal(Path folder, Sealed sealed) {
    throw missing();
  }
}
