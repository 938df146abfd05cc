// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.targets;

import dev.talea.bench.baseline.Measured;
import dev.talea.bench.baseline.RawFile;
import dev.talea.bench.report.Report;
import dev.talea.bench.report.ReportJson;
import dev.talea.bench.report.Result;
import dev.talea.bench.report.Target;
import dev.talea.bench.targets.Judge.Value;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/**
 * The lines over HTTP: the load generator's own commands in a process of their own, each of which
 * starts the real daemon and the bare Netty server, lets them take turns, and verifies the ledger.
 */
final class Http implements Section {
  private static final String GENERATOR = "dev.talea.bench.Main";

  /** What the load generator calls the server of ours. */
  static final String TALEA = "talea";

  private static final String BARE = "bare Netty server";

  /** The bare server is not watched, so where talea is compared with it, it is not, either. */
  private static final String UNWATCHED = "--no-recording";

  private static final int CONNECTIONS = 64;
  private static final int BATCH_CONNECTIONS = 8;
  private static final double POSTS_MIN = 0.5;
  private static final double DRAFTS_MIN = 250_000;
  private static final double READS_MIN = 0.7;
  private static final double P99_FACTOR = 2;

  /** The write and sync of a group of some tens of transactions. */
  private static final int FSYNC_BYTES = 16 << 10;

  private static final long RAW_BYTES = 64L << 20;

  private static final Line POSTS =
      new Line("HTTP, one transaction a request, 64 connections", ">= 0.5 x bare Netty server");
  private static final Line POSTS_P99 =
      new Line(
          "HTTP, one transaction a request, 64 connections, p99",
          "<= 2 x bare Netty server's p99 + one fsync");
  private static final Line BATCHES =
      new Line("HTTP, batches of 500, one book", ">= 250,000 drafts/s");
  private static final Line READS =
      new Line("HTTP, balance, 64 connections", ">= 0.7 x bare Netty server");

  /** The name is the load generator's, which judges this one itself. */
  private static final Line OVERLOAD =
      new Line(
          "overload at 4 x capacity",
          "goodput >= 0.9 x peak; every refusal a 429 or 503 with Retry-After; none a time-out");

  @Override
  public String id() {
    return "http";
  }

  @Override
  public List<Line> lines() {
    return List.of(POSTS, POSTS_P99, BATCHES, READS, OVERLOAD);
  }

  @Override
  public void measure(Run run) throws Exception {
    List<Exception> failures = new ArrayList<>();
    for (Run.InFolder part :
        List.<Run.InFolder>of(
            folder -> posts(run, folder),
            folder -> batches(run, folder),
            folder -> reads(run, folder),
            folder -> overload(run, folder))) {
      try {
        run.inFreshFolder(part);
      } catch (IOException e) {
        run.say(String.valueOf(e.getMessage()));
        failures.add(e);
      }
    }
    if (!failures.isEmpty()) {
      throw failures.get(0);
    }
  }

  private static void posts(Run run, Path folder) throws Exception {
    Report report =
        generate(run, folder, "post-one-book", turns(run, CONNECTIONS), "--bare", UNWATCHED);
    Measured fsync;
    try (RawFile raw = new RawFile(folder.resolve("raw"), RAW_BYTES)) {
      fsync = raw.repeat(FSYNC_BYTES, 0.5, run.size().seconds() / 2);
    }
    report.results().forEach(run::add);
    run.add("raw write+fdatasync, 16 KiB", "one fsync", "syncs", fsync);
    Measured talea = all(report, TALEA);
    Measured bare = all(report, BARE);
    run.add(
        Judge.atLeast(
            POSTS.name(),
            POSTS.asks(),
            Value.perSecond(talea.perSecond(), "transactions"),
            Value.perSecond(bare.perSecond(), "requests"),
            POSTS_MIN,
            null));
    run.add(p99(talea, bare, fsync));
  }

  /** One fsync is the median one, which asks more of talea than its p99 would. */
  static Target p99(Measured talea, Measured bare, Measured fsync) {
    double allowed = P99_FACTOR * bare.nanosAt(99) + fsync.nanosAt(50);
    return Judge.atMost(
        POSTS_P99.name(),
        POSTS_P99.asks(),
        Value.micros(talea.nanosAt(99)),
        Value.micros(allowed),
        1,
        String.format(
            Locale.ROOT,
            "bare p99 %.0f us, one fsync %.0f us in the median and %.0f us at p99",
            bare.nanosAt(99) / 1e3,
            fsync.nanosAt(50) / 1e3,
            fsync.nanosAt(99) / 1e3));
  }

  private static void batches(Run run, Path folder) throws IOException {
    Report report =
        generate(
            run,
            folder,
            "post-one-book",
            turns(run, BATCH_CONNECTIONS),
            "--bare",
            "--batch",
            "500",
            "--verify-events",
            "0",
            UNWATCHED);
    report.results().forEach(run::add);
    Measured talea = all(report, TALEA);
    Measured bare = all(report, BARE);
    run.add(
        Judge.atLeast(
            BATCHES.name(),
            BATCHES.asks(),
            Value.perSecond(talea.perSecond(), "drafts"),
            DRAFTS_MIN,
            String.format(
                Locale.ROOT,
                "the bare Netty server took %,.0f drafts/s of the same bytes",
                bare.perSecond())));
  }

  private static void reads(Run run, Path folder) throws IOException {
    Report report =
        generate(
            run,
            folder,
            "reads",
            turns(run, CONNECTIONS),
            "--bare",
            "--mix",
            "balance=1",
            UNWATCHED);
    report.results().forEach(run::add);
    run.add(
        Judge.atLeast(
            READS.name(),
            READS.asks(),
            Value.perSecond(all(report, TALEA).perSecond(), "reads"),
            Value.perSecond(all(report, BARE).perSecond(), "requests"),
            READS_MIN,
            null));
  }

  /**
   * Judged where admission is the limit: a generator that shares two cores with the server cannot
   * offer four times of what the server does with all of what the generator leaves. That, in small
   * batches, is measured as well, and stands in the note.
   */
  private static void overload(Run run, Path folder) throws IOException {
    Target judged = overload(run, folder, List.of(), "--places", "2");
    Target byProcessors =
        overload(run, folder, List.of(64, 128), "--places", "256", "--batch", "20");
    String also =
        String.format(
            Locale.ROOT,
            "with 2 places; with 256, where processors are the limit: %s, %.2f of %s",
            byProcessors.measured(),
            byProcessors.ratio(),
            byProcessors.baseline());
    run.add(
        new Target(
            judged.name(),
            judged.asks(),
            judged.measured(),
            judged.baseline(),
            judged.ratio(),
            judged.verdict(),
            judged.note() == null ? also : judged.note() + "; " + also));
  }

  private static Target overload(Run run, Path folder, List<Integer> connections, String... more)
      throws IOException {
    Report report =
        generate(
            run,
            folder,
            "overload",
            connections.stream().map(String::valueOf).collect(Collectors.joining(",")),
            more);
    report.results().forEach(run::add);
    for (Target target : report.targets()) {
      if (target.name().equals(OVERLOAD.name())) {
        return target;
      }
    }
    throw new IOException("the load generator did not judge the overload");
  }

  /** The same number of connections several times: the two servers take turns in each. */
  static String turns(Run run, int connections) {
    return String.join(",", Collections.nCopies(Math.min(3, run.size().turns()), "" + connections));
  }

  /** Runs a scenario of the load generator and reads its report. */
  static Report generate(Run run, Path folder, String scenario, String connections, String... more)
      throws IOException {
    return generate(run, folder, Map.of(), scenario, connections, more);
  }

  /** As above, against a server with settings. */
  static Report generate(
      Run run,
      Path folder,
      Map<String, String> settings,
      String scenario,
      String connections,
      String... more)
      throws IOException {
    Path json = folder.resolve("report.json");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), GENERATOR, scenario));
    long millis = (long) (run.size().seconds() * 1000);
    command.addAll(List.of("--dir", folder.toString(), "--json", json.toString()));
    if (!connections.isEmpty()) {
      command.addAll(List.of("--connections", connections));
    }
    command.addAll(List.of("--duration", millis + "ms", "--warmup", millis / 2 + "ms"));
    command.addAll(List.of(more));
    run.say(String.join(" ", command.subList(command.indexOf(scenario), command.size())));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(settings);
    Process process = builder.start();
    process.getOutputStream().close();
    try (BufferedReader output =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        run.say(line);
      }
      int code = process.waitFor();
      if (code != 0) {
        throw new IOException(
            "the load generator ended " + scenario + " with " + code + "; see what it said above");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while measuring " + scenario, e);
    } finally {
      process.destroy();
    }
    return ReportJson.read(json);
  }

  /** All measurements of one of the two servers as one. */
  static Measured all(Report report, String name) throws IOException {
    List<Measured> parts = new ArrayList<>();
    for (Result result : report.results()) {
      Histogram latency = result.latency();
      if (result.name().equals(name) && latency != null) {
        parts.add(new Measured(result.operations(), 0, result.seconds(), latency));
      }
    }
    if (parts.isEmpty()) {
      throw new IOException("the load generator reported nothing about " + name);
    }
    return Measured.sum(parts);
  }
}
