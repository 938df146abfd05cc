// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.baseline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A baseline that does not put on disk what it counts would flatter nobody for long. */
@Tag("slow")
class BaselinesTest {
  @TempDir Path folder;

  @Test
  void theRawFileHoldsWhatWasCommittedInItsPlaceAndNeverGrows() throws IOException {
    Path path = folder.resolve("raw");
    try (RawFile file = new RawFile(path, 10)) {
      file.commit(ascii("abcd"));
      file.commit(ascii("efgh"));
      assertArrayEquals(bytes("abcdefgh\0\0"), Files.readAllBytes(path));

      file.commit(ascii("ijk"));
    }
    assertArrayEquals(bytes("ijkdefgh\0\0"), Files.readAllBytes(path));
  }

  @Test
  void theGroupCommittedFileHoldsWhatEveryCallerLeftInTheOrderOfOneCaller() throws IOException {
    Path path = folder.resolve("group");
    try (GroupCommittedFile file = new GroupCommittedFile(new RawFile(path, 1000))) {
      List<CompletableFuture<Void>> answers = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        answers.add(file.commit(bytes("%03d".formatted(i))));
      }
      answers.forEach(CompletableFuture::join);
    }
    StringBuilder expected = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      expected.append("%03d".formatted(i));
    }
    byte[] written = Arrays.copyOf(Files.readAllBytes(path), 300);
    assertEquals(expected.toString(), new String(written, StandardCharsets.US_ASCII));
  }

  @Test
  void callersCountOnlyWhatTheyWaitedFor() throws InterruptedException {
    List<Long> sent = new ArrayList<>();
    Measured measured =
        Callers.run(
            4,
            0,
            0.5,
            7,
            3,
            n -> {
              synchronized (sent) {
                sent.add(n);
              }
              return CompletableFuture.completedFuture(null);
            });
    sent.sort(null);
    assertEquals(7, sent.get(0));
    assertEquals(6 + sent.size(), sent.get(sent.size() - 1), "numbers have no gaps");
    assertTrue(measured.operations() > 0 && measured.operations() <= sent.size());
    assertEquals(3 * measured.operations(), measured.bytes());
    assertEquals(measured.operations(), measured.latency().getTotalCount());
  }

  @Test
  void sqliteHasEveryRowThatWasCommitted() throws Exception {
    try (SqliteBaseline sqlite = new SqliteBaseline(folder.resolve("rows.db"))) {
      Measured ones = sqlite.measure(1, 0, 0.02);
      Measured many = sqlite.measure(64, 0, 0.02);
      assertEquals(ones.operations() + many.operations(), sqlite.count());
      assertEquals(sqlite.committed(), sqlite.count());
      assertEquals(0, many.operations() % 64);
      assertEquals(many.operations() / 64, many.latency().getTotalCount());
    }
  }

  @Test
  void postgresHasEveryRowThatWasCommittedAndPgbenchReachesIt() throws Exception {
    assumeTrue(
        System.getProperty("os.name").equals("Linux")
            && System.getProperty("os.arch").equals("amd64"),
        "the server that comes along is for Linux on x86-64");
    try (PostgresBaseline postgres = new PostgresBaseline(folder.resolve("pg"))) {
      Measured ones = postgres.measure(1, 0, 0.05);
      Measured many = postgres.measure(64, 0, 0.05);
      assertEquals(ones.operations() + many.operations(), postgres.count());
      Pgbench pgbench = Pgbench.find();
      if (pgbench == null) {
        abort("pgbench is not installed");
        return;
      }
      pgbench.initialize(postgres.port(), 1);
      assertTrue(pgbench.measure(postgres.port(), 2, 1).transactionsPerSecond() > 0);
    }
  }

  @Test
  void chronicleHasEveryRecordThatWasAppended() throws Exception {
    assumeTrue(
        Runtime.version().feature() < 26, "not known to run on " + Runtime.version().feature());
    Path queue = folder.resolve("queue");
    Measured measured = ChronicleBaseline.measure(queue, 200, 0, 0.05);
    assertTrue(measured.operations() > 0);
    assertEquals(200 * measured.operations(), measured.bytes());
    assertEquals(measured.operations(), ChronicleBaseline.count(queue));
  }

  @Test
  void measurementsCrossAProcessBoundaryWhole() {
    Measured measured = OneAtATime.run(0, 0.01, 5, () -> 2L);
    Measured parsed = Measured.parse(measured.line());
    assertEquals(measured.operations(), parsed.operations());
    assertEquals(2 * measured.latency().getTotalCount(), parsed.operations());
    assertEquals(measured.bytes(), parsed.bytes());
    assertEquals(measured.seconds(), parsed.seconds());
    assertEquals(measured.latency(), parsed.latency());
  }

  private static ByteBuffer ascii(String text) {
    return ByteBuffer.wrap(bytes(text));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
