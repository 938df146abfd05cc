// SPDX-License-Identifier: Apache-2.0
/**
 * The words of a ledger, the rules that accept or refuse drafts, the interfaces a store implements,
 * the ledger in process over any of them, and the JSON form.
 */
module dev.talea.ledger {
  requires static transitive org.jspecify;
  requires transitive com.fasterxml.jackson.core;

  exports dev.talea.ledger;
  exports dev.talea.ledger.json;
  exports dev.talea.ledger.projection;
  exports dev.talea.ledger.rules;
  exports dev.talea.ledger.service;
}
