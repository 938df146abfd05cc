// SPDX-License-Identifier: Apache-2.0
/** Durable read models that follow the ledger. */
module dev.talea.projections {
  requires static transitive org.jspecify;
  requires transitive dev.talea.ledger;
  requires transitive java.sql;
  requires com.zaxxer.hikari;
  requires org.slf4j;
  requires org.xerial.sqlitejdbc;

  exports dev.talea.projections;
  exports dev.talea.projections.builtin;
  exports dev.talea.projections.read;
  exports dev.talea.projections.target;
  exports dev.talea.projections.webhook;

  uses dev.talea.projections.Projection;
}
