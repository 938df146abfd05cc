// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.DoubleStream;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What is left for callers that behave while others do not: posts of a few connections, undisturbed
 * and under each kind of attack, and {@code /livez} on fresh connections while thousands arrive at
 * once. Attacks hold what they can; they do not try to use up the processors, which a generator on
 * the same machine would share.
 *
 * <p>Each kind of attack is measured in turns with undisturbed posts, after a turn that counts for
 * nothing, and medians are compared: a compiler that works on code it has not met before, and a
 * disk that is faster now than later, cost more than most attacks.
 *
 * <p>Runs on the thread that calls {@link #call}; its callers and attackers have their own.
 */
@Command(
    name = "hostile",
    sortOptions = false,
    description =
        "Posts while hostile clients withhold bodies and do not read; asks /livez while thousands"
            + " connect at once.")
final class HostileRun implements Callable<Integer> {
  private static final int MEBIBYTE = 1024 * 1024;
  private static final int BURST_ROUNDS = 5;
  private static final Duration BURST_PATIENCE = Duration.ofSeconds(30);
  private static final String BUNDLE = "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n";

  @Option(names = "--dir", paramLabel = "DIR", description = "Where the ledger goes.")
  private Path dir = Path.of(System.getProperty("java.io.tmpdir"));

  @Option(names = "--heap", description = "Of the server. Default: ${DEFAULT-VALUE}.")
  private String heap = "256m";

  @Option(names = "--connections", description = "That behave. Default: ${DEFAULT-VALUE}.")
  private int connections = 8;

  @Option(names = "--seconds", description = "Of each turn. Default: ${DEFAULT-VALUE}.")
  private int seconds = 3;

  @Option(
      names = "--turns",
      description =
          "Undisturbed and under each attack; 0 leaves attacks out. Default: ${DEFAULT-VALUE}.")
  private int turns = 5;

  @Option(names = "--burst", description = "Connections at once. Default: ${DEFAULT-VALUE}.")
  private int burst = 4000;

  private final PrintStream out = System.out;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final AtomicLong keys = new AtomicLong();
  private final AtomicReference<@Nullable String> firstRefusal = new AtomicReference<>();

  /** What hostile clients send once a second, on how many connections; they never read. */
  private record Attack(String name, int connections, String head, int bodyBytes) {}

  /** How callers that behave fared. */
  private record Fared(double perSecond, double serverMicros, long refused) {

    static Fared medianOf(List<Fared> turns) {
      return new Fared(
          median(turns.stream().mapToDouble(Fared::perSecond)),
          median(turns.stream().mapToDouble(Fared::serverMicros)),
          turns.stream().mapToLong(Fared::refused).sum());
    }

    private static double median(DoubleStream values) {
      double[] sorted = values.sorted().toArray();
      int half = sorted.length / 2;
      return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
  }

  @Override
  public Integer call() throws InterruptedException {
    try (Server server = Server.start(dir, LoadOptions.LOG, heap, List.of(), 0, false)) {
      prepare(server);
      out.printf(
          Locale.ROOT,
          "%-26s %21s %6s %23s %8s%n",
          "",
          "posts/s alone, during",
          "ratio",
          "us CPU/post alone, during",
          "refused");
      boolean unharmed = true;
      for (Attack attack : turns == 0 ? List.<Attack>of() : attacks(server)) {
        measure(server, attack);
        List<Fared> alone = new ArrayList<>();
        List<Fared> during = new ArrayList<>();
        for (int turn = 0; turn < turns; turn++) {
          alone.add(measure(server, null));
          during.add(measure(server, attack));
        }
        Fared usual = Fared.medianOf(alone);
        Fared attacked = Fared.medianOf(during);
        print(attack.name(), usual, attacked);
        unharmed &= usual.refused() + attacked.refused() == 0;
      }
      unharmed &= burst(server);
      return unharmed ? ScenarioRun.OK : ScenarioRun.FAILED;
    } catch (IOException e) {
      System.err.println("talea bench hostile: " + e.getMessage());
      return ScenarioRun.FAILED;
    }
  }

  private static List<Attack> attacks(Server server) {
    String token = "Authorization: Bearer " + server.token() + "\r\n";
    String long1 = "Content-Length: " + (2 * MEBIBYTE - 1) + "\r\n\r\n";
    return List.of(
        new Attack(
            "bytes withheld",
            256,
            "GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n",
            0),
        new Attack(
            "bodies to an open route", 40, "GET /health HTTP/1.1\r\nHost: x\r\n" + long1, MEBIBYTE),
        new Attack("static files unread", 4, BUNDLE.repeat(64), 0),
        new Attack(
            "bodies withheld, a token",
            20,
            "POST /v1/transactions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + token
                + long1,
            MEBIBYTE),
        new Attack(
            "pages unread, a token",
            4,
            ("GET /v1/books/b/transactions?limit=1000 HTTP/1.1\r\nHost: x\r\n" + token + "\r\n")
                .repeat(64),
            0),
        new Attack("heads without end", 100, "GET /health HTTP/1.1\r\nHost: x\r\nX: ", 0));
  }

  private void print(String what, Fared alone, Fared during) {
    out.printf(
        Locale.ROOT,
        "%-26s %11.0f %9.0f %6.2f %16.0f %8.0f %8d%n",
        what,
        alone.perSecond(),
        during.perSecond(),
        during.perSecond() / alone.perSecond(),
        alone.serverMicros(),
        during.serverMicros(),
        alone.refused() + during.refused());
    String refusal = firstRefusal.getAndSet(null);
    if (refusal != null) {
      out.println("  the first that was refused: " + refusal);
    }
  }

  // --- callers that behave -----------------------------------------------------------------------

  private void prepare(Server server) throws IOException, InterruptedException {
    expect(
        204,
        post(
            server,
            "/v1/assets",
            "{\"id\":\"USD\",\"class\":\"fiat\",\"precision\":0,\"name\":\"dollar\"}"));
    for (String path : new String[] {"cash", "income"}) {
      String account =
          "{\"book\":\"b\",\"path\":\"" + path + "\",\"asset\":\"USD\",\"kind\":\"asset\"}";
      expect(204, post(server, "/v1/accounts", account));
    }
  }

  private static void expect(int status, int answered) throws IOException {
    if (status != answered) {
      throw new IOException("the server answered " + answered + " instead of " + status);
    }
  }

  private int post(Server server, String target, String body)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.url() + target))
            .timeout(Duration.ofSeconds(60))
            .header("Authorization", "Bearer " + server.token())
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build();
    return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  private String draft() {
    return "{\"book\":\"b\",\"idempotency_key\":\""
        + keys.incrementAndGet()
        + "\",\"postings\":[{\"account\":\"cash\",\"amount\":{\"minor\":1,\"asset\":\"USD\"},"
        + "\"direction\":\"debit\"},{\"account\":\"income\",\"amount\":{\"minor\":1,"
        + "\"asset\":\"USD\"},\"direction\":\"credit\"}]}";
  }

  private Fared measure(Server server, @Nullable Attack attack)
      throws InterruptedException, IOException {
    AtomicBoolean stop = new AtomicBoolean();
    AtomicLong done = new AtomicLong();
    AtomicLong refused = new AtomicLong();
    List<SocketChannel> hostile = new ArrayList<>();
    Thread attacker = new Thread(() -> attack(server, attack, hostile, stop), "attacker");
    attacker.start();
    List<Thread> callers = new ArrayList<>();
    double cpuBefore = server.cpuSeconds();
    long start = System.nanoTime();
    for (int i = 0; i < connections; i++) {
      Thread caller =
          new Thread(
              () -> {
                while (!stop.get()) {
                  try {
                    int status = post(server, "/v1/transactions", draft());
                    if (status == 200) {
                      done.incrementAndGet();
                    } else {
                      refused.incrementAndGet();
                      firstRefusal.compareAndSet(null, "status " + status);
                    }
                  } catch (IOException e) {
                    refused.incrementAndGet();
                    firstRefusal.compareAndSet(null, e.toString());
                  } catch (InterruptedException e) {
                    return;
                  }
                }
              },
              "caller-" + i);
      callers.add(caller);
      caller.start();
    }
    TimeUnit.SECONDS.sleep(seconds);
    stop.set(true);
    for (Thread caller : callers) {
      caller.join();
    }
    double elapsed = (System.nanoTime() - start) / 1e9;
    double cpu = server.cpuSeconds() - cpuBefore;
    attacker.join();
    for (SocketChannel each : hostile) {
      each.close();
    }
    return new Fared(done.get() / elapsed, cpu * 1e6 / Math.max(1, done.get()), refused.get());
  }

  private static void attack(
      Server server, @Nullable Attack attack, List<SocketChannel> hostile, AtomicBoolean stop) {
    while (attack != null && !stop.get()) {
      for (int i = 0; i < attack.connections() && !stop.get(); i++) {
        try {
          SocketChannel channel = SocketChannel.open();
          hostile.add(channel);
          channel.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
          channel.connect(server.address());
          channel.write(ByteBuffer.wrap(attack.head().getBytes(StandardCharsets.US_ASCII)));
          channel.configureBlocking(false);
          ByteBuffer body = ByteBuffer.allocate(attack.bodyBytes());
          // What is not taken at once is not sent: attackers do not wait either.
          for (int taken = 1; body.hasRemaining() && taken > 0; ) {
            taken = channel.write(body);
          }
        } catch (IOException e) {
          // Refused: that is one way to be treated.
        }
      }
      try {
        TimeUnit.SECONDS.sleep(1);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  // --- thousands at once -------------------------------------------------------------------------

  private boolean burst(Server server) throws IOException, InterruptedException {
    Histogram livez = new ConcurrentHistogram(3);
    AtomicInteger unanswered = new AtomicInteger();
    int answered = 0;
    for (int i = 0; i < BURST_ROUNDS; i++) {
      AtomicBoolean stop = new AtomicBoolean();
      Thread probe = new Thread(() -> probe(server.address(), livez, unanswered, stop), "probe");
      probe.start();
      try {
        answered += arrive(server.address());
      } finally {
        stop.set(true);
        probe.join();
      }
      // Until the server has seen that these are gone, they count among those of this address.
      TimeUnit.SECONDS.sleep(1);
    }
    out.printf(
        Locale.ROOT,
        "%d connections at once, %d times: %d answered; /livez on fresh connections meanwhile:"
            + " %d asked, p50 %.1f ms, p99 %.1f ms, max %.1f ms, %d without an answer%n",
        burst,
        BURST_ROUNDS,
        answered,
        livez.getTotalCount(),
        livez.getValueAtPercentile(50) / 1e6,
        livez.getValueAtPercentile(99) / 1e6,
        livez.getMaxValue() / 1e6,
        unanswered.get());
    return answered == burst * BURST_ROUNDS && unanswered.get() == 0;
  }

  private static void probe(
      InetSocketAddress address, Histogram livez, AtomicInteger unanswered, AtomicBoolean stop) {
    byte[] request =
        "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII);
    while (!stop.get()) {
      long start = System.nanoTime();
      try (Socket socket = new Socket()) {
        socket.setSoTimeout((int) BURST_PATIENCE.toMillis());
        socket.connect(address, (int) BURST_PATIENCE.toMillis());
        socket.getOutputStream().write(request);
        byte[] answer = socket.getInputStream().readAllBytes();
        if (new String(answer, StandardCharsets.US_ASCII).startsWith("HTTP/1.1 200")) {
          livez.recordValue(System.nanoTime() - start);
        } else {
          unanswered.incrementAndGet();
        }
      } catch (IOException e) {
        unanswered.incrementAndGet();
      }
    }
  }

  /** Connects all at once, asks each for /health, and tells how many were answered. */
  private int arrive(InetSocketAddress address) throws IOException {
    byte[] request = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    List<SocketChannel> all = new ArrayList<>();
    ByteBuffer answer = ByteBuffer.allocate(4096);
    int answered = 0;
    try (Selector selector = Selector.open()) {
      for (int i = 0; i < burst; i++) {
        SocketChannel channel = SocketChannel.open();
        all.add(channel);
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_CONNECT);
        channel.connect(address);
      }
      long end = System.nanoTime() + BURST_PATIENCE.toNanos();
      while (!selector.keys().isEmpty() && System.nanoTime() < end) {
        selector.select(100);
        for (SelectionKey key : selector.selectedKeys()) {
          answered += step(key, request, answer) ? 1 : 0;
        }
        selector.selectedKeys().clear();
      }
    } finally {
      for (SocketChannel channel : all) {
        channel.close();
      }
    }
    return answered;
  }

  /** True if this was its answer. */
  private static boolean step(SelectionKey key, byte[] request, ByteBuffer answer) {
    SocketChannel channel = (SocketChannel) key.channel();
    try {
      if (key.isConnectable()) {
        channel.finishConnect();
        channel.write(ByteBuffer.wrap(request));
        key.interestOps(SelectionKey.OP_READ);
        return false;
      }
      answer.clear();
      boolean something = channel.read(answer) > 0;
      key.cancel();
      return something;
    } catch (IOException e) {
      key.cancel();
      return false;
    }
  }
}
