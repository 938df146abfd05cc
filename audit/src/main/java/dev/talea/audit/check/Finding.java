// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.check;

/**
 * Something that a check has to say to a person. Immutable.
 *
 * @param level how bad it is
 * @param text what it is, where, and what to do
 */
public record Finding(Level level, String text) {

  /** How bad a finding is. */
  public enum Level {
    /** The ledger is not what it should be. */
    WRONG,
    /** Nothing is wrong with the ledger itself; a person should know. */
    WARNING
  }

  static Finding wrong(String text) {
    return new Finding(Level.WRONG, text);
  }

  static Finding warning(String text) {
    return new Finding(Level.WARNING, text);
  }
}
