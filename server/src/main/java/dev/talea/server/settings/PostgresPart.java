// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.settings;

import java.util.List;

/**
 * The variables by which platforms name a database of PostgreSQL piece by piece. Each replaces its
 * part of the URL that is in force, and is named as that part is in {@link DbUrl#with}.
 */
enum PostgresPart {
  HOST,
  PORT,
  USER,
  PASSWORD,
  DBNAME,
  SCHEMA;

  /** Its name in the environment. */
  String variable() {
    return "POSTGRES_" + name();
  }

  /** All its names: the image of PostgreSQL knows the database under another one than libraries. */
  List<String> variables() {
    return this == DBNAME ? List.of(variable(), "POSTGRES_DB") : List.of(variable());
  }

  /** Whether its value is a secret and never shown. */
  boolean isSecret() {
    return this == PASSWORD;
  }
}
