// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.settings;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which projections run here, and where their tables lie, out of all the ways to say so. Apart from
 * {@link LedgerChoice}, because tables that can be made again from events may lie in places where a
 * ledger must not, and the other way round.
 *
 * @param names as they were written; empty for none and for all
 * @param all whether all that there are run here
 * @param target null if no place was named and none is needed
 * @param origin where the target comes from
 * @param schema in PostgreSQL; null elsewhere
 */
public record ProjectionChoice(
    List<String> names,
    boolean all,
    @Nullable DbUrl target,
    Settings.Origin origin,
    @Nullable String schema) {
  private static final String ALL = "all";
  private static final String NONE = "none";
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,40}");

  /** Its tables are reached by a search path, which quotes them and knows no other characters. */
  private static final Pattern SCHEMA = Pattern.compile("[A-Za-z0-9_]{1,63}");

  private static final String SCHEMA_DEFAULT = "talea_projection";
  private static final String SCHEMA_SUFFIX = "_projection";
  private static final String FILE = "projections.db";
  private static final String BESIDE = ", or unset it for a SQLite file beside the ledger";
  private static final String IN_MEMORY = "eventsourcing.popo";

  /** Whether no projection runs here, and no tables are read. */
  public boolean isNone() {
    return !all && names.isEmpty();
  }

  /**
   * Whether the tables lie in the database that the platform has named, and the ledger does not.
   */
  boolean isInPlatformsDatabase() {
    return origin == Settings.Origin.DATABASE_URL || origin == Settings.Origin.POSTGRES_VARIABLES;
  }

  /** For a server over a ledger. */
  static ProjectionChoice of(Variables variables, DbUrl ledger) {
    return of(variables, ledger, NONE, ledger.isDatabase() ? "" : BESIDE);
  }

  /**
   * For a worker, which runs them all unless it is told otherwise.
   *
   * @param ledger null for one that is reached over HTTP: where that lies is not known, so that
   *     there is no place beside it
   */
  static ProjectionChoice ofWorker(Variables variables, @Nullable DbUrl ledger) {
    ProjectionChoice choice =
        of(variables, ledger == null ? DbUrl.EMBEDDED_DEFAULT : ledger, ALL, "");
    if (choice.isNone()) {
      throw new StartException(
          Setting.PROJECTIONS.variable()
              + " is none, and a worker does nothing else; name projections, or unset it for all");
    }
    if (choice.origin == Settings.Origin.DEFAULT && ledger == null) {
      throw new StartException(
          "A worker over HTTP has to be told where the tables go: set "
              + Setting.PROJECTION_DB_URL.variable()
              + " to sqlite://FILE or postgres://USER:PASSWORD@HOST/DATABASE");
    }
    return choice;
  }

  private static ProjectionChoice of(
      Variables variables, DbUrl ledger, String usual, String adviceForLogs) {
    String setting = Setting.PROJECTION_DB_URL.variable();
    List<String> names = names(variables, usual);
    boolean all = names.equals(List.of(ALL));
    boolean none = names.equals(List.of(NONE));
    String module = variables.get(Setting.PERSISTENCE_MODULE.variable());
    if (module != null && module.equalsIgnoreCase(IN_MEMORY)) {
      throw new StartException(
          "PERSISTENCE_MODULE is '"
              + module
              + "', which keeps tables in memory, and nothing here lives there; unset it, or set it"
              + " to eventsourcing.sqlite or eventsourcing.postgres, as "
              + setting
              + " says");
    }
    String text = variables.get(setting);
    DbUrl target = null;
    Settings.Origin origin = Settings.Origin.UNSET;
    if (text != null) {
      target = parsed(setting, text, adviceForLogs);
      origin = variables.origin(setting);
    } else if (!none) {
      String platforms = variables.get(Variables.DATABASE_URL);
      String host = PostgresPart.HOST.variable();
      if (ledger.scheme().equals(DbUrl.POSTGRES)) {
        target = ledger;
        origin = Settings.Origin.DEFAULT;
      } else if (platforms != null && LedgerChoice.isPostgres(platforms)) {
        origin = Settings.Origin.DATABASE_URL;
        DbUrl url = DbUrl.parse(Variables.DATABASE_URL, platforms);
        target = LedgerChoice.finished(url, origin, variables).url();
      } else if (variables.get(host) != null) {
        origin = Settings.Origin.POSTGRES_VARIABLES;
        target = LedgerChoice.finished(DbUrl.ofParts(host), origin, variables).url();
      } else {
        target = beside(ledger);
        origin = Settings.Origin.DEFAULT;
      }
    }
    String schema = target == null ? null : schema(target, ledger);
    if (target != null && !none) {
      checkApart(target, schema, ledger);
      checkModule(module, target);
    }
    return new ProjectionChoice(all || none ? List.of() : names, all, target, origin, schema);
  }

  private static List<String> names(Variables variables, String usual) {
    String variable = Setting.PROJECTIONS.variable();
    String text = variables.get(variable);
    List<String> names = new ArrayList<>();
    for (String part : (text == null ? usual : text).split(",", -1)) {
      String name = part.strip();
      String word = name.toLowerCase(Locale.ROOT);
      if (word.equals(ALL) || word.equals(NONE)) {
        name = word;
      } else if (!NAME.matcher(name).matches()) {
        throw new StartException(
            variable
                + " is '"
                + text
                + "', but must be names of projections with commas between them, all, or none");
      }
      if (names.contains(name)) {
        throw new StartException(variable + " names '" + name + "' twice");
      }
      names.add(name);
    }
    if (names.size() > 1 && (names.contains(ALL) || names.contains(NONE))) {
      throw new StartException(variable + " is '" + text + "', but all and none stand alone");
    }
    return List.copyOf(names);
  }

  private static DbUrl parsed(String setting, String text, String advice) {
    DbUrl url = DbUrl.parse(setting, text);
    if (!url.isDatabase()) {
      throw new StartException(
          setting
              + " names a directory of logs, and tables lie in a database; write sqlite://FILE or"
              + " postgres://USER:PASSWORD@HOST/DATABASE"
              + advice);
    }
    return url.complete();
  }

  private static DbUrl beside(DbUrl ledger) {
    try {
      Path file = Path.of(ledger.location()).normalize().resolveSibling(FILE);
      return DbUrl.parse("The file of projections", DbUrl.SQLITE + "://" + file);
    } catch (InvalidPathException e) {
      throw new StartException(
          ledger.what() + " names no place that a file can lie beside: " + e.getReason(), e);
    }
  }

  private static @Nullable String schema(DbUrl target, DbUrl ledger) {
    DbUrl.Login login = target.login();
    if (login == null) {
      return null;
    }
    DbUrl.Login ledgers = ledger.login();
    String of = ledgers == null ? null : ledgers.schema();
    String schema =
        target != ledger && login.schema() != null
            ? login.schema()
            : of == null ? SCHEMA_DEFAULT : of + SCHEMA_SUFFIX;
    if (!SCHEMA.matcher(schema).matches()) {
      throw new StartException(
          "The tables of projections would lie in the schema '"
              + schema
              + "', but its name takes letters, digits and underscores, 63 at most; name another"
              + " one by schema= in "
              + Setting.PROJECTION_DB_URL.variable());
    }
    return schema;
  }

  /** What is made anew must not lie among what is kept. */
  private static void checkApart(DbUrl target, @Nullable String schema, DbUrl ledger) {
    DbUrl.Login theirs = target.login();
    DbUrl.Login ours = ledger.login();
    boolean same;
    if (theirs != null) {
      same =
          ours != null
              && ours.jdbcUrl().equals(theirs.jdbcUrl())
              && theirs.schema() != null
              && schema != null
              && schema.equals(ours.schema());
    } else {
      same = ledger.scheme().equals(DbUrl.SQLITE) && place(target).equals(place(ledger));
    }
    if (same) {
      throw new StartException(
          target.what()
              + " names the place of the ledger itself, which holds nothing else; name another "
              + (theirs == null ? "file" : "schema"));
    }
  }

  private static Path place(DbUrl sqlite) {
    try {
      return Path.of(sqlite.location()).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw new StartException(sqlite.what() + " names no file: " + e.getReason(), e);
    }
  }

  private static void checkModule(@Nullable String module, DbUrl target) {
    String is = "eventsourcing." + target.scheme();
    String due = module == null ? is : module.toLowerCase(Locale.ROOT);
    if (Setting.PERSISTENCE_MODULE.words().contains(due) && !due.equals(is)) {
      throw new StartException(
          "PERSISTENCE_MODULE is '"
              + module
              + "', but the tables of projections lie in "
              + target
              + "; set it to "
              + is
              + ", or "
              + Setting.PROJECTION_DB_URL.variable()
              + " to another place");
    }
  }
}
