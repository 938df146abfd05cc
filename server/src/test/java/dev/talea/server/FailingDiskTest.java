// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static dev.talea.server.TestDaemon.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.SimulatedDisk.Operation;
import dev.talea.log.disk.SystemLogEnvironment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A disk that fails or fills up under the log store, as callers over HTTP live through it. */
@Timeout(120)
@Tag("slow")
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
    return serve(LogStoreSettings.DEFAULTS);
  }

  private TestDaemon serve(LogStoreSettings settings) {
    return TestDaemon.over(
        LogLedgerStore.open(
            DIRECTORY,
            settings,
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

  @Test
  void aDiskThatTakesItsTimeFillsTheQueueAndLosesNothing() throws Exception {
    daemon.close();
    int depth = 4;
    daemon = serve(LogStoreSettings.DEFAULTS.withLog(1 << 20, depth, 2));
    CountDownLatch syncing = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    disk.setFault(
        (operation, file) -> {
          if (operation == Operation.FORCE && file.toString().contains("sick")) {
            syncing.countDown();
            await(gate);
          }
          return null;
        });
    ExecutorService callers = Executors.newCachedThreadPool();
    List<CompletableFuture<Answer>> answers = new ArrayList<>();
    answers.add(CompletableFuture.supplyAsync(() -> post("sick", "first"), callers));
    syncing.await();
    // One group is at the disk. What comes now waits, until no more may wait.
    for (int i = 0; i < 3 * depth; i++) {
      String key = "k" + i;
      answers.add(CompletableFuture.supplyAsync(() -> post("sick", key), callers));
    }
    while (answers.stream().filter(CompletableFuture::isDone).count() < depth) {
      Thread.onSpinWait();
    }
    gate.countDown();
    int posted = 0;
    for (CompletableFuture<Answer> answer : answers) {
      Answer told = answer.join();
      if (told.status() == 200) {
        posted++;
      } else {
        Envelopes.assertError(429, "{\"error\":\"overloaded\"}", "1", told);
      }
    }
    callers.shutdown();
    assertTrue(posted > depth && posted < answers.size(), "posted " + posted);
    assertTrue(
        daemon
            .get("/v1/books/sick/trial-balance")
            .body()
            .contains("\"debits\":" + (1 + posted) + ","));
    assertEquals(200, post("sick", "afterwards").status());
  }

  private static void await(CountDownLatch gate) {
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException("writers are never interrupted", e);
    }
  }
}
