// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where one side's rows come from. A recipe names things; where files and databases lie, and their
 * secrets, is said elsewhere.
 */
public sealed interface SourceRef {

  /**
   * Postings of a book of the ledger.
   *
   * @param accounts path prefixes, whole segments, at least one
   * @param asset null for all of them
   * @param from first day, in UTC, or null; a date, or {@code $} and the name of a parameter
   * @param to last day, in UTC, inclusive, or null; as above
   */
  record Ledger(
      String book,
      List<String> accounts,
      @Nullable String asset,
      @Nullable String from,
      @Nullable String to)
      implements SourceRef {
    /** Copies the list. */
    public Ledger {
      accounts = List.copyOf(accounts);
    }
  }

  /**
   * A file that the run names, or that came into a watched folder.
   *
   * @param profile name of the saved format profile that reads it
   */
  record File(String profile) implements SourceRef {}

  /**
   * A query of a database that the server knows by name.
   *
   * @param source name in the file of {@code TALEA_RECONCILE_SOURCES}
   * @param profile name of the saved profile that makes fields of the query's columns
   */
  record Sql(String source, String query, String profile) implements SourceRef {}
}
