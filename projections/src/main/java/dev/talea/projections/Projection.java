// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/**
 * A read model: tables, and what an event means for their rows. The engine keeps how far it has
 * come, in the same transaction as the rows, so that an implementation neither commits nor counts.
 * It must be deterministic: the same events give the same rows, whatever the clock says.
 *
 * <p>One object serves all books. {@link #apply} is called by one thread at a time for each book,
 * by several for different books; what an implementation keeps in memory it must not rely on, as
 * another process may have written since.
 *
 * <p>Found by {@link java.util.ServiceLoader}, or handed to the engine.
 */
public interface Projection {

  /** Stable, and its own: {@code [a-z][a-z0-9-]{0,40}}. */
  String name();

  /** From 1. It goes up whenever {@link #schema}, {@link #selects} or the rows change. */
  int version();

  /**
   * What has been set otherwise than by the program, such as a time zone, and changes the rows:
   * with other parameters the projection is rebuilt.
   */
  default String parameters() {
    return "";
  }

  /** Which events it wants. */
  Selection selects();

  /**
   * The tables it keeps: each is named like the projection, with underscores, or begins with that
   * and an underscore.
   */
  List<String> tables();

  /**
   * Statements that make its tables, in which {@code {table}} stands for the name of a table, as in
   * {@code CREATE TABLE {postings} (...)} or {@code CREATE INDEX {postings}_by_day ON {postings}
   * (...)}: each build of a projection has tables of its own, and a view by the plain name shows
   * the build that is current.
   */
  List<String> schema(Dialect dialect);

  /** More views for readers, by name, whose texts have {@code {table}} for names of tables. */
  default Map<String, String> views(Dialect dialect) {
    return Map.of();
  }

  /**
   * Brings the rows up to date.
   *
   * @param batch events of one book in seq order, each exactly once in effect
   * @param tables where the rows are, within the engine's transaction
   * @throws SQLException from {@code tables}; the engine tries again what may pass
   */
  void apply(EventBatch batch, Tables tables) throws SQLException;
}
