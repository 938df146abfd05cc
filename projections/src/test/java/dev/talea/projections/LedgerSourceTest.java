// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Event;
import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Page;
import dev.talea.ledger.service.LedgerService;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Projections of a ledger that is reached through its interface. */
@Tag("slow")
class LedgerSourceTest {
  private static final Duration PAUSE = Duration.ofMillis(50);

  @TempDir Path folder;

  /** Events that have been asked for in pages. */
  private final AtomicInteger asked = new AtomicInteger();

  /** The ledger does not answer. */
  private volatile boolean away;

  /** The ledger as another machine sees it: it may be away, and what is sent is counted. */
  private LedgerApi remote(LedgerApi ledger) {
    return (LedgerApi)
        Proxy.newProxyInstance(
            LedgerApi.class.getClassLoader(),
            new Class<?>[] {LedgerApi.class},
            (proxy, method, arguments) -> {
              if (away) {
                LedgerException refusal = new LedgerException(new Unavailable("it is away"));
                if (method.getReturnType() == CompletableFuture.class) {
                  return CompletableFuture.failedFuture(refusal);
                }
                throw refusal;
              }
              Object answer;
              try {
                answer = method.invoke(ledger, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
              return method.getName().equals("events")
                  ? ((CompletableFuture<?>) answer)
                      .whenComplete(
                          (page, failure) -> asked.addAndGet(((Page<?, ?>) page).items().size()))
                  : answer;
            });
  }

  @Test
  void projectionsOfItAreRight() throws Exception {
    ProjectedLedger ledger = new ProjectedLedger(21);
    ledger.post(100);
    try (LedgerService api = new LedgerService(ledger.store, Runnable::run);
        ProjectionTarget target = Targets.SQLITE.fresh(folder).get();
        LedgerSource source = new LedgerSource(api, PAUSE);
        ProjectionEngine engine =
            new ProjectionEngine(
                source,
                target,
                ProjectedLedger.builtIn(),
                ProjectedLedger.settings("one", 17),
                System::nanoTime,
                () -> 0.5,
                Instant::now)) {
      engine.start();
      ledger.awaitRight(target);
      ledger.post(100);
      ledger.awaitRight(target);
    }
  }

  @Test
  void whatAStreamHasBroughtIsNotAskedForAgain() throws Exception {
    ProjectedLedger ledger = new ProjectedLedger(22);
    Set<String> told = ConcurrentHashMap.newKeySet();
    try (LedgerService api = new LedgerService(ledger.store, Runnable::run);
        LedgerSource source = new LedgerSource(remote(api), PAUSE);
        EventSource.Watch watch = source.watch(told::add)) {
      assertNotNull(watch);
      ProjectedLedger.await(told::toString, () -> told.contains("b"));
      for (int round = 0; round < 3; round++) {
        long[] before = {ledger.store.reads().lastSeq("a"), ledger.store.reads().lastSeq("b")};
        ledger.post(50);
        for (String book : List.of("a", "b")) {
          long from = before[book.equals("a") ? 0 : 1];
          long last = ledger.store.reads().lastSeq(book);
          ProjectedLedger.await(() -> book, () -> source.lastSeq(book) == last);
          List<Event> events = ledger.store.reads().events(book, from, 1000, 1 << 20);
          for (int projection = 0; projection < 3; projection++) {
            List<Event> page = source.events(book, from, 7, 1 << 20);
            assertEquals(
                events.subList(0, page.size()).stream().map(Event::published).toList(),
                page.stream().map(Event::published).toList());
            assertTrue(page.size() == 7 || page.size() == events.size(), "" + page.size());
            assertEquals(1, source.events(book, last - 1, 1000, 1).size());
          }
        }
      }
      assertEquals(0, asked.get(), "all of them came by the stream");
      Set<String> toldLater = ConcurrentHashMap.newKeySet();
      try (EventSource.Watch another = source.watch(toldLater::add)) {
        assertNotNull(another);
        assertEquals(Set.of("_system", "a", "b"), toldLater);
        toldLater.clear();
        ledger.post(50);
        ProjectedLedger.await(toldLater::toString, () -> toldLater.equals(Set.of("a", "b")));
      }
      source.events("a", 0, 5, 1 << 20);
      assertEquals(5, asked.get(), "what is further back is asked for");
    }
  }

  @Test
  void aLedgerThatIsAwayIsSaidToBeAndIsFoundAgain() throws Exception {
    ProjectedLedger ledger = new ProjectedLedger(23);
    away = true;
    Set<String> told = ConcurrentHashMap.newKeySet();
    try (LedgerService api = new LedgerService(ledger.store, Runnable::run);
        LedgerSource source = new LedgerSource(remote(api), PAUSE);
        EventSource.Watch watch = source.watch(told::add)) {
      assertNotNull(watch);
      LedgerException refusal = assertThrows(LedgerException.class, source::books);
      assertTrue(("" + refusal.getMessage()).contains("it is away"), refusal::getMessage);
      assertNotNull(source.outage());
      away = false;
      ProjectedLedger.await(told::toString, () -> told.contains("b"));
      assertEquals(List.of("_system", "a", "b"), source.books());
      ProjectedLedger.await(() -> "" + source.outage(), () -> source.outage() == null);
    }
  }

  @Test
  void nothingOfAnotherLedgerThatComesUpLaterIsApplied() throws Exception {
    var place = Targets.SQLITE.fresh(folder);
    ProjectedLedger ledger = new ProjectedLedger(24);
    try (ProjectionTarget target = place.get();
        ProjectionEngine engine =
            ledger.engine(target, ProjectedLedger.settings("one", 17), ProjectedLedger.builtIn())) {
      engine.start();
      ledger.awaitRight(target);
    }
    ProjectedLedger other = new ProjectedLedger(25);
    other.post(100);
    away = true;
    try (LedgerService api = new LedgerService(other.store, Runnable::run);
        ProjectionTarget target = place.get();
        LedgerSource source = new LedgerSource(remote(api), PAUSE);
        ProjectionEngine engine =
            new ProjectionEngine(
                source,
                target,
                ProjectedLedger.builtIn(),
                ProjectedLedger.settings("two", 17),
                System::nanoTime,
                () -> 0.5,
                Instant::now)) {
      engine.start();
      assertNull(engine.fault());
      away = false;
      ProjectedLedger.await(() -> "no fault is found", () -> engine.fault() != null);
      assertTrue(("" + engine.fault()).contains("of another ledger"), "" + engine.fault());
      ledger.assertRight(target);
    }
  }
}
