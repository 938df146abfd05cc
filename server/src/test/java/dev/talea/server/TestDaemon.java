// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Store;
import dev.talea.server.settings.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A daemon on a free port, and short ways to ask it. */
public final class TestDaemon implements AutoCloseable {
  /** What the tests wait for is shorter than what people wait for; nothing else differs. */
  static final Settings.Timing TIMING =
      new Settings.Timing(Duration.ofSeconds(30), Duration.ofSeconds(15), Duration.ofSeconds(5));

  private final Daemon daemon;

  private TestDaemon(Daemon daemon) {
    this.daemon = daemon;
  }

  /** Over the log store in a directory. */
  static TestDaemon onLog(Path directory, String... settings) {
    return at("log://" + directory, settings);
  }

  /** Over whatever store the URL names. */
  public static TestDaemon at(String url, String... settings) {
    return new TestDaemon(Daemon.start(settings(url, settings).with(TIMING)));
  }

  /** As above, in times of the test's own. */
  static TestDaemon at(String url, Settings.Timing timing, String... settings) {
    return new TestDaemon(Daemon.start(settings(url, settings).with(timing)));
  }

  /** Over a store of the test's own. */
  public static TestDaemon over(Store store, Settings.Timing timing, String... settings) {
    return new TestDaemon(Daemon.start(settings("log://unused", settings).with(timing), store));
  }

  public static TestDaemon over(Store store, String... settings) {
    return over(store, TIMING, settings);
  }

  /** Alternating variables and values, on free ports. */
  private static Settings settings(String url, String... settings) {
    Map<String, String> environment = new HashMap<>();
    environment.put("TALEA_DB_URL", url);
    environment.put("TALEA_BIND", "127.0.0.1:0");
    environment.put("TALEA_CREATE", "true");
    for (int i = 0; i < settings.length; i += 2) {
      environment.put(settings[i], settings[i + 1]);
    }
    return Settings.of(environment, Map.of());
  }

  Daemon daemon() {
    return daemon;
  }

  String url() {
    return "http://127.0.0.1:" + daemon.address().getPort();
  }

  public RawHttp connect() {
    try {
      return new RawHttp(daemon.address());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Answer get(String target, String... headers) {
    return ask("GET", target, null, headers);
  }

  public Answer post(String target, String body, String... headers) {
    return ask("POST", target, body, headers);
  }

  /** One request on a connection of its own. */
  Answer ask(String method, String target, @Nullable String body, String... headers) {
    try (RawHttp http = connect()) {
      return http.request(method, target, body, headers).read(!method.equals("HEAD"));
    } catch (IOException e) {
      throw new UncheckedIOException(method + " " + target, e);
    }
  }

  /** Waits until it is so; says how it is if that takes a minute. */
  static void await(Supplier<String> words, BooleanSupplier condition) {
    long until = System.nanoTime() + 60_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < until, () -> "waited for a minute: " + words.get());
      Thread.onSpinWait();
    }
  }

  /** What it tells on its listener for metrics. */
  String metrics() {
    try (RawHttp http = new RawHttp(Objects.requireNonNull(daemon.metricsAddress()))) {
      return http.request("GET", "/metrics", null).read().body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for a line of them. */
  void awaitMetric(String line) {
    await(this::metrics, () -> ("\n" + metrics()).contains("\n" + line + "\n"));
  }

  /** USD, and the accounts cash and income in the book. */
  public TestDaemon withBook(String book, String... headers) {
    expect(
        204,
        post(
            "/v1/assets",
            "{\"id\":\"USD\",\"class\":\"fiat\",\"precision\":2,\"name\":\"US dollar\"}",
            headers));
    for (String path : new String[] {"cash", "income"}) {
      expect(204, post("/v1/accounts", account(book, path), headers));
    }
    return this;
  }

  private static void expect(int status, Answer answer) {
    if (answer.status() != status) {
      throw new AssertionError("expected " + status + ", got " + answer);
    }
  }

  static String account(String book, String path) {
    return "{\"book\":\""
        + book
        + "\",\"path\":\""
        + path
        + "\",\"asset\":\"USD\",\"kind\":\"asset\"}";
  }

  /** A transaction of so much from income to cash. */
  static String draft(String book, String key, String minor) {
    return "{\"book\":\""
        + book
        + "\",\"idempotency_key\":\""
        + key
        + "\",\"postings\":["
        + posting("cash", minor, "USD", "debit")
        + ","
        + posting("income", minor, "USD", "credit")
        + "]}";
  }

  static String posting(String account, String minor, String asset, String direction) {
    return "{\"account\":\""
        + account
        + "\",\"amount\":{\"minor\":"
        + minor
        + ",\"asset\":\""
        + asset
        + "\"},\"direction\":\""
        + direction
        + "\"}";
  }

  @Override
  public void close() {
    daemon.stop();
  }
}
