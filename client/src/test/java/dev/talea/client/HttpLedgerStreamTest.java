// SPDX-License-Identifier: Apache-2.0
package dev.talea.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Cut;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.CursorBeyondEnd;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.LedgerStream;
import dev.talea.ledger.LedgerStream.Ended;
import dev.talea.ledger.LedgerStream.Happened;
import dev.talea.ledger.json.SubscriptionDraft;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a stream of many books does otherwise than one of one book; that it is the same machinery
 * otherwise is tried where it matters most.
 */
@Tag("slow")
@Timeout(30)
class HttpLedgerStreamTest {
  private static final Duration LONG = Duration.ofDays(1000);
  private static final String COMMENT = ": still here\n\n";

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
  void eachBookComesInOrderFromItsPosition() throws Exception {
    server.thenStream(frame("a", 8) + frame("b", 1) + COMMENT + frame("a", 9) + frame("b", 2));
    LedgerStream stream =
        client.subscribe(Set.of("a", "b"), Cut.of(Map.of("a", 7L, "not wanted", 3L)));
    assertEquals(List.of("a 8", "b 1", "a 9", "b 2"), take(stream, 4));
    var request = server.request();
    assertEquals("POST /v1/events HTTP/1.1", request.line());
    assertEquals("text/event-stream", request.header("Accept"));
    assertEquals("application/json", request.header("Content-Type"));
    assertEquals("Bearer t", request.header("Authorization"));
    assertEquals(
        new SubscriptionDraft(Set.of("a", "b"), Map.of("a", 7L)),
        SubscriptionDraft.read(request.body().getBytes(StandardCharsets.UTF_8)));
  }

  private SubscriptionDraft wanted() throws InterruptedException {
    return SubscriptionDraft.read(server.request().body().getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aStreamCutAnywhereGoesOnWithTheVectorOfWhatItHasSeen() throws Exception {
    String first = frame("a", 1) + frame("b", 5);
    for (int cut = 0; cut <= first.length(); cut++) {
      int wholeFrames = cut == first.length() ? 2 : cut >= frame("a", 1).length() ? 1 : 0;
      String rest = wholeFrames < 1 ? frame("a", 1) : "";
      rest += wholeFrames < 2 ? frame("b", 5) : "";
      server.thenStream(first.substring(0, cut)).thenStream(rest + frame("b", 6) + frame("c", 1));
      try (LedgerStream stream = client.subscribe(null, Cut.of(Map.of("b", 4L)))) {
        assertEquals(List.of("a 1", "b 5", "b 6", "c 1"), take(stream, 4), "cut at " + cut);
      }
      assertEquals(new SubscriptionDraft(null, Map.of("b", 4L)), wanted());
      Map<String, Long> seen =
          switch (wholeFrames) {
            case 0 -> Map.of("b", 4L);
            case 1 -> Map.of("a", 1L, "b", 4L);
            default -> Map.of("a", 1L, "b", 5L);
          };
      assertEquals(new SubscriptionDraft(null, seen), wanted(), "cut at " + cut);
    }
  }

  @Test
  void whatComesTwiceIsHandedOverOnceAndAGapOfOneBookIsAskedForAgain() throws Exception {
    server
        .thenStream(frame("a", 1) + frame("a", 1) + frame("b", 1) + frame("b", 3) + frame("a", 2))
        .thenStream(frame("b", 1) + frame("b", 2) + frame("a", 2));
    LedgerStream stream = client.subscribe(null, Cut.START);
    assertEquals(List.of("a 1", "b 1", "b 2", "a 2"), take(stream, 4));
    assertEquals(new SubscriptionDraft(null, Map.of()), wanted());
    assertEquals(new SubscriptionDraft(null, Map.of("a", 1L, "b", 1L)), wanted());
  }

  @Test
  void aServerThatKeepsSkippingInOneBookIsGivenUp() throws Exception {
    server.thenStream(frame("a", 1) + frame("a", 3)).thenStream(frame("a", 3));
    server.thenStream(frame("a", 3));
    LedgerStream stream = client.subscribe(null, Cut.START);
    assertEquals(List.of("a 1"), take(stream, 1));
    assertEquals(
        new LedgerError.Internal("the stream of book a skipped from seq 1 to 3"), failure(stream));
    assertEquals(3, server.requestsLeft());
  }

  @Test
  void anEventWithoutTheNameOfItsBookIsNone() {
    String nameless = frame("a", 1).replace("\"book\":\"a\",\"seq\"", "\"seq\"");
    server.thenStream(nameless).thenStream(nameless).thenStream(nameless);
    assertInstanceOf(LedgerError.Internal.class, failure(client.subscribe(null, Cut.START)));
  }

  @Test
  void aBookWithAnotherHistoryEndsAloneAndIsNotAskedForAgain() throws Exception {
    String end = error("{\"error\":\"cursor_beyond_end\",\"book\":\"a\",\"last_seq\":2}");
    server.thenStream(end + frame("b", 1)).thenStream(frame("b", 2));
    LedgerStream stream = client.subscribe(Set.of("a", "b"), Cut.of(Map.of("a", 7L)));
    assertEquals(new Ended("a", new CursorBeyondEnd(2)), stream.poll(LONG));
    assertEquals(List.of("b 1", "b 2"), take(stream, 2));
    wanted();
    assertEquals(Set.of("b"), wanted().books());
  }

  @Test
  void ofAllBooksOneThatHasEndedIsToldOfOnceAndStaysEnded() throws Exception {
    String end = error("{\"error\":\"cursor_beyond_end\",\"book\":\"a\",\"last_seq\":2}");
    server
        .thenStream(end + frame("b", 1))
        .thenStream(end + frame("a", 8) + frame("b", 2))
        .thenStream(error("{\"error\":\"unavailable\",\"book\":\"a\",\"reason\":\"away\"}"))
        .thenStream(COMMENT + frame("b", 3));
    LedgerStream stream = client.subscribe(null, Cut.of(Map.of("a", 7L)));
    assertEquals(new Ended("a", new CursorBeyondEnd(2)), stream.poll(LONG));
    assertEquals(List.of("b 1", "b 2", "b 3"), take(stream, 3));
  }

  @Test
  void anErrorAboutABookBehindWhichTheStreamGoesOnIsTheEndOfTheBook() throws Exception {
    String damaged = error("{\"error\":\"unavailable\",\"book\":\"a\",\"reason\":\"damaged\"}");
    for (String behind : List.of(frame("b", 1), COMMENT + frame("b", 1))) {
      server.thenStream(damaged + behind);
      try (LedgerStream stream = client.subscribe(null, Cut.START)) {
        assertEquals(new Ended("a", new Unavailable("damaged")), stream.poll(LONG));
        assertEquals(List.of("b 1"), take(stream, 1));
      }
    }
  }

  @Test
  void twoBooksMayEndOneBehindTheOther() throws Exception {
    server.thenStream(
        error("{\"error\":\"unavailable\",\"book\":\"a\",\"reason\":\"damaged\"}")
            + error("{\"error\":\"unavailable\",\"book\":\"b\",\"reason\":\"too\"}")
            + COMMENT);
    LedgerStream stream = client.subscribe(null, Cut.START);
    assertEquals(new Ended("a", new Unavailable("damaged")), stream.poll(LONG));
    assertEquals(new Ended("b", new Unavailable("too")), stream.poll(LONG));
  }

  @Test
  void anErrorAboutABookThatTheConnectionEndsWithIsWaitedOut() throws Exception {
    String away = error("{\"error\":\"unavailable\",\"book\":\"a\",\"reason\":\"away\"}");
    server.thenStream(frame("a", 1) + away).thenStream(away).thenStream(frame("a", 2));
    assertEquals(List.of("a 1", "a 2"), take(client.subscribe(null, Cut.START), 2));
    String fault = error("{\"error\":\"internal\",\"book\":\"a\",\"message\":\"ours\"}");
    server.thenStream(fault).thenStream(fault).thenStream(fault);
    assertEquals(
        new LedgerError.Internal("ours"), failure(client.subscribe(null, Cut.START)), "not often");
  }

  @Test
  void anErrorAboutNoBookIsTheEndOfTheConnectionOrOfTheStream() throws Exception {
    server
        .thenStream(frame("a", 1) + error("{\"error\":\"overloaded\"}"))
        .thenStream(frame("a", 2) + error("{\"error\":\"unauthorized\"}") + frame("a", 3));
    LedgerStream stream = client.subscribe(null, Cut.START);
    assertEquals(List.of("a 1", "a 2"), take(stream, 2));
    assertEquals(new LedgerError.Unauthorized(), failure(stream));
    assertEquals(new LedgerError.Unauthorized(), failure(stream), "and stays ended");
  }

  @Test
  void aRefusedRequestEndsTheStreamAtOnce() {
    server.then(403, "{\"error\":\"forbidden\",\"book\":\"b\"}");
    assertEquals(new LedgerError.Forbidden("b"), failure(client.subscribe(Set.of("b"), Cut.START)));
    assertEquals(1, server.requestsLeft());
  }

  @Test
  void aServerThatWasNeverThereEndsTheStreamAfterTheTriesOfThePolicy() throws Exception {
    server.goAway();
    assertInstanceOf(Unavailable.class, failure(client.subscribe(null, Cut.START)));
    assertEquals(2, surroundings.waits().size());
  }

  @Test
  void anOutageOfManyMinutesDoesNotEndAnIdleStreamAndEveryEventRenewsThePatience()
      throws Exception {
    CountDownLatch connected = new CountDownLatch(1);
    server.thenStream(
        out -> {
          out.write(COMMENT.getBytes(StandardCharsets.UTF_8));
          out.flush();
          connected.countDown();
          new CountDownLatch(1).await();
          return false;
        });
    LedgerStream stream = client.subscribe(null, Cut.of(Map.of("a", 1L)));
    while (connected.getCount() > 0) {
      assertNull(stream.poll(Duration.ZERO));
    }
    assertNull(stream.poll(Duration.ofMillis(50)));
    for (int outage = 1; outage <= 3; outage++) {
      server.goAway();
      Duration back = Duration.ofMinutes(20L * outage);
      surroundings.onWait(
          () -> {
            if (surroundings.passed().compareTo(back) > 0) {
              surroundings.onWait(() -> {});
              comeBack();
            }
          });
      server.thenStream(frame("a", 1 + outage));
      assertEquals(List.of("a " + (1 + outage)), take(stream, 1));
      assertTrue(surroundings.passed().compareTo(back) > 0);
    }
    server.goAway();
    assertInstanceOf(Unavailable.class, failure(stream));
  }

  @Test
  void nothingIsReadAheadForAReaderThatDoesNotAsk() throws Exception {
    byte[] comment = (": " + "x".repeat(60_000) + "\n\n").getBytes(StandardCharsets.UTF_8);
    CountDownLatch allWritten = new CountDownLatch(1);
    server.thenStream(
        out -> {
          out.write(frame("a", 1).getBytes(StandardCharsets.UTF_8));
          // More than the buffers of two sockets take.
          for (int written = 0; written < 64 << 20; written += comment.length) {
            out.write(comment);
          }
          allWritten.countDown();
          return false;
        });
    try (LedgerStream stream = client.subscribe(null, Cut.START)) {
      assertEquals(List.of("a 1"), take(stream, 1));
      assertFalse(allWritten.await(300, TimeUnit.MILLISECONDS));
    }
  }

  private void comeBack() {
    try {
      server.comeBack();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> take(LedgerStream stream, int count) throws InterruptedException {
    List<String> taken = new ArrayList<>();
    while (taken.size() < count) {
      LedgerStream.Item item = stream.poll(LONG);
      assertNotNull(item, "the stream ended");
      Happened happened = assertInstanceOf(Happened.class, item);
      taken.add(happened.book() + " " + happened.event().seq());
    }
    return taken;
  }

  private static LedgerError failure(LedgerStream stream) {
    return assertThrows(LedgerException.class, () -> stream.poll(LONG)).error();
  }

  private static String error(String envelope) {
    return "event: error\ndata: " + envelope + "\n\n";
  }

  private static String frame(String book, long seq) {
    return "data: {\"book\":\""
        + book
        + "\",\"seq\":"
        + seq
        + ",\"at\":\"2026-01-02T03:04:05Z\",\"kind\":\"asset_registered\",\"payload\":{\"kind\":"
        + "\"asset_registered\",\"id\":\"A\",\"class\":\"fiat\",\"precision\":2,\"name\":\"n\"}}\n\n";
  }
}
