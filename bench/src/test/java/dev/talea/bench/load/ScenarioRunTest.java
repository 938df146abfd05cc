// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.talea.bench.load.Books.Spread;
import dev.talea.bench.report.Report;
import dev.talea.bench.report.ReportJson;
import dev.talea.bench.report.Result;
import dev.talea.bench.report.Target;
import dev.talea.bench.report.Verification;
import dev.talea.bench.report.Waits;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import one.profiler.AsyncProfilerLoader;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every scenario, briefly, against a daemon in a process of its own. Nothing is said about how fast
 * it was; what was counted must add up, and must be what the ledger holds.
 */
@Tag("slow")
class ScenarioRunTest {
  @TempDir private Path dir;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private LoadOptions options = new LoadOptions();

  @BeforeEach
  void brief() {
    options = new LoadOptions();
    options.dir = dir;
    options.heap = "128m";
    options.duration = Duration.ofSeconds(1);
    options.warmup = Duration.ofMillis(200);
    options.accounts = 10;
    options.preload = 1_000;
    options.connections = List.of(4);
  }

  @Test
  void postingToOneBook() throws Exception {
    options.connections = List.of(1, 4);
    options.bare = true;
    ScenarioRun run = run(Scenario.POST_ONE_BOOK, ScenarioRun.OK);
    assertEquals(4, run.results().size(), "bare and talea at 1 and at 4");
    long acknowledged = 0;
    for (Result result : run.results()) {
      assertAddsUp(result);
      if (result.name().equals("talea")) {
        assertVerified(result);
        acknowledged += result.operations();
        assertTrue(figure(result, "server CPU") > 0, "the server's processor time is known");
      } else {
        assertNull(result.verification());
      }
    }
    assertTrue(acknowledged > 0);
    assertTrue(run.expected().allCommits() >= acknowledged, "with warm-up and markers");
    assertEquals(
        run.expected().allCommits() + options.accounts, run.expected().events(0), "one book");
    try (Stream<Path> left = Files.list(dir)) {
      assertEquals(0, left.count(), "the server's folder is gone");
    }
  }

  @Test
  void whereTheServersTimeWentIsDrawn() throws Exception {
    assumeTrue(AsyncProfilerLoader.isSupported(), "async-profiler is not made for this system");
    Path flame = dir.resolve("flame.html");
    options.flame = flame;
    run(Scenario.POST_ONE_BOOK, ScenarioRun.OK);
    String said = err.toString(StandardCharsets.UTF_8);
    assertTrue(said.contains("flame graph in " + flame.toAbsolutePath()), said);
    String page = Files.readString(flame);
    // Names are kept as what they do not share with the one before.
    assertTrue(page.contains(" tid="), "each thread apart");
    assertTrue(page.contains("talea/"), "with the methods of the server");
  }

  @Test
  void aFlameGraphIsOfOneProcessAndOneMeasurement() {
    options.flame = dir.resolve("flame.html");
    assertNull(options.problem(Scenario.POST_ONE_BOOK));
    options.connections = List.of(1, 4);
    assertProblem("--flame draws one measurement");
    options.connections = List.of(4);
    options.url = "http://127.0.0.1:8080";
    assertProblem("--flame looks into a process, so it needs --server-pid");
    options.serverPid = 1;
    assertNull(options.problem(Scenario.POST_ONE_BOOK));
    String overload = String.valueOf(options.problem(Scenario.OVERLOAD));
    assertTrue(overload.startsWith("--flame draws one measurement"), overload);
  }

  private void assertProblem(String begins) {
    String problem = String.valueOf(options.problem(Scenario.POST_ONE_BOOK));
    assertTrue(problem.startsWith(begins), problem);
  }

  @Test
  void batchesToManyBooksAreCountedBySlot() throws Exception {
    options.books = 7;
    options.spread = Spread.ZIPF;
    options.batch = 20;
    ScenarioRun run = run(Scenario.POST_MANY_BOOKS, ScenarioRun.OK);
    Result result = run.results().get(0);
    assertAddsUp(result);
    assertVerified(result);
    assertEquals(0, result.operations() % options.batch, "no slot was refused");
    long events = 0;
    for (int book = 0; book < 7; book++) {
      events += run.expected().events(book);
    }
    assertEquals(run.expected().allCommits() + 7L * options.accounts, events);
    assertTrue(
        run.expected().commits(0) > run.expected().commits(6), "the first book is the hottest");
  }

  @Test
  void readingWhatWasPosted() throws Exception {
    options.noRecording = true;
    ScenarioRun run = run(Scenario.READS, ScenarioRun.OK);
    Result result = run.results().get(0);
    assertAddsUp(result);
    assertTrue(result.errors().isEmpty(), () -> result.errors().toString());
    assertNull(result.verification(), "nothing was written");
    assertEquals(List.of(), result.waits(), "nothing was noted");
  }

  @Test
  void readsAndWritesByTheClock() throws Exception {
    options.rate = 200;
    options.json = dir.resolve("report.json");
    options.html = dir.resolve("report.html");
    ScenarioRun run = run(Scenario.MIXED, ScenarioRun.OK);
    Result result = run.results().get(0);
    assertVerified(result);
    Histogram latency = result.latency();
    assertNotNull(latency);
    assertEquals(200, latency.getTotalCount(), "each that was due");
    Report read = ReportJson.read(dir.resolve("report.json"));
    assertEquals(run.results(), read.results());
    assertTrue(Files.readString(dir.resolve("report.html")).contains("Latency by percentile"));
    assertTrue(
        Files.readString(dir.resolve("report.json.server-pauses.log")).contains("Safepoint"));
    assertTrue(figure(result, "server pauses") >= 0);
    assertEquals(List.of(99.0, 99.9), result.waits().stream().map(Waits::percentile).toList());
    for (Waits waits : result.waits()) {
      assertTrue(waits.requests() > 0, waits::toString);
      assertEquals(1, waits.causes().stream().mapToDouble(Waits.Wait::share).sum(), 1e-6);
    }
  }

  @Test
  void overload() throws Exception {
    options.batch = 20;
    options.connections = List.of();
    ScenarioRun run = run(Scenario.OVERLOAD, ScenarioRun.OK);
    assertEquals(2, run.results().size(), "the peak and the overload");
    run.results().forEach(ScenarioRunTest::assertVerified);
    assertEquals("2", run.results().get(0).parameters().get(Result.CONNECTIONS), "as let in");
    assertEquals("2", run.results().get(1).parameters().get("places"));
    assertEquals(1, run.targets().size());
    Target target = run.targets().get(0);
    assertNotNull(target.ratio());
    assertTrue(text(out).contains("overload at 4 x capacity"), text(out));
  }

  @Test
  void aLedgerThatHoldsOneTransactionLessThanAcknowledgedIsFoundOut() throws Exception {
    ScenarioRun run = new ScenarioRun(Scenario.POST_ONE_BOOK, options, stream(out), stream(err));
    run.expected().committed(0, 123);
    assertEquals(ScenarioRun.WRONG, run.run(), () -> text(err));
    Verification verification = run.results().get(0).verification();
    assertNotNull(verification);
    assertFalse(verification.passed());
    String findings = verification.findings().toString();
    assertTrue(findings.contains("the trial balance shows"), findings);
    assertTrue(findings.contains("events, it holds"), findings);
    assertTrue(text(out).contains("WRONG"), text(out));
  }

  @Test
  void aServerThatIsNotThereIsASentence() throws Exception {
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      options.url = "http://127.0.0.1:" + closed.getLocalPort();
    }
    run(Scenario.POST_ONE_BOOK, ScenarioRun.FAILED);
    assertTrue(text(err).contains("cannot be reached"), text(err));
    assertTrue(text(err).contains("./talea up"), text(err));
  }

  private ScenarioRun run(Scenario scenario, int code) throws InterruptedException {
    ScenarioRun run = new ScenarioRun(scenario, options, stream(out), stream(err));
    assertEquals(code, run.run(), () -> text(err) + text(out));
    return run;
  }

  private static PrintStream stream(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static void assertAddsUp(Result result) {
    assertTrue(result.operations() > 0, result::toString);
    long inSeries = result.series().stream().mapToLong(interval -> interval.operations()).sum();
    assertTrue(
        inSeries >= result.operations(), () -> inSeries + " by second, " + result.operations());
  }

  private static void assertVerified(Result result) {
    Verification verification = result.verification();
    assertNotNull(verification);
    assertTrue(verification.passed(), () -> verification.findings().toString());
    assertTrue(verification.checked().contains("one by one"), verification.checked());
  }

  private static double figure(Result result, String name) {
    return result.figures().stream()
        .filter(figure -> figure.name().equals(name))
        .mapToDouble(figure -> figure.value())
        .findFirst()
        .orElseThrow();
  }
}
