// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.targets;

import dev.talea.bench.baseline.ChildJvm;
import dev.talea.bench.baseline.PostgresBaseline;
import dev.talea.bench.reconcile.BankFiles;
import dev.talea.bench.reconcile.BareDuckDb;
import dev.talea.bench.reconcile.OneRun;
import dev.talea.bench.reconcile.ProcessTree;
import dev.talea.bench.report.Result;
import dev.talea.bench.targets.Judge.Value;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs of reconciliation from the request to the recorded end, beside a bare DuckDB that loads and
 * joins the same files, in turns. Everything in processes of its own, so that memory is seen.
 */
final class Reconciling implements Section {
  private static final int SMALL_ROWS = 1_000_000;
  private static final int LARGE_ROWS = 5_000_000;
  private static final int ROWS_QUICK = 20_000;
  private static final int TURNS = 3;
  private static final double SMALL_SECONDS_MAX = 12;
  private static final double LARGE_SECONDS_MAX = 30;
  private static final double SMALL_MIB_MAX = 1024;
  private static final double LARGE_MIB_MAX = 2048;

  private static final Line SMALL = files("1 M x 0.95 M", "< 12 s");
  private static final Line SMALL_MEMORY = memory("1 M x 0.95 M", "<= 1 GiB");
  private static final Line LARGE = files("5 M x 4.75 M", "< 30 s");
  private static final Line LARGE_MEMORY = memory("5 M x 4.75 M", "<= 2 GiB");
  private static final Line DATABASE =
      new Line("reconciling 1 M rows of PostgreSQL x 0.95 M of a file", "< 12 s");

  private static Line files(String rows, String asks) {
    return new Line("reconciling " + rows + " rows of files", asks);
  }

  private static Line memory(String rows, String asks) {
    return new Line("its processes together, " + rows, asks);
  }

  /** What was seen of some runs: the median, and the most memory of one. */
  private record Seen(double seconds, long mib) {
    static Seen of(List<Seen> all) {
      List<Double> sorted = all.stream().map(Seen::seconds).sorted().toList();
      return new Seen(
          sorted.get(sorted.size() / 2), all.stream().mapToLong(Seen::mib).max().orElse(0));
    }
  }

  @Override
  public String id() {
    return "reconcile";
  }

  @Override
  public List<Line> lines() {
    return List.of(SMALL, SMALL_MEMORY, LARGE, LARGE_MEMORY, DATABASE);
  }

  @Override
  public void measure(Run run) throws Exception {
    boolean quick = run.size().shortTransactions() < SMALL_ROWS;
    int small = quick ? ROWS_QUICK : SMALL_ROWS;
    int large = quick ? ROWS_QUICK : LARGE_ROWS;
    measure(run, small, 1024, SMALL, SMALL_SECONDS_MAX, SMALL_MEMORY, SMALL_MIB_MAX);
    measure(run, large, 2048, LARGE, LARGE_SECONDS_MAX, LARGE_MEMORY, LARGE_MIB_MAX);
    run.inFreshFolder(folder -> database(run, folder, small));
  }

  private static void measure(
      Run run, int rows, int mib, Line time, double secondsMax, Line memory, double mibMax)
      throws Exception {
    List<Seen> ours = new ArrayList<>();
    List<Seen> bare = new ArrayList<>();
    for (int turn = 0; turn < Math.min(TURNS, run.size().turns()); turn++) {
      run.inFreshFolder(
          folder -> {
            BankFiles.write(folder, rows);
            bare.add(run(BareDuckDb.class, List.of(folder.toString(), "" + mib / 2)));
            ours.add(run(OneRun.class, List.of(folder.toString(), "" + mib)));
          });
      run.say("%,d rows: %s, bare %s".formatted(rows, ours.get(turn), bare.get(turn)));
    }
    Seen seen = Seen.of(ours);
    Seen base = Seen.of(bare);
    add(run, "reconciliation", rows, seen);
    add(run, "bare DuckDB", rows, base);
    run.add(
        Judge.below(
            time.name(),
            time.asks(),
            Value.seconds(seen.seconds),
            secondsMax,
            "median of %d; a bare DuckDB %.2f s, so that it is %.2f x"
                .formatted(ours.size(), base.seconds, seen.seconds / base.seconds)));
    run.add(
        Judge.atMost(
            memory.name(),
            memory.asks(),
            new Value((double) seen.mib, "MiB"),
            mibMax,
            "with TALEA_RECONCILE_MEMORY of %d MiB; a bare DuckDB %,d MiB"
                .formatted(mib, base.mib)));
  }

  private static void add(Run run, String name, int rows, Seen seen) {
    run.add(
        Result.named(name, "%,d rows of files".formatted(rows))
            .throughput(rows, "rows", seen.seconds)
            .figure("memory", (double) seen.mib, "MiB")
            .build());
  }

  private static Seen run(Class<?> main, List<String> arguments) throws IOException {
    try (ProcessTree tree = new ProcessTree();
        ChildJvm child = ChildJvm.start(List.of("-Xmx256m"), main, arguments)) {
      double seconds = Double.parseDouble(child.hear("seconds"));
      if (main == OneRun.class) {
        String outcome = child.hear("outcome");
        if (!outcome.startsWith("completed")) {
          throw new IOException("the run that was measured is " + outcome);
        }
      }
      return new Seen(seconds, tree.mostMib());
    }
  }

  private static void database(Run run, Path folder, int rows) throws Exception {
    BankFiles.write(folder, rows);
    try (PostgresBaseline server = new PostgresBaseline(folder.resolve("data"))) {
      String url = "jdbc:postgresql://localhost:" + server.port() + "/postgres?user=postgres";
      fill(url, rows);
      Seen seen = run(OneRun.class, List.of(folder.toString(), "1024", url));
      run.say("%,d rows of PostgreSQL: %s".formatted(rows, seen));
      run.add(
          Judge.below(
              DATABASE.name(),
              DATABASE.asks(),
              Value.seconds(seen.seconds),
              SMALL_SECONDS_MAX,
              "once; %,d MiB with the server's processes".formatted(seen.mib)));
    }
  }

  /** The rows of the left file, made where they lie. */
  private static void fill(String url, int rows) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement sql = connection.createStatement()) {
      sql.execute(
          "CREATE TABLE rows (id bigint PRIMARY KEY, amount numeric(18, 2), reference text,"
              + " date date, counterparty text)");
      sql.execute(
          "INSERT INTO rows SELECT i, (100 + i * 7919 % 1000003) / 100.0, 'INV-2026-' || i,"
              + " DATE '2026-01-01' + (i % 365)::int, 'Customer ' || i % 5003"
              + " FROM generate_series(0::bigint, "
              + (rows - 1)
              + ") i");
      sql.execute("ANALYZE rows");
    }
  }
}
