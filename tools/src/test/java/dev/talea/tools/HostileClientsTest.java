// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients that send without end, or never, and never read, against the one binary with a small
 * heap. Meanwhile a client that behaves is told neither to go away nor to wait, and afterwards
 * every book is there and right.
 */
@Tag("binary")
@Timeout(240)
class HostileClientsTest {
  private static final List<String> BOOKS = List.of("one", "two", "three");
  private static final int ROUNDS_PER_ATTACK = 15;
  private static final int MEBIBYTE = 1024 * 1024;

  /** Heap, as much again outside of it, and what the JVM itself needs. */
  private static final long RESIDENT_KIB_MAX = 768 * 1024;

  @TempDir private Path directory;
  private final List<SocketChannel> hostile = new ArrayList<>();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private int port;
  private String token = "";

  @SuppressWarnings("NullAway.Init") // before each test
  private TaleaProcess server;

  private int posted;

  @BeforeEach
  void start() throws Exception {
    port = TaleaProcess.freePort();
    server =
        TaleaProcess.start(
                directory,
                Map.of("TALEA_BIND", "127.0.0.1:" + port, "TALEA_JAVA_OPTS", "-Xmx256m"),
                "up")
            .awaitLine("Ctrl-C stops it.");
    token =
        Files.readString(directory.resolve(".env"))
            .replaceAll("(?s).*TALEA_API_TOKEN=([0-9a-f]{64})\n.*", "$1");
    assertEquals(
        204,
        send(
                "POST",
                "/v1/assets",
                "{\"id\":\"USD\",\"class\":\"fiat\",\"precision\":0,\"name\":\"dollar\"}")
            .statusCode());
    for (String book : BOOKS) {
      for (String path : new String[] {"cash", "income"}) {
        String account =
            String.format(
                "{\"book\":\"%s\",\"path\":\"%s\",\"asset\":\"USD\",\"kind\":\"asset\"}",
                book, path);
        assertEquals(204, send("POST", "/v1/accounts", account).statusCode());
      }
    }
  }

  @AfterEach
  void stop() throws IOException {
    hangUp();
    server.close();
  }

  private HttpResponse<String> send(String method, String target, String body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + target))
            .timeout(Duration.ofSeconds(60))
            .header("Authorization", "Bearer " + token);
    if (method.equals("POST")) {
      request
          .header("Content-Type", "application/json")
          .POST(HttpRequest.BodyPublishers.ofString(body));
    }
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError(method + " " + target + ": " + e + "; " + server, e);
    }
  }

  private static String draft(String book, String key, int metadataBytes) {
    return String.format(
        "{\"book\":\"%s\",\"idempotency_key\":\"%s\",\"postings\":["
            + "{\"account\":\"cash\",\"amount\":{\"minor\":1,\"asset\":\"USD\"},\"direction\":\"debit\"},"
            + "{\"account\":\"income\",\"amount\":{\"minor\":1,\"asset\":\"USD\"},"
            + "\"direction\":\"credit\"}],\"metadata\":\"%s\"}",
        book, key, "m".repeat(metadataBytes));
  }

  /**
   * Posts to every book and reads it, again and again; each answer is what it would be in peace.
   */
  private void behave(String when) throws IOException, InterruptedException {
    for (int round = 0; round < ROUNDS_PER_ATTACK; round++) {
      posted++;
      for (String book : BOOKS) {
        HttpResponse<String> post =
            send("POST", "/v1/transactions", draft(book, "good-" + posted, 10));
        assertEquals(200, post.statusCode(), () -> when + ": " + post.body());
        for (String read : new String[] {"/accounts/cash/balance", "/transactions?limit=5"}) {
          HttpResponse<String> answer = send("GET", "/v1/books/" + book + read, "");
          assertEquals(200, answer.statusCode(), () -> when + ": " + answer.body());
        }
      }
      assertEquals(200, send("GET", "/readyz", "").statusCode(), when);
      assertEquals(200, send("GET", "/livez", "").statusCode(), when);
    }
    assertTrue(server.process().isAlive(), () -> when + ": " + server);
  }

  // --- hostile clients ---------------------------------------------------------------------------

  /** Sends as much as is taken at once, and neither waits nor reads. */
  private void attack(String head, int bodyBytes) throws IOException {
    SocketChannel channel = SocketChannel.open();
    hostile.add(channel);
    channel.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
    try {
      channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      write(channel, head.getBytes(StandardCharsets.US_ASCII));
      byte[] piece = new byte[64 * 1024];
      for (int sent = 0; sent < bodyBytes; sent += piece.length) {
        write(channel, piece.length <= bodyBytes - sent ? piece : new byte[bodyBytes - sent]);
      }
    } catch (IOException e) {
      // Refused: that is one way to be treated.
      channel.close();
    }
  }

  private static void write(SocketChannel channel, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  private void hangUp() throws IOException {
    for (SocketChannel channel : hostile) {
      channel.close();
    }
    hostile.clear();
  }

  private String get(String target) {
    return "GET " + target + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\n\r\n";
  }

  @Test
  void aClientThatBehavesIsServedWhateverTheOthersDo() throws Exception {
    behave("in peace");

    for (int i = 0; i < 256; i++) {
      attack("GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n", 0);
    }
    behave("bodies of one byte are withheld");

    for (int i = 0; i < 200; i++) {
      attack(
          "GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: " + (2 * MEBIBYTE - 1) + "\r\n\r\n",
          2 * MEBIBYTE - 2);
    }
    behave("bodies of two megabytes are sent to an open route");

    for (int wave = 0; wave < 4; wave++) {
      for (int i = 0; i < 4; i++) {
        String bundle = "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n";
        attack(bundle.repeat(64), 0);
      }
      behave("static files are not read, wave " + wave);
    }

    for (int i = 0; i < 200; i++) {
      attack(
          "POST /v1/transactions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
              + "Authorization: Bearer "
              + token
              + "\r\nContent-Length: "
              + (2 * MEBIBYTE - 1)
              + "\r\n\r\n",
          MEBIBYTE);
    }
    behave("bodies with a token are withheld");

    for (int i = 0; i < 60; i++) {
      assertEquals(
          200, send("POST", "/v1/transactions", draft("three", "long-" + i, 60_000)).statusCode());
    }
    for (int i = 0; i < 40; i++) {
      attack(get("/v1/books/three/transactions?limit=1000").repeat(64), 0);
    }
    behave("pages are not read");

    for (int i = 0; i < 40; i++) {
      attack(get("/v1/books/three/events"), 0);
    }
    for (int i = 0; i < 500; i++) {
      attack("GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ", 0);
    }
    behave("heads do not end, and streams are not read");

    hangUp();
    behave("in peace again");
    assertAllIsRight();
  }

  private void assertAllIsRight() throws Exception {
    for (String book : BOOKS) {
      int expected = posted + (book.equals("three") ? 60 : 0);
      String balance = send("GET", "/v1/books/" + book + "/accounts/cash/balance", "").body();
      assertTrue(balance.contains("\"balance\":\"" + expected + "\""), balance);
      String view = send("GET", "/v1/books/" + book, "").body();
      assertTrue(view.contains("\"unavailable\":null"), view);
    }
    long residentKib = highestResidentKib();
    System.out.println("HostileClientsTest: at most " + residentKib + " KiB resident");
    assertTrue(residentKib < RESIDENT_KIB_MAX, residentKib + " KiB were resident");
    server.signal("TERM");
    assertEquals(0, server.exitCode(), server::toString);
    assertFalse(server.err().contains("OutOfMemory"), server::toString);
    assertFalse(server.err().contains("ERROR"), server::toString);
  }

  private long highestResidentKib() throws IOException {
    return Files.readString(Path.of("/proc/" + server.process().pid() + "/status"))
        .lines()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElse(0);
  }
}
