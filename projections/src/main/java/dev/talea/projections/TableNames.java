// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the tables of one build of a projection are called: as the projection calls them, with the
 * number of the build. Immutable.
 */
final class TableNames {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,40}");
  private static final Pattern PLACE = Pattern.compile("\\{([a-z0-9_]+)}");

  private final String projection;
  private final List<String> tables;
  private final int generation;

  TableNames(Projection projection, int generation) {
    this.projection = projection.name();
    this.tables = projection.tables();
    this.generation = generation;
  }

  /** Makes sure that no projection can take tables of another. */
  static void check(Projection projection) {
    String own = projection.name().replace('-', '_');
    for (String table : projection.tables()) {
      if (!NAME.matcher(table).matches() || !(table.equals(own) || table.startsWith(own + "_"))) {
        throw new ProjectionException(
            "Projection '%s' keeps a table '%s'; its tables are called '%s', or begin with '%s_'."
                .formatted(projection.name(), table, own, own));
      }
    }
  }

  /** The name of a table of this build. */
  String of(String table) {
    return table + "_g" + generation;
  }

  /** A statement with the names of this build's tables in it. */
  String in(String sql) {
    Matcher places = PLACE.matcher(sql);
    StringBuilder text = new StringBuilder();
    while (places.find()) {
      String table = places.group(1);
      if (!tables.contains(table)) {
        throw new ProjectionException(
            "Projection '%s' has no table '%s', which stands in: %s"
                .formatted(projection, table, sql));
      }
      places.appendReplacement(text, of(table));
    }
    return places.appendTail(text).toString();
  }
}
