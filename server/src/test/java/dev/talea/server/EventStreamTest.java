// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static dev.talea.server.TestDaemon.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Event;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.json.EventJson;
import dev.talea.server.settings.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Following a book over a real socket. */
@Tag("slow")
class EventStreamTest {
  private static final Settings.Timing RESTLESS =
      new Settings.Timing(Duration.ofSeconds(30), Duration.ofMillis(100), Duration.ofSeconds(5));

  private TestStore store;
  private TestDaemon daemon;

  @BeforeEach
  void start() {
    store = new TestStore();
    daemon = TestDaemon.over(store).withBook("b");
  }

  @AfterEach
  void stop() {
    daemon.close();
  }

  private void post(String key) {
    Answer answer = daemon.post("/v1/transactions", draft("b", key, "1"));
    assertEquals(200, answer.status(), answer::toString);
  }

  private static long seq(List<String> frame) {
    return Long.parseLong(frame.get(0).substring("id: ".length()));
  }

  private static List<String> next(SseReader stream) throws IOException {
    List<String> frame = stream.event();
    assertNotNull(frame, "the stream has ended");
    return frame;
  }

  private static Event event(List<String> frame) {
    return EventJson.read(
        frame.get(1).substring("data: ".length()).getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aFrameIsAnIdALineOfDataAndABlankLine() throws IOException {
    post("k");
    try (SseReader stream = new SseReader(daemon, "/v1/books/b/events")) {
      assertEquals(200, stream.head().status());
      assertEquals("text/event-stream", stream.head().header("Content-Type"));
      assertNotNull(stream.head().header("X-Request-Id"));
      for (long seq = 1; seq <= 3; seq++) {
        List<String> frame = next(stream);
        assertEquals(2, frame.size(), frame::toString);
        assertEquals("id: " + seq, frame.get(0));
        assertEquals(seq, event(frame).seq());
      }
    }
    try (SseReader stream = new SseReader(daemon, "/v1/books/_system/events")) {
      assertTrue(next(stream).get(1).contains("\"kind\":\"asset_registered\""));
    }
  }

  @Test
  void theCursorIsTheHeaderIfItIsANumberElseTheQueryElseTheStart() throws IOException {
    for (int i = 0; i < 5; i++) {
      post("k" + i);
    }
    assertEquals(1, firstSeq("/v1/books/b/events"));
    assertEquals(1, firstSeq("/v1/books/b/events?from=0"));
    assertEquals(4, firstSeq("/v1/books/b/events?from=3"));
    assertEquals(3, firstSeq("/v1/books/b/events", "Last-Event-ID: 2"));
    assertEquals(3, firstSeq("/v1/books/b/events?from=5", "Last-Event-ID: 2"));
    assertEquals(1, firstSeq("/v1/books/b/events?from=5", "Last-Event-ID: 0"));
    assertEquals(1, firstSeq("/v1/books/b/events?from=5", "Last-Event-ID: -7"));
    assertEquals(3, firstSeq("/v1/books/b/events?from=5", "Last-Event-ID: +2"));
    assertEquals(1, firstSeq("/v1/books/b/events?from=-1"));
    for (String bad : new String[] {"", "x", "2.0", "2x", "0x2", "99999999999999999999"}) {
      assertEquals(6, firstSeq("/v1/books/b/events?from=5", "Last-Event-ID: " + bad), bad);
    }
    Envelopes.assertInvalid("query", daemon.get("/v1/books/b/events?from=x", "Last-Event-ID: 2"));
  }

  private long firstSeq(String target, String... headers) throws IOException {
    try (SseReader stream = new SseReader(daemon, target, headers)) {
      return seq(next(stream));
    }
  }

  @Test
  void aCursorBeyondTheEndIsAnsweredAndEndsTheStream() throws IOException {
    try (SseReader stream = new SseReader(daemon, "/v1/books/b/events?from=3")) {
      assertEquals(200, stream.head().status());
      assertEquals(
          List.of("event: error", "data: {\"error\":\"cursor_beyond_end\",\"last_seq\":2}"),
          next(stream));
      assertNull(stream.event());
    }
    Answer page = daemon.get("/v1/books/b/events?from=3", "Accept: application/json");
    assertEquals(409, page.status());
    assertEquals("{\"error\":\"cursor_beyond_end\",\"last_seq\":2}", page.body());
    assertEquals(200, daemon.get("/v1/books/b/events?from=2", "Accept: application/json").status());
  }

  @Test
  void aBookThatBeginsBelowTheCursorSaysSoWhenItDoes() throws IOException {
    try (SseReader stream = new SseReader(daemon, "/v1/books/later/events?from=7")) {
      assertEquals(200, stream.head().status());
      assertEquals(204, daemon.post("/v1/accounts", TestDaemon.account("later", "first")).status());
      assertEquals("data: {\"error\":\"cursor_beyond_end\",\"last_seq\":1}", next(stream).get(1));
      assertNull(stream.event());
    }
  }

  @Test
  void aBookNotYetInBeingIsSilentUntilItIs() throws IOException {
    try (SseReader stream = new SseReader(daemon, "/v1/books/later/events")) {
      assertEquals(200, stream.head().status());
      assertEquals(204, daemon.post("/v1/accounts", TestDaemon.account("later", "first")).status());
      assertEquals(1, seq(next(stream)));
    }
  }

  private static Map<String, Object> data(List<String> frame) {
    assertEquals(1, frame.size(), () -> "no id: " + frame);
    return JsonTree.object(frame.get(0).substring("data: ".length()));
  }

  /** The seqs of each book among the next frames, which must rise one by one. */
  private static Map<String, List<Long>> follow(SseReader stream, int frames) throws IOException {
    Map<String, List<Long>> seqs = new TreeMap<>();
    for (int i = 0; i < frames; i++) {
      Map<String, Object> event = data(next(stream));
      seqs.computeIfAbsent("" + event.get("book"), book -> new ArrayList<>())
          .add(Long.parseLong("" + event.get("seq")));
    }
    return seqs;
  }

  @Test
  void oneStreamFollowsManyBooksEachFromItsPosition() throws IOException {
    daemon.withBook("c");
    for (int i = 0; i < 5; i++) {
      post("k" + i);
    }
    String wanted = "{\"books\":[\"b\",\"c\",\"later\"],\"positions\":{\"b\":3,\"c\":-1}}";
    try (SseReader stream = SseReader.posting(daemon, "/v1/events", wanted)) {
      assertEquals(200, stream.head().status(), () -> "" + stream.head());
      assertEquals("text/event-stream", stream.head().header("Content-Type"));
      assertEquals(Map.of("b", List.of(4L, 5L, 6L, 7L), "c", List.of(1L, 2L)), follow(stream, 6));
      assertEquals(204, daemon.post("/v1/accounts", TestDaemon.account("later", "x")).status());
      assertEquals(Map.of("later", List.of(1L)), follow(stream, 1));
      post("live");
      assertEquals(Map.of("b", List.of(8L)), follow(stream, 1));
    }
  }

  @Test
  void amountsAreStringsForThoseWhoAsk() throws IOException {
    post("k");
    String strings = "Accept: text/event-stream; amounts=string";
    String want = "\"amount\":{\"minor\":\"1\",";
    try (SseReader stream = new SseReader(daemon, "/v1/books/b/events?from=2", strings)) {
      assertEquals("text/event-stream; amounts=string", stream.head().header("Content-Type"));
      List<String> frame = next(stream);
      assertTrue(frame.get(1).contains(want), frame::toString);
    }
    String wanted = "{\"books\":[\"b\"],\"positions\":{\"b\":2}}";
    try (SseReader stream = SseReader.posting(daemon, "/v1/events", wanted, strings)) {
      List<String> frame = next(stream);
      assertTrue(frame.get(0).contains(want), frame::toString);
    }
    try (SseReader stream = new SseReader(daemon, "/v1/books/b/events?from=2")) {
      assertTrue(next(stream).get(1).contains("\"amount\":{\"minor\":1,"));
    }
  }

  @Test
  void allBooksIncludeThoseThatComeLater() throws IOException {
    try (SseReader stream = SseReader.posting(daemon, "/v1/events", "{\"books\":\"*\"}")) {
      Map<String, List<Long>> there = follow(stream, 3);
      assertEquals(List.of(1L, 2L), there.get("b"));
      assertEquals(List.of(1L), there.get("_system"));
      assertEquals(204, daemon.post("/v1/accounts", TestDaemon.account("new", "x")).status());
      assertEquals(Map.of("new", List.of(1L)), follow(stream, 1));
    }
  }

  @Test
  void ofManyBooksOneWithAnotherHistoryEndsAlone() throws IOException {
    String wanted = "{\"books\":[\"b\",\"c\"],\"positions\":{\"b\":9}}";
    daemon.withBook("c");
    try (SseReader stream = SseReader.posting(daemon, "/v1/events", wanted)) {
      List<String> error = next(stream);
      assertEquals("event: error", error.get(0));
      assertEquals(
          "data: {\"error\":\"cursor_beyond_end\",\"book\":\"b\",\"last_seq\":2}", error.get(1));
      assertEquals(Map.of("c", List.of(1L, 2L)), follow(stream, 2));
      post("not told");
      assertEquals(200, daemon.post("/v1/transactions", draft("c", "told", "1")).status());
      assertEquals(Map.of("c", List.of(3L)), follow(stream, 1));
    }
  }

  @Test
  void whatIsAskedOfManyBooksIsHeldToItsShape() {
    for (String bad :
        new String[] {
          "{}",
          "[]",
          "{\"books\":\"b\"}",
          "{\"books\":[1]}",
          "{\"books\":[\"b\"],\"positions\":{\"b\":1.0}}",
          "{\"books\":[\"b\"],\"positions\":[]}"
        }) {
      Envelopes.assertInvalid("body", daemon.post("/v1/events", bad));
    }
  }

  @Test
  void thereIsNoGapAndNoDoubleWhileWritersWrite() throws Exception {
    int writers = 4;
    int each = 100;
    List<CompletableFuture<Void>> writing = new ArrayList<>();
    for (int w = 0; w < writers; w++) {
      String prefix = "w" + w + "-";
      writing.add(
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; i < each; i++) {
                  post(prefix + i);
                }
              }));
    }
    long last = 2 + (long) writers * each;
    // Streams that begin at different moments of the writing, each somewhere in the book.
    for (int i = 0; i < 8; i++) {
      long from = i * 10L;
      try (SseReader stream = new SseReader(daemon, "/v1/books/b/events?from=" + from)) {
        long until = i == 7 ? last : from + 30;
        for (long seq = from + 1; seq <= until; seq++) {
          assertEquals(seq, seq(next(stream)));
        }
      }
    }
    CompletableFuture.allOf(writing.toArray(CompletableFuture[]::new)).join();
  }

  @Test
  void aReaderThatComesBackWithItsLastIdMissesNothing() throws IOException {
    for (int i = 0; i < 50; i++) {
      post("k" + i);
    }
    long seen = 0;
    while (seen < 52) {
      try (SseReader stream =
          new SseReader(daemon, "/v1/books/b/events", "Last-Event-ID: " + seen)) {
        for (int i = 0; i < 7 && seen < 52; i++) {
          assertEquals(++seen, seq(next(stream)));
        }
      }
    }
  }

  @Test
  void silenceIsBrokenByComments() throws IOException {
    try (TestDaemon restless = TestDaemon.over(new TestStore(), RESTLESS).withBook("b");
        SseReader stream = new SseReader(restless, "/v1/books/b/events?from=2")) {
      for (int i = 0; i < 3; i++) {
        List<String> frame = stream.frame();
        assertNotNull(frame);
        assertEquals(1, frame.size());
        assertTrue(frame.get(0).startsWith(":"), frame::toString);
      }
      restless.post("/v1/transactions", draft("b", "k", "1"));
      assertEquals(3, seq(next(stream)), "and then it goes on");
    }
  }

  @Test
  void aFailureIsOneErrorFrameAndTheEnd() throws IOException {
    try (SseReader stream = new SseReader(daemon, "/v1/books/b/events?from=2")) {
      store.failEvents(new LedgerException(new Unavailable("the disk is gone")));
      post("k");
      assertEquals(
          List.of(
              "event: error", "data: {\"error\":\"unavailable\",\"reason\":\"the disk is gone\"}"),
          next(stream));
      assertNull(stream.event());
      assertTrue(stream.http().isClosedByPeer());
    }
    store.failEvents(null);
    assertEquals(3, firstSeq("/v1/books/b/events?from=2"), "the next stream is well");
  }

  @Test
  void aSlowReaderDelaysNobodyAndCostsNoQueue(@TempDir Path directory) throws Exception {
    // Far more than the buffers between a writer and a reader who does not read hold together.
    String metadata = "\"" + "x".repeat(60_000) + "\"";
    int count = 150;
    try (TestDaemon onLog = TestDaemon.onLog(directory).withBook("b");
        SseReader slow = new SseReader(narrow(onLog), "/v1/books/b/events")) {
      assertEquals(1, seq(next(slow)));
      List<SseReader> sleepers = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        sleepers.add(new SseReader(narrow(onLog), "/v1/books/b/events"));
      }
      try (SseReader quick = new SseReader(onLog, "/v1/books/b/events?from=2")) {
        long before = bytesInUse();
        for (int i = 0; i < count; i++) {
          String draft =
              draft("b", "k" + i, "1").replace("}]}", "}],\"metadata\":" + metadata + "}");
          assertEquals(200, onLog.post("/v1/transactions", draft).status());
          assertEquals(3 + i, seq(next(quick)));
        }
        // A queue per sleeper would by now hold 40 times 9 MB.
        long grown = bytesInUse() - before;
        assertTrue(grown < 100L << 20, "memory grew by " + grown);
      }
      for (int seq = 2; seq < 3 + count; seq++) {
        assertEquals(seq, seq(next(slow)), "the slow one still gets everything");
      }
      for (SseReader sleeper : sleepers) {
        sleeper.close();
      }
    }
  }

  private static RawHttp narrow(TestDaemon daemon) throws IOException {
    return new RawHttp(daemon.daemon().address(), 128 * 1024);
  }

  private static long bytesInUse() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  @Test
  void aGracefulStopEndsTheStreams() throws Exception {
    try (SseReader one = new SseReader(daemon, "/v1/books/b/events?from=2");
        SseReader two = new SseReader(daemon, "/v1/books/other/events")) {
      assertEquals(200, one.head().status());
      assertEquals(200, two.head().status());
      assertTrue(daemon.daemon().stop(), "in time and without cutting anybody off");
      assertNull(one.event());
      assertNull(two.event());
      assertTrue(store.isClosed());
    }
  }
}
