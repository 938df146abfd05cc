// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.row;

import org.jspecify.annotations.Nullable;

/**
 * What the values of a column are. Money is an {@link #INTEGER} of minor units, never a fraction.
 */
public enum ColumnType {
  /** {@link String}. */
  TEXT("text"),
  /** {@link dev.talea.ledger.Int128}: a whole number between -(2^127 - 1) and 2^127 - 1. */
  INTEGER("integer"),
  /** {@link java.time.LocalDate}. */
  DATE("date"),
  /** {@link java.time.Instant}, to the microsecond. */
  TIME("time"),
  /** {@link Boolean}. */
  BOOLEAN("boolean");

  private final String text;

  ColumnType(String text) {
    this.text = text;
  }

  /** As it stands in recipes and manifests. */
  public String text() {
    return text;
  }

  /** The type with this text, or null. */
  public static @Nullable ColumnType of(String text) {
    for (ColumnType each : values()) {
      if (each.text.equals(text)) {
        return each;
      }
    }
    return null;
  }
}
