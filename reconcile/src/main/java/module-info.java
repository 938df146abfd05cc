// SPDX-License-Identifier: Apache-2.0
/**
 * Reconciliation: matches what a ledger says against what a bank, a payment provider or a chain
 * says, line by line, and leaves evidence that can be checked without this program's word.
 *
 * <p>A {@link dev.talea.reconcile.row.RowSource} brings the rows of each side, a {@link
 * dev.talea.reconcile.recipe.Recipe} says when two of them are the same thing, and an {@link
 * dev.talea.reconcile.engine.Engine} decides about every row.
 */
module dev.talea.reconcile {
  requires static transitive org.jspecify;
  requires static duckdb.jdbc;
  requires transitive dev.talea.ledger;
  requires transitive dev.talea.log;
  requires transitive java.sql;
  requires java.xml;
  requires org.slf4j;

  uses dev.talea.reconcile.engine.Engine;

  exports dev.talea.reconcile.document;
  exports dev.talea.reconcile.draft;
  exports dev.talea.reconcile.engine;
  exports dev.talea.reconcile.evidence;
  exports dev.talea.reconcile.recipe;
  exports dev.talea.reconcile.row;
  exports dev.talea.reconcile.run;
  exports dev.talea.reconcile.source;
}
