// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import dev.talea.bench.report.Interval;
import dev.talea.bench.report.Pause;
import dev.talea.bench.report.Result;
import dev.talea.bench.report.Slow;
import dev.talea.bench.report.Waits;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;

/**
 * One run and everything around it that helps to understand it: processor time of both sides, what
 * the server's virtual machine did meanwhile, and what the slowest requests may have waited for.
 */
final class Measurement {
  /** Shorter pauses are counted, not listed: no request waits long for one. */
  private static final long LISTED_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private static final Path PROC = Path.of("/proc");

  private static final double NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Those shown one by one. */
  private static final int SHOWN_MAX = 20;

  /** Those told about together. */
  private static final double[] TAILS = {99, 99.9};

  private final Server server;
  private final Outcome outcome;
  private final List<Pause> ownPauses;
  private final List<Cause> seenByMachine;
  private final double ownCpu;
  private final double serverCpu;
  private final double ownGarbageSeconds;

  private Measurement(
      Server server,
      Outcome outcome,
      List<Pause> ownPauses,
      List<Cause> seenByMachine,
      double ownCpu,
      double serverCpu,
      double ownGarbageSeconds) {
    this.server = server;
    this.outcome = outcome;
    this.ownPauses = ownPauses;
    this.seenByMachine = seenByMachine;
    this.ownCpu = ownCpu;
    this.serverCpu = serverCpu;
    this.ownGarbageSeconds = ownGarbageSeconds;
  }

  /** Who can end a run early. */
  interface Stoppable {
    void running(LoadRun run);
  }

  /** Runs it. */
  static Measurement of(
      Server server, Traffic traffic, Plan plan, Consumer<Interval> progress, Stoppable stoppable)
      throws IOException, InterruptedException {
    Meter meter = new Meter(server, progress);
    LoadRun run = new LoadRun(server.address(), traffic, plan, meter);
    stoppable.running(run);
    if (!server.records()) {
      return meter.measurement(run.run(), List.of(), List.of());
    }
    Path pauses = Files.createTempFile("talea-bench-", ".pauses");
    PauseLog.begin(pauses);
    MachineWatch watch = new MachineWatch(PROC, server.pid(), ProcessHandle.current().pid());
    try {
      Outcome outcome = run.run();
      watch.end();
      return meter.measurement(outcome, pauses(pauses, outcome), watch.causes());
    } finally {
      watch.end();
      PauseLog.end(pauses);
      Files.delete(pauses);
    }
  }

  /** Remembers how much was used when the warm-up ended. On the event loop. */
  private static final class Meter implements Consumer<Interval> {
    private final Server server;
    private final Consumer<Interval> progress;
    private double ownCpu;
    private double serverCpu;
    private double garbage;

    Meter(Server server, Consumer<Interval> progress) {
      this.server = server;
      this.progress = progress;
      read();
    }

    Measurement measurement(Outcome outcome, List<Pause> ownPauses, List<Cause> seenByMachine) {
      return new Measurement(
          server,
          outcome,
          ownPauses,
          seenByMachine,
          own() - ownCpu,
          server.cpuSeconds() - serverCpu,
          garbageSeconds() - garbage);
    }

    private void read() {
      ownCpu = own();
      serverCpu = server.cpuSeconds();
      garbage = garbageSeconds();
    }

    static double own() {
      return ProcessTime.cpuSeconds(ProcessHandle.current().pid());
    }

    static double garbageSeconds() {
      long millis = 0;
      for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
        millis += collector.getCollectionTime();
      }
      return millis / 1e3;
    }

    @Override
    public void accept(Interval interval) {
      if (interval.startSeconds() + interval.seconds() < 0.5) {
        read();
      }
      progress.accept(interval);
    }
  }

  Outcome outcome() {
    return outcome;
  }

  /** What it comes to, without verification. */
  Result.Builder result(String name, Scenario scenario, String unit) throws IOException {
    Path pauseLog = server.pauseLog();
    List<Pause> pauses = pauseLog == null ? List.of() : pauses(pauseLog, outcome);
    Attribution attribution = new Attribution(causes(pauses));
    Result.Builder result =
        Result.named(name, scenario.toString())
            .throughput(outcome.operations(), unit, outcome.seconds())
            .latency(outcome.latency())
            .series(outcome.series())
            .slowest(slowest(attribution))
            .waits(waits(attribution))
            .pauses(pauses.stream().filter(pause -> pause.nanos() >= LISTED_PAUSE_NANOS).toList());
    outcome.errors().counts().forEach(result::errors);
    perOperation(result, "generator CPU", ownCpu);
    perOperation(result, "server CPU", serverCpu);
    result.figure("generator garbage collection", ownGarbageSeconds, "s");
    if (pauseLog != null) {
      result.figure("server pauses", pauses.size(), "");
      result.figure(
          "server pauses, sum", pauses.stream().mapToLong(Pause::nanos).sum() / NANOS, "s");
    }
    percentiles(result, "send lag", outcome.sendLag());
    percentiles(result, "refusal latency", outcome.refused());
    return result;
  }

  private void perOperation(Result.Builder result, String name, double seconds) {
    if (!Double.isNaN(seconds)) {
      result.figure(name, seconds, "s");
      if (outcome.operations() > 0) {
        result.figure(name + " per operation", seconds / outcome.operations() * 1e6, "us");
      }
    }
  }

  private static void percentiles(Result.Builder result, String name, Histogram histogram) {
    if (histogram.getTotalCount() > 0) {
      result.figure(name + " p50", histogram.getValueAtPercentile(50) / 1e3, "us");
      result.figure(name + " p99", histogram.getValueAtPercentile(99) / 1e3, "us");
      result.figure(name + " max", histogram.getMaxValue() / 1e3, "us");
    }
  }

  private static List<Pause> pauses(Path log, Outcome outcome) throws IOException {
    return PauseLog.read(log, outcome.startNanos(), end(outcome));
  }

  /** When the last request that counts was answered, or later. */
  private static long end(Outcome outcome) {
    long end = outcome.startNanos() + (long) (outcome.seconds() * NANOS);
    for (Outcome.Late late : outcome.slowest()) {
      end = Math.max(end, late.intendedNanos() + late.latencyNanos());
    }
    return end;
  }

  private List<Cause> causes(List<Pause> serverPauses) throws IOException {
    List<Cause> causes = new ArrayList<>(seenByMachine);
    serverPauses.forEach(pause -> causes.add(cause(Cause.Kind.SERVER_PAUSE, pause)));
    ownPauses.forEach(pause -> causes.add(cause(Cause.Kind.GENERATOR_PAUSE, pause)));
    Path recording = server.recording();
    if (recording != null) {
      causes.addAll(
          ServerEvents.read(
              recording,
              outcome.start(),
              outcome.startNanos(),
              outcome.startNanos(),
              end(outcome)));
    }
    return causes;
  }

  private Cause cause(Cause.Kind kind, Pause pause) {
    long from = outcome.startNanos() + (long) (pause.startSeconds() * NANOS);
    return Cause.whole(kind, from, from + pause.nanos(), pause.reason());
  }

  private List<Slow> slowest(Attribution attribution) {
    List<Slow> slowest = new ArrayList<>();
    for (Outcome.Late late : outcome.slowest()) {
      if (slowest.size() == SHOWN_MAX) {
        break;
      }
      long since = late.intendedNanos() - outcome.startNanos();
      slowest.add(
          new Slow(
              outcome.start().plusNanos(since),
              since / NANOS,
              late.latencyNanos(),
              late.sentNanos() - late.intendedNanos(),
              late.kind(),
              late.status(),
              attribution.words(late)));
    }
    return slowest;
  }

  /** Without a recording it would all be unknown; without all of the requests, a guess. */
  private List<Waits> waits(Attribution attribution) {
    List<Waits> waits = new ArrayList<>();
    List<Outcome.Late> slowest = outcome.slowest();
    for (double percentile : TAILS) {
      long bound = outcome.latency().getValueAtPercentile(percentile);
      // The histogram names the top of a step; what lies within the step is as slow to it.
      long step = outcome.latency().lowestEquivalentValue(bound);
      List<Outcome.Late> beyond =
          slowest.stream().filter(late -> late.latencyNanos() >= step).toList();
      boolean all = beyond.size() < slowest.size() || slowest.size() < LoadRun.SLOWEST_MAX;
      if (server.records() && !beyond.isEmpty() && all) {
        waits.add(attribution.waits(percentile, bound, beyond));
      }
    }
    return waits;
  }
}
