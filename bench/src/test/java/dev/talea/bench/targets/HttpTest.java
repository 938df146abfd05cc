// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.targets;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.talea.bench.baseline.Measured;
import dev.talea.bench.report.Target.Verdict;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpTest {

  @ParameterizedTest
  @CsvSource({"500, MET", "600, MET", "700, MISSED"})
  void p99MayBeTwiceThatOfTheBareServerAndOneMedianSync(long taleaMicros, Verdict verdict) {
    // 2 x 200 us + 200 us
    assertEquals(verdict, Http.p99(always(taleaMicros), always(200), always(200)).verdict());
  }

  private static Measured always(long micros) {
    Histogram latency = Measured.histogram();
    latency.recordValueWithCount(micros * 1000, 1000);
    return new Measured(1000, 0, 1, latency);
  }
}
