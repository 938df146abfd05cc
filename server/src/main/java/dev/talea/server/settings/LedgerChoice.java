// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.settings;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which ledger is meant, out of all the ways to say so: an option of {@code init}, {@code
 * TALEA_DB_URL}, {@code DATABASE_URL} if that is one of PostgreSQL, or {@code POSTGRES_HOST} and
 * its relatives alone; and on top of each URL of PostgreSQL, the {@code POSTGRES_*} variables, part
 * by part. Apart from {@link Settings} because {@code init} asks before there are any.
 *
 * @param url complete
 * @param origin where the URL comes from
 * @param warnings what was said and is not listened to
 */
public record LedgerChoice(DbUrl url, Settings.Origin origin, List<String> warnings) {

  /**
   * What the variables name, or the embedded default if they name nothing.
   *
   * @param environment the real environment
   */
  public static LedgerChoice of(Map<String, String> environment) {
    return of(environment, Map.of());
  }

  /**
   * As above.
   *
   * @param envFile what an environment file sets that is there already
   */
  public static LedgerChoice of(Map<String, String> environment, Map<String, String> envFile) {
    Variables variables = new Variables(environment, envFile);
    LedgerChoice choice = of(variables);
    return choice != null
        ? choice
        : finished(DbUrl.EMBEDDED_DEFAULT, Settings.Origin.DEFAULT, variables);
  }

  /**
   * A ledger that an option names.
   *
   * @param option for the error
   * @param environment the real environment, whose {@code POSTGRES_*} count here as well
   */
  public static LedgerChoice named(String option, String url, Map<String, String> environment) {
    return finished(
        DbUrl.parse(option, url), Settings.Origin.OPTION, new Variables(environment, Map.of()));
  }

  /** What the variables name, or null if they name nothing. */
  static @Nullable LedgerChoice of(Variables variables) {
    String ours = Setting.DB_URL.variable();
    String text = variables.get(ours);
    if (text != null) {
      return finished(DbUrl.parse(ours, text), variables.origin(ours), variables);
    }
    String platforms = variables.get(Variables.DATABASE_URL);
    if (platforms != null && isPostgres(platforms)) {
      return finished(
          DbUrl.parse(Variables.DATABASE_URL, platforms), Settings.Origin.DATABASE_URL, variables);
    }
    String host = PostgresPart.HOST.variable();
    return variables.get(host) == null
        ? null
        : finished(DbUrl.ofParts(host), Settings.Origin.POSTGRES_VARIABLES, variables);
  }

  /** Other programs keep other databases there. */
  static boolean isPostgres(String url) {
    return url.regionMatches(true, 0, "postgres", 0, "postgres".length());
  }

  /** With the parts of the environment put in. */
  static LedgerChoice finished(DbUrl url, Settings.Origin origin, Variables variables) {
    List<String> set = new ArrayList<>();
    DbUrl whole = url;
    List<String> replaced = new ArrayList<>();
    for (PostgresPart part : PostgresPart.values()) {
      String first = null;
      for (String name : part.variables()) {
        if (!variables.isSet(name)) {
          continue;
        }
        set.add(name);
        if (!url.scheme().equals(DbUrl.POSTGRES)) {
          continue;
        }
        // Not null: it is set, and get refuses what is empty.
        String value = String.valueOf(variables.get(name));
        if (first != null && !value.equals(variables.get(first))) {
          throw new StartException(
              first + " and " + name + " name different databases; set one of them");
        }
        if (first == null) {
          first = name;
          DbUrl before = whole;
          whole = whole.with(part, name, value);
          if (whole.replaced(part, before)) {
            replaced.add(name);
          }
        }
      }
    }
    List<String> warnings = new ArrayList<>();
    if (!replaced.isEmpty() && origin != Settings.Origin.POSTGRES_VARIABLES) {
      warnings.add(
          String.join(", ", replaced)
              + (replaced.size() == 1 ? " replaces its part" : " replace their parts")
              + " of the URL in "
              + url.what()
              + "; the ledger is "
              + whole);
    }
    if (!set.isEmpty() && !url.scheme().equals(DbUrl.POSTGRES)) {
      warnings.add(
          String.join(", ", set)
              + (set.size() == 1 ? " is" : " are")
              + " set, but not listened to: the ledger is "
              + url);
    }
    return new LedgerChoice(whole.complete(), origin, List.copyOf(warnings));
  }
}
