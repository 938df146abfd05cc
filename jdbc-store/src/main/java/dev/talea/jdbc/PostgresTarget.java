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
public record PostgresTarget(String jdbcUrl, Properties properties, @Nullable String schema) {}
