// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.targets;

import dev.talea.bench.baseline.ChronicleBaseline;
import dev.talea.bench.baseline.Measured;
import dev.talea.bench.embedded.OneCommitAtATime;
import dev.talea.bench.jmh.CommitLatencyBenchmark;
import dev.talea.bench.report.Result;
import dev.talea.bench.report.Target;
import dev.talea.bench.targets.Judge.Value;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;

/**
 * One durable commit at a time. The lines are JMH's, in forks that alternate with those of the raw
 * file; beside them the same in one process in turns of half a second, and Chronicle Queue with the
 * same bytes.
 */
final class CommitLatency implements Section {
  private static final double P50_MAX = 1.15;
  private static final double P99_MAX = 1.5;
  private static final int WARM_UPS = 3;
  private static final Line P50 =
      new Line("one commit at a time, p50 (JMH)", "<= 1.15 x raw write+fdatasync");
  private static final Line P99 =
      new Line("one commit at a time, p99 (JMH)", "<= 1.5 x raw write+fdatasync");
  private static final String SCENARIO = "one commit at a time";

  @Override
  public String id() {
    return "commit-latency";
  }

  @Override
  public List<Line> lines() {
    return List.of(P50, P99);
  }

  @Override
  public void measure(Run run) throws Exception {
    run.inFreshFolder(folder -> jmh(run, folder));
    run.inFreshFolder(folder -> inTurns(run, folder));
  }

  private static void jmh(Run run, Path folder) throws RunnerException {
    List<Measured> ledger = new ArrayList<>();
    List<Measured> raw = new ArrayList<>();
    int rounds = Math.min(3, run.size().turns());
    for (int i = 0; i < rounds; i++) {
      run.say("JMH, round " + (i + 1) + " of " + rounds);
      raw.add(fork("raw", folder, run.size().seconds()));
      ledger.add(fork("ledger", folder, run.size().seconds()));
    }
    Measured ledgerAll = Measured.sum(ledger);
    Measured rawAll = Measured.sum(raw);
    run.add("talea", SCENARIO + " (JMH)", "commits", ledgerAll);
    run.add("raw write+fdatasync", SCENARIO + " (JMH)", "commits", rawAll);
    run.add(line(P50, ledgerAll, rawAll, 50, P50_MAX));
    run.add(line(P99, ledgerAll, rawAll, 99, P99_MAX));
  }

  private static Target line(
      Line line, Measured ledger, Measured raw, double percentile, double max) {
    return Judge.atMost(
        line.name(),
        line.asks(),
        Value.micros(ledger.nanosAt(percentile)),
        Value.micros(raw.nanosAt(percentile)),
        max,
        null);
  }

  /** One fork of one of the two. */
  private static Measured fork(String method, Path folder, double seconds) throws RunnerException {
    Options options =
        new OptionsBuilder()
            .include(
                "^"
                    + CommitLatencyBenchmark.class.getName().replace(".", "\\.")
                    + "."
                    + method
                    + "$")
            .forks(1)
            .warmupIterations(WARM_UPS)
            .warmupTime(TimeValue.milliseconds((long) (seconds * 100)))
            .measurementIterations(1)
            .measurementTime(TimeValue.milliseconds((long) (seconds * 1000)))
            .jvmArgsAppend("-Dtalea.bench.dir=" + folder, "-Xmx1g")
            .verbosity(VerboseMode.SILENT)
            .shouldFailOnError(true)
            .build();
    RunResult result = new Runner(options).runSingle();
    Statistics statistics = result.getPrimaryResult().getStatistics();
    Histogram latency = Measured.histogram();
    statistics
        .getRawData()
        .forEachRemaining(
            (Map.Entry<Double, Long> sample) ->
                latency.recordValueWithCount(Math.round(sample.getKey() * 1e3), sample.getValue()));
    return new Measured(statistics.getN(), 0, seconds, latency);
  }

  private static void inTurns(Run run, Path folder) throws Exception {
    double seconds = run.size().seconds() * 2;
    run.say("in turns with a raw file");
    OneCommitAtATime.Outcome turns = OneCommitAtATime.run(folder, seconds / 2, seconds);
    run.say("Chronicle Queue");
    Measured chronicle =
        ChronicleBaseline.measure(
            folder.resolve("chronicle"), turns.blockBytes(), seconds / 4, seconds / 2);
    Result.Builder ledger =
        Result.named("talea", SCENARIO)
            .parameter("bytes", turns.blockBytes())
            .throughput(turns.ledger().operations(), "commits", turns.ledger().seconds())
            .latency(turns.ledger().latency());
    for (double percentile : new double[] {50, 99}) {
      ledger.figure(
          "p%.0f over raw".formatted(percentile),
          turns.ledger().nanosAt(percentile) / turns.raw().nanosAt(percentile),
          "x");
    }
    run.add(ledger.build());
    run.add("raw write+fdatasync", SCENARIO, "commits", turns.raw());
    run.add("Chronicle Queue, SYNC and sync()", SCENARIO, "commits", chronicle);
    run.say(
        "in turns: p50 %s against %s, p99 %s against %s; Chronicle Queue p50 %s, p99 %s"
            .formatted(
                Value.micros(turns.ledger().nanosAt(50)),
                Value.micros(turns.raw().nanosAt(50)),
                Value.micros(turns.ledger().nanosAt(99)),
                Value.micros(turns.raw().nanosAt(99)),
                Value.micros(chronicle.nanosAt(50)),
                Value.micros(chronicle.nanosAt(99))));
  }
}
