// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static dev.talea.server.TestDaemon.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.audit.anchor.AnchorLog;
import dev.talea.audit.anchor.AnchorRecord;
import dev.talea.audit.anchor.AnchorRecord.Anchor;
import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.log.LogCursor;
import dev.talea.log.LogNotFoundException;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.NioDisk;
import dev.talea.log.disk.SystemLogEnvironment;
import dev.talea.server.settings.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** When a daemon anchors: while it serves, and once more when it stops. */
@Timeout(60)
class AnchorRoundsTest {
  private static final Settings.Timing OFTEN =
      new Settings.Timing(
          Duration.ofSeconds(30),
          Duration.ofSeconds(15),
          Duration.ofSeconds(5),
          Duration.ofMillis(20),
          Duration.ofMinutes(1));

  @TempDir private Path directory;

  private static List<String> anchored(LogFiles files) {
    List<String> anchored = new ArrayList<>();
    try {
      LogCursor cursor = files.read(AnchorLog.NAME).found().cursor(1);
      while (cursor.next()) {
        if (AnchorRecord.decode(cursor.payload()).record() instanceof Anchor anchor) {
          anchored.add(anchor.book() + " " + anchor.head().size());
        }
      }
    } catch (LogNotFoundException e) {
      return List.of();
    }
    return anchored;
  }

  @Test
  void aStopAnchorsWhatTheDaemonHasServed() {
    LogFiles files = new LogFiles(directory, new NioDisk());
    try (TestDaemon daemon = TestDaemon.onLog(directory).withBook("b")) {
      assertEquals(200, daemon.post("/v1/transactions", draft("b", "key", "1")).status());
    }
    List<String> first = anchored(files);
    assertTrue(first.contains("_system 1") && first.contains("b 3"), first::toString);
    try (TestDaemon daemon = TestDaemon.onLog(directory)) {
      assertFalse(daemon.get("/v1/books").body().contains("_anchors"));
      assertEquals(404, daemon.get("/v1/books/_anchors").status());
    }
    assertEquals(first, anchored(files), "nothing was posted since");
  }

  @Test
  void aServingDaemonAnchorsByItself() {
    SimulatedDisk disk = new SimulatedDisk(3);
    Path at = Path.of("/data/talea");
    LogLedgerStore store =
        LogLedgerStore.open(
            at,
            LogStoreSettings.DEFAULTS,
            SystemLogEnvironment.create().withDisk(disk),
            Runnable::run);
    LogFiles files = new LogFiles(at, disk);
    try (TestDaemon daemon = TestDaemon.over(store, OFTEN).withBook("b")) {
      await(files, "b 2");
      assertEquals(200, daemon.post("/v1/transactions", draft("b", "key", "1")).status());
      await(files, "b 3");
    }
  }

  /** The class's timeout fails it. */
  private static void await(LogFiles files, String anchor) {
    while (!anchored(files).contains(anchor)) {
      Thread.onSpinWait();
    }
  }

  @Test
  void aDiskThatFailsUnderTheAnchorsIsToldAndTriedAgain() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(4);
    Path at = Path.of("/data/talea");
    disk.setFault(
        (operation, file) ->
            file.toString().contains("_anchors") ? new IOException("Input/output error") : null);
    LogLedgerStore store =
        LogLedgerStore.open(
            at,
            LogStoreSettings.DEFAULTS,
            SystemLogEnvironment.create().withDisk(disk),
            Runnable::run);
    LogFiles files = new LogFiles(at, disk);
    try (TestDaemon daemon =
        TestDaemon.over(store, OFTEN, "TALEA_METRICS_BIND", "127.0.0.1:0").withBook("b")) {
      assertEquals(200, daemon.post("/v1/transactions", draft("b", "key", "1")).status());
      while (metric(daemon, "talea_anchor_rounds_total{result=\"failed\"}") < 2) {
        Thread.onSpinWait();
      }
      assertEquals(200, daemon.post("/v1/transactions", draft("b", "key 2", "1")).status());
      assertEquals(200, daemon.get("/readyz").status());
      disk.setFault(SimulatedDisk.Fault.NONE);
      await(files, "b 4");
      assertTrue(metric(daemon, "talea_anchor_rounds_total{result=\"anchored\"}") >= 1);
      assertEquals(0, metric(daemon, "talea_books_not_as_anchored"));
    }
  }

  private static double metric(TestDaemon daemon, String name) throws IOException {
    try (RawHttp http = new RawHttp(Objects.requireNonNull(daemon.daemon().metricsAddress()))) {
      return http.request("GET", "/metrics", null)
          .read(true)
          .body()
          .lines()
          .filter(line -> line.startsWith(name + " "))
          .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
          .sum();
    }
  }
}
