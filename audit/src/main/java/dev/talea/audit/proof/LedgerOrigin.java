// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What the names of all logs of a ledger begin with, such as {@code ledger.example.com}: an address
 * without {@code https://}, which belongs to whom the ledger belongs to. It says whose ledger a
 * head or a proof is of, and a signature is worth as much as that name. Immutable.
 */
public final class LedgerOrigin {
  /** That of a ledger that was given none: its logs are called as their folders. */
  public static final LedgerOrigin NONE = new LedgerOrigin("");

  /** With the name of a folder behind it, it is the name of a key. */
  public static final int BYTES_MAX = 120;

  private final String text;

  private LedgerOrigin(String text) {
    this.text = text;
  }

  /**
   * Takes an origin as it stands in settings.
   *
   * @throws MalformedException if it cannot be one
   */
  public static LedgerOrigin of(String text) {
    String fault = VerifierKey.nameFault(text);
    if (fault == null && text.contains("://")) {
      fault = "begins with a scheme; leave out what stands before and with '://'";
    }
    if (fault == null && (text.startsWith("/") || text.endsWith("/"))) {
      fault = "begins or ends with a '/'; the name of a log is put behind it with one";
    }
    if (fault == null && text.getBytes(StandardCharsets.UTF_8).length > BYTES_MAX) {
      fault = "has more than " + BYTES_MAX + " bytes";
    }
    if (fault != null) {
      throw new MalformedException(
          "the origin "
              + StrictText.quoted(text)
              + " "
              + fault
              + "; it is like ledger.example.com");
    }
    return new LedgerOrigin(text);
  }

  /** The origin in the name of a log: all before its folder. */
  public static LedgerOrigin inNameOf(String log) {
    int slash = log.lastIndexOf('/');
    return slash < 0 ? NONE : new LedgerOrigin(log.substring(0, slash));
  }

  /** The folder in the name of a log. */
  public static String folderInNameOf(String log) {
    return log.substring(log.lastIndexOf('/') + 1);
  }

  /** Whether heads under it may be signed: nothing is signed that belongs to no name. */
  public boolean isGiven() {
    return !text.isEmpty();
  }

  /**
   * The name of a log, which its heads bear.
   *
   * @param folder of the log
   */
  public String nameOf(String folder) {
    return isGiven() ? text + "/" + folder : folder;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LedgerOrigin that && text.equals(that.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** As it stands in settings; empty if none was given. */
  @Override
  public String toString() {
    return text;
  }
}
