// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

import dev.talea.ledger.Int128;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How far the amounts of the two sides may be apart; a difference of exactly the tolerance is
 * within. Where both an absolute tolerance and one in percent are given, the difference has to be
 * within both.
 *
 * @param absolute in minor units, not negative, for assets that {@code byAsset} does not name; null
 *     for none
 * @param byAsset in minor units, not negative, for single assets
 * @param percentMillionths millionths of the left amount's absolute value (5,000 is half a
 *     percent), 0 to 1,000,000; null for none. Without any of the three amounts have to be the
 *     same.
 */
public record Tolerance(
    @Nullable Int128 absolute,
    SortedMap<String, Int128> byAsset,
    @Nullable Long percentMillionths) {
  /** Amounts have to be the same. */
  public static final Tolerance NONE = new Tolerance(null, new TreeMap<>(), null);

  /** Copies the map. */
  public Tolerance {
    byAsset = Collections.unmodifiableSortedMap(new TreeMap<>(byAsset));
  }

  /** So many minor units of any asset. */
  public static Tolerance of(Int128 absolute) {
    return new Tolerance(absolute, new TreeMap<>(), null);
  }
}
