// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.MatchSide;
import dev.talea.reconcile.row.Reject;
import dev.talea.reconcile.row.RowSink;
import dev.talea.reconcile.row.RowSource;
import dev.talea.reconcile.row.SourceFacts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Measures the engine beside a bare DuckDB that does the same load and join in the same process.
 * {@code EngineSpeed ROWS [bare|engine]}: so many rows on the left and 95 % of them on the right.
 */
public final class EngineSpeed {
  private EngineSpeed() {}

  /** Rows as they come from a file, made on the way. */
  private record Made(int rows, int every) implements RowSource {
    @Override
    public List<Column> columns() {
      return List.of(
          Column.ALWAYS.get(0),
          Column.ALWAYS.get(1),
          new Column("reference", ColumnType.TEXT),
          new Column("date", ColumnType.DATE),
          new Column("counterparty", ColumnType.TEXT));
    }

    @Override
    public void read(RowSink sink) {
      LocalDate[] days = new LocalDate[365];
      for (int i = 0; i < days.length; i++) {
        days[i] = LocalDate.of(2026, 1, 1).plusDays(i);
      }
      @Nullable Object[] values = new @Nullable Object[5];
      values[1] = "EUR";
      for (int i = 0; i < rows; i++) {
        if (every == 0 || i % every != 0) {
          values[0] = Int128.of(100 + i * 7919L % 1_000_003);
          values[2] = "INV-2026-" + i;
          values[3] = days[i % 365];
          values[4] = "Customer " + i % 5_003;
          sink.row(i + 2, values);
        }
      }
    }

    @Override
    public SourceFacts facts() {
      return new SourceFacts("file", new TreeMap<>());
    }

    @Override
    public void close() {}
  }

  /** Runs it. */
  public static void main(String[] args) throws IOException, SQLException {
    int rows = Integer.parseInt(args[0]);
    String what = args.length > 1 ? args[1] : "engine";
    Path folder = Files.createTempDirectory("engine-speed");
    long begun = System.nanoTime();
    if (what.equals("bare")) {
      bare(folder, rows, begun);
    } else {
      engine(folder, rows, begun);
    }
    Matcher peak =
        Pattern.compile("VmHWM:\\s+(\\d+)").matcher(Files.readString(Path.of("/proc/self/status")));
    said("peak memory of the process, kB: " + (peak.find() ? peak.group(1) : "unknown"), begun);
    try (var all = Files.walk(folder)) {
      all.sorted((a, b) -> b.compareTo(a)).forEach(path -> path.toFile().delete());
    }
  }

  private static void engine(Path folder, int rows, long begun) throws IOException {
    Recipe recipe =
        Recipes.recipe(
            Recipes.rule("reference").equal("reference").days(0, 3).build(),
            Recipes.rule("near").equal("reference").within(1).days(0, 3).build());
    Path evidence = Files.createDirectory(folder.resolve("evidence"));
    try (EngineRun run = new DuckEngine().open(folder, new EngineLimits(1L << 29, 2, 20L << 30))) {
      run.load(MatchSide.LEFT, Origin.SOURCE, new Made(rows, 0), MatchProgress.UNSEEN);
      run.load(MatchSide.RIGHT, Origin.SOURCE, new Made(rows, 20), MatchProgress.UNSEEN);
      said("loaded", begun);
      String[] last = {""};
      MatchProgress steps =
          (step, done, total) -> {
            String now = step + " " + (step.equals("write") ? done : "");
            if (!now.equals(last[0])) {
              last[0] = now;
              said("  " + now, begun);
            }
          };
      Outcome outcome = run.match(recipe, Map.of(), steps);
      said("matched " + outcome.left().matched(), begun);
      run.write(evidence, steps);
      said("written", begun);
    }
  }

  /** The same rows through CSV, as DuckDB does it best: load, join, anti-join, write. */
  private static void bare(Path folder, int rows, long begun) throws IOException, SQLException {
    for (int every : new int[] {0, 20}) {
      try (var out = Files.newBufferedWriter(folder.resolve("in" + every + ".csv"))) {
        out.write("amount,asset,reference,date,counterparty\n");
        new Made(rows, every)
            .read(
                new RowSink() {
                  @Override
                  public void row(long line, @Nullable Object[] v) {
                    try {
                      out.write(v[0] + "," + v[1] + "," + v[2] + "," + v[3] + "," + v[4] + "\n");
                    } catch (IOException e) {
                      throw new UncheckedIOException(e);
                    }
                  }

                  @Override
                  public void reject(Reject reject) {
                    throw new AssertionError();
                  }
                });
      }
    }
    long from = System.nanoTime();
    said("files made, the clock begins", begun);
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement sql = connection.createStatement()) {
      sql.execute("SET threads = 2");
      sql.execute("SET memory_limit = '512MiB'");
      sql.execute("SET temp_directory = '" + folder.resolve("spill") + "'");
      for (int every : new int[] {0, 20}) {
        sql.execute(
            "CREATE TABLE t"
                + every
                + " AS SELECT row_number() OVER () AS i, * FROM read_csv('"
                + folder.resolve("in" + every + ".csv")
                + "')");
      }
      said("loaded", from);
      String same = " ON l.reference = r.reference AND l.amount = r.amount AND l.asset = r.asset";
      copy(sql, "SELECT l.i, r.i, l.* FROM t0 l JOIN t20 r" + same + " ORDER BY 1", folder, "m");
      copy(sql, "SELECT * FROM t0 l ANTI JOIN t20 r" + same + " ORDER BY i", folder, "l");
      copy(sql, "SELECT * FROM t20 l ANTI JOIN t0 r" + same + " ORDER BY i", folder, "r");
      copy(sql, "SELECT * FROM t0 ORDER BY i", folder, "t0");
      copy(sql, "SELECT * FROM t20 ORDER BY i", folder, "t20");
      said("written", from);
    }
  }

  private static void copy(Statement sql, String select, Path folder, String name)
      throws SQLException {
    for (String form : List.of("parquet", "csv")) {
      sql.execute("COPY (" + select + ") TO '" + folder.resolve(name + "." + form) + "'");
    }
  }

  private static void said(String what, long begun) {
    long millis = (System.nanoTime() - begun) / 1_000_000;
    System.out.printf(Locale.ROOT, "%6d ms  %s%n", millis, what);
  }
}
