// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Outage;
import dev.talea.ledger.Outage.Cause;
import dev.talea.server.Answer;
import dev.talea.server.TestDaemon;
import dev.talea.server.TestStore;
import dev.talea.server.metrics.Metrics;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Requests are sent elsewhere when the store says so, or says nothing; it is asked once a second.
 */
class ReadinessTest {
  private static final Outage AWAY = Outage.of(Cause.DATABASE, "the database does not answer");
  private static final Outage FULL = Outage.of(Cause.SPACE, "the disk is full");

  private final TestStore store = new TestStore();
  private final Readers thread = new Readers(1);
  private final AtomicLong nanos = new AtomicLong();

  private Readiness readiness(boolean strict, Duration patience) {
    return new Readiness(store, strict, thread, nanos::get, Duration.ofSeconds(1), patience);
  }

  @AfterEach
  void close() {
    thread.close(Duration.ZERO);
  }

  private static @Nullable Outage outage(Readiness readiness) {
    return readiness.state().join().outage();
  }

  @Test
  void theStoreIsAskedOnceASecondHoweverManyAsk() {
    AtomicInteger asked = new AtomicInteger();
    store.answerChecks(() -> asked.incrementAndGet() == 1 ? null : AWAY);
    Readiness readiness = readiness(false, Duration.ofMinutes(1));
    for (int i = 0; i < 20; i++) {
      assertNull(outage(readiness));
    }
    assertEquals(1, asked.get());
    nanos.addAndGet(Duration.ofMillis(1_001).toNanos());
    assertEquals(AWAY, outage(readiness));
    assertEquals(2, asked.get());
  }

  @Test
  void aStoreThatDoesNotAnswerIsNotReadyAndIsNotAskedAgainMeanwhile() throws Exception {
    CountDownLatch hangs = new CountDownLatch(1);
    AtomicInteger asked = new AtomicInteger();
    store.answerChecks(
        () -> {
          asked.incrementAndGet();
          awaited(hangs);
          return null;
        });
    Readiness readiness = readiness(false, Duration.ofMillis(20));
    assertEquals(Cause.FAULT, cause(outage(readiness)));
    nanos.addAndGet(Duration.ofMinutes(1).toNanos());
    assertEquals(Cause.FAULT, cause(outage(readiness)));
    assertEquals(1, asked.get());
    hangs.countDown();
    while (outage(readiness) != null) {
      nanos.addAndGet(Duration.ofSeconds(2).toNanos());
    }
  }

  private static void awaited(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static @Nullable Cause cause(@Nullable Outage outage) {
    return outage == null ? null : outage.cause();
  }

  @Test
  void oneBookThatTakesNoWritesIsEnoughIfAskedToBeStrict() {
    store.reads().health().down("b", FULL);
    CompletableFuture<Readiness.State> lenient = readiness(false, Duration.ofMinutes(1)).state();
    assertNull(lenient.join().outage());
    assertEquals(1, lenient.join().booksDown());
    assertSame(FULL, outage(readiness(true, Duration.ofMinutes(1))));
  }

  @Test
  void theRouteSaysWhatTheStoreSaysAndTheMetricsCount() {
    try (TestDaemon daemon = TestDaemon.over(store)) {
      Answer ready = daemon.get("/readyz");
      assertEquals(200, ready.status());
      assertEquals("ready", ready.body());
      assertNull(ready.header("X-Talea-Unavailable-Books"));
      store.reads().health().down("b", FULL);
      assertEquals("1", daemon.get("/readyz").header("X-Talea-Unavailable-Books"));
    }
    TestStore away = new TestStore();
    away.answerChecks(() -> AWAY);
    try (TestDaemon daemon = TestDaemon.over(away)) {
      Answer answer = daemon.get("/readyz");
      assertEquals(503, answer.status());
      assertTrue(answer.body().contains("\"error\":\"unavailable\""), answer.body());
      assertTrue(answer.body().contains(AWAY.reason()), answer.body());
      assertEquals("ok", daemon.get("/livez").body());
      assertEquals("ok", daemon.get("/health").body());
    }
  }

  @Test
  void acceptingTheClockNeedsTheWholeLedger() {
    try (TestDaemon daemon = TestDaemon.over(store)) {
      assertEquals(204, daemon.post("/v1/clock/accept", "").status());
      assertEquals(1, store.clocksAccepted());
    }
  }

  @Test
  void metricsCountByCauseAndNameNoBook() {
    Metrics metrics = new Metrics();
    metrics.healthIs(store.reads().health(), () -> 17);
    store.reads().health().down("secret-book", FULL);
    store.reads().health().down("other", FULL);
    store.reads().health().down(AWAY);
    String text = new String(metrics.text(), java.nio.charset.StandardCharsets.UTF_8);
    assertTrue(text.contains("talea_books_unavailable{cause=\"space\"} 2.0"), text);
    assertTrue(text.contains("talea_books_unavailable{cause=\"damage\"} 0.0"), text);
    assertTrue(text.contains("talea_store_unavailable{cause=\"database\"} 1.0"), text);
    assertTrue(text.contains("talea_clock_behind_seconds 17.0"), text);
    assertFalse(text.contains("secret-book"), text);
  }
}
