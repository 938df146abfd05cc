// SPDX-License-Identifier: Apache-2.0
/** What can be checked, exported and proven from a ledger's records alone. */
module dev.talea.audit {
  requires static transitive org.jspecify;
  requires transitive dev.talea.index;
  requires transitive dev.talea.ledger;
  requires transitive dev.talea.log;
  requires java.xml;
  requires org.slf4j;

  exports dev.talea.audit.anchor;
  exports dev.talea.audit.backup;
  exports dev.talea.audit.check;
  exports dev.talea.audit.evidence;
  exports dev.talea.audit.export;
  exports dev.talea.audit.head;
  exports dev.talea.audit.proof;
  exports dev.talea.audit.replay;
}
