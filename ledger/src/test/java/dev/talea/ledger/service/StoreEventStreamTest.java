// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.service;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.moves;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Event;
import dev.talea.ledger.EventStream;
import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.StoreReader;
import dev.talea.ledger.conformance.InMemoryStore;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StoreEventStreamTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  private final InMemoryStore store = new InMemoryStore();
  private final LedgerApi ledger = new LedgerService(store, Runnable::run);

  /** What may be put between a stream and its store. */
  private interface Hook {
    @Nullable Object call(String method, Object[] arguments, Call real) throws Throwable;
  }

  private interface Call {
    @Nullable Object proceed() throws Throwable;
  }

  private StoreReader hooked(Hook hook) {
    return (StoreReader)
        Proxy.newProxyInstance(
            StoreReader.class.getClassLoader(),
            new Class<?>[] {StoreReader.class},
            (proxy, method, arguments) ->
                hook.call(
                    method.getName(),
                    arguments == null ? new Object[0] : arguments,
                    () -> method.invoke(store, arguments)));
  }

  private void open() {
    ledger.registerAsset(fiat("USD")).join();
    ledger.openAccount(account("b", "x", "USD")).join();
    ledger.openAccount(account("b", "y", "USD")).join();
  }

  private void post(String prefix, int count) {
    ledger.postBatch(moves("b", prefix, "x", "y", count, "USD")).join();
  }

  private static List<Long> seqs(EventStream stream, int count) throws InterruptedException {
    List<Long> seqs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Event event = stream.poll(LONG);
      assertNotNull(event);
      seqs.add(event.seq());
    }
    return seqs;
  }

  @Test
  void pagesFollowOneAnotherWithoutAWakeUp() throws Exception {
    open();
    post("k", 1_000);
    try (EventStream stream = new StoreEventStream(store, "b", 1)) {
      List<Long> seqs = seqs(stream, 1_002);
      for (int i = 0; i < seqs.size(); i++) {
        assertEquals(i + 1, seqs.get(i));
      }
      assertNull(stream.poll(Duration.ZERO));
    }
  }

  @Test
  void aCommitBetweenTheLookAndTheWaitIsNotMissed() throws Exception {
    open();
    AtomicBoolean once = new AtomicBoolean();
    StoreReader racing =
        hooked(
            (method, arguments, real) -> {
              Object answer = real.proceed();
              if (method.equals("events") && answer instanceof List<?> page && page.isEmpty()) {
                if (once.compareAndSet(false, true)) {
                  post("in between", 1);
                }
              }
              return answer;
            });
    try (EventStream stream = new StoreEventStream(racing, "b", 3)) {
      Event event = stream.poll(LONG);
      assertNotNull(event);
      assertEquals(3, event.seq());
    }
  }

  @Test
  void wakeUpsWithoutNewsDoNotStretchTheWait() throws Exception {
    List<Runnable> watchers = new ArrayList<>();
    AtomicInteger looks = new AtomicInteger();
    StoreReader noisy =
        hooked(
            (method, arguments, real) -> {
              if (method.equals("watch")) {
                watchers.add((Runnable) arguments[1]);
              }
              if (method.equals("events") && looks.incrementAndGet() < 1_000) {
                watchers.get(0).run();
              }
              return real.proceed();
            });
    try (EventStream stream = new StoreEventStream(noisy, "b", 1)) {
      assertNull(stream.poll(Duration.ofMillis(1)));
      assertNull(stream.poll(Duration.ZERO));
      assertNull(stream.poll(Duration.ofSeconds(-1)));
    }
    assertTrue(looks.get() >= 1);
  }

  @Test
  void anyTimeoutIsATimeout() throws Exception {
    open();
    try (EventStream stream = new StoreEventStream(store, "b", 1)) {
      assertEquals(List.of(1L, 2L), seqs(stream, 2));
      CompletableFuture<@Nullable Event> reader =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return stream.poll(Duration.ofSeconds(Long.MAX_VALUE));
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      assertFalse(reader.isDone());
      post("k", 1);
      assertEquals(3, reader.get(20, TimeUnit.SECONDS).seq());
    }
  }

  @Test
  void aFailureOfTheStoreIsMetAgainAndHealsWithIt() throws Exception {
    open();
    AtomicBoolean failing = new AtomicBoolean(true);
    StoreReader failed =
        hooked(
            (method, arguments, real) -> {
              if (method.equals("events") && failing.get()) {
                throw new LedgerException(new LedgerError.Unavailable("closed"));
              }
              return real.proceed();
            });
    try (EventStream stream = new StoreEventStream(failed, "b", 1)) {
      assertThrows(LedgerException.class, () -> stream.poll(LONG));
      assertThrows(LedgerException.class, () -> stream.poll(LONG));
      failing.set(false);
      assertEquals(List.of(1L, 2L), seqs(stream, 2));
    }
  }

  @Test
  void aGapInTheStoresAnswerIsNotPassedOn() throws Exception {
    open();
    post("k", 3);
    StoreReader gappy =
        hooked(
            (method, arguments, real) -> {
              Object answer = real.proceed();
              return method.equals("events") && answer instanceof List<?> page && page.size() > 3
                  ? List.of(page.get(0), page.get(2))
                  : answer;
            });
    try (EventStream stream = new StoreEventStream(gappy, "b", 1)) {
      assertEquals(List.of(1L), seqs(stream, 1));
      IllegalStateException e = assertThrows(IllegalStateException.class, () -> stream.poll(LONG));
      assertTrue(("" + e.getMessage()).contains("after seq 1 came 3"), e::toString);
    }
  }

  @Test
  void anInterruptEndsTheWaitAndNothingElse() throws Exception {
    open();
    try (EventStream stream = new StoreEventStream(store, "b", 3)) {
      CountDownLatch interrupted = new CountDownLatch(1);
      Thread reader =
          new Thread(
              () -> {
                try {
                  stream.poll(Duration.ofMinutes(5));
                } catch (InterruptedException e) {
                  interrupted.countDown();
                }
              });
      reader.start();
      reader.interrupt();
      assertTrue(interrupted.await(20, TimeUnit.SECONDS));
      post("k", 1);
      assertEquals(List.of(3L), seqs(stream, 1));
    }
  }

  @Test
  void closingEndsTheWatch() throws Exception {
    open();
    AtomicInteger closed = new AtomicInteger();
    StoreReader counting =
        hooked(
            (method, arguments, real) ->
                method.equals("watch")
                    ? (StoreReader.Watch) closed::incrementAndGet
                    : real.proceed());
    EventStream stream = new StoreEventStream(counting, "b", 1);
    stream.close();
    assertEquals(1, closed.get());
    assertNull(stream.poll(LONG));
  }
}
