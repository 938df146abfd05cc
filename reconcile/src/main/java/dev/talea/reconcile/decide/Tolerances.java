// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.decide;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.recipe.Tolerance;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** What a tolerance of a recipe means for amounts. Pure functions. */
public final class Tolerances {
  private static final BigInteger MILLION = BigInteger.valueOf(1_000_000);

  private Tolerances() {}

  /** Whether amounts have to be the same. */
  public static boolean isExact(Tolerance tolerance) {
    Long percent = tolerance.percentMillionths();
    Int128 absolute = tolerance.absolute();
    boolean noAbsolute =
        (absolute == null || absolute.signum() == 0)
            && tolerance.byAsset().values().stream().allMatch(each -> each.signum() == 0);
    if (percent != null && percent == 0) {
      return true;
    }
    // With a percentage, an asset that no absolute tolerance is for has only the percentage.
    return noAbsolute && (percent == null || absolute != null);
  }

  /** Whether the tolerance depends on more than the asset. */
  public static boolean isRelative(Tolerance tolerance) {
    return tolerance.percentMillionths() != null && tolerance.absolute() == null;
  }

  /** What an asset has without the percentage, or null for none. */
  public static @Nullable Int128 absolute(Tolerance tolerance, String asset) {
    return tolerance.byAsset().getOrDefault(asset, tolerance.absolute());
  }

  /**
   * How far from this amount of the left side the right one may be: the part of the amount rounded
   * down, since a distance is a whole number.
   */
  public static BigInteger of(Tolerance tolerance, String asset, BigInteger leftAmount) {
    Int128 absolute = absolute(tolerance, asset);
    Long percent = tolerance.percentMillionths();
    if (percent == null) {
      return absolute == null ? BigInteger.ZERO : absolute.toBigInteger();
    }
    BigInteger part = leftAmount.abs().multiply(BigInteger.valueOf(percent)).divide(MILLION);
    return absolute == null ? part : part.min(absolute.toBigInteger());
  }
}
