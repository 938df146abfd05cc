package dev.talea.server;

import java.util.Locale;

/**
 * Where a ledger lives: which kind of store, and where that store keeps its bytes.
 *
 * @param scheme {@code log}
 * @param location for {@code log} a directory, relative to the working directory or absolute
 */
public record DbUrl(String scheme, String location) {
  /** The backend of this version. */
  public static final String LOG = "log";

  /** What {@code init} uses if nobody says otherwise. */
  public static final DbUrl EMBEDDED_DEFAULT = new DbUrl(LOG, "./talea-data");

  /**
   * Reads {@code scheme://location}.
   *
   * @param what where the text comes from, for the error: a variable or an option
   */
  public static DbUrl parse(String what, String text) {
    int colon = text.indexOf("://");
    if (colon <= 0) {
      throw new StartException(
          what + " is not a database URL; write log://DIR, for example log://./talea-data");
    }
    String scheme = text.substring(0, colon).toLowerCase(Locale.ROOT);
    if (!scheme.equals(LOG)) {
      // The text itself stays out of the message: URLs of databases carry passwords.
      throw new StartException(
          what
              + " names the backend '"
              + scheme
              + "'; this version of talea has one backend, log (log://DIR)");
    }
    String location = text.substring(colon + 3);
    if (location.isEmpty()) {
      throw new StartException(what + " names no directory: log:// is followed by one");
    }
    if (location.indexOf('\0') >= 0) {
      throw new StartException(what + " names a directory with a NUL character in it");
    }
    return new DbUrl(scheme, location);
  }

  @Override
  public String toString() {
    return scheme + "://" + location;
  }
}
