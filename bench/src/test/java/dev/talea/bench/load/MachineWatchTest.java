// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.bench.load.Cause.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What Linux tells about threads that do not run is seen, and nothing is claimed elsewhere. */
class MachineWatchTest {
  @TempDir private Path dir;

  @Test
  @EnabledOnOs(OS.LINUX)
  void threadsThatAreReadyAndDoNotRunAreSeen() throws Exception {
    // Several times as many as there are processors: whoever runs, most of them wait.
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(500);
    List<Thread> busy = new ArrayList<>();
    for (int i = 0; i < 6 * Runtime.getRuntime().availableProcessors(); i++) {
      Thread thread =
          new Thread(
              () -> {
                while (System.nanoTime() < until) {
                  Thread.onSpinWait();
                }
              },
              "talea-bench-busy");
      busy.add(thread);
      thread.start();
    }
    long begin = System.nanoTime();
    MachineWatch watch = new MachineWatch(Path.of("/proc"), 0, ProcessHandle.current().pid());
    for (Thread thread : busy) {
      thread.join();
    }
    watch.end();
    List<Cause> waits =
        watch.causes().stream().filter(cause -> cause.kind() == Kind.GENERATOR_PROCESSOR).toList();
    assertFalse(waits.isEmpty(), () -> watch.causes().toString());
    for (Cause wait : waits) {
      assertEquals("event loop", wait.detail());
      assertTrue(wait.share() > 0 && wait.share() <= 1, wait::toString);
      assertTrue(wait.fromNanos() >= begin && wait.toNanos() > wait.fromNanos(), wait::toString);
    }
  }

  @Test
  void whereNothingIsToldNothingIsClaimed() throws Exception {
    MachineWatch watch = new MachineWatch(dir, 1, 2);
    watch.end();
    assertEquals(List.of(), watch.causes());
  }

  @Test
  void threadsAreKnownByNamesThatAreCutAtTheEndOrInTheMiddle() {
    assertEquals("event loop", MachineWatch.role("talea-http-1-1", true));
    assertEquals("writer", MachineWatch.role("talea-log-write", true));
    assertEquals("writer", MachineWatch.role("talea-l..writer", true));
    assertNull(MachineWatch.role("talea-log-space", true));
    assertNull(MachineWatch.role("talea-reader-1", true));
    assertEquals("event loop", MachineWatch.role("talea-bench-loo", false));
    assertNull(MachineWatch.role("bench-watch", false));
  }

  @Test
  void whatLinuxTellsIsRead() throws Exception {
    assertEquals(4847478, MachineWatch.waitedNanos("165125 4847478 2\n"));
    assertThrows(IOException.class, () -> MachineWatch.waitedNanos(""));
    assertEquals(
        1406,
        MachineWatch.stolenTicks(
            "cpu  1286569 6 327342 641058 57680 0 65987 1406 0 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n"));
    assertThrows(IOException.class, () -> MachineWatch.stolenTicks("cpu  1 2 3"));
    assertTrue(MachineWatch.waitsForDisk("17 (talea-log-write) D 1 17 17 0 -1"));
    assertFalse(MachineWatch.waitsForDisk("17 (a D) D) S 1 17 17 0 -1"));
  }
}
