// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.talea.server.Daemon;
import dev.talea.server.settings.Settings;
import dev.talea.tools.TestShell.Result;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * A daemon over a new ledger, in a log where nothing else is said, and a shell whose commands speak
 * to it. One command at a time.
 */
final class ServedShell implements AutoCloseable {
  static final String TOKEN = "0123456789abcdef";

  private final Daemon daemon;
  private final TestShell shell;

  /**
   * Starts it, with the asset EUR.
   *
   * @param more settings of the server
   */
  ServedShell(Path directory, Map<String, String> more) {
    Map<String, String> settings = new HashMap<>(more);
    settings.putIfAbsent("TALEA_DB_URL", "log://" + directory.resolve("ledger"));
    settings.put("TALEA_BIND", "127.0.0.1:0");
    settings.put("TALEA_API_TOKEN", TOKEN);
    settings.put("TALEA_CREATE", "true");
    this.daemon = Daemon.start(Settings.of(settings, Map.of()));
    this.shell = new TestShell(directory, Map.of("TALEA_URL", url(), "TALEA_TOKEN", TOKEN));
    quiet("asset", "register", "--id", "EUR", "--class", "fiat", "--precision", "2", "--name", "E");
  }

  String url() {
    return "http://127.0.0.1:" + daemon.address().getPort();
  }

  TestShell shell() {
    return shell;
  }

  /** A command that succeeds and says nothing. */
  void quiet(String... arguments) {
    assertEquals(new Result(0, "", ""), shell.talea(arguments));
  }

  /** Opens an account of book b. */
  void open(String path) {
    quiet("account", "open", "--book", "b", "--path", path, "--asset", "EUR", "--kind", "asset");
  }

  /** Posts five cents from y to x. */
  void post(String key) {
    Result posted =
        shell.talea(
            "post", "--book", "b", "--idem", key, "--debit", "x:EUR:5", "--credit", "y:EUR:5");
    assertEquals(0, posted.exitCode(), posted.err());
  }

  /** Sends a request as a program does, and gives the answer. */
  String post(String path, String body) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url() + path))
            .header("Authorization", "Bearer " + TOKEN)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> answer =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    assertEquals(200, answer.statusCode(), answer.body());
    return answer.body();
  }

  /** Repeats a command until it prints this; the test's own deadline ends it. */
  Result await(String part, String... arguments) {
    Result result = shell.talea(arguments);
    while (!result.out().contains(part)) {
      Thread.onSpinWait();
      result = shell.talea(arguments);
    }
    return result;
  }

  @Override
  public void close() {
    daemon.stop();
  }
}
