package dev.talea.server;

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

  /** Whether its value may be shown to nobody. */
  boolean isSecret() {
    return this == PASSWORD;
  }
}
