// SPDX-License-Identifier: Apache-2.0
/** The ledger over HTTP: TaleaClient, and what it is told. */
module dev.talea.client {
  requires static transitive org.jspecify;
  requires transitive dev.talea.ledger;
  requires dev.talea.net;
  requires org.slf4j;

  exports dev.talea.client;
}
