// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static dev.talea.server.TestDaemon.account;
import static dev.talea.server.TestDaemon.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.talea.client.RetryPolicy;
import dev.talea.client.TaleaClient;
import dev.talea.ledger.Cut;
import dev.talea.ledger.Event;
import dev.talea.ledger.EventStream;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.LedgerStream;
import dev.talea.ledger.LedgerStream.Ended;
import dev.talea.ledger.LedgerStream.Happened;
import dev.talea.ledger.Outage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The subscriptions of the client against a real server, which is restarted, and a line, which is
 * cut: one book and many.
 */
@Tag("slow")
@Timeout(60)
class SubscriptionTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final RetryPolicy QUICK =
      new RetryPolicy(3, Duration.ofMillis(5), Duration.ofMillis(20));

  @TempDir private Path directory;
  private TestDaemon daemon;
  private TcpGate line;
  private TaleaClient client;

  @BeforeEach
  void start() throws IOException {
    daemon = TestDaemon.onLog(directory).withBook("a").withBook("b");
    line = new TcpGate(daemon.daemon().address().getPort());
    line.open();
    client = TaleaClient.builder("http://127.0.0.1:" + line.port()).retries(QUICK).build();
  }

  @AfterEach
  void stop() {
    client.close();
    line.close();
    daemon.close();
  }

  private void restart() {
    int port = daemon.daemon().address().getPort();
    daemon.close();
    daemon = TestDaemon.onLog(directory, "TALEA_BIND", "127.0.0.1:" + port);
  }

  private void post(String book, String key) {
    Answer answer = daemon.post("/v1/transactions", draft(book, key, "1"));
    assertEquals(200, answer.status(), answer::toString);
  }

  private static String next(LedgerStream stream) throws InterruptedException {
    Happened item = assertInstanceOf(Happened.class, stream.poll(PATIENCE));
    return item.book() + " " + item.event().seq();
  }

  private static long next(EventStream stream) throws InterruptedException {
    return assertInstanceOf(Event.class, stream.poll(PATIENCE)).seq();
  }

  @Test
  void aRestartOfTheServerIsNotNoticed() throws Exception {
    try (LedgerStream many = client.subscribe(Set.of("a", "b", "later"), Cut.of(Map.of("a", 2L)));
        EventStream one = client.subscribe("a", 3)) {
      assertEquals("b 1", next(many));
      assertEquals("b 2", next(many));
      for (int i = 0; i < 3; i++) {
        assertNull(many.poll(Duration.ZERO));
        assertNull(one.poll(Duration.ZERO));
        restart();
        post("a", "a" + i);
        assertEquals("a " + (3 + i), next(many));
        assertEquals(3 + i, next(one));
        post("b", "b" + i);
        assertEquals("b " + (3 + i), next(many));
      }
      restart();
      assertEquals(204, daemon.post("/v1/accounts", account("later", "first")).status());
      assertEquals("later 1", next(many));
    }
  }

  @Test
  void ofAllBooksThoseThatAppearWhileThereIsNoConnectionAreFollowedFromTheirStart()
      throws Exception {
    try (LedgerStream all = client.subscribe(null, Cut.of(Map.of("_system", 1L, "a", 2L)))) {
      assertEquals("b 1", next(all));
      assertEquals("b 2", next(all));
      line.shut();
      for (String path : List.of("first", "second")) {
        assertEquals(204, daemon.post("/v1/accounts", account("c", path)).status());
      }
      line.open();
      assertEquals("c 1", next(all));
      assertEquals("c 2", next(all));
      assertEquals(204, daemon.post("/v1/accounts", account("d", "first")).status());
      assertEquals("d 1", next(all));
      assertNull(all.poll(Duration.ZERO));
    }
  }

  @Test
  void aLineThatIsCutAgainAndAgainLosesAndDoublesNothing() throws Exception {
    int each = 300;
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < each; i++) {
                post("a", "a" + i);
                post("b", "b" + i);
              }
            });
    Map<String, Long> seen = new TreeMap<>();
    try (LedgerStream all = client.subscribe(null, Cut.START)) {
      for (int i = 0; i < 1 + 2 * (2 + each); i++) {
        Happened item = assertInstanceOf(Happened.class, all.poll(PATIENCE));
        long before = seen.getOrDefault(item.book(), 0L);
        assertEquals(before + 1, item.event().seq(), item.book());
        seen.put(item.book(), item.event().seq());
        if (i % 50 == 49) {
          line.cut();
        }
      }
      assertNull(all.poll(Duration.ZERO));
    }
    writer.get();
    assertEquals(Map.of("_system", 1L, "a", 2L + each, "b", 2L + each), seen);
  }

  @Test
  void aBookThatCannotBeReadForAWhileIsWaitedForAndADamagedOneEndsAlone() throws Exception {
    TestStore store = new TestStore();
    try (TestDaemon modelled = TestDaemon.over(store).withBook("a").withBook("b");
        TaleaClient direct = TaleaClient.builder(modelled.url()).retries(QUICK).build();
        LedgerStream all = direct.subscribe(Set.of("a", "b"), Cut.of(Map.of("a", 2L, "b", 2L)))) {
      assertNull(all.poll(Duration.ofMillis(50)));
      store.failEvents(new LedgerException(new Unavailable("the disk is away")));
      modelled.post("/v1/transactions", draft("a", "k", "1"));
      assertNull(all.poll(Duration.ofMillis(50)));
      store.failEvents(null);
      assertEquals("a 3", next(all));
      store.reads().health().down("a", Outage.of(Outage.Cause.DAMAGE, "a block is damaged"));
      store.failEvents(new LedgerException(new Unavailable("a block is damaged")));
      modelled.post("/v1/transactions", draft("a", "not told", "1"));
      assertNull(all.poll(Duration.ofMillis(50)), "nothing has come behind it");
      store.failEvents(null);
      modelled.post("/v1/transactions", draft("b", "k", "1"));
      assertEquals(new Ended("a", new Unavailable("a block is damaged")), all.poll(PATIENCE));
      assertEquals("b 3", next(all));
    }
  }
}
