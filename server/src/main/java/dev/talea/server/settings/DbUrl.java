// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.settings;

import dev.talea.jdbc.ConnectionBudget;
import dev.talea.jdbc.PostgresTarget;
import dev.talea.jdbc.PostgresUrl;
import dev.talea.jdbc.SqlStoreException;
import dev.talea.server.Stores;
import java.util.Locale;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Where a ledger lives: which kind of store, and where that store keeps its bytes. Besides {@link
 * Stores} the only class of this package that knows of a store: what a URL of PostgreSQL means is
 * known where it is used.
 *
 * <p>{@link #toString} is for people and holds no password; {@link #text} does. Immutable.
 */
public final class DbUrl {
  /** The directory of logs. */
  public static final String LOG = "log";

  /** A file of SQLite. */
  public static final String SQLITE = "sqlite";

  /** A database of PostgreSQL. */
  public static final String POSTGRES = "postgres";

  /** What {@code init} uses by default. */
  public static final DbUrl EMBEDDED_DEFAULT = log("./talea-data");

  /** How other programs ask SQLite to make the file if it is not there, which happens anyway. */
  private static final String CREATE_OPTION = "?mode=rwc";

  private final String what;
  private final String scheme;
  private final String location;
  private final String text;
  private final @Nullable PostgresUrl postgres;

  private DbUrl(String what, String scheme, String location, @Nullable PostgresUrl postgres) {
    this(what, scheme, location, scheme + "://" + location, postgres);
  }

  private DbUrl(
      String what, String scheme, String location, String text, @Nullable PostgresUrl postgres) {
    this.what = what;
    this.scheme = scheme;
    this.location = location;
    this.text = text;
    this.postgres = postgres;
  }

  /** A directory of logs, relative to the working directory or absolute. */
  static DbUrl log(String directory) {
    return new DbUrl("The ledger", LOG, directory, null);
  }

  /**
   * Reads {@code scheme://location}.
   *
   * @param what where the text comes from, for the error: a variable or an option
   * @throws StartException saying what is wrong, without repeating what may be a password
   */
  public static DbUrl parse(String what, String text) {
    if (PostgresUrl.isOne(text)) {
      return postgres(what, text);
    }
    int colon = text.indexOf("://");
    if (colon <= 0) {
      throw new StartException(
          what
              + " is not a database URL; write log://DIR, sqlite://FILE or"
              + " postgres://USER:PASSWORD@HOST/DATABASE, for example log://./talea-data");
    }
    String scheme = text.substring(0, colon).toLowerCase(Locale.ROOT);
    String location = text.substring(colon + 3);
    return switch (scheme) {
      case LOG -> new DbUrl(what, LOG, checked(what, "directory", LOG, location), null);
      case SQLITE -> new DbUrl(what, SQLITE, sqliteFile(what, location), null);
      // The text itself stays out of the message: URLs of databases carry passwords.
      default ->
          throw new StartException(
              what
                  + (scheme.matches("[a-z][a-z0-9+.-]{0,30}")
                      ? " names the backend '" + scheme + "'"
                      : " names no backend")
                  + "; there are log (log://DIR), sqlite (sqlite://FILE) and postgres"
                  + " (postgres://USER:PASSWORD@HOST/DATABASE)");
    };
  }

  private static String checked(String what, String kind, String scheme, String location) {
    if (location.isEmpty()) {
      throw new StartException(
          what + " names no " + kind + ": " + scheme + ":// is followed by one");
    }
    if (location.indexOf('\0') >= 0) {
      throw new StartException(what + " names a " + kind + " with a NUL character in it");
    }
    return location;
  }

  private static String sqliteFile(String what, String location) {
    String file =
        location.endsWith(CREATE_OPTION)
            ? location.substring(0, location.length() - CREATE_OPTION.length())
            : location;
    checked(what, "file", SQLITE, file);
    if (file.contains(":memory:") || file.contains("mode=memory")) {
      throw new StartException(
          what
              + " names a database in memory, which would be gone with the process, postings that"
              + " were acknowledged included; name a file, for example sqlite://talea.db");
    }
    if (file.indexOf('?') >= 0 || file.startsWith("file:")) {
      throw new StartException(
          what + " has options, and SQLite is given none from outside; write sqlite://FILE");
    }
    if (file.endsWith("/") || file.matches("(.*/)?\\.\\.?")) {
      throw new StartException(
          what + " names a directory; SQLite wants a file, for example sqlite://talea.db");
    }
    return file;
  }

  private static DbUrl postgres(String what, String text) {
    try {
      return new DbUrl(what, POSTGRES, "", text, PostgresUrl.parse(what, text));
    } catch (SqlStoreException e) {
      throw new StartException("" + e.getMessage(), e);
    }
  }

  /**
   * A database of PostgreSQL that is named by parts and not by a URL.
   *
   * @param what the variable that makes it one, for the error
   */
  static DbUrl ofParts(String what) {
    return new DbUrl(what, POSTGRES, "", "", PostgresUrl.EMPTY);
  }

  /**
   * The same with a part of it replaced.
   *
   * @param variable where the value comes from, for the error
   */
  DbUrl with(PostgresPart part, String variable, String value) {
    if (postgres == null) {
      throw new IllegalStateException(this + " has no parts");
    }
    try {
      return new DbUrl(
          what,
          scheme,
          location,
          text,
          postgres.with(PostgresUrl.Part.valueOf(part.name()), variable, value));
    } catch (SqlStoreException e) {
      throw new StartException("" + e.getMessage(), e);
    }
  }

  /**
   * Refuses it if something is missing that cannot be guessed.
   *
   * @return this
   */
  DbUrl complete() {
    if (postgres != null) {
      try {
        postgres.target(what);
      } catch (SqlStoreException e) {
        throw new StartException("" + e.getMessage(), e);
      }
    }
    return this;
  }

  /** {@link #LOG}, {@link #SQLITE} or {@link #POSTGRES}. */
  public String scheme() {
    return scheme;
  }

  /** Whether it is a database, with connections and everything that goes with them. */
  public boolean isDatabase() {
    return !scheme.equals(LOG);
  }

  /**
   * For {@link #LOG} a directory, for {@link #SQLITE} a file, relative to the working directory or
   * absolute; for {@link #POSTGRES} nothing.
   */
  public String location() {
    return location;
  }

  /**
   * What a driver wants to know of a database of PostgreSQL.
   *
   * @param properties user, password and options
   * @param schema null for none
   */
  public record Login(String jdbcUrl, Properties properties, @Nullable String schema) {}

  /** How to get into a database of PostgreSQL; null for the others. */
  public @Nullable Login login() {
    if (postgres == null) {
      return null;
    }
    PostgresTarget target = postgres.target(what);
    return new Login(target.jdbcUrl(), target.properties(), target.schema());
  }

  /** Whether both are databases of one PostgreSQL server, as far as their names tell. */
  boolean isOnServerOf(DbUrl other) {
    Login ours = login();
    Login theirs = other.login();
    return ours != null && theirs != null && server(ours).equals(server(theirs));
  }

  /**
   * Says how many connections projections will have to this server of PostgreSQL, and whether it
   * has them.
   *
   * @param serverMax what it accepts, 0 to ask it
   * @param asked whether it is asked
   * @return whether that is done
   * @throws StartException if they do not fit, and must
   */
  public boolean saidBudget(
      int connections, int instances, int serverMax, boolean asked, boolean mustFit) {
    if (postgres == null) {
      return true;
    }
    ConnectionBudget budget = ConnectionBudget.ofProjections(connections, instances, serverMax);
    if (!asked) {
      budget.say();
      return true;
    }
    try {
      return budget.check(postgres.target(what), mustFit);
    } catch (SqlStoreException e) {
      throw new StartException("" + e.getMessage(), e);
    }
  }

  private static String server(Login login) {
    int end = login.jdbcUrl.lastIndexOf('/');
    return end < 0 ? login.jdbcUrl : login.jdbcUrl.substring(0, end);
  }

  /** What is known of a database of PostgreSQL; null for the others. */
  public @Nullable PostgresUrl postgres() {
    return postgres;
  }

  /** Whether {@code before} has this part, and with another value. */
  boolean replaced(PostgresPart part, DbUrl before) {
    return postgres != null
        && before.postgres != null
        && postgres.replaced(PostgresUrl.Part.valueOf(part.name()), before.postgres);
  }

  /** Where it comes from: what errors begin with. */
  public String what() {
    return what;
  }

  /** As it was written, password and all; empty if none was given. */
  public String text() {
    return text;
  }

  /** For people: secrets are masked. */
  @Override
  public String toString() {
    return postgres == null ? text : postgres.toString();
  }
}
