// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.targets;

import dev.talea.bench.baseline.Measured;
import dev.talea.bench.baseline.Pgbench;
import dev.talea.bench.baseline.PostgresBaseline;
import dev.talea.bench.baseline.SqliteBaseline;
import dev.talea.bench.report.Report;
import dev.talea.bench.report.Result;
import dev.talea.bench.targets.Judge.Value;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The stores over SQLite and PostgreSQL, over HTTP from 64 connections, beside what the same
 * databases do with the smallest row that could be called a posting. They and the log take turns in
 * one report.
 */
final class Databases implements Section {
  private static final int ROWS = 64;
  private static final int[] PGBENCH_CLIENTS = {1, 64};

  private static final Line POSTGRES =
      new Line(
          "Postgres store, one book, 64 connections",
          ">= 0.5 x batched single-row inserts, 64 a commit");
  private static final Line SQLITE =
      new Line("SQLite store, synchronous=FULL", ">= 0.5 x batched inserts, 64 a commit");
  private static final int CONNECTIONS = 64;
  private static final double MIN = 0.5;

  @Override
  public String id() {
    return "databases";
  }

  @Override
  public List<Line> lines() {
    return List.of(POSTGRES, SQLITE);
  }

  @Override
  public void measure(Run run) throws Exception {
    double seconds = run.size().seconds() / 2;
    run.inFreshFolder(
        folder -> {
          try (PostgresBaseline postgres = new PostgresBaseline(folder.resolve("data"))) {
            run.say("PostgreSQL, one row a commit");
            add(run, "PostgreSQL", 1, postgres.measure(1, seconds / 2, seconds));
            run.say("PostgreSQL, 64 rows a commit");
            Measured many = postgres.measure(ROWS, seconds / 2, seconds);
            add(run, "PostgreSQL", ROWS, many);
            String url = "postgres://postgres@localhost:" + postgres.port() + "/postgres";
            store(run, folder, POSTGRES, url + "?schema=ledger", many);
            pgbench(run, postgres.port(), (int) Math.max(1, seconds));
          }
        });
    run.inFreshFolder(
        folder -> {
          try (SqliteBaseline sqlite = new SqliteBaseline(folder.resolve("rows.db"))) {
            run.say("SQLite, one row a commit");
            add(run, "SQLite", 1, sqlite.measure(1, seconds / 2, seconds));
            run.say("SQLite, 64 rows a commit");
            Measured many = sqlite.measure(ROWS, seconds / 2, seconds);
            add(run, "SQLite", ROWS, many);
            store(run, folder, SQLITE, "sqlite", many);
          }
        });
  }

  private static void store(Run run, Path folder, Line line, String store, Measured rows)
      throws IOException {
    Report report =
        Http.generate(
            run,
            folder,
            "post-one-book",
            Http.turns(run, CONNECTIONS),
            "--verify-events",
            "0",
            "--store",
            store);
    report.results().forEach(run::add);
    String name = report.results().get(0).name();
    run.add(
        Judge.atLeast(
            line.name(),
            line.asks(),
            Value.perSecond(Http.all(report, name).perSecond(), "transactions"),
            Value.perSecond(rows.perSecond(), "rows"),
            MIN,
            null));
  }

  private static void add(Run run, String name, int rows, Measured measured) {
    run.add(
        Result.named(name + ", " + rows + (rows == 1 ? " row" : " rows") + " a commit", "databases")
            .parameter("rows a commit", rows)
            .throughput(measured.operations(), "rows", measured.seconds())
            .latency(measured.latency())
            .build());
  }

  private static void pgbench(Run run, int port, int seconds) throws Exception {
    Pgbench pgbench = Pgbench.find();
    if (pgbench == null) {
      run.say("pgbench is not installed, so its figures are missing");
      return;
    }
    run.say("pgbench");
    pgbench.initialize(port, PGBENCH_CLIENTS[PGBENCH_CLIENTS.length - 1]);
    for (int clients : PGBENCH_CLIENTS) {
      Pgbench.Outcome outcome = pgbench.measure(port, clients, seconds);
      run.add(
          Result.named("pgbench, its standard transaction", "databases")
              .parameter(Result.CONNECTIONS, clients)
              .throughput(
                  Math.round(outcome.transactionsPerSecond() * seconds), "transactions", seconds)
              .figure("average latency", outcome.averageMillis(), "ms")
              .build());
    }
  }
}
