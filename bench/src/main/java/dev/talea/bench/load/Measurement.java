package dev.talea.bench.load;

import dev.talea.bench.report.Interval;
import dev.talea.bench.report.Pause;
import dev.talea.bench.report.Result;
import dev.talea.bench.report.Slow;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * One run and everything around it that helps to understand it: processor time of both sides, what
 * the server's virtual machine did meanwhile, and what the slowest requests may have waited for.
 */
final class Measurement {
  /** Shorter pauses are counted, not listed: no request waits long for one. */
  private static final long LISTED_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private static final double NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Server server;
  private final Outcome outcome;
  private final double ownCpu;
  private final double serverCpu;
  private final double ownGarbageSeconds;

  private Measurement(
      Server server, Outcome outcome, double ownCpu, double serverCpu, double ownGarbageSeconds) {
    this.server = server;
    this.outcome = outcome;
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
    Outcome outcome = run.run();
    return new Measurement(
        server,
        outcome,
        Meter.own() - meter.ownCpu,
        server.cpuSeconds() - meter.serverCpu,
        Meter.garbageSeconds() - meter.garbage);
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
    List<Pause> pauses = pauses(server.pauseLog());
    Result.Builder result =
        Result.named(name, scenario.toString())
            .throughput(outcome.operations(), unit, outcome.seconds())
            .latency(outcome.latency())
            .series(outcome.series())
            .slowest(slowest(pauses))
            .pauses(pauses.stream().filter(pause -> pause.nanos() >= LISTED_PAUSE_NANOS).toList());
    outcome.errors().counts().forEach(result::errors);
    perOperation(result, "generator CPU", ownCpu);
    perOperation(result, "server CPU", serverCpu);
    result.figure("generator garbage collection", ownGarbageSeconds, "s");
    if (server.pauseLog() != null) {
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

  private List<Pause> pauses(@Nullable Path log) throws IOException {
    if (log == null) {
      return List.of();
    }
    return PauseLog.read(
        log, outcome.startNanos(), outcome.startNanos() + (long) (outcome.seconds() * NANOS));
  }

  private List<Slow> slowest(List<Pause> pauses) {
    List<Slow> slowest = new ArrayList<>();
    for (Outcome.Late late : outcome.slowest()) {
      long since = late.intendedNanos() - outcome.startNanos();
      slowest.add(
          new Slow(
              outcome.start().plusNanos(since),
              since / NANOS,
              late.latencyNanos(),
              late.sentNanos() - late.intendedNanos(),
              late.kind(),
              late.status(),
              waitedFor(late, since, pauses)));
    }
    return slowest;
  }

  private static String waitedFor(Outcome.Late late, long since, List<Pause> pauses) {
    List<String> causes = new ArrayList<>();
    long unsent = late.sentNanos() - late.intendedNanos();
    if (unsent > late.latencyNanos() / 5) {
      causes.add("a free connection, " + Words.nanos(unsent));
    }
    long start = since;
    long end = since + late.latencyNanos();
    for (Pause pause : pauses) {
      long from = Math.max(start, (long) (pause.startSeconds() * NANOS));
      long to = Math.min(end, (long) (pause.startSeconds() * NANOS) + pause.nanos());
      if (to - from > late.latencyNanos() / 20) {
        causes.add(
            String.format(
                Locale.ROOT,
                "a pause of the server, %s, %s",
                pause.reason(),
                Words.nanos(to - from)));
      }
    }
    return String.join("; ", causes);
  }
}
