// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Which PostgreSQL database to use, and how to get in.
 *
 * @param jdbcUrl for the driver, without user and password
 * @param properties for the driver, user and password among them
 * @param schema the schema that holds the ledger; null for whatever the search path says
 */
public record PostgresTarget(String jdbcUrl, Properties properties, @Nullable String schema) {
  public PostgresTarget {
    properties = copy(properties);
  }

  /** A copy: what is added to it changes no other connections. */
  @Override
  public Properties properties() {
    return copy(properties);
  }

  private static Properties copy(Properties properties) {
    Properties copy = new Properties();
    copy.putAll(properties);
    return copy;
  }

  /** Where, but not how to get in. */
  @Override
  public String toString() {
    return jdbcUrl + (schema == null ? "" : " schema " + schema);
  }
}
