// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** A heap that runs out ends the process, whoever caught the error; other shortages do not. */
@Timeout(120)
class HeapGuardTest {

  /** A process whose heap runs out in the way that the argument names. */
  static final class Victim {
    private Victim() {}

    public static void main(String[] how) throws InterruptedException {
      HeapGuard.install();
      Thread thread = new Thread(() -> runOut(how[0]), "victim");
      thread.start();
      thread.join();
      System.exit(0);
    }

    @SuppressWarnings("ModifiedButNotUsed") // what is in it is not wanted, but the heap it takes
    private static void runOut(String how) {
      List<byte[]> all = new ArrayList<>();
      try {
        while (true) {
          all.add(new byte[1024 * 1024]);
        }
      } catch (OutOfMemoryError e) {
        switch (how) {
          case "uncaught" -> throw e;
          case "logged" -> LoggerFactory.getLogger("x").warn("closing a connection", e);
          case "logged-with-words" ->
              LoggerFactory.getLogger("x").error("{} {} {}", "one", "two", "three", e);
          case "logged-below-the-level" -> LoggerFactory.getLogger("x").debug("a {}", "b", e);
          case "as-a-cause" ->
              LoggerFactory.getLogger("x").error("failed", new CompletionException(e));
          default -> throw new IllegalArgumentException(how);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"uncaught", "logged", "logged-with-words", "logged-below-the-level", "as-a-cause"})
  void theProcessEndsWithACodeOfItsOwn(String how) throws Exception {
    Process victim =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx24m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Victim.class.getName(),
                how)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    String err = new String(victim.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(victim.waitFor(60, TimeUnit.SECONDS));
    assertEquals(4, victim.exitValue(), err);
    assertEquals(1, err.lines().count(), err);
    assertTrue(err.startsWith("talea: the heap ran out (exit code 4)"), err);
  }

  @Test
  void whatIsNotTheHeapIsNotTheEnd() {
    assertTrue(HeapGuard.isHeap(new OutOfMemoryError()));
    assertTrue(
        HeapGuard.isHeap(new IllegalStateException(new OutOfMemoryError("Java heap space"))));
    for (String other :
        new String[] {
          "unable to create native thread: possibly out of memory or process/resource limits",
          "Cannot reserve 4194304 bytes of direct buffer memory (allocated: 1, limit: 2)",
          "Map failed"
        }) {
      assertFalse(HeapGuard.isHeap(new OutOfMemoryError(other)), other);
    }
    assertFalse(HeapGuard.isHeap(new IllegalStateException("Java heap space")));
    assertFalse(HeapGuard.isHeap(null));
  }
}
