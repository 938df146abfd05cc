// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.Limits;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which page of a list by name is wanted. For one thread. */
final class PageOptions {
  @Option(
      names = "--after",
      paramLabel = "NAME",
      description = "Start behind this name; at the first unless told.")
  private @Nullable String after;

  @Option(
      names = "--limit",
      paramLabel = "N",
      converter = Converters.Limit.class,
      description = "Entries on the page, at most 1000; 100 unless told.")
  private int limit = Limits.PAGE_LIMIT_DEFAULT;

  @Nullable String after() {
    return after;
  }

  int limit() {
    return limit;
  }

  /** The table, and how to ask for what follows it. */
  static String withMore(Table table, String option, @Nullable Object next) {
    return next == null ? table.toString() : table + "\nmore: " + option + " " + next;
  }
}
