// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import dev.talea.bench.BareNettyServer;
import dev.talea.bench.ServerProcess;
import dev.talea.bench.report.Figure;
import dev.talea.bench.report.Machine;
import dev.talea.bench.report.Report;
import dev.talea.bench.report.ReportJson;
import dev.talea.bench.report.ReportPage;
import dev.talea.bench.report.Result;
import dev.talea.bench.report.Target;
import dev.talea.bench.report.Verification;
import dev.talea.bench.report.Waits;
import dev.talea.client.TaleaClient;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerException;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * One scenario from the start of the server to the report: sets the ledger up, measures step by
 * step, verifies after each, tells what came of it. Ctrl-C ends what is being measured; what there
 * is by then is still verified and reported.
 *
 * <p>Runs on the thread that calls {@link #run}.
 */
final class ScenarioRun {
  /** All is well. */
  static final int OK = 0;

  /** The server cannot be reached, or the machine said no. */
  static final int FAILED = 1;

  /** The ledger does not hold what it acknowledged. */
  static final int WRONG = 3;

  private static final int SETUP_CONNECTIONS = 64;
  private static final int PRELOAD_BATCH = 500;
  private static final int PRELOAD_CONNECTIONS = 4;
  private static final int RETRY_ROUNDS_MAX = 30;
  private static final int OVERLOAD_FACTOR = 4;
  private static final double GOODPUT_MIN = 0.9;

  /** So many that refused ones are free again long before it is their turn. */
  private static final int OVERLOAD_CONNECTIONS = 1_024;

  private static final long INTERRUPTED_SECONDS_MAX = 120;
  private static final Pattern BLANKS = Pattern.compile("\\s+");

  private final Scenario scenario;
  private final LoadOptions options;
  private final PrintStream out;
  private final PrintStream err;
  private final boolean terminal = Boolean.getBoolean("talea.stderr.terminal");
  private final List<Result> results = new ArrayList<>();
  private final List<Target> targets = new ArrayList<>();
  private final CountDownLatch finished = new CountDownLatch(1);
  private final Books books;
  private final Expected expected;
  private final Samples samples;

  private volatile boolean interrupted;
  private volatile @Nullable LoadRun current;

  ScenarioRun(Scenario scenario, LoadOptions options, PrintStream out, PrintStream err) {
    this.scenario = scenario;
    this.options = options;
    this.out = out;
    this.err = err;
    this.books =
        new Books(runId(), options.books(scenario), options.accounts, options.spread, options.seed);
    this.expected = new Expected(books.count());
    this.samples = new Samples(scenario.reads() ? Reads.POOL : 0, options.preload);
  }

  /** Eight digits that differ from run to run, so that a server can be used again. */
  private static String runId() {
    return String.format(
        Locale.ROOT, "%08x", (int) Random.at(System.nanoTime(), System.currentTimeMillis(), 0));
  }

  /** What was expected of the ledger; a test tampers with it. */
  Expected expected() {
    return expected;
  }

  /** What was measured so far. */
  List<Result> results() {
    return results;
  }

  List<Target> targets() {
    return targets;
  }

  /**
   * Does it all.
   *
   * @return the exit code
   */
  int run() throws InterruptedException {
    Thread hook = new Thread(this::interrupt, "talea-bench-interrupt");
    Runtime.getRuntime().addShutdownHook(hook);
    Instant began = Instant.now();
    try (Server server = server()) {
      // Before the run, not after it: a commit made meanwhile must not be taken for the measured.
      Machine machine = machine(server, began);
      err.println("talea bench: " + scenario + " on " + server.url() + ", " + machine.summary());
      measureAll(server);
      boolean correct = results.stream().allMatch(ScenarioRun::isCorrect);
      write(new Report("talea bench " + scenario, machine, results, targets), server);
      return correct ? OK : WRONG;
    } catch (IOException e) {
      err.println("talea bench: " + e.getMessage());
      return FAILED;
    } catch (LedgerException e) {
      err.println("talea bench: " + hint(e));
      return FAILED;
    } finally {
      finished.countDown();
      if (!interrupted) {
        Runtime.getRuntime().removeShutdownHook(hook);
      }
    }
  }

  private String hint(LedgerException e) {
    if (e.error() instanceof LedgerError.Unavailable) {
      return "the server at "
          + options.url
          + " cannot be reached ("
          + e.getMessage()
          + "); start it, for example with './talea up', or leave out --url to have one started";
    }
    if (e.error() instanceof LedgerError.Unauthorized
        || e.error() instanceof LedgerError.Forbidden) {
      return "the server refuses the token; give one that may register assets and write all books"
          + " with --token";
    }
    return "the server refuses what a bench needs: " + e.getMessage();
  }

  private static boolean isCorrect(Result result) {
    Verification verification = result.verification();
    return verification == null || verification.passed();
  }

  private Server server() throws IOException {
    if (options.url != null) {
      return Server.running(URI.create(options.url), options.token, options.serverPid);
    }
    List<String> flags =
        options.serverOpts.isBlank()
            ? List.of()
            : List.of(BLANKS.split(options.serverOpts.strip()));
    if (options.flame != null) {
      flags = new ArrayList<>(flags);
      // Else a sample is ascribed to the nearest place at which the machine stops by itself.
      flags.addAll(List.of("-XX:+UnlockDiagnosticVMOptions", "-XX:+DebugNonSafepoints"));
    }
    return Server.start(
        options.dir,
        options.store,
        options.heap,
        flags,
        options.places(scenario),
        !options.noRecording);
  }

  private Machine machine(Server server, Instant began) {
    Machine here = Machine.observe(options.dir, began);
    if (server.isOurs()) {
      return here;
    }
    // A server that was running already does not tell where it keeps its files.
    return new Machine(
        here.processor(),
        here.cores(),
        here.memoryBytes(),
        here.kernel(),
        here.jdk(),
        "unknown",
        "unknown",
        here.commit(),
        began);
  }

  /** The end of the process is near: ends what is measured, and waits until it is reported. */
  private void interrupt() {
    interrupted = true;
    LoadRun run = current;
    if (run != null) {
      run.stop();
    }
    try {
      if (!finished.await(INTERRUPTED_SECONDS_MAX, TimeUnit.SECONDS)) {
        err.println("talea bench: gave up waiting for the report");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void running(LoadRun run) {
    current = run;
    if (interrupted) {
      run.stop();
    }
  }

  private void measureAll(Server server) throws IOException, InterruptedException {
    RequestHeads heads = new RequestHeads(server.host(), server.token());
    TaleaClient.Builder builder = TaleaClient.builder(server.url());
    if (server.token() != null) {
      builder.token(server.token());
    }
    try (TaleaClient client = builder.build()) {
      openBooks(server, client, heads);
      long firstDraft = scenario.reads() ? preload(server, heads) : 0;
      Posts posts =
          new Posts(books, expected, new Samples(0, 0), heads, options.batch, firstDraft, 0);
      Verifier verifier = new Verifier(client, books, expected, options.verifyEvents);
      Traffic traffic = traffic(posts, heads);
      tableHead();
      for (int connections : options.connections(scenario)) {
        if (interrupted) {
          return;
        }
        if (options.bare) {
          measureBare(connections, heads);
        }
        Plan plan = plan(connections);
        Measurement measurement = flame(server, traffic, plan);
        report(server, measurement, plan, posts, verifier, options.serverName());
      }
      if (scenario == Scenario.OVERLOAD && !interrupted) {
        overload(server, posts, verifier);
      }
    }
  }

  private Traffic traffic(Posts posts, RequestHeads heads) {
    if (!scenario.reads()) {
      return posts;
    }
    Traffic reads =
        new Reads(books, heads, options.mix(), samples.all(), expected.events(0), options.seed);
    return scenario == Scenario.READS
        ? reads
        : new Mixed(reads, posts, options.writes / 100.0, options.seed);
  }

  private Plan plan(int connections) {
    return new Plan(connections, options.rate, options.warmup, options.duration, 0);
  }

  private String unit() {
    return switch (scenario) {
      case READS -> "reads";
      case MIXED -> "operations";
      default -> "transactions";
    };
  }

  // Before.

  /** No more than are let in: refusals would only come back. */
  private int setupConnections() {
    int places = options.places(scenario);
    return places == 0 ? SETUP_CONNECTIONS : Math.min(SETUP_CONNECTIONS, places);
  }

  private void openBooks(Server server, TaleaClient client, RequestHeads heads)
      throws IOException, InterruptedException {
    new BlockingLedger(client)
        .registerAsset(new Asset(Books.ASSET, AssetClass.FIAT, 2, "talea bench"));
    Openings openings = new Openings(books, expected, heads);
    // Refused openings come back, and a run ends when there is nothing to send, so maybe again.
    for (int round = 0; round < RETRY_ROUNDS_MAX && !openings.isComplete(); round++) {
      quietly(server, openings, Plan.untilDone(setupConnections()), "opening accounts", "accounts");
    }
    openings.checkComplete();
  }

  /** Returns the number of the first draft after those that were posted. */
  private long preload(Server server, RequestHeads heads) throws IOException, InterruptedException {
    long count = (options.preload + PRELOAD_BATCH - 1) / PRELOAD_BATCH * PRELOAD_BATCH;
    Posts posts = new Posts(books, expected, samples, heads, PRELOAD_BATCH, 0, count);
    quietly(
        server,
        posts,
        Plan.untilDone(Math.min(PRELOAD_CONNECTIONS, setupConnections())),
        "preloading",
        "transactions");
    settle(server, posts);
    if (samples.all().isEmpty()) {
      throw new IOException("none of the transactions to be read could be posted");
    }
    return count;
  }

  private Outcome quietly(Server server, Traffic traffic, Plan plan, String label, String unit)
      throws IOException, InterruptedException {
    try (Progress progress = new Progress(err, terminal, label, unit)) {
      LoadRun run = new LoadRun(server.address(), traffic, plan, progress);
      running(run);
      return run.run();
    } finally {
      current = null;
    }
  }

  // The measurement.

  private Measurement measure(Server server, Traffic traffic, Plan plan, String name)
      throws IOException, InterruptedException {
    String label = scenario + ", " + name + ", " + plan.connections() + " conn";
    try (Progress progress = new Progress(err, terminal, label, unit())) {
      return Measurement.of(server, traffic, plan, progress, this::running);
    } finally {
      current = null;
    }
  }

  /** Measures, and draws what the server did meanwhile if that is wanted. */
  private Measurement flame(Server server, Traffic traffic, Plan plan)
      throws IOException, InterruptedException {
    if (options.flame == null) {
      return measure(server, traffic, plan, options.serverName());
    }
    Flame flame = Flame.in(plan.warmUp(), server.pid(), options.flame);
    try {
      return measure(server, traffic, plan, options.serverName());
    } finally {
      err.println("talea bench: " + flame.end());
    }
  }

  private void measureBare(int connections, RequestHeads heads)
      throws IOException, InterruptedException {
    try (ServerProcess process =
        ServerProcess.start(BareNettyServer.class, List.of("-Xmx" + options.heap), Map.of())) {
      Server bare =
          Server.running(URI.create("http://127.0.0.1:" + process.port()), null, process.pid());
      Posts posts =
          new Posts(
              books, new Expected(books.count()), new Samples(0, 0), heads, options.batch, 0, 0);
      Traffic traffic =
          new BareTraffic(traffic(posts, heads), scenario.reads() ? 1 : options.batch);
      Plan plan = plan(connections);
      Measurement measurement = measure(bare, traffic, plan, "bare");
      add(describe(measurement.result("bare Netty server", scenario, unit()), plan).build());
    }
  }

  private Result report(
      Server server,
      Measurement measurement,
      Plan plan,
      Posts posts,
      Verifier verifier,
      String name)
      throws IOException, InterruptedException {
    Result.Builder builder = describe(measurement.result(name, scenario, unit()), plan);
    if (scenario.writes()) {
      builder.verification(verifier.verify(posts, settle(server, posts)));
    }
    Result result = builder.build();
    add(result);
    return result;
  }

  private Result.Builder describe(Result.Builder result, Plan plan) {
    result.parameter(Result.CONNECTIONS, plan.connections());
    result.parameter(
        "loop",
        plan.isOpen() ? "open, " + Words.count(plan.perSecond()) + " requests/s" : "closed");
    if (scenario.writes()) {
      result.parameter("batch", options.batch);
    }
    if (scenario.reads()) {
      result.parameter("preload", options.preload).parameter("mix", mixWords());
    }
    if (scenario == Scenario.MIXED) {
      result.parameter("writes", options.writes + " %");
    }
    result.parameter("books", books.count()).parameter("accounts per book", books.accounts());
    if (books.count() > 1) {
      result.parameter("spread", options.spread);
    }
    if (options.url == null) {
      result.parameter("server heap", options.heap);
      result.parameter("store", options.backend());
      if (options.places(scenario) > 0) {
        result.parameter("places", options.places(scenario));
      }
    }
    return result.parameter("warm-up", seconds(options.warmup)).parameter("seed", options.seed);
  }

  private String mixWords() {
    List<String> words = new ArrayList<>();
    options
        .mix()
        .forEach(
            (kind, weight) -> {
              if (weight > 0) {
                words.add(kind + " " + weight);
              }
            });
    return String.join(", ", words);
  }

  private static String seconds(Duration duration) {
    return duration.toMillis() / 1e3 + " s";
  }

  /** Asks again for the drafts of unknown outcome, until it is known. Returns how many are left. */
  private int settle(Server server, Posts posts) throws IOException, InterruptedException {
    for (int round = 0; round < RETRY_ROUNDS_MAX && posts.unknown() > 0; round++) {
      quietly(
          server,
          posts.retries(),
          Plan.untilDone(setupConnections()),
          "asking again for unknown outcomes",
          "transactions");
    }
    return posts.unknown();
  }

  private void overload(Server server, Posts posts, Verifier verifier)
      throws IOException, InterruptedException {
    double peak =
        results.stream()
            .filter(r -> r.name().equals(options.serverName()))
            .mapToDouble(Result::perSecond)
            .max()
            .orElse(0);
    double rate = OVERLOAD_FACTOR * peak / options.batch;
    Plan plan = Plan.open(OVERLOAD_CONNECTIONS, rate, options.warmup, options.duration);
    Measurement measurement = measure(server, posts, plan, "overload");
    report(server, measurement, plan, posts, verifier, "talea, " + OVERLOAD_FACTOR + " x the peak");
    targets.add(Overload.judge(measurement.outcome(), peak, options.batch, GOODPUT_MIN));
    for (Target target : targets) {
      out.printf(
          Locale.ROOT,
          "%s: asked %s; %s: %s%n",
          target.name(),
          target.asks(),
          target.measured(),
          target.verdict());
      if (target.note() != null) {
        out.println("  " + target.note());
      }
    }
  }

  // After.

  private void tableHead() {
    out.printf(
        Locale.ROOT,
        "%-20s %5s %14s %9s %9s %9s %9s %9s  %s%n",
        "",
        "conn",
        unit() + "/s",
        "p50",
        "p90",
        "p99",
        "p99.9",
        "max",
        "CPU s generator, server; errors; verification");
  }

  private void add(Result result) {
    results.add(result);
    Histogram latency = result.latency();
    if (latency == null) {
      return;
    }
    StringBuilder rest = new StringBuilder();
    for (Figure figure : result.figures()) {
      if (figure.name().equals("generator CPU") || figure.name().equals("server CPU")) {
        rest.append(String.format(Locale.ROOT, "%.2f ", figure.value()));
      }
    }
    if (!result.errors().isEmpty()) {
      rest.append(result.errors()).append(' ');
    }
    Verification verification = result.verification();
    if (verification != null) {
      rest.append(verification.passed() ? "verified" : "WRONG");
    }
    out.printf(
        Locale.ROOT,
        "%-20s %5s %14s %9s %9s %9s %9s %9s  %s%n",
        result.name(),
        result.parameters().get(Result.CONNECTIONS),
        Words.count(result.perSecond()),
        Words.nanos(latency.getValueAtPercentile(50)),
        Words.nanos(latency.getValueAtPercentile(90)),
        Words.nanos(latency.getValueAtPercentile(99)),
        Words.nanos(latency.getValueAtPercentile(99.9)),
        Words.nanos(latency.getMaxValue()),
        rest.toString().strip());
    if (verification != null) {
      verification.findings().forEach(finding -> out.println("  WRONG: " + finding));
    }
    long unsent = result.errors().getOrDefault("unsent", 0L);
    if (unsent > 0) {
      out.println(
          "  the rate was not kept: "
              + Words.count(unsent)
              + " requests were due and could not be sent, since all connections were waiting");
    }
    for (Waits waits : result.waits()) {
      out.println("  beyond " + words(waits));
    }
    out.flush();
  }

  /** The causes that matter, in one line. */
  private static String words(Waits waits) {
    StringBuilder words =
        new StringBuilder(String.format(Locale.ROOT, "p%s, ", Double.toString(waits.percentile())))
            .append(Words.nanos(waits.boundNanos()))
            .append(':');
    String comma = " ";
    for (Waits.Wait wait : waits.causes()) {
      if (wait.share() >= 0.01) {
        words.append(
            String.format(Locale.ROOT, "%s%.0f %% %s", comma, 100 * wait.share(), wait.cause()));
        comma = ", ";
      }
    }
    return words.toString();
  }

  private void write(Report report, Server server) throws IOException {
    Path json = options.json;
    if (json != null) {
      ReportJson.write(report, json);
      Path pauseLog = server.pauseLog();
      if (pauseLog != null) {
        Path copy = json.resolveSibling(json.getFileName() + ".server-pauses.log");
        Files.copy(pauseLog, copy, StandardCopyOption.REPLACE_EXISTING);
      }
    }
    if (options.html != null) {
      ReportPage.write(report, options.html);
    }
  }
}
