// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.settings;

import org.jspecify.annotations.Nullable;

/**
 * What the text of a token has to be like, wherever it was written: in a variable or in a file of
 * tokens. Apart from both, because neither may be stricter than the other.
 *
 * <p>Stateless.
 */
public final class TokenText {
  /** Shorter tokens can be guessed. */
  private static final int SHORT = 16;

  private TokenText() {}

  /**
   * Refuses a token that no client could put into a header.
   *
   * @param what where it stands, for the error
   */
  public static void checkSendable(String what, String token) {
    for (int i = 0; i < token.length(); i++) {
      if (token.charAt(i) <= ' ' || token.charAt(i) > '~') {
        throw new StartException(
            what
                + " holds a character that cannot stand in an Authorization header; use printable"
                + " ASCII without spaces, for example 64 hex digits");
      }
    }
  }

  /** A warning if the token is weak; else null. */
  public static @Nullable String weakness(String what, String token) {
    return token.length() >= SHORT
        ? null
        : what
            + " has "
            + token.length()
            + (token.length() == 1 ? " character" : " characters")
            + ", which can be guessed; 'openssl rand -hex 32' prints a good one";
  }
}
