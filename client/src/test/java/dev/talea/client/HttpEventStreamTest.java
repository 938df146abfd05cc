// SPDX-License-Identifier: Apache-2.0
package dev.talea.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Event;
import dev.talea.ledger.EventStream;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class HttpEventStreamTest {
  private static final Duration LONG = Duration.ofDays(1000);

  private final TestSurroundings surroundings = new TestSurroundings();
  private ScriptedServer server;
  private TaleaClient client;

  @BeforeEach
  void start() throws IOException {
    server = new ScriptedServer();
    client = TaleaClient.builder(server.url()).token("t").surroundings(surroundings).build();
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    server.close();
  }

  @Test
  void eventsComeInOrderFromTheFirstSeqWanted() throws Exception {
    server.thenStream(frame(7) + ": still here\n\n" + frame(8) + frame(9));
    EventStream events = client.subscribe("a/b", 7);
    assertEquals(List.of(7L, 8L, 9L), take(events, 3));
    var request = server.request();
    assertEquals("GET /v1/books/a%2Fb/events HTTP/1.1", request.line());
    assertEquals("6", request.header("Last-Event-ID"));
    assertEquals("text/event-stream", request.header("Accept"));
    assertEquals("Bearer t", request.header("Authorization"));
  }

  @Test
  void aStreamCutAnywhereGoesOnBehindTheLastWholeEvent() throws Exception {
    String first = frame(1) + frame(2);
    for (int cut = 0; cut <= first.length(); cut++) {
      int wholeFrames = cut == first.length() ? 2 : cut >= frame(1).length() ? 1 : 0;
      String rest = "";
      for (int seq = wholeFrames + 1; seq <= 4; seq++) {
        rest += frame(seq);
      }
      server.thenStream(first.substring(0, cut)).thenStream(rest);
      try (EventStream events = client.subscribe("b", 1)) {
        assertEquals(List.of(1L, 2L, 3L, 4L), take(events, 4), "cut at " + cut);
      }
      assertEquals("0", server.request().header("Last-Event-ID"));
      assertEquals(
          Integer.toString(wholeFrames), server.request().header("Last-Event-ID"), "cut at " + cut);
    }
  }

  @Test
  void eventsThatComeTwiceAreHandedOverOnce() throws Exception {
    server.thenStream(frame(1) + frame(1) + frame(2)).thenStream(frame(1) + frame(2) + frame(3));
    assertEquals(List.of(1L, 2L, 3L), take(client.subscribe("b", 1), 3));
  }

  @Test
  void aGapIsNotHandedOverButAskedForAgain() throws Exception {
    server.thenStream(frame(1) + frame(3) + frame(4)).thenStream(frame(2) + frame(3));
    assertEquals(List.of(1L, 2L, 3L), take(client.subscribe("b", 1), 3));
    server.request();
    assertEquals("1", server.request().header("Last-Event-ID"));
  }

  @Test
  void aServerThatKeepsSkippingIsGivenUp() throws Exception {
    server.thenStream(frame(1) + frame(3)).thenStream(frame(3)).thenStream(frame(3));
    EventStream events = client.subscribe("b", 1);
    assertEquals(List.of(1L), take(events, 1));
    assertEquals(
        new LedgerError.Internal("the stream of book b skipped from seq 1 to 3"), failure(events));
    assertEquals(3, server.requestsLeft());
  }

  @Test
  void eventsThatCannotBeReadAreAskedForAgainAndThenGivenUp() throws Exception {
    String nonsense = "id: 2\ndata: {\"seq\":2,\n\n";
    server.thenStream(frame(1) + nonsense).thenStream(frame(2) + nonsense);
    server.thenStream(nonsense).thenStream(nonsense);
    EventStream events = client.subscribe("b", 1);
    assertEquals(List.of(1L, 2L), take(events, 2));
    assertInstanceOf(LedgerError.Internal.class, failure(events));
  }

  @Test
  void aTemporaryErrorFrameIsWaitedOut() throws Exception {
    server
        .thenStream(frame(1) + "event: error\ndata: {\"error\":\"overloaded\"}\n\n")
        .thenStream(frame(2));
    assertEquals(List.of(1L, 2L), take(client.subscribe("b", 1), 2));
  }

  @Test
  void anErrorFrameThatIsARefusalEndsTheStreamBehindTheEventsBeforeIt() throws Exception {
    server.thenStream(
        frame(1) + "event: error\ndata: {\"error\":\"forbidden\",\"book\":\"b\"}\n\n" + frame(2));
    EventStream events = client.subscribe("b", 1);
    assertEquals(List.of(1L), take(events, 1));
    assertEquals(new LedgerError.Forbidden("b"), failure(events));
    assertEquals(new LedgerError.Forbidden("b"), failure(events), "and stays ended");
  }

  @Test
  void aRefusedRequestEndsTheStreamAtOnce() {
    server.then(401, "{\"error\":\"unauthorized\"}");
    assertEquals(new LedgerError.Unauthorized(), failure(client.subscribe("b", 1)));
    assertEquals(1, server.requestsLeft());
  }

  @Test
  void anOverloadedServerIsAskedAgainWhenItSays() throws Exception {
    server.then(503, "{\"error\":\"overloaded\"}", "Retry-After: 9").thenStream(frame(1));
    assertEquals(List.of(1L), take(client.subscribe("b", 1), 1));
    assertEquals(List.of(Duration.ofSeconds(9)), surroundings.waits());
  }

  @Test
  void whateverIsTemporaryDoesNotEndTheStreamNeitherAtItsBeginningNorLater() throws Exception {
    for (int i = 0; i < 2; i++) {
      for (int status : new int[] {502, 504, 503, 429, 408}) {
        server.then(status, "<html>" + status + "</html>");
      }
    }
    server.thenStream(frame(1));
    for (int status : new int[] {502, 504, 503, 429, 408}) {
      server.then(status, "");
    }
    server.thenStream(frame(2));
    assertEquals(List.of(1L, 2L), take(client.subscribe("b", 1), 2));
    server.then(404, "<html>no such thing</html>");
    assertInstanceOf(LedgerError.Internal.class, failure(client.subscribe("b", 1)));
  }

  @Test
  void aServerThatWasNeverThereEndsTheStreamAfterTheTriesOfThePolicy() throws Exception {
    server.goAway();
    LedgerError error = failure(client.subscribe("b", 1));
    assertInstanceOf(LedgerError.Unavailable.class, error);
    assertEquals(2, surroundings.waits().size());
  }

  @Test
  void anOutageOfManyMinutesDoesNotEndAnIdleStream() throws Exception {
    CountDownLatch connected = new CountDownLatch(1);
    server.thenStream(
        out -> {
          out.write(": nothing happens\n\n".getBytes(StandardCharsets.UTF_8));
          out.flush();
          connected.countDown();
          new CountDownLatch(1).await();
          return false;
        });
    EventStream events = client.subscribe("b", 1);
    while (connected.getCount() > 0) {
      assertNull(events.poll(Duration.ZERO));
    }
    assertNull(events.poll(Duration.ofMillis(50)));
    server.goAway();
    surroundings.onWait(
        () -> {
          if (surroundings.passed().compareTo(Duration.ofMinutes(20)) > 0) {
            surroundings.onWait(() -> {});
            comeBack();
          }
        });
    server.thenStream(frame(1));
    assertEquals(List.of(1L), take(events, 1));
    assertTrue(surroundings.passed().compareTo(Duration.ofMinutes(20)) > 0);
    assertTrue(surroundings.waits().stream().allMatch(w -> w.toSeconds() <= 5));
  }

  @Test
  void patienceEndsAndEveryEventRenewsIt() throws Exception {
    server.thenStream(frame(1)).thenStream(frame(2));
    EventStream events = client.subscribe("b", 1);
    assertEquals(List.of(1L, 2L), take(events, 2));
    server.goAway();
    assertInstanceOf(LedgerError.Unavailable.class, failure(events));
    assertTrue(surroundings.passed().compareTo(Duration.ofMinutes(30)) > 0);
  }

  @Test
  void aLineThatHasFallenSilentIsReplaced() throws Exception {
    server
        .thenStream(
            out -> {
              out.write(frame(1).getBytes(StandardCharsets.UTF_8));
              out.flush();
              new CountDownLatch(1).await();
              return false;
            })
        .thenStream(frame(2));
    EventStream events = client.subscribe("b", 1);
    assertEquals(List.of(1L), take(events, 1));
    assertNull(events.poll(Duration.ZERO), "and begins to listen for the next");
    surroundings.pass(HttpEventStream.SILENCE_MAX);
    assertEquals(List.of(2L), take(events, 1));
  }

  @Test
  void nothingIsReadAheadForAReaderThatDoesNotAsk() throws Exception {
    byte[] piece = ("id: 1\ndata: " + event(1, 60_000) + "\n\n").getBytes(StandardCharsets.UTF_8);
    CountDownLatch allWritten = new CountDownLatch(1);
    server.thenStream(
        out -> {
          // More than the buffers of two sockets take.
          for (int written = 0; written < 64 << 20; written += piece.length) {
            out.write(piece);
          }
          allWritten.countDown();
          return false;
        });
    EventStream events = client.subscribe("b", 1);
    assertEquals(List.of(1L), take(events, 1));
    assertFalse(allWritten.await(300, TimeUnit.MILLISECONDS));
    events.close();
  }

  @Test
  void closeWakesAWaitingReaderWhichSeesTheEnd() throws Exception {
    CountDownLatch connected = new CountDownLatch(1);
    server.thenStream(
        out -> {
          connected.countDown();
          new CountDownLatch(1).await();
          return false;
        });
    EventStream events = client.subscribe("b", 1);
    FutureTask<Object> reader = new FutureTask<>(() -> String.valueOf(events.poll(LONG)));
    Thread thread = new Thread(reader);
    thread.start();
    connected.await();
    events.close();
    events.close();
    assertEquals("null", reader.get(10, TimeUnit.SECONDS));
    assertNull(events.poll(LONG));
  }

  @Test
  void aBookWithoutAUsableNameIsRefusedBeforeAnythingIsSent() {
    for (String book : List.of("", "\uDC00")) {
      LedgerException e = assertThrows(LedgerException.class, () -> client.subscribe(book, 1));
      assertEquals("invalid_draft", e.error().code());
    }
  }

  private void comeBack() {
    try {
      server.comeBack();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Long> take(EventStream events, int count) throws InterruptedException {
    List<Long> seqs = new ArrayList<>();
    while (seqs.size() < count) {
      Event event = events.poll(LONG);
      assertNotNull(event, "the stream ended");
      seqs.add(event.seq());
    }
    return seqs;
  }

  private static LedgerError failure(EventStream events) {
    return assertThrows(LedgerException.class, () -> events.poll(LONG)).error();
  }

  private static String frame(long seq) {
    return "id: " + seq + "\ndata: " + event(seq, 1) + "\n\n";
  }

  private static String event(long seq, int nameLength) {
    return "{\"seq\":"
        + seq
        + ",\"at\":\"2026-01-02T03:04:05Z\",\"kind\":\"asset_registered\",\"payload\":{\"kind\":"
        + "\"asset_registered\",\"id\":\"A"
        + seq
        + "\",\"class\":\"fiat\",\"precision\":2,\"name\":\""
        + "n".repeat(nameLength)
        + "\"}}";
  }
}
