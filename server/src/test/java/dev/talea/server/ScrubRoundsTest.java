// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static dev.talea.server.TestDaemon.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.server.settings.Settings;
import dev.talea.server.settings.StartException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A byte changes on the disk while it is served, and is told of; and when it is put right. */
@Timeout(120)
class ScrubRoundsTest {
  private static final Settings.Timing OFTEN =
      new Settings.Timing(
          Duration.ofSeconds(30),
          Duration.ofSeconds(15),
          Duration.ofSeconds(5),
          Duration.ofMinutes(1),
          Duration.ofMillis(10));

  /** In the first records of the book, long behind what its reads need. */
  private static final long DAMAGE_AT = 4096 + 128 + 40;

  @TempDir private Path directory;

  private static @Nullable Object unavailable(TestDaemon daemon) {
    return JsonTree.object(daemon.get("/v1/books/b").body()).get("unavailable");
  }

  private static void await(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      Thread.onSpinWait();
    }
  }

  private void flip() throws IOException {
    Path segment = directory.resolve("books/b/00000000000000000001.log");
    try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
      file.seek(DAMAGE_AT);
      int was = file.read();
      file.seek(DAMAGE_AT);
      file.write(was ^ 4);
    }
  }

  @Test
  void damageIsToldWhileTheBookGoesOn() throws IOException {
    try (TestDaemon daemon = TestDaemon.at("log://" + directory, OFTEN, "TALEA_SCRUB", "100000")) {
      daemon.withBook("b");
      for (int i = 0; i < 20; i++) {
        assertEquals(200, daemon.post("/v1/transactions", draft("b", "k" + i, "1")).status());
      }
      assertNull(unavailable(daemon));
      flip();
      await(() -> unavailable(daemon) != null);
      String told = String.valueOf(unavailable(daemon));
      assertTrue(told.contains("damaged on disk"), told);
      assertFalse(told.contains(directory.toString()), told);
      assertEquals(200, daemon.post("/v1/transactions", draft("b", "more", "1")).status());
      flip();
      await(() -> unavailable(daemon) == null);
    }
  }

  @Test
  void thePaceIsAWholeNumberOrOff() {
    for (String wrong : new String[] {"0", "-1", "fast", "1.5", "1000000", "4 MiB"}) {
      assertThrows(
          StartException.class,
          () -> TestDaemon.at("log://" + directory, "TALEA_SCRUB", wrong).close(),
          wrong);
    }
    TestDaemon.at("log://" + directory, "TALEA_SCRUB", "OFF").close();
    TestDaemon.at("log://" + directory, "TALEA_SCRUB", "4").close(); // in the middle of a wait
  }
}
