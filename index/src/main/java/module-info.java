// SPDX-License-Identifier: Apache-2.0
/**
 * The Store over the log. Exports the store, the snapshot, the check, the import and the hash
 * trees, and what they throw; records, keys and derived files are its own.
 */
module dev.talea.index {
  requires static transitive org.jspecify;
  requires transitive dev.talea.ledger;
  requires transitive dev.talea.log;
  requires org.agrona;
  requires org.slf4j;

  exports dev.talea.index;
  exports dev.talea.index.failure;
  exports dev.talea.index.tree;
}
