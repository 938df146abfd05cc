// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.targets;

import dev.talea.bench.report.Target;
import dev.talea.bench.report.Target.Verdict;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Turns a measurement and a limit into a line of the table. A value that is exactly the limit meets
 * it; one that is not a number, because there was nothing to divide by, meets nothing.
 *
 * <p>Stateless; any thread.
 */
final class Judge {

  /** A measured number with its unit, written for people. */
  record Value(double number, String unit) {
    static Value micros(double nanos) {
      return new Value(nanos / 1e3, "us");
    }

    static Value perSecond(double rate, String what) {
      return new Value(rate, what + "/s");
    }

    static Value seconds(double seconds) {
      return new Value(seconds, "s");
    }

    @Override
    public String toString() {
      double magnitude = Math.abs(number);
      String pattern = magnitude >= 1000 ? "%,.0f %s" : magnitude >= 10 ? "%.1f %s" : "%.3f %s";
      return String.format(Locale.ROOT, pattern, number, unit).strip();
    }
  }

  private Judge() {}

  /** Measured must be at least {@code limit} times the baseline. */
  static Target atLeast(
      String name,
      String asks,
      Value measured,
      Value baseline,
      double limit,
      @Nullable String note) {
    double ratio = measured.number / baseline.number;
    return compared(name, asks, measured, baseline, ratio, ratio >= limit, note);
  }

  /** Measured must be at most {@code limit} times the baseline. */
  static Target atMost(
      String name,
      String asks,
      Value measured,
      Value baseline,
      double limit,
      @Nullable String note) {
    double ratio = measured.number / baseline.number;
    return compared(name, asks, measured, baseline, ratio, ratio <= limit, note);
  }

  /** Measured must be at least this much. */
  static Target atLeast(
      String name, String asks, Value measured, double limit, @Nullable String note) {
    return absolute(name, asks, measured, measured.number >= limit, note);
  }

  /** Measured must be at most this much. */
  static Target atMost(
      String name, String asks, Value measured, double limit, @Nullable String note) {
    return absolute(name, asks, measured, measured.number <= limit, note);
  }

  /** Measured must be less than this much: the border does not meet it. */
  static Target below(
      String name, String asks, Value measured, double limit, @Nullable String note) {
    return absolute(name, asks, measured, measured.number < limit, note);
  }

  /** A line about which something else has decided. */
  static Target decided(
      String name, String asks, String measured, boolean met, @Nullable String note) {
    return new Target(name, asks, measured, null, null, met ? Verdict.MET : Verdict.MISSED, note);
  }

  /** A line without a measurement. */
  static Target notMeasured(String name, String asks, @Nullable String baseline, String why) {
    return new Target(name, asks, "", baseline, null, Verdict.NOT_MEASURED, why);
  }

  private static Target compared(
      String name,
      String asks,
      Value measured,
      Value baseline,
      double ratio,
      boolean met,
      @Nullable String note) {
    boolean counts = Double.isFinite(ratio);
    return new Target(
        name,
        asks,
        measured.toString(),
        baseline.toString(),
        counts ? ratio : null,
        counts && met ? Verdict.MET : Verdict.MISSED,
        note);
  }

  private static Target absolute(
      String name, String asks, Value measured, boolean met, @Nullable String note) {
    return new Target(
        name,
        asks,
        measured.toString(),
        null,
        null,
        met && Double.isFinite(measured.number) ? Verdict.MET : Verdict.MISSED,
        note);
  }
}
