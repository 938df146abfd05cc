// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.decide;

import java.math.BigInteger;
import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Looks for the rows whose sum agrees with one amount: the smallest difference, then the fewest
 * rows. Where two different choices do equally well it takes none, because one of them would be a
 * false match; rows that are the same to the rule count as one choice.
 *
 * <p>A depth-first search over classes of such rows, the largest amount first, cut where what is
 * left cannot come near enough any more. It counts its steps and ends at a limit; nothing is found
 * then, since what was not looked at might have been as good. Used once, by one thread.
 */
final class SubsetSearch {
  /** How many steps pass between two looks at whether to go on. */
  private static final int LOOK_STEPS = 4096;

  private final BigInteger[] amounts;
  private final int[] available;

  /** Where each class stood in what was handed over. */
  private final int[] places;

  private final BigInteger target;
  private final UnaryOperator<BigInteger> toleranceOfSum;
  private final @Nullable BigInteger fixedTolerance;
  private final int most;
  private final long stepsMax;
  private final Runnable goOn;

  private final int[] counts;
  private int @Nullable [] best;
  private @Nullable BigInteger bestDistance;
  private int bestSize;
  private boolean ambiguous;
  private long steps;

  SubsetSearch(
      List<BigInteger> amounts,
      int[] available,
      BigInteger target,
      UnaryOperator<BigInteger> toleranceOfSum,
      boolean toleranceIsFixed,
      int most,
      long stepsMax,
      Runnable goOn) {
    places =
        IntStream.range(0, available.length)
            .boxed()
            .sorted(Comparator.comparing((Integer i) -> amounts.get(i)).reversed())
            .mapToInt(i -> i)
            .toArray();
    this.amounts = IntStream.of(places).mapToObj(amounts::get).toArray(BigInteger[]::new);
    this.available = IntStream.of(places).map(i -> available[i]).toArray();
    this.target = target;
    this.toleranceOfSum = toleranceOfSum;
    fixedTolerance = toleranceIsFixed ? toleranceOfSum.apply(target) : null;
    this.most = most;
    this.stepsMax = stepsMax;
    this.goOn = goOn;
    counts = new int[available.length];
  }

  /** How many rows of each class make up the amount; null if none do, or not for certain. */
  int @Nullable [] run() {
    look(0, 0, BigInteger.ZERO);
    if (best == null || ambiguous || isEnded()) {
      return null;
    }
    int[] answer = new int[best.length];
    for (int i = 0; i < best.length; i++) {
      answer[places[i]] = best[i];
    }
    return answer;
  }

  long steps() {
    return steps;
  }

  boolean isEnded() {
    return steps > stepsMax;
  }

  boolean isAmbiguous() {
    return ambiguous && !isEnded();
  }

  private void look(int from, int size, BigInteger sum) {
    if (++steps > stepsMax) {
      return;
    }
    if (steps % LOOK_STEPS == 0) {
      goOn.run();
    }
    if (size > 0) {
      weigh(size, sum);
    }
    int left = most - size;
    for (int i = from; i < amounts.length && left > 0 && !cannotReach(i, left, sum); i++) {
      BigInteger next = sum;
      int takes = Math.min(left, available[i]);
      for (int k = 1; k <= takes && steps <= stepsMax; k++) {
        next = next.add(amounts[i]);
        counts[i] = k;
        look(i + 1, size + k, next);
      }
      counts[i] = 0;
    }
  }

  private void weigh(int size, BigInteger sum) {
    BigInteger distance = sum.subtract(target).abs();
    if (distance.compareTo(toleranceOfSum.apply(sum)) > 0) {
      return;
    }
    int order = bestDistance == null ? -1 : distance.compareTo(bestDistance);
    if (order == 0) {
      order = Integer.compare(size, bestSize);
    }
    if (order == 0) {
      ambiguous = true;
    } else if (order < 0) {
      ambiguous = false;
      best = counts.clone();
      bestDistance = distance;
      bestSize = size;
    }
  }

  /**
   * Whether no choice of up to so many rows from here on comes as near as what was found, or as the
   * tolerance before. Where that depends on the sum nothing is cut before.
   */
  private boolean cannotReach(int from, int rows, BigInteger sum) {
    BigInteger near = bestDistance == null ? fixedTolerance : bestDistance;
    if (near == null) {
      return false;
    }
    BigInteger many = BigInteger.valueOf(rows);
    BigInteger highest = sum.add(amounts[from].max(BigInteger.ZERO).multiply(many));
    BigInteger lowest = sum.add(amounts[amounts.length - 1].min(BigInteger.ZERO).multiply(many));
    return highest.compareTo(target.subtract(near)) < 0 || lowest.compareTo(target.add(near)) > 0;
  }
}
