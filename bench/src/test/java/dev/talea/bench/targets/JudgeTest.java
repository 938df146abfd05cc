// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.targets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.talea.bench.report.Target;
import dev.talea.bench.report.Target.Verdict;
import dev.talea.bench.targets.Judge.Value;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JudgeTest {

  @ParameterizedTest
  @CsvSource({"49.9, MISSED", "50, MET", "50.1, MET", "NaN, MISSED"})
  void atLeastHalfOfTheBaselineIsMetAtTheBorder(double measured, Verdict verdict) {
    Target target =
        Judge.atLeast("n", "a", new Value(measured, "x"), new Value(100, "x"), 0.5, null);
    assertEquals(verdict, target.verdict());
  }

  @ParameterizedTest
  @CsvSource({"149, MET", "150, MET", "150.1, MISSED"})
  void atMostOneAndAHalfOfTheBaselineIsMetAtTheBorder(double measured, Verdict verdict) {
    Target target =
        Judge.atMost("n", "a", new Value(measured, "x"), new Value(100, "x"), 1.5, null);
    assertEquals(verdict, target.verdict());
  }

  @ParameterizedTest
  @CsvSource({"0.999, MET", "1, MISSED", "1.001, MISSED", "NaN, MISSED"})
  void belowAMillisecondIsNotMetAtTheBorder(double measured, Verdict verdict) {
    assertEquals(verdict, Judge.below("n", "a", new Value(measured, "ms"), 1, null).verdict());
  }

  @ParameterizedTest
  @CsvSource({"249999.9, MISSED", "250000, MET", "250001, MET"})
  void anAbsoluteRateIsMetAtTheBorder(double measured, Verdict verdict) {
    Target target = Judge.atLeast("n", "a", new Value(measured, "x"), 250_000, null);
    assertEquals(verdict, target.verdict());
  }

  @Test
  void theRatioIsMeasuredOverBaselineAndBothAreShownWithTheirUnit() {
    Target target =
        Judge.atLeast(
            "n", "a", Value.perSecond(700_000, "drafts"), Value.micros(2_000_000), 0.5, "why");
    assertEquals("700,000 drafts/s", target.measured());
    assertEquals("2,000 us", target.baseline());
    assertEquals(350.0, target.ratio());
    assertEquals("why", target.note());
  }

  @Test
  void aBaselineOfZeroMeetsNothingAndHasNoRatio() {
    Target target = Judge.atLeast("n", "a", new Value(1, "x"), new Value(0, "x"), 0.5, null);
    assertEquals(Verdict.MISSED, target.verdict());
    assertNull(target.ratio());
  }

  @Test
  void whatIsNotBuiltIsNotMeasuredAndKeepsItsBaseline() {
    Target target = Judge.notMeasured("n", "a", "10 rows/s", "not built yet");
    assertEquals(Verdict.NOT_MEASURED, target.verdict());
    assertEquals("10 rows/s", target.baseline());
    assertEquals("not built yet", target.note());
  }
}
