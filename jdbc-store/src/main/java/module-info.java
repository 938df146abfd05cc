// SPDX-License-Identifier: Apache-2.0
/** The Store over SQLite and PostgreSQL. */
module dev.talea.jdbc {
  requires static transitive org.jspecify;
  requires transitive dev.talea.ledger;
  requires com.zaxxer.hikari;
  requires java.sql;
  requires org.postgresql.jdbc;
  requires org.slf4j;
  requires org.xerial.sqlitejdbc;

  exports dev.talea.jdbc;
}
