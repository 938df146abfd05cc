// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.targets;

import dev.talea.bench.baseline.Measured;
import dev.talea.bench.embedded.LedgerProcess;
import dev.talea.bench.embedded.Load;
import dev.talea.bench.embedded.Reads;
import dev.talea.bench.embedded.ScaleRun;
import dev.talea.bench.report.Target;
import dev.talea.bench.targets.Judge.Value;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Many books and keys in little memory, next to the same with plenty of it. */
final class Scale implements Section {
  private static final int BOOKS = 1000;
  private static final int ACCOUNTS_PER_BOOK = 100;
  private static final String LITTLE = "256m";
  private static final String PLENTY = "2g";
  private static final double LOOK_UP_MILLIS = 1;
  private static final double SPEED_MIN = 0.8;

  private static final Line KEY = new Line("look-up by key, 10 M over 1,000 books, p99", "< 1 ms");
  private static final Line ID =
      new Line("look-up by transaction id, 10 M over 1,000 books, p99", "< 1 ms");
  private static final Line MEMORY =
      new Line(
          "10 M transactions, 100 k accounts, 10 M keys in -Xmx256m",
          "runs, at >= 0.8 x the speed with 2 GiB");

  @Override
  public String id() {
    return "scale";
  }

  @Override
  public List<Line> lines() {
    return List.of(KEY, ID, MEMORY);
  }

  @Override
  public void measure(Run run) throws Exception {
    long all = run.size().transactions();
    int books = (int) Math.min(BOOKS, Math.max(1, all / 1000));
    Load load = new Load(books, ACCOUNTS_PER_BOOK);
    Measured[] plenty = new Measured[1];
    run.inFreshFolder(
        folder -> {
          run.say("loading %,d transactions into %,d books, %s".formatted(all, books, PLENTY));
          plenty[0] = load(folder.resolve("ledger"), load, all);
        });
    run.add("talea, -Xmx" + PLENTY, "loading many books", "transactions", plenty[0]);
    run.inFreshFolder(folder -> little(run, folder.resolve("ledger"), load, all, plenty[0]));
  }

  private static Measured load(Path ledger, Load load, long all) throws IOException {
    try (LedgerProcess process = LedgerProcess.open(ledger, load, PLENTY)) {
      process.prepare();
      return process.load(0, all);
    }
  }

  private static void little(Run run, Path ledger, Load load, long all, Measured plenty)
      throws IOException {
    ScaleRun.Outcome outcome;
    try {
      outcome =
          ScaleRun.run(
              ledger, load, List.of(all), LITTLE, run.size().seconds() / 5, text -> run.say(text));
    } catch (IOException e) {
      run.add(Judge.decided(MEMORY.name(), MEMORY.asks(), "did not run", false, e.getMessage()));
      throw e;
    }
    outcome.results().forEach(run::add);
    Map<Reads.Kind, Measured> reads = outcome.lastReads();
    run.add(lookUp(KEY, reads, Reads.Kind.BY_KEY));
    run.add(lookUp(ID, reads, Reads.Kind.BY_ID));
    Measured little = outcome.loaded();
    run.add(
        Judge.atLeast(
            MEMORY.name(),
            MEMORY.asks(),
            Value.perSecond(little.perSecond(), "transactions"),
            Value.perSecond(plenty.perSecond(), "transactions"),
            SPEED_MIN,
            "%,d transactions; %.0f MB of heap in use, %.0f MB resident, %.0f B a transaction on disk"
                .formatted(
                    all,
                    outcome.memory().heapBytes() / 1e6,
                    outcome.memory().residentBytes() / 1e6,
                    outcome.bytesPerTransaction())));
  }

  private static Target lookUp(Line line, Map<Reads.Kind, Measured> reads, Reads.Kind kind) {
    Measured measured = reads.get(kind);
    if (measured == null) {
      throw new IllegalStateException("no measurement of " + kind);
    }
    return Judge.below(
        line.name(),
        line.asks(),
        new Value(measured.nanosAt(99) / 1e6, "ms"),
        LOOK_UP_MILLIS,
        "p50 %.1f us, max %.1f us"
            .formatted(measured.nanosAt(50) / 1e3, measured.nanosAt(100) / 1e3));
  }
}
