// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.reconcile.row.MatchSide;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the operator has named in a file of this machine: databases with their secrets, folders that
 * are watched, and runs that begin by the clock. Recipes name them; nothing of a secret leaves this
 * object but towards the process that needs it.
 */
public record NamedSources(
    Map<String, Database> databases, List<Watch> watches, List<Schedule> schedules) {
  /** None at all. */
  public static final NamedSources NONE = new NamedSources(Map.of(), List.of(), List.of());

  /** Copies. */
  public NamedSources {
    databases = Map.copyOf(databases);
    watches = List.copyOf(watches);
    schedules = List.copyOf(schedules);
  }

  /**
   * A database by its JDBC URL. Its text shows none of the three.
   *
   * @param books whose tokens may query it, all that its login reads; none for tokens of all books
   */
  public record Database(
      String url, @Nullable String user, @Nullable String password, Set<String> books) {
    /** Copies. */
    public Database {
      books = Set.copyOf(books);
    }

    @Override
    public String toString() {
      return "a database";
    }
  }

  /**
   * A folder whose files are taken when they rest, each once, by its SHA-256.
   *
   * @param suffix of the names that are taken, as {@code .csv}; empty for all
   */
  public record Watch(String name, Path folder, String suffix, String recipe, MatchSide side) {}

  /**
   * A run that begins by the clock.
   *
   * @param every a whole number of minutes, at most a day in its own right, or of days
   * @param at the time of the day, in UTC, that it counts from
   */
  public record Schedule(String name, String recipe, Duration every, LocalTime at) {}
}
