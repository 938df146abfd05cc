// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.targets;

import dev.talea.bench.baseline.Measured;
import dev.talea.bench.embedded.DiskUse;
import dev.talea.bench.report.Result;
import dev.talea.bench.report.Target;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What the sections of one run share: where files go, how long to measure, and the collection of
 * what was found. For the thread of the command.
 */
final class Run {

  /**
   * How much of everything.
   *
   * @param seconds of a measurement
   * @param turns in which measurement and baseline alternate
   * @param transactions of a long history
   * @param shortTransactions of the ledger that is started and asked
   * @param books of which a few are active
   */
  record Size(double seconds, int turns, long transactions, long shortTransactions, int books) {
    /** For the record: under 20 minutes on two cores. */
    static final Size FULL = new Size(10, 5, 10_000_000, 1_000_000, 10_000);

    /** To try whether all of it works; the figures mean little. */
    static final Size QUICK = new Size(1, 2, 200_000, 50_000, 500);

    Size withTransactions(long other) {
      return new Size(seconds, turns, other, shortTransactions, books);
    }
  }

  private final Path directory;
  private final Size size;
  private final PrintStream progress;
  private final List<Result> results = new ArrayList<>();
  private final List<Target> targets = new ArrayList<>();
  private int folders;

  /**
   * @param directory an existing folder on the disk to measure
   * @param progress is told what is going on
   */
  Run(Path directory, Size size, PrintStream progress) {
    this.directory = directory;
    this.size = size;
    this.progress = progress;
  }

  Size size() {
    return size;
  }

  /** Something that needs a folder. */
  interface InFolder {
    void run(Path folder) throws Exception;
  }

  /** Runs in an empty folder that is deleted afterwards, whatever happens. */
  void inFreshFolder(InFolder what) throws Exception {
    Path folder = Files.createDirectory(directory.resolve("run-" + ++folders));
    try {
      what.run(folder);
    } finally {
      DiskUse.delete(folder);
    }
  }

  void say(String what) {
    progress.println("  " + what);
  }

  void add(Target target) {
    targets.add(target);
    progress.println(
        "  "
            + target.name()
            + ": "
            + target.verdict()
            + (target.measured().isEmpty() ? "" : ", " + target.measured())
            + (target.baseline() == null ? "" : " against " + target.baseline()));
  }

  void add(Result result) {
    results.add(result);
  }

  /** Adds a measurement as a result of one line with one point. */
  void add(String name, String scenario, String unit, Measured measured) {
    Result.Builder result =
        Result.named(name, scenario).throughput(measured.operations(), unit, measured.seconds());
    if (measured.latency().getTotalCount() > 0) {
      result.latency(measured.latency());
    }
    if (measured.bytes() > 0) {
      result.figure(
          "bytes on disk", (double) measured.bytes() / measured.operations(), "B/" + unit);
    }
    add(result.build());
  }

  List<Result> results() {
    return List.copyOf(results);
  }

  List<Target> targets() {
    return List.copyOf(targets);
  }
}
