// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.webhook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SocketSenderTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final byte[] BODY = "{\"ü\":1}".getBytes(StandardCharsets.UTF_8);

  private Receiver receiver;

  @BeforeEach
  void open() throws IOException {
    receiver = new Receiver();
  }

  @AfterEach
  void close() {
    receiver.close();
  }

  private static SocketSender sender(Duration timeout, boolean privateToo) {
    return new SocketSender(timeout, privateToo, () -> NOW, null);
  }

  private WebhookSender.Reply post(String answer) throws IOException {
    receiver.answer(answer);
    try (SocketSender sender = sender(Duration.ofSeconds(20), true)) {
      return sender.post(URI.create(receiver.url()), Map.of("webhook-id", "evt_1"), BODY);
    }
  }

  private String failure(String answer, Duration timeout) {
    receiver.answer(answer);
    try (SocketSender sender = sender(timeout, true)) {
      return ""
          + assertThrows(
                  IOException.class, () -> sender.post(URI.create(receiver.url()), Map.of(), BODY))
              .getMessage();
    }
  }

  @Test
  void aMessageArrivesWhole() throws IOException {
    assertEquals(204, post(Receiver.OK).status());
    Receiver.Delivery delivery = receiver.deliveries.get(0);
    assertEquals("POST /hook?a=b HTTP/1.1", delivery.line());
    assertEquals("evt_1", delivery.id());
    assertEquals("application/json", delivery.header("content-type"));
    assertEquals("127.0.0.1:" + receiver.port(), delivery.header("host"));
    assertEquals("{\"ü\":1}", delivery.body());
  }

  @Test
  void whatIsSaidIsHeardWithinABound() throws IOException {
    assertEquals(204, post("HTTP/1.1 102 Wait\r\n\r\n" + Receiver.OK).status());
    WebhookSender.Reply busy = post("HTTP/1.0 500 No\r\nContent-Length: 9\r\n\r\nab\u001b[31mcdef");
    assertEquals(500, busy.status());
    assertEquals("ab [31mcd", busy.excerpt());
    String endless = "HTTP/1.1 400 No\r\n\r\n" + "x".repeat(100_000);
    assertEquals("x".repeat(200), post(endless).excerpt());
    // It claims more than it sends, and holds the connection: what has come is enough.
    assertEquals("half", post("HTTP/1.1 400 No\r\nContent-Length: 99\r\n\r\nhalf").excerpt());
  }

  @Test
  void redirectsAreAnswersLikeOthers() throws IOException {
    WebhookSender.Reply reply =
        post("HTTP/1.1 307 Away\r\nLocation: " + receiver.url() + "\r\nContent-Length: 0\r\n\r\n");
    assertEquals(307, reply.status());
    assertEquals(1, receiver.deliveries.size());
  }

  private @Nullable Duration retryAfter(String value) throws IOException {
    return post(Receiver.status("503 Busy", "Retry-After: " + value + "\r\n")).retryAfter();
  }

  @Test
  void howLongToWaitMayBeSaidInSecondsOrAsADate() throws IOException {
    assertEquals(Duration.ofMinutes(2), retryAfter("120"));
    assertEquals(Duration.ofMinutes(5), retryAfter("Sun, 01 Mar 2026 12:05:00 GMT"));
    assertEquals(Duration.ZERO, retryAfter("Sun, 01 Mar 2026 11:00:00 GMT"));
    assertEquals(null, retryAfter("soon"));
    assertEquals(null, post(Receiver.OK).retryAfter());
  }

  @Test
  void whatIsNoAnswerIsAFailure() {
    Duration ample = Duration.ofSeconds(20);
    assertEquals("the connection ended without an answer", failure(Receiver.CUT, ample));
    assertEquals("the connection ended without an answer", failure("HTTP/1.1 200 O", ample));
    assertTrue(failure("SSH-2.0\r\n\r\n", ample).contains("not HTTP/1.1: SSH-2.0"));
    assertTrue(failure("HTTP/1.1 101 Other\r\n\r\n", ample).contains("another protocol"));
    String head = "HTTP/1.1 200 OK\r\nX: " + "x".repeat(20_000) + "\r\n\r\n";
    assertTrue(failure(head, ample).contains("longer than 16384"));
    assertEquals("no answer within 200 ms", failure(Receiver.NOTHING, Duration.ofMillis(200)));
    receiver.close();
    assertTrue(failure(Receiver.OK, ample).contains("refused"));
  }

  @Test
  void privateAddressesAreRefusedWhateverTheirName() {
    try (SocketSender sender = sender(Duration.ofSeconds(20), false)) {
      for (String host : new String[] {"127.0.0.1", "localhost", "[::1]", "169.254.169.254"}) {
        URI url = URI.create("http://" + host + ":" + receiver.port() + "/");
        WebhookSender.RefusedException refusal =
            assertThrows(
                WebhookSender.RefusedException.class, () -> sender.post(url, Map.of(), BODY));
        assertTrue(("" + refusal.getMessage()).contains("TALEA_WEBHOOK_PRIVATE"), host);
      }
    }
    assertEquals(0, receiver.deliveries.size());
  }

  @Test
  void closingBreaksOffWhatIsUnderWay() throws Exception {
    receiver.answer(Receiver.NOTHING);
    SocketSender sender = sender(Duration.ofSeconds(60), true);
    CompletableFuture<WebhookSender.Reply> reply =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return sender.post(URI.create(receiver.url()), Map.of(), BODY);
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            },
            task -> new Thread(task).start());
    while (receiver.deliveries.isEmpty()) {
      Thread.onSpinWait();
    }
    sender.close();
    assertThrows(ExecutionException.class, reply::get);
    assertThrows(IOException.class, () -> sender.post(URI.create(receiver.url()), Map.of(), BODY));
  }
}
