// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.decide;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.row.MatchSide;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Adds up what is read of one side, by asset, before an engine has seen a row: what is decided is
 * held against it at the end.
 *
 * <p>If the absolute amounts of an asset add up to more than 128 bits hold, the side is refused: no
 * sum of some of its rows can leave the range then, in whatever order it is made. Used by one
 * thread.
 */
public final class ReadSums {
  private final MatchSide side;
  private final Map<String, Total> rows = new HashMap<>();
  private final Map<String, Total> rejects = new HashMap<>();

  /** Of a side of which nothing has been read. */
  public ReadSums(MatchSide side) {
    this.side = side;
  }

  /** Amounts of an asset are more than can be added up; the message is for people. */
  public static final class TooMuchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private TooMuchException(String message) {
      super(message);
    }
  }

  /** Sums of one asset as they come. */
  private static final class Total {
    private Int128 sum = Int128.ZERO;
    private Int128 absolute = Int128.ZERO;
  }

  /**
   * Counts a row.
   *
   * @throws TooMuchException if the asset has more than can be added up
   */
  public void row(String asset, Int128 amount) {
    add(rows, asset, amount);
  }

  /**
   * Counts what could be read of a row that is rejected.
   *
   * @throws TooMuchException if the asset has more than can be added up
   */
  public void reject(String asset, Int128 amount) {
    add(rejects, asset, amount);
  }

  private void add(Map<String, Total> into, String asset, Int128 amount) {
    Total total = into.computeIfAbsent(asset, name -> new Total());
    Int128 sum = total.sum.plus(amount);
    Int128 absolute = total.absolute.plus(amount.signum() < 0 ? amount.negated() : amount);
    if (sum == null || absolute == null) {
      throw tooMuch(asset);
    }
    total.sum = sum;
    total.absolute = absolute;
  }

  /**
   * Sums of everything that was read, by asset.
   *
   * @throws TooMuchException if rows and rejects of an asset are too much together
   */
  public SortedMap<String, Int128> all() {
    SortedMap<String, Int128> sums = sums(rows);
    rejects.forEach(
        (asset, total) ->
            sums.merge(
                asset,
                total.sum,
                (a, b) -> {
                  Int128 both = a.plus(b);
                  if (both == null) {
                    throw tooMuch(asset);
                  }
                  return both;
                }));
    return sums;
  }

  /** What could be read of the rejected rows, by asset. */
  public SortedMap<String, Int128> rejected() {
    return sums(rejects);
  }

  private static SortedMap<String, Int128> sums(Map<String, Total> totals) {
    SortedMap<String, Int128> sums = new TreeMap<>();
    totals.forEach((asset, total) -> sums.put(asset, total.sum));
    return sums;
  }

  private TooMuchException tooMuch(String asset) {
    return new TooMuchException(
        "The amounts of asset "
            + asset
            + " on the "
            + side.text()
            + " side add up to more than "
            + Int128.MAX
            + " minor units; match it in parts.");
  }
}
