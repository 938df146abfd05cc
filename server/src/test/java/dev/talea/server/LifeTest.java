// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static dev.talea.server.TestDaemon.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.talea.server.settings.LedgerChoice;
import dev.talea.server.settings.Settings;
import dev.talea.server.settings.StartException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Starting, and everything that can go wrong then; stopping, and what is promised then. */
class LifeTest {
  /** The common pool has one thread on two cores, and two calls that wait for each other starve. */
  private static final Executor OWN_THREAD = task -> new Thread(task).start();

  @TempDir private Path directory;

  private static Settings settings(String... settings) {
    Map<String, String> environment = new HashMap<>();
    environment.put("TALEA_BIND", "127.0.0.1:0");
    environment.put("TALEA_CREATE", "true");
    for (int i = 0; i < settings.length; i += 2) {
      environment.put(settings[i], settings[i + 1]);
    }
    return Settings.of(environment, Map.of());
  }

  private String url() {
    return "log://" + directory.resolve("ledger");
  }

  private static void assertStartFails(Settings settings, String... words) {
    StartException refusal = assertThrows(StartException.class, () -> Daemon.start(settings));
    for (String word : words) {
      assertTrue(("" + refusal.getMessage()).contains(word), refusal::getMessage);
    }
  }

  @Test
  void whereThereIsNoLedgerNoneIsMadeUnlessThatIsAskedFor() throws IOException {
    Path folder = directory.resolve("ledger");
    Path file = directory.resolve("talea.db");
    String[] log = {"TALEA_DB_URL", url(), "TALEA_CREATE", "false"};
    String[] sqlite = {"TALEA_DB_URL", "sqlite://" + file, "TALEA_CREATE", "false"};
    assertNoLedger("nothing is there", log);
    assertNoLedger("nothing is there", sqlite);
    assertFalse(Files.exists(folder) || Files.exists(file), "nothing is left behind");
    Files.createDirectory(folder);
    Files.createFile(file);
    assertNoLedger("the folder is empty", log);
    assertNoLedger("the file is empty", sqlite);
    Files.createDirectories(folder.resolve("books"));
    Files.createDirectories(folder.resolve("photos"));
    assertNoLedger("the folder holds none", log);
    assertNoLedger(
        "is no folder, but a file", "TALEA_DB_URL", "log://" + file, "TALEA_CREATE", "false");
    Files.delete(file);
    Initializer.run(
        new Initializer.Request(
            LedgerChoice.named("--db-url", "sqlite://" + file, Map.of()),
            null,
            directory.resolve("made.env"),
            false));
    Daemon.start(settings(sqlite)).stop();
    for (String url : List.of(url(), "sqlite://" + directory.resolve("fresh.db"))) {
      Daemon.start(settings("TALEA_DB_URL", url)).stop();
      // And what one made, the other serves.
      Daemon.start(settings("TALEA_DB_URL", url, "TALEA_CREATE", "false")).stop();
    }
  }

  private static void assertNoLedger(String words, String... settings) {
    NoLedgerException refusal =
        assertThrows(NoLedgerException.class, () -> Daemon.start(settings(settings)));
    assertTrue(("" + refusal.getMessage()).contains(words), refusal::getMessage);
    assertTrue(("" + refusal.getMessage()).startsWith("There is no ledger at "));
  }

  @Test
  void aTakenAddressIsNamedAndTheLedgerIsLetGo() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String bind = "127.0.0.1:" + taken.getLocalPort();
      assertStartFails(settings("TALEA_DB_URL", url(), "TALEA_BIND", bind), "TALEA_BIND", bind);
      assertStartFails(
          settings("TALEA_DB_URL", url(), "TALEA_METRICS_BIND", bind), "TALEA_METRICS_BIND", bind);
    }
    Daemon.start(settings("TALEA_DB_URL", url())).stop();
  }

  @Test
  void aHostThatNobodyKnowsIsNamed() {
    assertStartFails(
        settings("TALEA_DB_URL", url(), "TALEA_BIND", "no-such-host.invalid:1"),
        "TALEA_BIND",
        "no-such-host.invalid");
    assertFalse(Files.exists(directory.resolve("ledger")), "and no ledger is made for it");
  }

  @Test
  void aLedgerInUseIsRefused() {
    Daemon first = Daemon.start(settings("TALEA_DB_URL", url()));
    assertStartFails(settings("TALEA_DB_URL", url()), url());
    assertTrue(first.stop());
    assertTrue(Daemon.start(settings("TALEA_DB_URL", url())).stop());
  }

  @Test
  void aTokensFileThatIsNotThereStopsTheStart() {
    assertStartFails(
        settings("TALEA_DB_URL", url(), "TALEA_TOKENS_FILE", directory.resolve("none").toString()),
        "TALEA_TOKENS_FILE",
        "no such file");
  }

  @Test
  void aStopAnswersWhatIsInFlightAndAcceptsNoMore() throws Exception {
    TestStore store = new TestStore();
    TestDaemon daemon = TestDaemon.over(store).withBook("b");
    InetSocketAddress address = daemon.daemon().address();
    store.hold();
    CompletableFuture<Answer> inFlight =
        CompletableFuture.supplyAsync(
            () -> daemon.post("/v1/transactions", draft("b", "k", "1")), OWN_THREAD);
    store.awaitHeld(1);
    RawHttp idle = daemon.connect();
    String ids = requestIds(idle);
    CompletableFuture<Boolean> stop =
        CompletableFuture.supplyAsync(daemon.daemon()::stop, OWN_THREAD);
    // The idle connection goes first; by then nobody new is let in.
    assertTrue(idle.isClosedByPeer());
    assertNoNewcomers(address, ids);
    assertFalse(stop.isDone());
    store.release();
    assertEquals(200, inFlight.join().status());
    assertTrue(stop.join());
    assertTrue(store.isClosed());
    assertTrue(daemon.daemon().stop(), "and again, with the same answer");
  }

  /** The part of a daemon's request ids that no other daemon shares. */
  private static String requestIds(RawHttp http) throws IOException {
    Answer answer = http.request("GET", "/health", null).read();
    return ("" + answer.header("X-Request-Id")).replaceAll("-.*", "");
  }

  /** The port is free for anybody now, another test included; our daemon must not be behind it. */
  private static void assertNoNewcomers(InetSocketAddress address, String ids) {
    try (RawHttp newcomer = new RawHttp(address)) {
      assertNotEquals(ids, requestIds(newcomer));
    } catch (IOException e) {
      // Refused, as it should be.
    }
  }

  @Test
  void aStopDoesNotWaitLongerThanItsGrace() throws Exception {
    TestStore store = new TestStore();
    Settings.Timing hasty =
        new Settings.Timing(Duration.ofSeconds(30), Duration.ofSeconds(15), Duration.ofMillis(200));
    TestDaemon daemon = TestDaemon.over(store, hasty).withBook("b");
    store.hold();
    try (RawHttp caller = daemon.connect()) {
      caller.request("POST", "/v1/transactions", draft("b", "k", "1"));
      store.awaitHeld(1);
      assertFalse(daemon.daemon().stop(), "somebody was cut off");
      assertTrue(caller.isClosedByPeer());
      assertTrue(store.isClosed());
    } finally {
      store.release();
    }
  }

  @Test
  void whatWasAcknowledgedIsThereAfterARestart() {
    TestDaemon daemon = TestDaemon.onLog(directory).withBook("b");
    String posted = daemon.post("/v1/transactions", draft("b", "k", "1")).body();
    assertTrue(daemon.daemon().stop());
    try (TestDaemon again = TestDaemon.onLog(directory)) {
      assertEquals(
          posted.replace("\"deduplicated\":false", "\"deduplicated\":true"),
          again.post("/v1/transactions", draft("b", "k", "1")).body());
    }
  }

  @Test
  void anOpenDoorAndAMisspelledVariableAreSaidLoudly() {
    Logger logger = (Logger) LoggerFactory.getLogger(Daemon.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    logger.setAdditive(false);
    logger.setLevel(Level.WARN);
    try {
      Daemon open = Daemon.start(settings("TALEA_DB_URL", url(), "TALEA_MAX_INFLIGT", "1"));
      assertTrue(open.isOpenMode());
      open.stop();
      assertTrue(lines.list.get(0).getFormattedMessage().contains("TALEA_MAX_INFLIGT"));
      assertTrue(lines.list.get(1).getFormattedMessage().contains("OPEN MODE"));
      lines.list.clear();
      Daemon guarded =
          Daemon.start(
              settings("TALEA_DB_URL", url(), "TALEA_API_TOKEN", "a-token-of-some-length"));
      assertFalse(guarded.isOpenMode());
      guarded.stop();
      assertTrue(lines.list.isEmpty(), lines.list::toString);
    } finally {
      logger.detachAppender(lines);
      logger.setAdditive(true);
      logger.setLevel(null);
    }
  }
}
