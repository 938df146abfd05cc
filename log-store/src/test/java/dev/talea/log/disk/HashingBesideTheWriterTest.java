// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.Log;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogSettings;
import dev.talea.log.SimulatedDisk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Hashing beside the writer: whichever thread does it, the tree is the same. */
class HashingBesideTheWriterTest {

  private static final Path DIR = Path.of("/data");

  private final SimulatedDisk disk = new SimulatedDisk(1);
  private final LogEnvironment environment = CrashTest.environment(disk);

  @Test
  void theTreeIsRightWithAHelper() {
    List<String> names = new ArrayList<>();
    ThreadFactory threads =
        task -> {
          Thread thread =
              new Thread(
                  () -> {
                    synchronized (names) {
                      names.add(Thread.currentThread().getName());
                    }
                    task.run();
                  });
          thread.setDaemon(true);
          return thread;
        };
    writeLargeBlocks(environment.withWriters(threads));
    synchronized (names) {
      assertTrue(names.contains("talea-log-hash"), names.toString());
    }
  }

  @Test
  void theTreeIsRightIfThereIsNoThreadForAHelper() {
    AtomicInteger asked = new AtomicInteger();
    writeLargeBlocks(
        environment.withWriters(
            task -> {
              if (asked.incrementAndGet() > 1) {
                throw new OutOfMemoryError("unable to create native thread (injected)");
              }
              return environment.writers().newThread(task);
            }));
    assertTrue(asked.get() > 1);
  }

  @Test
  void aRecordMayBeLongerThanTheWholeBlockBeforeIt() {
    try (LogDirectory logs = LogDirectory.open(DIR, LogSettings.DEFAULTS, environment)) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      for (int length = 40_000; length <= 60_000; length += 5_000) {
        Append append = Append.atomic(List.of(new byte[length]));
        assertTrue(log.submit(append, 1));
        append.done.join();
      }
    }
    assertEquals(5, new LogFiles(DIR, disk).verify("log").records());
  }

  private void writeLargeBlocks(LogEnvironment in) {
    Random random = new Random(5);
    try (LogDirectory logs = LogDirectory.open(DIR, LogSettings.DEFAULTS, in)) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      for (int block = 0; block < 20; block++) {
        List<byte[]> payloads = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
          byte[] payload = new byte[100 + random.nextInt(300)];
          random.nextBytes(payload);
          payloads.add(payload);
        }
        Append append = Append.atomic(payloads); // more than 32 KiB
        assertTrue(log.submit(append, 1));
        append.done.join();
      }
    }
    // Checks the root in every block header, too.
    VerifyReport report = new LogFiles(DIR, disk).verify("log");
    assertEquals(4000, report.records());
    assertEquals(
        report.treeHead(),
        Recovery.find(new SegmentMaps(disk, 1), DIR.resolve("books").resolve("log"), "log")
            .treeHead());
  }
}
