// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import java.util.List;

/**
 * What lies in a directory of logs: the logs, and what is none. Immutable.
 *
 * <p>Nothing that is in the wrong place keeps the others from being opened; but the operator should
 * hear of it, because it may be a log that was renamed, or what is left of one.
 *
 * @param names of the logs, sorted by their bytes; one that cannot be looked into counts as a log,
 *     and opening it says why
 * @param strays what else is there, sorted by name
 */
public record FoundLogs(List<String> names, List<Stray> strays) {

  /** Takes copies. */
  public FoundLogs {
    names = List.copyOf(names);
    strays = List.copyOf(strays);
  }

  /**
   * A file or folder that is no log.
   *
   * @param entry its name
   * @param what why it is none, in words
   */
  public record Stray(String entry, String what) {}
}
