// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import dev.talea.bench.report.Target;
import dev.talea.bench.report.Target.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Judges how a server took more than it can do: it should go on doing nearly as much as it can, and
 * turn away the rest at once and politely. Stateless.
 */
final class Overload {
  /** Below this the server was not overloaded enough for a verdict. */
  private static final double OFFERED_MIN = 1.5;

  private Overload() {}

  /**
   * The line of the table of targets.
   *
   * @param peak transactions a second that it did when no more were asked for
   */
  static Target judge(Outcome outcome, double peak, int batch, double goodputMin) {
    Tally errors = outcome.errors();
    long refused = errors.of("429") + errors.of("503") + errors.of("slot overloaded");
    long impolite = outcome.withoutRetryAfter();
    long others = errors.total() - refused - errors.of("unsent");
    double goodput = outcome.perSecond() / peak;
    double seconds = outcome.seconds();
    double offered =
        (outcome.operations() + (errors.of("429") + errors.of("503") + others) * (double) batch)
            / seconds
            / peak;
    List<String> notes = new ArrayList<>();
    if (goodput < goodputMin) {
      notes.add(String.format(Locale.ROOT, "only %.2f of the peak were still done", goodput));
    }
    if (impolite > 0) {
      notes.add(impolite + " refusals without Retry-After");
    }
    if (others > 0) {
      notes.add("neither done nor refused properly: " + errors.counts());
    }
    Verdict verdict = notes.isEmpty() ? Verdict.MET : Verdict.MISSED;
    if (offered < OFFERED_MIN && notes.isEmpty()) {
      verdict = Verdict.NOT_MEASURED;
      notes.add(
          "this machine's generator could not offer more than "
              + String.format(Locale.ROOT, "%.1f x the peak", offered));
    }
    return new Target(
        "overload at 4 x capacity",
        String.format(
            Locale.ROOT,
            "goodput >= %.1f x peak; every refusal a 429 or 503 with Retry-After; none a time-out",
            goodputMin),
        String.format(
            Locale.ROOT,
            "%s transactions/s; %s refused; %.1f x the peak really offered",
            Words.count(outcome.perSecond()),
            Words.count(refused),
            offered),
        Words.count(peak) + " transactions/s",
        goodput,
        verdict,
        notes.isEmpty() ? null : String.join("; ", notes));
  }
}
