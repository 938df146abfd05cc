// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.report;

import java.time.Instant;
import java.util.List;
import org.HdrHistogram.Histogram;

/** Reports with a value in every field. */
final class Examples {
  static final Instant DATE = Instant.parse("2026-02-03T04:05:06Z");

  private static final Machine MACHINE =
      new Machine(
          "A processor <with> & marks",
          2,
          8L << 30,
          "Linux 6.1",
          "A VM 17",
          "ext4",
          "/dev/sda",
          "0123456789ab",
          DATE);

  private Examples() {}

  static Report report() {
    return new Report(
        "an example",
        MACHINE,
        List.of(result("talea", 8, 10_000)),
        List.of(
            new Target("speed", ">= 2 x", "3 ms", "1 ms", 3.0, Target.Verdict.MET, "why"),
            new Target("size", "< 1", "2", null, null, Target.Verdict.MISSED, null),
            new Target("time", "< 1 s", "", null, null, Target.Verdict.NOT_MEASURED, null)));
  }

  static Result result(String name, int connections, long operations) {
    Histogram latency = new Histogram(3);
    for (int i = 1; i <= 10_000; i++) {
      latency.recordValue(i * 1_000L);
    }
    return Result.named(name, "post-one-book")
        .parameter(Result.CONNECTIONS, connections)
        .parameter("batch", 1)
        .throughput(operations, "transactions", 4)
        .errors("429", 7)
        .errors("cut", 1)
        .latency(latency)
        .series(
            List.of(
                new Interval(0, 1, 4_000, 0, 100_000, 900_000, 2_000_000),
                new Interval(1, 1, 0, 1, 0, 0, 0),
                new Interval(2, 1, 6_000, 7, 110_000, 950_000, 90_000_000)))
        .slowest(List.of(new Slow(DATE, 2.5, 90_000_000, 1_000, "post", 200, "GC, 80 ms")))
        .waits(
            List.of(new Waits(99.9, 5_000_000, 10, List.of(new Waits.Wait("a <sync>", 9, 0.875)))))
        .pauses(List.of(new Pause(2.5, 80_000_000, "G1CollectForAllocation")))
        .figure("server CPU", 1.5, "s")
        .verification(new Verification(false, "1 book", List.of("expected 3, found 4")))
        .build();
  }
}
