// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.bench.Main;
import dev.talea.bench.load.Books.Spread;
import dev.talea.bench.report.Pause;
import dev.talea.bench.report.Target;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The parts of the load generator that need no server. */
class LoadPartsTest {
  @TempDir private Path dir;

  @Test
  void anAnswerIsReadHoweverItIsCut() throws Exception {
    String text =
        "HTTP/1.1 429 Too Many\r\nDate: x\r\nRETRY-AFTER: 1\r\nContent-Length: 5\r\n"
            + "Connection: Close\r\n\r\nhello";
    for (int cut = 0; cut <= text.length(); cut++) {
      Answer answer = new Answer();
      boolean whole = answer.read(ascii(text.substring(0, cut)));
      assertEquals(cut == text.length(), whole);
      assertTrue(whole || answer.read(ascii(text.substring(cut))));
      assertEquals(429, answer.status());
      assertTrue(answer.hasRetryAfter());
      assertTrue(answer.closes());
      assertEquals("hello", answer.bodyText());
    }
  }

  @Test
  void anAnswerThatCannotBeReadSaysWhy() {
    assertUnreadable("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "proxy");
    assertUnreadable("HTTP/1.1 2x0 OK\r\n\r\n", "number");
    assertUnreadable("HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", "number");
    assertUnreadable("HTTP/1.1 204 No Content\r\n\r\nmore", "more bytes");
    assertUnreadable("ICY 200 OK and so on\r\n\r\n", "HTTP/1.1");
  }

  private static void assertUnreadable(String text, String why) {
    UnreadableAnswerException refused =
        assertThrows(UnreadableAnswerException.class, () -> new Answer().read(ascii(text)));
    assertTrue(refused.toString().contains(why), refused.toString());
  }

  @Test
  void slotsOfABatchAreToldApart() throws Exception {
    String body =
        "[{\"tx_id\":\"019a8c00-0000-7000-8000-000000000000\",\"seq\":3,"
            + "\"at\":\"2026-01-01T00:00:00.5Z\",\"deduplicated\":false},"
            + "{\"error\":\"overloaded\"}]";
    Answer answer = new Answer();
    assertTrue(
        answer.read(
            ascii("HTTP/1.1 200 OK\r\ncontent-length: " + body.length() + "\r\n\r\n" + body)));
    Slots slots = new Slots();
    slots.over(answer);
    assertTrue(slots.next());
    assertTrue(slots.isReceipt());
    assertEquals("019a8c00-0000-7000-8000-000000000000", slots.txId());
    assertEquals("2026-01-01T00:00:00.5Z", slots.committedAt());
    assertTrue(slots.next());
    assertFalse(slots.isReceipt());
    assertEquals("overloaded", slots.refusal());
    assertFalse(slots.next());
  }

  @Test
  void whatADraftIsCanBeToldAgainFromItsNumber() {
    Books books = new Books("01234567", 3, 5, Spread.UNIFORM, 42);
    DraftBytes batch = new DraftBytes(books, new RequestHeads("host", "secret"), 2);
    DraftBytes single = new DraftBytes(books, new RequestHeads("host", null), 1);
    String two = written(batch, 0x1234);
    String one = written(single, 0x1235);
    String draft = one.substring(one.indexOf("\r\n\r\n") + 4);
    assertTrue(two.endsWith("," + draft + "]"), () -> two + "\n" + draft);
    assertTrue(two.contains("\"idempotency_key\":\"0000000000001234\""), two);
    assertTrue(two.startsWith("POST /v1/transactions/batch HTTP/1.1\r\nHost: host\r\n"), two);
    assertTrue(two.contains("Authorization: Bearer secret\r\n"), two);
    assertTrue(draft.contains(books.name(books.bookOf(0x1235))), draft);
    assertTrue(draft.contains(Books.account(books.debitOf(0x1235))), draft);
    assertTrue(draft.contains("\"minor\":" + books.minorOf(0x1235) + ","), draft);
    assertTrue(one.contains("Content-Length: " + draft.length() + "\r\n"), one);
  }

  private static String written(DraftBytes bytes, long draft) {
    ByteBuf out = Unpooled.buffer();
    bytes.write(draft, out);
    return out.toString(StandardCharsets.US_ASCII);
  }

  @Test
  void draftsAreSpreadAsAskedAndNeverDebitWhatTheyCredit() {
    Books zipf = new Books("01234567", 10, 2, Spread.ZIPF, 7);
    Books uniform = new Books("01234567", 10, 3, Spread.UNIFORM, 7);
    int[] hot = new int[10];
    int[] even = new int[10];
    int count = 100_000;
    for (long draft = 0; draft < count; draft++) {
      hot[zipf.bookOf(draft)]++;
      even[uniform.bookOf(draft)]++;
      assertNotEquals(zipf.debitOf(draft), zipf.creditOf(draft));
      assertNotEquals(uniform.debitOf(draft), uniform.creditOf(draft));
      assertTrue(zipf.minorOf(draft) >= Books.MINOR_MIN && zipf.minorOf(draft) <= Books.MINOR_MAX);
    }
    double harmonic = 0;
    for (int i = 1; i <= 10; i++) {
      harmonic += 1.0 / i;
    }
    for (int i = 0; i < 10; i++) {
      assertEquals(count / harmonic / (i + 1), hot[i], count / 100.0);
      assertEquals(count / 10.0, even[i], count / 100.0);
    }
  }

  @Test
  void pausesAreReadFromTheLogOfAVirtualMachine() throws Exception {
    Path log = dir.resolve("pauses.log");
    Files.writeString(
        log,
        """
        [1000000000ns] GC(0) Pause Young (Normal) (G1 Evacuation Pause) 24M->3M(128M) 3.211ms
        [2000000000ns] Safepoint "G1CollectForAllocation", Time since last: 5 ns, \
        Reaching safepoint: 100000 ns, At safepoint: 3900000 ns, Total: 4000000 ns
        [9000000000ns] Safepoint "ICBufferFull", Time since last: 5 ns, Reaching safepoint: 1 ns, \
        Cleanup: 3 ns, At safepoint: 2 ns, Total: 6 ns
        """);
    assertEquals(
        List.of(new Pause(0.496, 4_000_000, "G1CollectForAllocation")),
        PauseLog.read(log, 1_500_000_000, 3_000_000_000L));
  }

  @Test
  void theSlowestRequestsAreKeptAndNoOthers() {
    int kept = 100;
    SlowestRequests slowest = new SlowestRequests(kept);
    List<Long> latencies = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      long latency = Random.at(3, i, 0) >>> 50;
      latencies.add(latency);
      slowest.offer(i, 200 + i, 10L + i, 20L + i, latency, 30L + i);
      if (i == kept / 2) {
        assertEquals(kept / 2 + 1, slowest.all(n -> "").size(), "all, while there is room");
      }
    }
    List<Outcome.Late> all = slowest.all(n -> "request " + n);
    assertEquals(
        latencies.stream().sorted(Comparator.reverseOrder()).limit(kept).toList(),
        all.stream().map(Outcome.Late::latencyNanos).toList());
    for (Outcome.Late late : all) {
      int i = late.status() - 200;
      assertEquals(
          new Outcome.Late("request " + i, 200 + i, 10L + i, 20L + i, latencies.get(i), 30L + i),
          late);
    }
  }

  @Test
  void thisVirtualMachineCanLogItsOwnPauses() throws Exception {
    Path log = dir.resolve("own.log");
    long before = System.nanoTime();
    PauseLog.begin(log);
    System.gc();
    PauseLog.end(log);
    long after = System.nanoTime();
    List<Pause> pauses = PauseLog.read(log, before, after);
    assertFalse(pauses.isEmpty(), () -> "nothing in " + log);
    for (Pause pause : pauses) {
      assertTrue(pause.startSeconds() >= 0, pause::toString);
      assertTrue(pause.nanos() > 0 && pause.nanos() < after - before, pause::toString);
    }
    System.gc();
    assertEquals(pauses, PauseLog.read(log, before, System.nanoTime()), "it has ended");
  }

  @Test
  void overloadIsJudgedByWhatIsDoneAndHowTheRestIsRefused() {
    assertEquals(Target.Verdict.MET, judge(95, 0, "503", 200).verdict());
    assertEquals(Target.Verdict.MISSED, judge(80, 0, "503", 200).verdict(), "too little is done");
    assertEquals(Target.Verdict.MISSED, judge(95, 1, "503", 200).verdict(), "not told when");
    assertEquals(Target.Verdict.MISSED, judge(95, 0, "408", 200).verdict(), "time-outs");
    assertEquals(Target.Verdict.MISSED, judge(95, 0, "cut", 200).verdict(), "cut off");
    assertEquals(Target.Verdict.NOT_MEASURED, judge(95, 0, "503", 1).verdict(), "no overload");
  }

  private static Target judge(long operations, long withoutRetryAfter, String error, long count) {
    Tally errors = new Tally();
    errors.count(error, count);
    errors.count("unsent", 5);
    Outcome outcome =
        new Outcome(
            operations,
            1,
            Histograms.fine(),
            Histograms.fine(),
            Histograms.fine(),
            errors,
            new Tally(),
            withoutRetryAfter,
            List.of(),
            List.of(),
            Instant.EPOCH,
            0,
            false);
    return Overload.judge(outcome, 100, 1, 0.9);
  }

  @Test
  void wrongOptionsAreRefusedBeforeAnythingStarts() {
    assertMisused("is not a time", "post-one-book", "--duration", "10");
    assertMisused("must be above 0", "post-one-book", "--duration", "0s");
    assertMisused("--accounts is 1, must be 2 to", "post-one-book", "--accounts", "1");
    assertMisused("--connections is 0", "reads", "--connections", "1,0");
    assertMisused("not a folder", "reads", "--dir", dir.resolve("none").toString());
    assertMisused("takes one number", "reads", "--rate", "5", "--connections", "1,2");
    assertMisused("finds its rate itself", "overload", "--rate", "5");
    assertMisused("--places is about", "overload", "--url", "http://h:1", "--places", "5");
    assertMisused("--places is -1", "overload", "--places", "-1");
    assertMisused("need --url", "mixed", "--token", "x");
    assertMisused("--mix has sums=1", "reads", "--mix", "sums=1");
    assertMisused("nothing to read", "reads", "--mix", "balance=0");
    assertMisused("Unknown option", "reads", "--color");
    assertMisused("not a URL", "reads", "--url", "host:8080");
    assertMisused("Unmatched argument", "everything");
  }

  private static ByteBuf ascii(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
  }

  private static void assertMisused(String reason, String... args) {
    StringWriter err = new StringWriter();
    CommandLine bench = Main.commandLine().setErr(new PrintWriter(err, true));
    assertEquals(2, bench.execute(args), err::toString);
    assertTrue(err.toString().contains(reason), err::toString);
  }
}
