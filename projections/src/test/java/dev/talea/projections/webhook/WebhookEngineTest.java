// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.webhook;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.talea.ledger.Event;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.conformance.InMemoryStore;
import dev.talea.ledger.json.WebhookDraft;
import dev.talea.ledger.projection.ProjectionState;
import dev.talea.ledger.projection.WebhookView;
import dev.talea.projections.EngineSettings;
import dev.talea.projections.HookedTarget;
import dev.talea.projections.ProjectionEngine;
import dev.talea.projections.ProjectionTarget;
import dev.talea.projections.StoreSource;
import dev.talea.projections.Targets;
import dev.talea.projections.builtin.PostingsProjection;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Deliveries to a receiver that does as it is told, from tables in both databases. Retries wait by
 * a clock that the tests move.
 */
@Timeout(120)
@Tag("slow")
class WebhookEngineTest {
  @TempDir private Path folder;

  private final InMemoryStore store = new InMemoryStore();

  /** How far the clock that is given to all is ahead. */
  private final AtomicLong aheadMillis = new AtomicLong();

  /** Whether the tables are of the ledger that is followed, and how often that was asked. */
  private volatile boolean ledgerKnown = true;

  private final AtomicInteger asked = new AtomicInteger();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final Random random = new Random(1);
  private Receiver receiver;
  private int keys;

  @BeforeEach
  void begin() throws IOException {
    receiver = new Receiver();
    store.registerAsset(fiat("EUR")).join();
    for (String book : List.of("a", "b")) {
      for (String path : List.of("cash", "income")) {
        store.openAccount(account(book, path, "EUR")).join();
      }
    }
  }

  @AfterEach
  void end() throws Exception {
    receiver.close();
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  private boolean isLedgerKnown() {
    asked.incrementAndGet();
    return ledgerKnown;
  }

  private void awaitTurns(int turns) {
    int until = asked.get() + turns;
    await(() -> "asked " + asked, () -> asked.get() >= until);
  }

  private Instant now() {
    return Instant.now().plusMillis(aheadMillis.get());
  }

  private void waitFor(Duration time) {
    aheadMillis.addAndGet(time.toMillis());
  }

  /** Posts to a book; its first transaction has seq 3. */
  private void post(String book, int count) {
    for (int i = 0; i < count; i++) {
      post(book, "cash", "income");
    }
  }

  private void post(String book, String debit, String credit) {
    store
        .commit(
            book,
            List.of(
                new TransactionDraft(
                    book,
                    "k" + keys++,
                    List.of(
                        new Posting(debit, Int128.of(5), "EUR", Side.DEBIT),
                        new Posting(credit, Int128.of(5), "EUR", Side.CREDIT)),
                    List.of(),
                    null,
                    null)),
            false)
        .join();
  }

  private ProjectionTarget open(Supplier<ProjectionTarget> place) {
    ProjectionTarget target = place.get();
    opened.add(target);
    return target;
  }

  private Webhooks webhooks(ProjectionTarget target) {
    return WebhookKillTest.webhooks(target, store.reads(), random, this::now);
  }

  private WebhookEngine engine(ProjectionTarget target, String owner) {
    return engine(target, owner, Duration.ofSeconds(30));
  }

  private WebhookEngine engine(ProjectionTarget target, String owner, Duration timeout) {
    WebhookEngine engine =
        new WebhookEngine(
            new StoreSource(store.reads()),
            target,
            true,
            new SocketSender(timeout, true, this::now, null),
            new WebhookEngine.Settings(
                owner, Duration.ofSeconds(1), 4, Duration.ofMillis(300), 7, 1 << 20),
            new WebhookEngine.Surroundings(
                this::now, System::nanoTime, () -> 0, this::isLedgerKnown));
    opened.add(engine);
    engine.start();
    return engine;
  }

  private WebhookDraft draft(@Nullable Set<String> books, Map<String, Long> positions) {
    return new WebhookDraft(
        receiver.url(), books, Set.of(Event.Kind.TRANSACTION_POSTED), Set.of(), positions, null);
  }

  private static void await(Supplier<String> words, BooleanSupplier condition) {
    long until = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - until > 0) {
        fail("waited for a minute: " + words.get());
      }
      LockSupport.parkNanos(2_000_000);
    }
  }

  private void awaitPosition(Webhooks webhooks, String id, String book, long seq) {
    await(
        () -> webhooks.status(id) + " " + webhooks.deliveries(id, Long.MAX_VALUE, 3),
        () -> webhooks.status(id).positions().getOrDefault(book, 0L) == seq);
  }

  private void awaitFailures(Webhooks webhooks, String id, int attempts) {
    await(() -> webhooks.status(id).toString(), () -> webhooks.find(id).attempts() == attempts);
  }

  private List<String> ids(String book, int from, int to) {
    List<String> ids = new ArrayList<>();
    for (int seq = from; seq <= to; seq++) {
      ids.add(WebhookMessage.id(book, seq));
    }
    return ids;
  }

  private List<String> received(String book) {
    String prefix = WebhookMessage.id(book, 0).replaceFirst("0$", "");
    return receiver.ids().stream().filter(id -> id.startsWith(prefix)).toList();
  }

  private static void assertSigned(WebhookKey key, Receiver.Delivery delivery) {
    String due =
        key.sign(
            delivery.id(),
            Long.parseLong(delivery.header("webhook-timestamp")),
            delivery.body().getBytes(StandardCharsets.UTF_8));
    assertTrue(
        List.of(delivery.header("webhook-signature").split(" ", -1)).contains(due),
        delivery::toString);
  }

  @ParameterizedTest
  @EnumSource
  void eventsArriveInOrderSignedAndOnce(Targets kind) {
    ProjectionTarget target = open(kind.fresh(folder));
    post("a", 10);
    post("b", 5);
    Webhooks webhooks = webhooks(target);
    // From the start of a, from the end of b, and of what comes later all.
    WebhookView.Keyed added = webhooks.add(draft(null, Map.of("a", 0L)), "me");
    String id = added.webhook().id();
    assertEquals(Map.of("a", 0L, "b", 7L), added.webhook().positions());
    assertEquals(12, added.webhook().lagEvents());
    WebhookEngine engine = engine(target, "one");
    post("b", 3);
    awaitPosition(webhooks, id, "a", 12);
    awaitPosition(webhooks, id, "b", 10);
    post("a", 100);
    store.openAccount(account("c", "cash", "EUR")).join();
    store.openAccount(account("c", "income", "EUR")).join();
    post("c", 2);
    awaitPosition(webhooks, id, "a", 112);
    awaitPosition(webhooks, id, "c", 4);
    assertEquals(ids("a", 3, 112), received("a"));
    assertEquals(ids("b", 8, 10), received("b"));
    assertEquals(ids("c", 3, 4), received("c"));
    WebhookKey key = WebhookKey.read(requireNonNull(added.secret()));
    receiver.deliveries.forEach(delivery -> assertSigned(key, delivery));
    Receiver.Delivery first = receiver.deliveries.get(0);
    assertTrue(
        first.body().startsWith("{\"type\":\"transaction.posted\",\"timestamp\":\""), first::body);
    await(() -> "" + engine.counts(), () -> engine.counts().lagEvents() == 0);
    assertEquals(115, engine.counts().delivered());
    assertEquals(1, engine.counts().active());
    WebhookView status = webhooks.status(id);
    assertEquals("one", status.owner());
    assertEquals(0, status.lagEvents());
    List<WebhookView.Attempt> log = webhooks.deliveries(id, Long.MAX_VALUE, 1000);
    assertEquals(115, log.size());
    assertEquals(115, log.get(0).number());
    assertEquals(204, log.get(0).status());
    assertEquals(null, log.get(0).error());
    assertEquals(
        List.of(15L), webhooks.deliveries(id, 16, 1).stream().map(d -> d.number()).toList());
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsSentWhileTheTablesMayBeOfAnotherLedger(Targets kind) {
    ledgerKnown = false;
    ProjectionTarget target = open(kind.fresh(folder));
    Webhooks webhooks = webhooks(target);
    String id = webhooks.add(draft(Set.of("a"), Map.of("a", 0L)), "me").webhook().id();
    engine(target, "one");
    post("a", 2);
    awaitTurns(20);
    assertEquals(List.of(), receiver.ids());
    ledgerKnown = true;
    awaitPosition(webhooks, id, "a", 4);
    ledgerKnown = false; // it was found out to be another
    post("a", 1);
    awaitTurns(20);
    assertEquals(ids("a", 3, 4), received("a"));
    ledgerKnown = true;
    awaitPosition(webhooks, id, "a", 5);
  }

  @ParameterizedTest
  @EnumSource
  void onlyWhatIsWantedIsSent(Targets kind) {
    ProjectionTarget target = open(kind.fresh(folder));
    store.openAccount(account("a", "cash:till", "EUR")).join();
    Webhooks webhooks = webhooks(target);
    WebhookDraft draft =
        new WebhookDraft(
            receiver.url(),
            Set.of("a"),
            Set.of(Event.Kind.TRANSACTION_POSTED, Event.Kind.ACCOUNT_OPENED),
            Set.of("cash:"),
            Map.of("a", 0L),
            "v1a");
    WebhookView.Keyed added = webhooks.add(draft, "me");
    assertEquals(null, added.secret());
    assertTrue(requireNonNull(added.webhook().publicKey()).startsWith("whpk_"));
    engine(target, "one");
    String id = added.webhook().id();
    for (int i = 0; i < 30; i++) {
      post("a", i == 20 ? "cash:till" : "cash", "income");
      post("b", 1);
    }
    awaitPosition(webhooks, id, "a", 33);
    assertEquals(List.of(WebhookMessage.id("a", 3), WebhookMessage.id("a", 24)), receiver.ids());
    assertTrue(receiver.deliveries.get(0).body().contains("\"type\":\"account.opened\""));
    assertTrue(receiver.deliveries.get(0).header("webhook-signature").startsWith("v1a,"));
    assertEquals(Map.of("a", 33L), webhooks.status(id).positions());
  }

  @ParameterizedTest
  @EnumSource
  void whatFailsIsTriedAgainInOrderUntilItIsTaken(Targets kind) {
    ProjectionTarget target = open(kind.fresh(folder));
    Webhooks webhooks = webhooks(target);
    String id = webhooks.add(draft(Set.of("a"), Map.of()), "me").webhook().id();
    // Each event fails in another way, twice, before it is taken.
    Map<String, AtomicInteger> tries = new ConcurrentHashMap<>();
    List<String> faults =
        List.of(Receiver.CUT, Receiver.status("500 No"), Receiver.NOTHING, "HTTP/1.1 200 O");
    receiver.answer(
        delivery -> {
          int before =
              tries.computeIfAbsent(delivery.id(), of -> new AtomicInteger()).getAndIncrement();
          int pair = delivery.id().hashCode() & 1;
          return before == 2 ? Receiver.OK : faults.get(pair * 2 + before);
        });
    engine(target, "one", Duration.ofMillis(300));
    post("a", 6);
    for (long seq = 3; seq <= 8; seq++) {
      awaitFailures(webhooks, id, 1);
      waitFor(Duration.ofSeconds(6));
      awaitFailures(webhooks, id, 2);
      waitFor(Duration.ofMinutes(6));
      awaitPosition(webhooks, id, "a", seq);
    }
    List<String> due = new ArrayList<>();
    ids("a", 3, 8).forEach(each -> due.addAll(List.of(each, each, each)));
    assertEquals(due, receiver.ids());
    assertEquals(0, webhooks.find(id).attempts());
    assertEquals(null, webhooks.find(id).error());
    List<WebhookView.Attempt> log = webhooks.deliveries(id, Long.MAX_VALUE, 100);
    assertEquals(18, log.size());
    assertEquals(3, log.get(0).attempt());
    assertTrue(
        log.stream().anyMatch(d -> "no answer within 300 ms".equals(d.error())), log::toString);
  }

  @ParameterizedTest
  @EnumSource
  void afterTheLastRetryItIsPausedAndAPersonResumesIt(Targets kind) {
    ProjectionTarget target = open(kind.fresh(folder));
    Webhooks webhooks = webhooks(target);
    String id = webhooks.add(draft(Set.of("a"), Map.of()), "me").webhook().id();
    receiver.answer(Receiver.status("503 Busy"));
    WebhookEngine engine = engine(target, "one");
    post("a", 2);
    for (int attempt = 1; attempt < 10; attempt++) {
      awaitFailures(webhooks, id, attempt);
      Instant next = requireNonNull(webhooks.find(id).nextAttemptAt());
      assertTrue(next.isAfter(now()), "" + next);
      waitFor(Duration.between(now(), next).plusMillis(1));
    }
    await(() -> "" + webhooks.find(id), () -> !webhooks.find(id).active());
    assertEquals("10 attempts have failed: answered 503", webhooks.find(id).reason());
    await(() -> "" + engine.counts(), () -> engine.counts().paused() == 1);
    assertEquals(10, engine.counts().failed());
    post("a", 1);
    waitFor(Duration.ofDays(30));
    assertEquals(ids("a", 3, 3), receiver.ids().stream().distinct().toList());
    receiver.answer(Receiver.OK);
    webhooks.resume(id);
    engine.nudge();
    awaitPosition(webhooks, id, "a", 5);
    assertEquals(ids("a", 3, 5), receiver.ids().stream().distinct().toList());
    assertEquals(13, receiver.deliveries.size());

    assertEquals("paused by me", webhooks.pause(id, "me").reason());
    post("a", 1);
    engine.nudge();
    await(() -> "" + engine.counts(), () -> engine.counts().paused() == 1);
    assertEquals(13, receiver.deliveries.size());
    webhooks.resume(id);
    awaitPosition(webhooks, id, "a", 6);
    assertEquals(14, receiver.deliveries.size());
  }

  @ParameterizedTest
  @EnumSource
  void aReceiverMayAskForPatienceOrToBeLeftAlone(Targets kind) {
    ProjectionTarget target = open(kind.fresh(folder));
    Webhooks webhooks = webhooks(target);
    String id = webhooks.add(draft(Set.of("a"), Map.of()), "me").webhook().id();
    receiver.answer(Receiver.status("429 Much", "Retry-After: 3600\r\n"));
    engine(target, "one");
    post("a", 1);
    awaitFailures(webhooks, id, 1);
    Duration pause = Duration.between(now(), requireNonNull(webhooks.find(id).nextAttemptAt()));
    assertTrue(pause.compareTo(Duration.ofMinutes(59)) > 0, "" + pause);
    receiver.answer(Receiver.status("410 Gone"));
    waitFor(Duration.ofHours(2));
    await(() -> "" + webhooks.find(id), () -> !webhooks.find(id).active());
    assertEquals("not tried again: answered 410", webhooks.find(id).reason());
    assertEquals(2, receiver.deliveries.size());
  }

  @ParameterizedTest
  @EnumSource
  void oneReceiverThatHangsHoldsUpNoOther(Targets kind) throws IOException {
    ProjectionTarget target = open(kind.fresh(folder));
    Webhooks webhooks = webhooks(target);
    try (Receiver slow = new Receiver()) {
      slow.answer(Receiver.NOTHING);
      WebhookDraft stuck =
          new WebhookDraft(slow.url(), Set.of("a"), null, Set.of(), Map.of(), null);
      String hangs = webhooks.add(stuck, "me").webhook().id();
      String id = webhooks.add(draft(Set.of("a"), Map.of()), "me").webhook().id();
      WebhookEngine engine = engine(target, "one", Duration.ofMinutes(10));
      post("a", 20);
      awaitPosition(webhooks, id, "a", 22);
      assertEquals(ids("a", 3, 22), receiver.ids());
      assertEquals(Map.of("a", 2L), webhooks.status(hangs).positions());
      // The stop does not wait for it, and does not count what it has broken off.
      engine.close();
      assertEquals(0, webhooks.find(hangs).attempts());
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatWasDeliveredAndNotWrittenDownIsDeliveredAgainWithTheSameId(Targets kind) {
    AtomicInteger faults = new AtomicInteger(3);
    AtomicBoolean armed = new AtomicBoolean();
    ProjectionTarget real = open(kind.fresh(folder));
    ProjectionTarget target =
        new HookedTarget(
            real,
            (call, method) -> {
              if (armed.get() && method.equals("commit") && faults.getAndDecrement() > 0) {
                armed.set(false);
                throw HookedTarget.cutOff();
              }
            });
    Webhooks webhooks = webhooks(real);
    String id = webhooks.add(draft(Set.of("a"), Map.of()), "me").webhook().id();
    receiver.answer(
        delivery -> {
          armed.set(true); // the next commit is that of this delivery, or the keeper's
          return Receiver.OK;
        });
    engine(target, "one");
    post("a", 12);
    awaitPosition(webhooks, id, "a", 14);
    assertEquals(ids("a", 3, 14), receiver.ids().stream().distinct().toList());
    assertTrue(receiver.deliveries.size() <= 15, "" + receiver.ids());
    List<String> inOrder = new ArrayList<>(receiver.ids());
    inOrder.sort(Comparator.comparing(String::length).thenComparing(Comparator.naturalOrder()));
    assertEquals(inOrder, receiver.ids());
  }

  @ParameterizedTest
  @EnumSource
  void ofTwoProcessesOneDeliversAndTheOtherTakesOver(Targets kind) {
    Supplier<ProjectionTarget> place = kind.fresh(folder);
    ProjectionTarget target = open(place);
    Webhooks webhooks = webhooks(target);
    String id = webhooks.add(draft(null, Map.of()), "me").webhook().id();
    WebhookEngine one = engine(target, "one");
    awaitOwner(webhooks, id, "one");
    WebhookEngine other = engine(open(place), "other");
    post("a", 30);
    post("b", 30);
    awaitPosition(webhooks, id, "a", 32);
    awaitPosition(webhooks, id, "b", 32);
    assertEquals(0, other.counts().delivered());
    one.close();
    post("a", 5);
    awaitPosition(webhooks, id, "a", 37);
    assertEquals("other", webhooks.status(id).owner());
    assertEquals(5, other.counts().delivered());
    assertEquals(ids("a", 3, 37), received("a"));
    assertEquals(ids("b", 3, 32), received("b"));
    assertEquals(65, new HashSet<>(receiver.ids()).size());
  }

  private void awaitOwner(Webhooks webhooks, String id, String owner) {
    await(() -> webhooks.status(id).toString(), () -> owner.equals(webhooks.status(id).owner()));
  }

  /** As a process that is stopped in the middle of a delivery, past its lease. */
  @ParameterizedTest
  @EnumSource
  void anOwnerThatFellAsleepMovesNothing(Targets kind) {
    Supplier<ProjectionTarget> place = kind.fresh(folder);
    AtomicBoolean dead = new AtomicBoolean();
    ProjectionTarget real = open(place);
    ProjectionTarget target =
        new HookedTarget(
            real,
            (call, method) -> {
              if (dead.get() && !Thread.currentThread().getName().startsWith("talea-webhook-")) {
                throw HookedTarget.cutOff(); // its keeper says nothing any more
              }
            });
    Webhooks webhooks = webhooks(real);
    String id = webhooks.add(draft(Set.of("a"), Map.of()), "me").webhook().id();
    receiver.answer(Receiver.NOTHING);
    WebhookEngine sleeper = engine(target, "sleeper", Duration.ofSeconds(4));
    post("a", 3);
    await(() -> "" + receiver.ids(), () -> receiver.deliveries.size() == 1);
    dead.set(true);
    receiver.answer(Receiver.OK);
    engine(open(place), "other");
    awaitPosition(webhooks, id, "a", 5);
    assertEquals("other", webhooks.status(id).owner());
    // Now the sleeper's delivery fails, and it must not say so of what is behind.
    await(() -> "" + sleeper.counts(), () -> sleeper.counts().failed() == 1);
    post("a", 1);
    awaitPosition(webhooks, id, "a", 6);
    assertEquals(0, webhooks.find(id).attempts());
    assertEquals(
        List.of("a3", "a3", "a4", "a5", "a6"),
        receiver.ids().stream().map(each -> "a" + each.replaceFirst(".*_", "")).toList());
  }

  @ParameterizedTest
  @EnumSource
  void anExchangedKeyIsValidBesideTheNewOneForADay(Targets kind) {
    ProjectionTarget target = open(kind.fresh(folder));
    Webhooks webhooks = webhooks(target);
    WebhookView.Keyed added = webhooks.add(draft(Set.of("a"), Map.of()), "me");
    String id = added.webhook().id();
    WebhookEngine engine = engine(target, "one");
    WebhookKey old = WebhookKey.read(requireNonNull(added.secret()));
    WebhookKey fresh = WebhookKey.read(requireNonNull(webhooks.rotate(id).secret()));
    engine.nudge();
    post("a", 1);
    awaitPosition(webhooks, id, "a", 3);
    Receiver.Delivery both = receiver.deliveries.get(0);
    assertEquals(2, both.header("webhook-signature").split(" ", -1).length);
    assertSigned(old, both);
    assertSigned(fresh, both);
    waitFor(Duration.ofHours(25));
    post("a", 1);
    awaitPosition(webhooks, id, "a", 4);
    assertSigned(fresh, receiver.deliveries.get(1));
    assertEquals(1, receiver.deliveries.get(1).header("webhook-signature").split(" ", -1).length);
  }

  @ParameterizedTest
  @EnumSource
  void aBookIsSentAgainFromASeqAndARebuildSendsNothing(Targets kind) throws Exception {
    ProjectionTarget target = open(kind.fresh(folder));
    ProjectionEngine projections =
        new ProjectionEngine(
            new StoreSource(store.reads()),
            target,
            List.of(new PostingsProjection()),
            EngineSettings.of("one"),
            System::nanoTime,
            () -> 0.5,
            Instant::now);
    opened.add(projections);
    projections.start();
    Webhooks webhooks = webhooks(target);
    String id = webhooks.add(draft(Set.of("a"), Map.of()), "me").webhook().id();
    WebhookEngine engine = engine(target, "one");
    post("a", 5);
    awaitPosition(webhooks, id, "a", 7);
    assertEquals(5, receiver.deliveries.size());
    projections.rebuild("postings");
    await(
        () -> "" + projections.status(),
        () ->
            projections.status().get(0).state() == ProjectionState.LIVE
                && tables(target).contains("_g2"));
    post("a", 1);
    awaitPosition(webhooks, id, "a", 8);
    assertEquals(ids("a", 3, 8), receiver.ids());

    assertEquals(Map.of("a", 5L), webhooks.replay(id, "a", 6).positions());
    engine.nudge();
    awaitPosition(webhooks, id, "a", 8);
    await(() -> "" + receiver.ids(), () -> receiver.deliveries.size() == 9);
    assertEquals(ids("a", 6, 8), receiver.ids().subList(6, 9));
    for (Runnable bad :
        List.<Runnable>of(
            () -> webhooks.replay(id, "a", 0),
            () -> webhooks.replay(id, "a", 10),
            () -> webhooks.replay(id, "b", 1),
            () -> webhooks.replay("wh_none", "a", 1))) {
      assertThrows(LedgerException.class, bad::run);
    }
    webhooks.remove(id);
    assertThrows(LedgerException.class, () -> webhooks.find(id));
    assertThrows(LedgerException.class, () -> webhooks.remove(id));
    post("a", 3);
    engine.nudge();
    await(() -> "" + engine.counts(), () -> engine.counts().active() == 0);
    assertEquals(9, receiver.deliveries.size());
  }

  private static String tables(ProjectionTarget target) {
    try (Connection connection = target.read();
        ResultSet rows = connection.getMetaData().getTables(null, null, "postings%", null)) {
      StringBuilder names = new StringBuilder();
      while (rows.next()) {
        names.append(rows.getString("TABLE_NAME"));
      }
      return names.toString();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatMakesNoSenseIsRefusedWithItsField(Targets kind) {
    ProjectionTarget target = open(kind.fresh(folder));
    Webhooks webhooks =
        new Webhooks(
            target,
            new StoreSource(store.reads()),
            true,
            false,
            new Webhooks.Surroundings(this::now, byte[]::new));
    for (String url :
        List.of(
            "",
            "hooks.example.com/x",
            "ftp://hooks.example.com/x",
            "https://",
            "https:///x",
            "https://hooks.example.com:0/",
            "https://hooks.example.com:65536/",
            "https://me:pw@hooks.example.com/",
            "https://hooks.example.com/#x",
            "https://hooks.example.com/\u00fc",
            "https://hooks.example.com/" + "x".repeat(2048),
            "https://hooks.example.com/a b",
            "http://localhost/x",
            "http://a.localhost/x",
            "http://127.0.0.1/x",
            "http://[::1]:8080/x",
            "http://192.168.1.1/x")) {
      assertRefused("url", webhooks, url, null, Set.of(), Map.of(), null);
    }
    String url = "https://hooks.example.com/x";
    assertRefused("books", webhooks, url, Set.of(""), Set.of(), Map.of(), null);
    assertRefused("books", webhooks, url, Set.of("x".repeat(129)), Set.of(), Map.of(), null);
    assertRefused("books", webhooks, url, Set.of("a\nb"), Set.of(), Map.of(), null);
    assertRefused("prefixes", webhooks, url, null, Set.of("x".repeat(513)), Map.of(), null);
    assertRefused("positions", webhooks, url, Set.of("a"), Set.of(), Map.of("b", 1L), null);
    assertRefused("positions", webhooks, url, null, Set.of(), Map.of("a", 3L), null);
    assertRefused("positions", webhooks, url, null, Set.of(), Map.of("none", 1L), null);
    assertRefused("signature", webhooks, url, null, Set.of(), Map.of(), "v2");
    assertEquals(List.of(), webhooks.list());
  }

  private static void assertRefused(
      String field,
      Webhooks webhooks,
      String url,
      @Nullable Set<String> books,
      Set<String> prefixes,
      Map<String, Long> positions,
      @Nullable String signature) {
    LedgerException refusal =
        assertThrows(
            LedgerException.class,
            () ->
                webhooks.add(
                    new WebhookDraft(url, books, null, prefixes, positions, signature), "me"),
            url);
    assertEquals(field, ((LedgerError.InvalidDraft) refusal.error()).field(), url);
  }

  @ParameterizedTest
  @EnumSource
  void receiversAndTheLogAreBounded(Targets kind) {
    ProjectionTarget target = open(kind.fresh(folder));
    Webhooks webhooks = webhooks(target);
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < Webhooks.MAX; i++) {
      ids.add(webhooks.add(draft(Set.of("a"), Map.of()), "me").webhook().id());
    }
    LedgerException refusal =
        assertThrows(LedgerException.class, () -> webhooks.add(draft(null, Map.of()), "me"));
    assertEquals("webhooks", ((LedgerError.InvalidDraft) refusal.error()).field());
    assertEquals(Webhooks.MAX, webhooks.list().size());
    WebhookCatalog catalog = new WebhookCatalog(target, true);
    String id = ids.get(0);
    catalog.change(
        connection -> {
          for (int i = 1; i <= WebhookCatalog.LOG_ROWS_MAX + 20; i++) {
            catalog.log(
                connection,
                id,
                new WebhookView.Attempt(
                    0, WebhookMessage.id("a", i), "a", i, 1, now(), 3, 200, null));
          }
          return true;
        });
    List<WebhookView.Attempt> kept = webhooks.deliveries(id, Long.MAX_VALUE, 5_000);
    assertEquals(WebhookCatalog.LOG_ROWS_MAX, kept.size());
    assertEquals(21, kept.get(kept.size() - 1).seq());
  }

  /** Its ledger was restored to an earlier moment, or is another one. */
  @ParameterizedTest
  @EnumSource
  void aBookThatEndsBeforeThePositionIsForAPerson(Targets kind) {
    ProjectionTarget target = open(kind.fresh(folder));
    Webhooks webhooks = webhooks(target);
    String id = webhooks.add(draft(Set.of("a"), Map.of()), "me").webhook().id();
    new WebhookCatalog(target, true)
        .change(
            connection -> {
              new WebhookCatalog(target, true).setPositions(connection, id, Map.of("a", 9L));
              return true;
            });
    WebhookEngine engine = engine(target, "one");
    post("a", 1);
    await(() -> "" + webhooks.find(id), () -> !webhooks.find(id).active());
    String reason = "" + webhooks.find(id).reason();
    assertTrue(reason.startsWith("book 'a' ends with seq 3, before the 9"), reason);
    webhooks.replay(id, "a", 3);
    webhooks.resume(id);
    engine.nudge();
    awaitPosition(webhooks, id, "a", 3);
    assertEquals(ids("a", 3, 3), receiver.ids());
  }

  /** A replay of one receiver has nothing to do with what is under way to another. */
  @ParameterizedTest
  @EnumSource
  void whatIsUnderWayIsNotSentTwiceBecauseAnotherIsReplayed(Targets kind) throws IOException {
    ProjectionTarget target = open(kind.fresh(folder));
    Webhooks webhooks = webhooks(target);
    String id = webhooks.add(draft(Set.of("a"), Map.of()), "me").webhook().id();
    try (Receiver slow = new Receiver()) {
      slow.answer(Receiver.NOTHING);
      webhooks.add(new WebhookDraft(slow.url(), Set.of("a"), null, Set.of(), Map.of(), null), "me");
      WebhookEngine engine = engine(target, "one", Duration.ofMinutes(10));
      post("a", 1);
      awaitPosition(webhooks, id, "a", 3);
      await(() -> "" + slow.ids(), () -> slow.deliveries.size() == 1);
      receiver.answer(
          delivery -> {
            if (receiver.deliveries.size() == 1) {
              webhooks.replay(id, "a", 3); // while this one is under way
            }
            return Receiver.OK;
          });
      post("a", 1);
      await(() -> "" + receiver.ids(), () -> receiver.deliveries.size() == 4);
      awaitPosition(webhooks, id, "a", 4);
      assertEquals(
          List.of("3", "4", "3", "4"),
          receiver.ids().stream().map(each -> each.replaceFirst(".*_", "")).toList());
      for (int i = 0; i < 20; i++) {
        engine.nudge();
        post("a", 1);
      }
      awaitPosition(webhooks, id, "a", 24);
      assertEquals(1, slow.deliveries.size());
    }
  }

  /** A name that leads to this machine is found out when it is sent to, and not before. */
  @ParameterizedTest
  @EnumSource
  void aPrivateAddressBehindANamePausesTheReceiver(Targets kind) {
    ProjectionTarget target = open(kind.fresh(folder));
    Webhooks webhooks = webhooks(target);
    String url = "http://localhost:" + URI.create(receiver.url()).getPort() + "/";
    String id =
        webhooks
            .add(new WebhookDraft(url, Set.of("a"), null, Set.of(), Map.of(), null), "me")
            .webhook()
            .id();
    WebhookEngine engine =
        new WebhookEngine(
            new StoreSource(store.reads()),
            target,
            true,
            new SocketSender(Duration.ofSeconds(20), false, this::now, null),
            WebhookEngine.Settings.of("one", Duration.ofSeconds(10)),
            new WebhookEngine.Surroundings(this::now, System::nanoTime, () -> 0, () -> true));
    opened.add(engine);
    engine.start();
    post("a", 1);
    await(() -> "" + webhooks.find(id), () -> !webhooks.find(id).active());
    String reason = "" + webhooks.find(id).reason();
    assertTrue(reason.startsWith("not tried again: localhost is "), reason);
    assertEquals(List.of(), receiver.ids());
  }
}
