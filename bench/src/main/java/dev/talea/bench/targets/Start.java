// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.targets;

import dev.talea.bench.baseline.Measured;
import dev.talea.bench.embedded.LedgerProcess;
import dev.talea.bench.embedded.Load;
import dev.talea.bench.report.Result;
import dev.talea.bench.targets.Judge.Value;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * From starting the process of the real daemon, the binary that people get, to its first answer
 * about an account. The page cache is warm.
 */
final class Start implements Section {
  private static final double SECONDS_MAX = 1;
  private static final int STARTS = 5;
  private static final int ACCOUNTS = 1000;
  private static final String HEAP = "2g";
  private static final long POLL_NANOS = 2_000_000;
  private static final int ANSWER_MILLIS_MAX = 5_000;
  private static final long START_NANOS_MAX = TimeUnit.SECONDS.toNanos(120);
  private static final long STOP_SECONDS_MAX = 30;
  private static final Line START = new Line("start to first answer, 1 M transactions", "< 1 s");

  private final Path binary;

  /**
   * @param binary the executable {@code talea}
   */
  Start(Path binary) {
    this.binary = binary;
  }

  @Override
  public String id() {
    return "start";
  }

  @Override
  public List<Line> lines() {
    return List.of(START);
  }

  @Override
  public void measure(Run run) throws Exception {
    if (!Files.isExecutable(binary)) {
      throw new IOException(
          binary + " is not there; 'mvn -pl tools -am -DskipTests package' builds it");
    }
    run.inFreshFolder(folder -> measure(run, folder));
  }

  private void measure(Run run, Path folder) throws IOException, InterruptedException {
    long transactions = run.size().shortTransactions();
    Path ledger = folder.resolve("ledger");
    run.say("loading %,d transactions".formatted(transactions));
    Load load = new Load(1, ACCOUNTS);
    try (LedgerProcess process = LedgerProcess.open(ledger, load, HEAP)) {
      process.prepare();
      process.load(0, transactions);
    }
    Measured starts = new Measured(STARTS, 0, 1, Measured.histogram());
    for (int i = 0; i < STARTS; i++) {
      double seconds = start(folder, ledger);
      run.say("started in " + Value.seconds(seconds));
      starts.latency().recordValue((long) (seconds * 1e9));
    }
    run.add(
        Result.named("talea serve", "start to first answer")
            .parameter("transactions", transactions)
            .throughput(STARTS, "starts", starts.latency().getMean() * STARTS / 1e9)
            .latency(starts.latency())
            .build());
    run.add(
        Judge.below(
            START.name(),
            START.asks(),
            Value.seconds(starts.nanosAt(50) / 1e9),
            SECONDS_MAX,
            "median of %d, the slowest %.3f s; %,d transactions"
                .formatted(STARTS, starts.nanosAt(100) / 1e9, transactions)));
  }

  private double start(Path folder, Path ledger) throws IOException, InterruptedException {
    int port = freePort();
    ProcessBuilder builder =
        new ProcessBuilder(binary.toAbsolutePath().toString(), "serve")
            .directory(folder.toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("TALEA_DB_URL", "log://" + ledger.toAbsolutePath());
    builder.environment().put("TALEA_BIND", "127.0.0.1:" + port);
    builder.environment().remove("TALEA_API_TOKEN");
    long from = System.nanoTime();
    Process daemon = builder.start();
    try {
      String path = "/v1/books/" + Load.book(0) + "/accounts/" + Load.CASH + "/balance";
      while (!answers(port, path)) {
        if (!daemon.isAlive() || System.nanoTime() - from > START_NANOS_MAX) {
          throw new IOException("talea serve did not answer; its exit code would say why");
        }
        LockSupport.parkNanos(POLL_NANOS);
      }
      return (System.nanoTime() - from) / 1e9;
    } finally {
      daemon.destroy();
      if (!daemon.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
        daemon.destroyForcibly().waitFor();
      }
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Whether a server there answers 200. */
  private static boolean answers(int port, String path) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      socket.setSoTimeout(ANSWER_MILLIS_MAX);
      String request = "GET " + path + " HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      return answer.startsWith("HTTP/1.1 200 ");
    } catch (IOException e) {
      return false; // No server there yet, which is what the loop around this waits for.
    }
  }
}
