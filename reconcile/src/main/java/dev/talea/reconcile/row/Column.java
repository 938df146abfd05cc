// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.row;

import java.util.List;

/**
 * A column of one side's rows. Every source has the columns {@link #AMOUNT} and {@link #ASSET},
 * whose values are never null; the other names below mean the same wherever they are found.
 *
 * @param name 1 to 64 characters of {@code [a-z0-9_]}, the first a letter
 */
public record Column(String name, ColumnType type) {
  /** Signed amount in minor units of the row's asset. */
  public static final String AMOUNT = "amount";

  /** Name of what the amount is counted in, as {@code EUR}. */
  public static final String ASSET = "asset";

  /** The day the row counts for. */
  public static final String DATE = "date";

  /** The moment the row counts for, where the source knows one. */
  public static final String TIME = "time";

  /** What the parties wrote on it. */
  public static final String REFERENCE = "reference";

  /** Who stands on the other end. */
  public static final String COUNTERPARTY = "counterparty";

  /** The columns that every source has, in their order: the first two of any row. */
  public static final List<Column> ALWAYS =
      List.of(new Column(AMOUNT, ColumnType.INTEGER), new Column(ASSET, ColumnType.TEXT));
}
