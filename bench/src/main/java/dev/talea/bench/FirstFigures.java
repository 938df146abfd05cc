package dev.talea.bench;

import dev.talea.bench.ClosedLoop.Result;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * HTTP single posts to one book at 1, 8 and 64 connections, next to a bare Netty server that gets
 * the same requests in the same run. The ratio is the figure; the rest tells how noisy the machine
 * was.
 *
 * <p>Usage: {@code bench/first-figures [SECONDS] [DIR]}: seconds per measurement (default 10), and
 * where the ledger's files go (default: a temporary folder, which may not be a real disk).
 */
public final class FirstFigures {
  private static final int[] CONNECTIONS = {1, 8, 64};
  private static final double WARM_UP_SECONDS = 5;

  private final double seconds;
  private final PrintStream out;

  private FirstFigures(double seconds, PrintStream out) {
    this.seconds = seconds;
    this.out = out;
  }

  /** Runs the whole table. */
  public static void main(String[] args) throws Exception {
    double seconds = args.length > 0 ? Double.parseDouble(args[0]) : 10;
    Path parent = Path.of(args.length > 1 ? args[1] : System.getProperty("java.io.tmpdir"));
    Path dir = Files.createTempDirectory(parent, "talea-bench-");
    try {
      new FirstFigures(seconds, System.out).run(dir);
    } finally {
      delete(dir);
    }
  }

  private void run(Path dir) throws IOException, InterruptedException {
    out.printf(
        "JDK %s, %s %s, %d cores, files in %s (%s)%n",
        Runtime.version(),
        System.getProperty("os.name"),
        System.getProperty("os.version"),
        Runtime.getRuntime().availableProcessors(),
        dir,
        Files.getFileStore(dir).type());
    out.printf(
        "%-6s %4s %12s %10s %10s %10s %10s %10s %8s%n",
        "server",
        "conn",
        "answers/s",
        "p50 us",
        "p90 us",
        "p99 us",
        "p99.9 us",
        "max us",
        "not 200");
    long next = 1;
    try (ServerProcess bare = ServerProcess.start(BareNettyServer.class);
        ServerProcess talea = ServerProcess.start(TaleaServer.class, dir.toString())) {
      for (int connections : CONNECTIONS) {
        ClosedLoop bareLoop = new ClosedLoop(bare.port(), connections, FirstFigures::post);
        Result floor = bareLoop.run(next, WARM_UP_SECONDS, seconds);
        print("bare", floor);
        ClosedLoop taleaLoop = new ClosedLoop(talea.port(), connections, FirstFigures::post);
        Result ledger = taleaLoop.run(next, WARM_UP_SECONDS, seconds);
        next = taleaLoop.nextRequest();
        print("talea", ledger);
        out.printf(
            "       throughput %.2f of bare, p50 %.2f x, p99 %.2f x%n",
            ledger.answersPerSecond() / floor.answersPerSecond(),
            ratio(ledger, floor, 50),
            ratio(ledger, floor, 99));
      }
    }
    out.println("posted " + (next - 1) + " transactions");
  }

  private void print(String server, Result result) {
    out.printf(
        "%-6s %4d %12.0f %10.1f %10.1f %10.1f %10.1f %10.1f %8d%n",
        server,
        result.connections(),
        result.answersPerSecond(),
        micros(result, 50),
        micros(result, 90),
        micros(result, 99),
        micros(result, 99.9),
        micros(result, 100),
        result.refused());
  }

  private static double micros(Result result, double percentile) {
    return result.latencies().getValueAtPercentile(percentile) / 1e3;
  }

  private static double ratio(Result a, Result b, double percentile) {
    return micros(a, percentile) / micros(b, percentile);
  }

  /** The nth post: 2 postings, a key of its own. */
  private static byte[] post(long n) {
    return ClosedLoop.post(
        "/v1/transactions",
        "{\"book\":\""
            + TaleaServer.BOOK
            + "\",\"idempotency_key\":\"bench-"
            + n
            + "\",\"postings\":[{\"account\":\"cash\",\"amount\":{\"minor\":125,\"asset\":\"EUR\"},"
            + "\"direction\":\"debit\"},{\"account\":\"sales\",\"amount\":{\"minor\":125,"
            + "\"asset\":\"EUR\"},\"direction\":\"credit\"}]}");
  }

  private static void delete(Path dir) throws IOException {
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
