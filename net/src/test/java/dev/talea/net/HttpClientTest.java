// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The client against our own server, and against sockets that behave badly on purpose. */
@ExtendWith(LeakWatch.class)
@Timeout(60)
@Tag("slow")
class HttpClientTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  private static HttpClient client(int port) {
    return client(port, UnaryOperator.identity());
  }

  private static HttpClient client(int port, UnaryOperator<HttpClientSettings.Builder> settings) {
    return HttpClient.to(
        URI.create("http://127.0.0.1:" + port),
        settings.apply(HttpClientSettings.builder()).build());
  }

  private static ClientRequest get(String target) {
    return ClientRequest.get(target, Headers.NONE);
  }

  private static TransportException failureOf(CompletableFuture<?> future) {
    ExecutionException failed =
        assertThrows(ExecutionException.class, () -> future.get(20, TimeUnit.SECONDS));
    return assertInstanceOf(TransportException.class, failed.getCause());
  }

  @Test
  void aRequestIsAnsweredWithStatusHeadersAndBody() throws Exception {
    try (TestServer server =
            new TestServer(
                (request, exchange) ->
                    exchange.respond(
                        HttpResponse.text(
                                201, request.method() + " " + request.head().target() + "\n")
                            .with("X-Seen", String.valueOf(request.header("X-Sent")))));
        HttpClient client = client(server.address().getPort())) {
      HttpResponse answer =
          client
              .send(ClientRequest.get("/a%2Fb?c=d", Headers.of("X-Sent", "yes")), LONG)
              .get(20, TimeUnit.SECONDS);
      assertEquals(201, answer.status());
      assertEquals("GET /a%2Fb?c=d\n", answer.bodyText());
      assertEquals("yes", answer.headers().first("x-seen"));
    }
  }

  @Test
  void aBodyOfAnyLengthComesBackUnchanged() throws Exception {
    Random random = new Random(17);
    try (TestServer server = new TestServer(TestServer::echo);
        HttpClient client = client(server.address().getPort())) {
      for (int length : new int[] {0, 1, 8191, 8192, 8193, 65536, 1_000_000, 2 * 1024 * 1024}) {
        byte[] body = new byte[length];
        random.nextBytes(body);
        HttpResponse answer =
            client
                .send(ClientRequest.post("/", Headers.NONE, "application/x", body), LONG)
                .get(20, TimeUnit.SECONDS);
        assertEquals(200, answer.status());
        assertArrayEquals(body, answer.body());
      }
    }
  }

  @Test
  void headAnd204AreCompleteWithoutABodyAndKeepTheConnection() throws Exception {
    Set<Object> connections = ConcurrentHashMap.newKeySet();
    try (TestServer server =
            new TestServer(
                (request, exchange) -> {
                  connections.add(request.head().remoteAddress());
                  exchange.respond(
                      request.rawPath().equals("/none")
                          ? HttpResponse.of(204)
                          : HttpResponse.text(200, "twelve bytes"));
                });
        HttpClient client = client(server.address().getPort())) {
      HttpResponse head =
          client
              .send(new ClientRequest("HEAD", "/", Headers.NONE, new byte[0]), LONG)
              .get(20, TimeUnit.SECONDS);
      assertEquals("12", head.headers().first("Content-Length"));
      assertEquals(0, head.body().length);
      assertEquals(204, client.send(get("/none"), LONG).get(20, TimeUnit.SECONDS).status());
      assertEquals(
          "twelve bytes", client.send(get("/"), LONG).get(20, TimeUnit.SECONDS).bodyText());
      assertEquals(1, connections.size());
    }
  }

  @Test
  void oneConnectionServesRequestsThatComeOneAfterTheOther() throws Exception {
    Set<Object> connections = ConcurrentHashMap.newKeySet();
    try (TestServer server =
            new TestServer(
                (request, exchange) -> {
                  connections.add(request.head().remoteAddress());
                  TestServer.target(request, exchange);
                });
        HttpClient client = client(server.address().getPort())) {
      for (int i = 0; i < 100; i++) {
        assertEquals("/" + i, client.send(get("/" + i), LONG).get(20, TimeUnit.SECONDS).bodyText());
      }
      assertEquals(1, connections.size());
    }
  }

  @Test
  void manyRequestsAtOnceShareFewConnectionsAndGetTheirOwnAnswers() throws Exception {
    Set<Object> connections = ConcurrentHashMap.newKeySet();
    try (TestServer server =
            new TestServer(
                (request, exchange) -> {
                  connections.add(request.head().remoteAddress());
                  TestServer.target(request, exchange);
                });
        HttpClient client =
            client(server.address().getPort(), s -> s.connectionsMax(4).eventLoops(2))) {
      List<CompletableFuture<HttpResponse>> answers = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        answers.add(client.send(get("/" + i), LONG));
      }
      for (int i = 0; i < 1000; i++) {
        assertEquals("/" + i, answers.get(i).get(20, TimeUnit.SECONDS).bodyText());
      }
      assertTrue(connections.size() <= 4, connections.size() + " connections");
    }
  }

  @Test
  void nobodyListeningIsSaidAndNothingWasSent() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    try (HttpClient client = client(port)) {
      TransportException failure = failureOf(client.send(get("/"), LONG));
      assertEquals(TransportException.Kind.CONNECT_FAILED, failure.kind());
      assertFalse(failure.mayHaveBeenSent());
      assertTrue(String.valueOf(failure.getMessage()).contains("127.0.0.1:" + port));
      TransportException stream = failureOf(client.stream(get("/"), LONG));
      assertEquals(TransportException.Kind.CONNECT_FAILED, stream.kind());
    }
  }

  @Test
  void anUnknownHostIsAConnectFailure() {
    try (HttpClient client =
        HttpClient.to(
            URI.create("http://no-such-host.invalid:80"), HttpClientSettings.builder().build())) {
      TransportException failure = failureOf(client.send(get("/"), LONG));
      assertEquals(TransportException.Kind.CONNECT_FAILED, failure.kind());
      assertFalse(failure.mayHaveBeenSent());
    }
  }

  @Test
  void aRequestThatIsNotAnsweredInTimeFailsAndItsConnectionIsNotUsedAgain() throws Exception {
    BlockingQueue<HttpExchange> held = new LinkedBlockingQueue<>();
    try (TestServer server =
            new TestServer(
                (request, exchange) -> {
                  if (request.rawPath().equals("/slow")) {
                    held.add(exchange);
                  } else {
                    TestServer.target(request, exchange);
                  }
                });
        HttpClient client = client(server.address().getPort(), s -> s.connectionsMax(1))) {
      TransportException failure = failureOf(client.send(get("/slow"), Duration.ofMillis(100)));
      assertEquals(TransportException.Kind.TIMED_OUT, failure.kind());
      assertTrue(failure.mayHaveBeenSent());
      CompletableFuture<HttpResponse> next = client.send(get("/next"), LONG);
      TestServer.present(held.poll(20, TimeUnit.SECONDS)).respond(HttpResponse.text(200, "late"));
      assertEquals("/next", next.get(20, TimeUnit.SECONDS).bodyText());
    }
  }

  @Test
  void aRequestThatTimesOutWhileItWaitsForAConnectionWasNeverSent() throws Exception {
    BlockingQueue<HttpExchange> held = new LinkedBlockingQueue<>();
    try (TestServer server = new TestServer((request, exchange) -> held.add(exchange));
        HttpClient client =
            client(server.address().getPort(), s -> s.connectionsMax(1).waitingMax(1))) {
      CompletableFuture<HttpResponse> first = client.send(get("/"), LONG);
      HttpExchange exchange = TestServer.present(held.poll(20, TimeUnit.SECONDS));
      CompletableFuture<HttpResponse> second = client.send(get("/"), Duration.ofMillis(800));
      TransportException refused = failureOf(client.send(get("/"), LONG));
      assertEquals(TransportException.Kind.POOL_EXHAUSTED, refused.kind());
      assertFalse(refused.mayHaveBeenSent());
      TransportException failure = failureOf(second);
      assertEquals(TransportException.Kind.TIMED_OUT, failure.kind());
      assertFalse(failure.mayHaveBeenSent());
      exchange.respond(HttpResponse.text(200, "first"));
      assertEquals("first", first.get(20, TimeUnit.SECONDS).bodyText());
    }
  }

  @Test
  void anAnswerLongerThanAllowedIsGivenUp() throws Exception {
    try (TestServer server =
            new TestServer(
                (request, exchange) ->
                    exchange.respond(
                        HttpResponse.of(
                            200,
                            "text/plain",
                            new byte[request.rawPath().equals("/fits") ? 1000 : 1001])));
        HttpClient client = client(server.address().getPort(), s -> s.answerBytesMax(1000))) {
      assertEquals(1000, client.send(get("/fits"), LONG).get(20, TimeUnit.SECONDS).body().length);
      TransportException failure = failureOf(client.send(get("/not"), LONG));
      assertEquals(TransportException.Kind.ANSWER_TOO_LARGE, failure.kind());
      assertEquals(1000, client.send(get("/fits"), LONG).get(20, TimeUnit.SECONDS).body().length);
    }
  }

  // --- servers that misbehave
  // ----------------------------------------------------------------------

  /** Says a fixed text to each request head it reads, connection by connection, then closes. */
  private static final class ScriptedServer implements AutoCloseable {
    private final ServerSocket listener;
    private final Thread thread;

    ScriptedServer(List<List<String>> answersByConnection) throws IOException {
      listener = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
      thread = new Thread(() -> serve(answersByConnection), "scripted-server");
      thread.start();
    }

    private void serve(List<List<String>> answersByConnection) {
      try {
        for (List<String> answers : answersByConnection) {
          try (Socket socket = listener.accept()) {
            for (String answer : answers) {
              readHead(socket.getInputStream());
              OutputStream out = socket.getOutputStream();
              out.write(answer.getBytes(StandardCharsets.ISO_8859_1));
              out.flush();
            }
          }
        }
      } catch (IOException closed) {
        return;
      }
    }

    private static void readHead(InputStream in) throws IOException {
      int matched = 0;
      while (matched < 4) {
        int b = in.read();
        if (b < 0) {
          throw new IOException("closed");
        }
        matched = b == "\r\n\r\n".charAt(matched) ? matched + 1 : b == '\r' ? 1 : 0;
      }
    }

    int port() {
      return listener.getLocalPort();
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  @Test
  void aServerThatClosesBeforeItAnswersIsTold() throws Exception {
    try (ScriptedServer server = new ScriptedServer(List.of(List.of("")));
        HttpClient client = client(server.port())) {
      TransportException failure = failureOf(client.send(get("/"), LONG));
      assertEquals(TransportException.Kind.CLOSED_BEFORE_ANSWER, failure.kind());
      assertTrue(failure.mayHaveBeenSent());
    }
  }

  @Test
  void aServerThatClosesInTheMiddleOfAnAnswerIsTold() throws Exception {
    List<String> partial =
        List.of(
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
    for (String answer : partial) {
      try (ScriptedServer server = new ScriptedServer(List.of(List.of(answer)));
          HttpClient client = client(server.port())) {
        TransportException failure = failureOf(client.send(get("/"), LONG));
        assertEquals(TransportException.Kind.BROKEN_ANSWER, failure.kind());
        assertTrue(failure.mayHaveBeenSent());
      }
    }
  }

  @Test
  void nonsenseInsteadOfAnAnswerIsTold() throws Exception {
    for (String nonsense :
        List.of("SSH-2.0-nope\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n")) {
      try (ScriptedServer server = new ScriptedServer(List.of(List.of(nonsense)));
          HttpClient client = client(server.port())) {
        TransportException failure = failureOf(client.send(get("/"), LONG));
        assertEquals(TransportException.Kind.BROKEN_ANSWER, failure.kind());
      }
    }
  }

  @Test
  void anInterimAnswerIsSkipped() throws Exception {
    try (ScriptedServer server =
            new ScriptedServer(
                List.of(List.of("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + OK, OK)));
        HttpClient client = client(server.port())) {
      assertEquals("ok", client.send(get("/"), LONG).get(20, TimeUnit.SECONDS).bodyText());
      assertEquals("ok", client.send(get("/"), LONG).get(20, TimeUnit.SECONDS).bodyText());
    }
  }

  @Test
  void anAnswerUpToTheEndOfTheConnectionIsComplete() throws Exception {
    try (ScriptedServer server =
            new ScriptedServer(List.of(List.of("HTTP/1.1 200 OK\r\n\r\nall of it"), List.of(OK)));
        HttpClient client = client(server.port())) {
      assertEquals("all of it", client.send(get("/"), LONG).get(20, TimeUnit.SECONDS).bodyText());
      assertEquals("ok", client.send(get("/"), LONG).get(20, TimeUnit.SECONDS).bodyText());
    }
  }

  @Test
  void aConnectionThatSaysMoreThanItWasAskedIsNotUsedAgain() throws Exception {
    try (ScriptedServer server = new ScriptedServer(List.of(List.of(OK + OK), List.of(OK)));
        HttpClient client = client(server.port(), s -> s.connectionsMax(1))) {
      assertEquals("ok", client.send(get("/"), LONG).get(20, TimeUnit.SECONDS).bodyText());
      // The second answer belongs to nobody; depending on timing the next request finds the
      // connection gone before or after it is sent, and never gets that answer.
      CompletableFuture<HttpResponse> second = client.send(get("/"), LONG);
      try {
        assertEquals("ok", second.get(20, TimeUnit.SECONDS).bodyText());
      } catch (ExecutionException e) {
        TransportException failure = assertInstanceOf(TransportException.class, e.getCause());
        assertEquals(TransportException.Kind.CLOSED_BEFORE_ANSWER, failure.kind());
      }
    }
  }

  @Test
  void aConnectionTheServerWantsClosedIsNotUsedAgain() throws Exception {
    String closing = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
    try (ScriptedServer server = new ScriptedServer(List.of(List.of(closing), List.of(OK)));
        HttpClient client = client(server.port())) {
      assertEquals("ok", client.send(get("/"), LONG).get(20, TimeUnit.SECONDS).bodyText());
      assertEquals("ok", client.send(get("/"), LONG).get(20, TimeUnit.SECONDS).bodyText());
    }
  }

  @Test
  void anUnusedConnectionIsClosedWhenItsTimeIsUp() throws Exception {
    try (TestServer server = new TestServer(TestServer::target);
        HttpClient client =
            client(server.address().getPort(), s -> s.idleTimeout(Duration.ofMillis(50)))) {
      client.send(get("/"), LONG).get(20, TimeUnit.SECONDS);
      server.awaitNoConnections();
      assertEquals("/2", client.send(get("/2"), LONG).get(20, TimeUnit.SECONDS).bodyText());
    }
  }

  @Test
  void closingTheClientFailsWhatIsUnderWay() throws Exception {
    BlockingQueue<HttpExchange> held = new LinkedBlockingQueue<>();
    try (TestServer server =
        new TestServer(
            (request, exchange) -> {
              if (request.rawPath().equals("/stream")) {
                exchange.startStream(200, Headers.NONE);
              } else {
                held.add(exchange);
              }
            })) {
      HttpClient client = client(server.address().getPort(), s -> s.connectionsMax(1));
      CompletableFuture<HttpResponse> sent = client.send(get("/"), LONG);
      ClientStream stream = client.stream(get("/stream"), LONG).get(20, TimeUnit.SECONDS);
      CompletableFuture<?> piece = stream.next();
      HttpExchange unanswered = TestServer.present(held.poll(20, TimeUnit.SECONDS));
      CompletableFuture<HttpResponse> waiting = client.send(get("/"), LONG);
      client.close();
      assertFalse(failureOf(waiting).mayHaveBeenSent());
      assertTrue(failureOf(sent).mayHaveBeenSent());
      assertEquals(TransportException.Kind.CLIENT_CLOSED, failureOf(piece).kind());
      assertEquals(
          TransportException.Kind.CLIENT_CLOSED, failureOf(client.send(get("/"), LONG)).kind());
      client.close();
      unanswered.respond(HttpResponse.of(204));
    }
  }

  // --- streams -----------------------------------------------------------------------------------

  @Test
  void aStreamIsReadPieceByPieceToItsEnd() throws Exception {
    try (TestServer server =
            new TestServer(
                (request, exchange) -> {
                  ResponseStream stream =
                      exchange.startStream(200, Headers.of("Content-Type", "text/event-stream"));
                  int[] next = {0};
                  stream.onWritable(
                      () -> {
                        while (next[0] < 1000
                            && stream.write(TestServer.bytes("piece " + next[0] + "\n"))) {
                          next[0]++;
                        }
                        if (next[0] == 1000) {
                          stream.close();
                        }
                      });
                });
        HttpClient client = client(server.address().getPort())) {
      ClientStream stream = client.stream(get("/"), LONG).get(20, TimeUnit.SECONDS);
      assertEquals(200, stream.status());
      assertEquals("text/event-stream", stream.headers().first("content-type"));
      StringBuilder text = new StringBuilder();
      for (byte[] piece = stream.next().get(20, TimeUnit.SECONDS);
          piece != null;
          piece = stream.next().get(20, TimeUnit.SECONDS)) {
        text.append(new String(piece, StandardCharsets.ISO_8859_1));
      }
      StringBuilder expected = new StringBuilder();
      for (int i = 0; i < 1000; i++) {
        expected.append("piece ").append(i).append('\n');
      }
      assertEquals(expected.toString(), text.toString());
      assertNull(stream.next().get(20, TimeUnit.SECONDS));
    }
  }

  @Test
  void aStreamCutOffByTheServerFails() throws Exception {
    try (ScriptedServer server =
            new ScriptedServer(
                List.of(
                    List.of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n")));
        HttpClient client = client(server.port())) {
      ClientStream stream = client.stream(get("/"), LONG).get(20, TimeUnit.SECONDS);
      assertArrayEquals(TestServer.bytes("ok"), stream.next().get(20, TimeUnit.SECONDS));
      assertEquals(TransportException.Kind.BROKEN_ANSWER, failureOf(stream.next()).kind());
    }
  }

  @Test
  void aStreamWhoseHeadDoesNotComeTimesOut() throws Exception {
    BlockingQueue<HttpExchange> held = new LinkedBlockingQueue<>();
    try (TestServer server = new TestServer((request, exchange) -> held.add(exchange));
        HttpClient client = client(server.address().getPort())) {
      TransportException failure = failureOf(client.stream(get("/"), Duration.ofMillis(100)));
      assertEquals(TransportException.Kind.TIMED_OUT, failure.kind());
      TestServer.present(held.poll(20, TimeUnit.SECONDS)).respond(HttpResponse.of(204));
      server.awaitNoConnections();
    }
  }

  @Test
  void closingAStreamTellsTheServer() throws Exception {
    CountDownLatch closed = new CountDownLatch(1);
    try (TestServer server =
            new TestServer(
                (request, exchange) ->
                    exchange.startStream(200, Headers.NONE).onClose(closed::countDown));
        HttpClient client = client(server.address().getPort())) {
      ClientStream stream = client.stream(get("/"), LONG).get(20, TimeUnit.SECONDS);
      CompletableFuture<?> piece = stream.next();
      stream.close();
      assertTrue(closed.await(20, TimeUnit.SECONDS));
      assertEquals(TransportException.Kind.CLIENT_CLOSED, failureOf(piece).kind());
    }
  }

  @Test
  void aStreamNobodyReadsHoldsTheServerBack() throws Exception {
    BlockingQueue<Integer> stoppedAt = new LinkedBlockingQueue<>();
    int pieceBytes = 16 * 1024;
    try (TestServer server =
            new TestServer(
                (request, exchange) -> {
                  ResponseStream stream = exchange.startStream(200, Headers.NONE);
                  int[] written = {0};
                  stream.onWritable(
                      () -> {
                        while (stream.write(new byte[pieceBytes])) {
                          written[0] += pieceBytes;
                          if (written[0] >= 256 * 1024 * 1024) {
                            stream.close();
                          }
                        }
                        stoppedAt.add(written[0]);
                      });
                });
        HttpClient client = client(server.address().getPort())) {
      ClientStream stream = client.stream(get("/"), LONG).get(20, TimeUnit.SECONDS);
      // The kernels' buffers fill up and then nothing moves: the last stop is followed by no other.
      int last = -1;
      for (Integer stop = TestServer.present(stoppedAt.poll(20, TimeUnit.SECONDS));
          stop != null;
          stop = stoppedAt.poll(500, TimeUnit.MILLISECONDS)) {
        last = stop;
      }
      assertTrue(last < 64 * 1024 * 1024, last + " bytes were taken from the server");
      long read = 0;
      while (read <= last) {
        read += TestServer.present(stream.next().get(20, TimeUnit.SECONDS)).length;
      }
      TestServer.present(stoppedAt.poll(20, TimeUnit.SECONDS));
      stream.close();
    }
  }

  @Test
  void anOriginWithUserOrPathIsRefused() {
    for (String uri :
        List.of("ftp://a", "http://u:p@a", "http://a/b", "http://a?b", "a:80", "http://a#b")) {
      assertThrows(
          IllegalArgumentException.class,
          () -> HttpClient.to(URI.create(uri), HttpClientSettings.builder().build()));
    }
  }
}
