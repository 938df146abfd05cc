package dev.talea.server;

import static dev.talea.server.TestDaemon.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.SimulatedDisk.Operation;
import dev.talea.log.SystemLogEnvironment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A disk that fails or fills up under the log store, as callers over HTTP live through it. */
class FailingDiskTest {
  private static final Path DIRECTORY = Path.of("/ledger");

  private SimulatedDisk disk = new SimulatedDisk(1);
  private TestDaemon daemon;

  @BeforeEach
  void start() {
    daemon = serve();
    daemon.withBook("sick").withBook("well");
    assertEquals(200, post("sick", "before").status());
    assertEquals(200, post("well", "before").status());
  }

  @AfterEach
  void stop() {
    daemon.close();
  }

  private TestDaemon serve() {
    return TestDaemon.over(
        LogLedgerStore.open(
            DIRECTORY,
            LogStoreSettings.DEFAULTS,
            SystemLogEnvironment.create().withDisk(disk),
            Executors.newSingleThreadExecutor(
                task -> {
                  Thread thread = new Thread(task, "creator");
                  thread.setDaemon(true);
                  return thread;
                })));
  }

  private Answer post(String book, String key) {
    return daemon.post("/v1/transactions", draft(book, key, "1"));
  }

  private static void assertUnavailable(Answer answer) {
    assertEquals(503, answer.status(), answer::toString);
    assertEquals("5", answer.header("Retry-After"));
    assertEquals("application/json", answer.header("Content-Type"));
    assertTrue(
        answer.body().startsWith("{\"error\":\"unavailable\",\"reason\":\""), answer::toString);
  }

  private void assertBalance(String book, String balance) {
    Answer answer = daemon.get("/v1/books/" + book + "/accounts/cash/balance");
    assertTrue(answer.body().contains("\"balance\":\"" + balance + "\""), answer::toString);
  }

  @Test
  void afterAFailedSyncTheBookIsUnavailableAndTheOthersGoOn() throws IOException {
    boolean[] failed = {false};
    disk.setFault(
        (operation, file) -> {
          boolean now =
              !failed[0] && operation == Operation.FORCE && file.toString().contains("sick");
          failed[0] |= now;
          return now ? new IOException("Input/output error (injected)") : null;
        });
    try (SseReader stream = new SseReader(daemon, "/v1/books/sick/events?from=3")) {
      assertUnavailable(post("sick", "in flight"));
      assertUnavailable(post("sick", "later"));
      assertUnavailable(daemon.post("/v1/accounts", TestDaemon.account("sick", "new")));
      Answer batch =
          daemon.post(
              "/v1/transactions/batch",
              "[" + draft("sick", "s", "1") + "," + draft("well", "w", "1") + "]");
      assertEquals(200, batch.status());
      assertTrue(batch.body().startsWith("[{\"error\":\"unavailable\","), batch::toString);
      assertTrue(batch.body().contains("\"seq\":4,"), batch::toString);
      assertBalance("sick", "0.01");
      assertBalance("well", "0.02");
      assertEquals(200, daemon.get("/health").status());
      assertTrue(failed[0]);

      daemon.close();
      daemon = serve();
      assertEquals(null, stream.event(), "nobody was shown what was not on disk");
    }
    Answer again = post("sick", "in flight");
    assertEquals(200, again.status(), again::toString);
    assertBalance("sick", "0.02");
    assertEquals(200, post("sick", "later").status());
  }

  @Test
  void aFullDiskRefusesAndHealsByItself() {
    disk.setSpace(disk.usedSpace());
    int posted = 0;
    Answer answer = post("sick", "fill 0");
    while (answer.status() == 200) {
      posted++;
      answer = post("sick", "fill " + posted);
    }
    assertUnavailable(answer);
    assertUnavailable(daemon.post("/v1/accounts", TestDaemon.account("newborn", "cash")));
    disk.setSpace(Long.MAX_VALUE);
    answer = post("sick", "fill " + posted);
    while (answer.status() == 503) {
      // The log looks again after a moment; a client comes back after Retry-After.
      assertUnavailable(answer);
      answer = post("sick", "fill " + posted);
    }
    assertEquals(200, answer.status(), answer::toString);
    assertTrue(answer.body().contains("\"seq\":" + (4 + posted) + ","), answer::toString);
  }
}
