// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;

/**
 * Where a value lies along one side of a plot, and which values are written there. Immutable.
 *
 * @param label what the values are, with their unit
 * @param log equal ratios get equal lengths; then min is above 0
 * @param ticks ascending, from min to max
 * @param words how a tick is written
 */
record Axis(
    String label,
    double min,
    double max,
    boolean log,
    List<Double> ticks,
    DoubleFunction<String> words) {
  private static final int LINEAR_TICKS = 5;

  Axis {
    if (!(max > min) || (log && min <= 0)) {
      throw new IllegalArgumentException(
          "an axis from " + min + " to " + max + (log ? ", logarithmic" : ""));
    }
    ticks = List.copyOf(ticks);
  }

  /** From 0 to a round number not below {@code max}, with about five ticks at round numbers. */
  static Axis fromZero(String label, double max, DoubleFunction<String> words) {
    double step = roundStep(Math.max(max, 1e-9) / LINEAR_TICKS);
    List<Double> ticks = new ArrayList<>();
    int count = (int) Math.max(1, Math.ceil(max / step - 1e-9));
    for (int i = 0; i <= count; i++) {
      ticks.add(i * step);
    }
    return new Axis(label, 0, count * step, false, ticks, words);
  }

  /** From {@code min} to exactly {@code max}, with ticks at round numbers between. */
  static Axis between(String label, double min, double max, DoubleFunction<String> words) {
    double step = roundStep((max - min) / LINEAR_TICKS);
    List<Double> ticks = new ArrayList<>();
    for (double tick = Math.ceil(min / step) * step; tick <= max + step * 1e-9; tick += step) {
      ticks.add(tick);
    }
    return new Axis(label, min, max, false, ticks, words);
  }

  /** The smallest of 1, 2, 5 times a power of ten that is not below. */
  private static double roundStep(double atLeast) {
    double power = Math.pow(10, Math.floor(Math.log10(atLeast)));
    for (int factor : new int[] {1, 2, 5}) {
      if (power * factor >= atLeast * (1 - 1e-9)) {
        return power * factor;
      }
    }
    return power * 10;
  }

  /** Whole decades around the values; a tick at each. */
  static Axis decades(String label, double min, double max, DoubleFunction<String> words) {
    int from = (int) Math.floor(Math.log10(min) + 1e-9);
    int to = Math.max(from + 1, (int) Math.ceil(Math.log10(max) - 1e-9));
    List<Double> ticks = new ArrayList<>();
    for (int power = from; power <= to; power++) {
      ticks.add(Math.pow(10, power));
    }
    return new Axis(label, Math.pow(10, from), Math.pow(10, to), true, ticks, words);
  }

  /** Logarithmic, with the ticks that are given. */
  static Axis at(String label, List<Double> ticks, DoubleFunction<String> words) {
    double last = ticks.get(ticks.size() - 1);
    // A single value gets room to its right, or it would have no place.
    return new Axis(label, ticks.get(0), Math.max(last, ticks.get(0) * 2), true, ticks, words);
  }

  /** Place of a value from 0 at min to 1 at max; values outside are put on the edge. */
  double place(double value) {
    double place =
        log
            ? Math.log(Math.max(value, min) / min) / Math.log(max / min)
            : (value - min) / (max - min);
    return Math.max(0, Math.min(1, place));
  }
}
