// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.talea.ledger.Event;
import dev.talea.ledger.EventStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/**
 * What the tests on a bank's transactions have in common: where those lie, and the binary in a
 * folder of the test's own.
 *
 * <p>The data is no part of the project. It is looked for in {@code -Dtalea.berka=DIR}, and if that
 * is not given, in {@code shared/data/berka} beside the checkout; without it there is nothing to
 * test.
 */
record BerkaRun(Path directory) {
  /** All there are. */
  static final int ALL = 49_102;

  /** So many of them, from the first on, are used. */
  static final int TRANSACTIONS = Integer.getInteger("talea.berka.transactions", ALL / 10);

  /** Where the data lies; ends the test, aloud, if it does not. */
  static Path data() {
    String property = System.getProperty("talea.berka", "");
    Path data =
        property.isEmpty() ? Path.of("..", "..", "shared", "data", "berka") : Path.of(property);
    boolean there = Files.isReadable(data.resolve("transactions.csv"));
    if (!there) {
      System.out.println(
          "SKIPPED: the test on real bank transactions; there is no transactions.csv in "
              + data.toAbsolutePath().normalize()
              + ". Give its folder with -Dtalea.berka=DIR.");
    }
    Assumptions.assumeTrue(there, "no real bank transactions here");
    return data;
  }

  TaleaProcess serve(Map<String, String> settings) throws IOException, InterruptedException {
    return TaleaProcess.start(directory, settings, "serve").awaitLine("serving ");
  }

  /** Runs a command to its end, and gives what it printed. */
  String run(Map<String, String> settings, String... arguments)
      throws IOException, InterruptedException {
    try (TaleaProcess process = TaleaProcess.start(directory, settings, arguments)) {
      assertEquals(0, process.exitCode(), process::toString);
      return process.out();
    }
  }

  static void awaitSeq(EventStream events, long seq) throws InterruptedException {
    Event event;
    do {
      event = events.poll(Duration.ofSeconds(60));
      assertNotNull(event, "no event for a minute, waiting for seq " + seq);
    } while (event.seq() < seq);
  }
}
