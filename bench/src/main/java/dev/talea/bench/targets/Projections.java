// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.targets;

import dev.talea.bench.baseline.Measured;
import dev.talea.bench.baseline.PostgresBaseline;
import dev.talea.bench.embedded.EmbeddedLedger;
import dev.talea.bench.embedded.Load;
import dev.talea.bench.projections.CatchUp;
import dev.talea.bench.projections.Database;
import dev.talea.bench.projections.LiveLag;
import dev.talea.bench.projections.Subject;
import dev.talea.bench.report.Report;
import dev.talea.bench.report.Result;
import dev.talea.bench.targets.Judge.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Projections in both databases: catching up with a history beside the same rows by hand, the lag
 * at half of that rate, and what posts over HTTP feel of it.
 */
final class Projections implements Section {
  private static final int ACCOUNTS = 1000;
  private static final int DRAFTS_PER_COMMIT = 1000;
  private static final int CONNECTIONS = 64;
  private static final double CATCH_UP_MIN = 0.5;
  private static final double LAG_MILLIS_MAX = 250;
  private static final int POSTS_A_REQUEST = 10;
  private static final double POSTS_FACTOR = 1.5;
  private static final String SCENARIO = "projections";
  private static final String SQLITE = "SQLite";
  private static final String POSTGRES = "PostgreSQL";

  @Override
  public String id() {
    return "projections";
  }

  @Override
  public List<Line> lines() {
    List<Line> lines = new ArrayList<>();
    for (String database : List.of(SQLITE, POSTGRES)) {
      for (Subject subject : Subject.values()) {
        lines.add(catchUp(subject, database));
        lines.add(lag(subject, database));
      }
      lines.add(posts(database));
    }
    return lines;
  }

  private static Line catchUp(Subject subject, String database) {
    return new Line(
        subject + " in " + database + ", catching up",
        ">= 0.5 x the same rows inserted by hand in the same batches");
  }

  private static Line lag(Subject subject, String database) {
    return new Line(subject + " in " + database + ", lag at half of that rate, p99", "< 250 ms");
  }

  private static Line posts(String database) {
    return new Line(
        "ten posts in a request while postings in "
            + database
            + " follow at half of that rate, p99",
        "<= 1.5 x a server that does not project");
  }

  @Override
  public void measure(Run run) throws Exception {
    run.inFreshFolder(
        folder -> {
          Path files = Files.createDirectory(folder.resolve("tables"));
          measure(run, folder, Database.sqlite(files), Map.of());
        });
    run.inFreshFolder(
        folder -> {
          try (PostgresBaseline server = new PostgresBaseline(folder.resolve("data"))) {
            String url =
                "postgres://postgres@localhost:" + server.port() + "/postgres?schema=served";
            measure(
                run,
                folder,
                Database.postgres(server.port()),
                Map.of("TALEA_PROJECTION_DB_URL", url));
          }
        });
  }

  private static void measure(Run run, Path folder, Database database, Map<String, String> settings)
      throws Exception {
    int turns = Math.min(3, run.size().turns());
    Load load = new Load(turns, ACCOUNTS);
    // As many as divide by the books, so that the next one is of book 0.
    long transactions = run.size().shortTransactions() / turns * turns;
    double posts;
    try (EmbeddedLedger ledger = EmbeddedLedger.open(folder.resolve("ledger"))) {
      run.say("loading %,d transactions".formatted(transactions));
      ledger.prepare(load);
      ledger.load(load, 0, transactions, DRAFTS_PER_COMMIT);
      posts = catchUp(run, ledger, database, Subject.POSTINGS, turns) / 2;
      double days = catchUp(run, ledger, database, Subject.DAILY_BALANCES, turns) / 2;
      long next = transactions;
      next += lag(run, ledger, load, next, database, Subject.POSTINGS, posts) * turns;
      lag(run, ledger, load, next, database, Subject.DAILY_BALANCES, days);
    }
    posts(run, folder, database.name(), settings, (int) posts);
  }

  /** Returns transactions a second. */
  private static double catchUp(
      Run run, EmbeddedLedger ledger, Database database, Subject subject, int turns)
      throws IOException, SQLException {
    run.say(subject + " in " + database.name() + " and by hand, in turns");
    CatchUp.Outcome seen = new CatchUp(ledger.store().reads(), database, subject).run(turns);
    add(run, subject + " in " + database.name(), seen.engine(), seen.engineCpuMicros());
    add(run, subject + " in " + database.name() + " by hand", seen.hand(), seen.handCpuMicros());
    Line line = catchUp(subject, database.name());
    run.add(
        Judge.atLeast(
            line.name(),
            line.asks(),
            Value.perSecond(seen.engine().perSecond(), "transactions"),
            Value.perSecond(seen.hand().perSecond(), "transactions"),
            CATCH_UP_MIN,
            String.format(
                Locale.ROOT,
                "%,d rows; processor time of this process %.1f us a transaction, by hand %.1f",
                seen.rows(),
                seen.engineCpuMicros(),
                seen.handCpuMicros())));
    return seen.engine().perSecond();
  }

  private static void add(Run run, String name, Measured measured, double cpuMicros) {
    run.add(
        Result.named(name, SCENARIO)
            .throughput(measured.operations(), "transactions", measured.seconds())
            .figure("CPU without the database's", cpuMicros, "us/transaction")
            .build());
  }

  /** Returns how many transactions were sent. */
  private static long lag(
      Run run,
      EmbeddedLedger ledger,
      Load load,
      long from,
      Database database,
      Subject subject,
      double perSecond)
      throws IOException {
    run.say("%s in %s at %,.0f/s".formatted(subject, database.name(), perSecond));
    double seconds = run.size().seconds();
    Measured lags =
        LiveLag.run(ledger, load, from, database, subject, perSecond, seconds / 2, seconds);
    run.add("lag of " + subject + " in " + database.name(), SCENARIO, "transactions", lags);
    Line line = lag(subject, database.name());
    run.add(
        Judge.below(
            line.name(),
            line.asks(),
            new Value(lags.nanosAt(99) / 1e6, "ms"),
            LAG_MILLIS_MAX,
            String.format(
                Locale.ROOT,
                "at %,.0f transactions/s; p50 %.1f ms, the longest %.1f ms",
                perSecond,
                lags.nanosAt(50) / 1e6,
                lags.nanosAt(100) / 1e6)));
    return lags.operations();
  }

  /** Both servers take turns, each new and with an empty ledger. */
  private static void posts(
      Run run, Path folder, String database, Map<String, String> settings, int perSecond)
      throws IOException {
    Map<String, String> projecting = new HashMap<>(settings);
    projecting.put("TALEA_PROJECTIONS", Subject.POSTINGS.toString());
    List<Measured> with = new ArrayList<>();
    List<Measured> without = new ArrayList<>();
    double cpu = 0;
    double cpuWithout = 0;
    long unsent = 0;
    int turns = Math.min(3, run.size().turns());
    for (int turn = 0; turn < turns; turn++) {
      Report report = posts(run, folder, Map.of("TALEA_PROJECTIONS", "none"), perSecond);
      without.add(Http.all(report, Http.TALEA));
      cpuWithout += cpuMicros(report);
      unsent += unsent(report);
      report.results().forEach(run::add);
      // Each needs a schema of its own, because it is another ledger.
      Map<String, String> fresh = new HashMap<>(projecting);
      int number = turn;
      fresh.computeIfPresent("TALEA_PROJECTION_DB_URL", (name, url) -> url + number);
      report = posts(run, folder, fresh, perSecond);
      with.add(Http.all(report, Http.TALEA));
      cpu += cpuMicros(report);
      report.results().forEach(run::add);
    }
    Line line = posts(database);
    if (unsent > 0) {
      run.add(
          Judge.notMeasured(
              line.name(),
              line.asks(),
              null,
              "%,d requests at %,d posts/s could not be sent in time: what they wait is the generator's"
                  .formatted(unsent, perSecond)));
      return;
    }
    run.add(
        Judge.atMost(
            line.name(),
            line.asks(),
            Value.micros(Measured.sum(with).nanosAt(99)),
            Value.micros(Measured.sum(without).nanosAt(99)),
            POSTS_FACTOR,
            String.format(
                Locale.ROOT,
                "%,d posts/s; processor time of the server %.1f us a post, without %.1f",
                perSecond,
                cpu / turns,
                cpuWithout / turns)));
  }

  private static Report posts(Run run, Path folder, Map<String, String> settings, int perSecond)
      throws IOException {
    return Http.generate(
        run,
        folder,
        settings,
        "post-one-book",
        Integer.toString(CONNECTIONS),
        // One by one they would be as many requests as two cores answer, generator included.
        "--batch",
        Integer.toString(POSTS_A_REQUEST),
        "--rate",
        Integer.toString(perSecond / POSTS_A_REQUEST),
        "--verify-events",
        "0",
        "--no-recording");
  }

  /** Requests that found no free connection before the end: their waits would be compared. */
  private static long unsent(Report report) {
    return report.results().stream()
        .mapToLong(result -> result.errors().getOrDefault("unsent", 0L))
        .sum();
  }

  /** The server's, a post. */
  private static double cpuMicros(Report report) {
    Result result = report.results().get(0);
    double seconds =
        result.figures().stream()
            .filter(figure -> figure.name().equals("server CPU"))
            .mapToDouble(figure -> figure.value())
            .sum();
    return seconds * 1e6 / result.operations();
  }
}
