// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.targets;

import dev.talea.bench.baseline.Measured;
import dev.talea.bench.embedded.DiskUse;
import dev.talea.bench.embedded.LedgerProcess;
import dev.talea.bench.embedded.Load;
import dev.talea.bench.embedded.Memory;
import dev.talea.bench.embedded.Reads;
import dev.talea.bench.report.Result;
import dev.talea.bench.targets.Judge.Value;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One book with a long history: reads anywhere in it, and opening it after a clean stop, after
 * SIGKILL under load, and from the log alone. The page cache is warm in all of them.
 */
final class History implements Section {
  private static final int ACCOUNTS = 1000;
  private static final String HEAP = "2g";
  private static final double READ_MILLIS = 1;
  private static final double CLEAN_SECONDS = 1;
  private static final double CRASH_SECONDS = 5;
  private static final double REPLAY_PER_SECOND = 1_000_000;

  private static final Map<Reads.Kind, Line> READS =
      Map.of(
          Reads.Kind.BALANCE_AS_OF,
          new Line("balance as of any moment, 10 M in the book, p99", "< 1 ms embedded"),
          Reads.Kind.TRIAL_BALANCE_AS_OF,
          new Line("trial balance as of any moment, 10 M in the book, p99", "< 1 ms embedded"),
          Reads.Kind.HISTORY_PAGE,
          new Line("history page anywhere, 10 M in the book, p99", "< 1 ms embedded"));
  private static final List<Reads.Kind> KINDS =
      List.of(Reads.Kind.BALANCE_AS_OF, Reads.Kind.TRIAL_BALANCE_AS_OF, Reads.Kind.HISTORY_PAGE);
  private static final Line HOPS =
      new Line("ten times the history", "at most one more hop (estimated from times)");
  private static final Line CLEAN = new Line("opening a book of 10 M after a clean stop", "< 1 s");
  private static final Line CRASH = new Line("opening a book of 10 M after SIGKILL", "< 5 s");
  private static final Line REPLAY =
      new Line("full verified replay, the log alone", ">= 1,000,000 transactions/s");

  @Override
  public String id() {
    return "history";
  }

  @Override
  public List<Line> lines() {
    List<Line> lines = new ArrayList<>();
    KINDS.forEach(kind -> lines.add(lineOf(kind)));
    lines.addAll(List.of(HOPS, CLEAN, CRASH, REPLAY));
    return lines;
  }

  private static Line lineOf(Reads.Kind kind) {
    Line line = READS.get(kind);
    if (line == null) {
      throw new IllegalStateException("no line for " + kind);
    }
    return line;
  }

  @Override
  public void measure(Run run) throws Exception {
    run.inFreshFolder(folder -> measure(run, folder.resolve("ledger")));
  }

  private static void measure(Run run, Path ledger) throws IOException {
    Load load = new Load(1, ACCOUNTS);
    long all = run.size().transactions();
    try (LedgerProcess process = LedgerProcess.open(ledger, load, HEAP)) {
      reads(run, process, load, all);
      addMemory(run, process.memory(), all);
    }
    openings(run, ledger, load, all);
  }

  private static void reads(Run run, LedgerProcess process, Load load, long all)
      throws IOException {
    double seconds = run.size().seconds() / 5;
    process.prepare();
    run.say("loading %,d transactions into one book".formatted(all / 10));
    process.load(0, all / 10);
    // Once for the compiler, so that the shorter history is not charged with its work.
    process.reads(all / 10, seconds);
    Map<Reads.Kind, Measured> tenth = process.reads(all / 10, seconds);
    addReads(run, tenth, all / 10, load);
    run.say("loading up to %,d".formatted(all));
    Measured loaded = process.load(all / 10, all);
    run.add("talea, " + all + " transactions", "loading one book", "transactions", loaded);
    Map<Reads.Kind, Measured> whole = process.reads(all, seconds);
    addReads(run, whole, all, load);
    for (Reads.Kind kind : KINDS) {
      Line line = lineOf(kind);
      run.add(
          Judge.below(
              line.name(),
              line.asks(),
              new Value(of(whole, kind).nanosAt(99) / 1e6, "ms"),
              READ_MILLIS,
              asRun(all)));
    }
    addHops(run, tenth, whole);
  }

  /**
   * The reader does not tell how many records it visits. A balance now visits one, so what that
   * takes is what a hop takes, and the difference between a tenth and all of history is so many
   * hops. Medians, because a stall is no hop; and a longer history that is faster by more than a
   * hop says that the machine was too noisy to tell.
   */
  private static void addHops(
      Run run, Map<Reads.Kind, Measured> tenth, Map<Reads.Kind, Measured> whole) {
    double hop = median(of(whole, Reads.Kind.BALANCE_NOW));
    double before = median(of(tenth, Reads.Kind.BALANCE_AS_OF));
    double after = median(of(whole, Reads.Kind.BALANCE_AS_OF));
    double hops = (after - before) / hop;
    String times =
        "balance as of: median %.1f us with a tenth, %.1f us with all; one record read %.1f us"
            .formatted(before / 1e3, after / 1e3, hop / 1e3);
    run.add(
        hops < -1
            ? Judge.notMeasured(HOPS.name(), HOPS.asks(), null, "too noisy to tell: " + times)
            : Judge.atMost(HOPS.name(), HOPS.asks(), new Value(hops, "hops"), 1, times));
  }

  private static double median(Measured measured) {
    return measured.nanosAt(50);
  }

  private static Measured of(Map<Reads.Kind, Measured> reads, Reads.Kind kind) {
    Measured measured = reads.get(kind);
    if (measured == null) {
      throw new IllegalStateException("no measurement of " + kind);
    }
    return measured;
  }

  static void addReads(Run run, Map<Reads.Kind, Measured> reads, long transactions, Load load) {
    reads.forEach(
        (kind, measured) ->
            run.add(
                Result.named(kind.toString(), "reads, embedded")
                    .parameter("transactions", transactions)
                    .parameter("books", load.books())
                    .throughput(measured.operations(), "reads", measured.seconds())
                    .latency(measured.latency())
                    .build()));
  }

  private static void addMemory(Run run, Memory memory, long transactions) {
    run.add(
        Result.named("talea, " + transactions + " transactions in one book", "memory")
            .throughput(transactions, "transactions", 1)
            .figure("heap in use", memory.heapBytes() / 1e6, "MB")
            .figure("resident", memory.residentBytes() / 1e6, "MB")
            .figure("resident without files", memory.anonymousBytes() / 1e6, "MB")
            .build());
  }

  private static void openings(Run run, Path ledger, Load load, long all) throws IOException {
    run.say("opening after a clean stop");
    try (LedgerProcess process = LedgerProcess.open(ledger, load, HEAP)) {
      run.add(
          Judge.below(
              CLEAN.name(),
              CLEAN.asks(),
              Value.seconds(process.openSeconds()),
              CLEAN_SECONDS,
              asRun(all)));
      process.pour(all);
      process.kill();
    }
    run.say("opening after SIGKILL");
    try (LedgerProcess process = LedgerProcess.open(ledger, load, HEAP)) {
      run.add(
          Judge.below(
              CRASH.name(),
              CRASH.asks(),
              Value.seconds(process.openSeconds()),
              CRASH_SECONDS,
              asRun(all)));
    }
    run.say("opening the log alone");
    DiskUse.deleteDerived(ledger);
    try (LedgerProcess process = LedgerProcess.open(ledger, load, HEAP)) {
      run.add(
          Judge.atLeast(
              REPLAY.name(),
              REPLAY.asks(),
              Value.perSecond(all / process.openSeconds(), "transactions"),
              REPLAY_PER_SECOND,
              "opened in " + Value.seconds(process.openSeconds())));
    }
  }

  private static String asRun(long transactions) {
    return "%,d transactions".formatted(transactions);
  }
}
