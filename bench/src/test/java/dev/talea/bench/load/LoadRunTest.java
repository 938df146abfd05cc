// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.bench.report.Interval;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The load generator against servers that misbehave in a known way, over real sockets. */
@Tag("slow")
class LoadRunTest {
  private static final String OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
  private static final Duration SECOND = Duration.ofSeconds(1);

  /**
   * 200 a second over one connection; the 50th stalls until a second of the run ends, however long
   * that takes on a busy machine. The run ends when all are sent. What was due in the stall cannot
   * have been sent before its end, and was charged with the rest of it.
   */
  @Test
  void anOpenLoopChargesAStallToEveryRequestThatWasDueMeanwhile() throws Exception {
    int requests = 400;
    try (StallingServer server = StallingServer.untilToldToGoOn(OK, 50)) {
      Plan plan = Plan.open(1, 200, Duration.ZERO, Duration.ofHours(1)).atMost(requests);
      Outcome outcome =
          new LoadRun(server.address(), new Gets(), plan, interval -> server.goOn()).run();
      assertEquals(requests, outcome.latency().getTotalCount(), "none is left out");
      assertEquals(requests, outcome.slowest().size(), "there are not so many that any is lost");
      long began = server.stalledNanos();
      long ended = server.releasedNanos();
      List<Outcome.Late> due =
          outcome.slowest().stream()
              .filter(late -> late.intendedNanos() > began && late.intendedNanos() < ended)
              .toList();
      long expected = (ended - began) / (TimeUnit.SECONDS.toNanos(1) / 200);
      assertTrue(expected > 0, "there was no stall, so this tests nothing");
      assertTrue(Math.abs(expected - due.size()) <= 1, () -> due.size() + " of " + expected);
      for (Outcome.Late late : due) {
        assertTrue(late.sentNanos() >= ended, () -> late + " was sent before " + ended);
        assertTrue(late.latencyNanos() >= ended - late.intendedNanos(), late::toString);
        assertTrue(late.queueSinceNanos() > 0, "it is known since when it had to wait");
        assertTrue(late.queueSinceNanos() <= began, late::toString);
      }
      long last = due.stream().mapToLong(late -> ended - late.intendedNanos()).max().orElseThrow();
      assertTrue(outcome.latency().getMaxValue() >= last, "the histogram has them");
      assertTrue(outcome.sendLag().getMaxValue() >= last, "and they could not be sent in time");
    }
  }

  @Test
  void aClosedLoopChargesItToOneRequestOnly() throws Exception {
    try (StallingServer server = new StallingServer(OK, 50, 500)) {
      Outcome outcome = run(server, Plan.closed(1, Duration.ZERO, SECOND));
      long slow =
          outcome.latency().getTotalCount()
              - outcome.latency().getCountBetweenValues(0, TimeUnit.MILLISECONDS.toNanos(499));
      assertTrue(slow >= 1, "the one that stalled");
      assertTrue(outcome.operations() >= 50, "and it went on");
    }
  }

  @Test
  void whatWasDueAndCouldNotBeSentHasWaitedUntilTheEnd() throws Exception {
    // The first request outlasts the run: the other 99 are never sent, and have waited for all of
    // the time since they were due.
    try (StallingServer server = new StallingServer(OK, 1, 1_500)) {
      Outcome outcome = run(server, Plan.open(1, 100, Duration.ZERO, SECOND));
      assertEquals(99, outcome.errors().of("unsent"));
      assertEquals(100, outcome.latency().getTotalCount());
      assertTrue(outcome.latency().getMaxValue() >= TimeUnit.MILLISECONDS.toNanos(1_500));
      assertEquals(0, outcome.operations(), "none was answered in time");
    }
  }

  @Test
  void warmUpDoesNotCount() throws Exception {
    try (StallingServer server = new StallingServer(OK, 1, 300)) {
      Outcome outcome = run(server, Plan.open(1, 100, SECOND, SECOND));
      assertEquals(100, outcome.latency().getTotalCount());
      assertEquals(
          200,
          server.answered() + outcome.errors().of("unsent") + outcome.aside().of("unsent"),
          "but it is sent");
      assertFalse(outcome.series().isEmpty());
      for (Interval interval : outcome.series()) {
        assertTrue(interval.startSeconds() > -0.5, interval::toString);
      }
    }
  }

  @Test
  void aClosedLoopCountsFromWhenTheServerHasAnswered() throws Exception {
    // A first answer that takes longer than warm-up and run together.
    try (StallingServer server = new StallingServer(OK, 1, 1_500)) {
      Outcome outcome = run(server, Plan.closed(1, Duration.ofMillis(100), Duration.ofMillis(500)));
      assertTrue(outcome.operations() > 0, "the run waited for it");
      assertTrue(outcome.latency().getMaxValue() < TimeUnit.MILLISECONDS.toNanos(1_500));
    }
  }

  @Test
  void refusalsAreCountedByStatusAndWhetherTheySayWhenToComeBack() throws Exception {
    String busy = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n";
    try (StallingServer polite = new StallingServer(busy + "Retry-After: 1\r\n\r\n", 0, 0);
        StallingServer impolite = new StallingServer(busy + "\r\n", 0, 0)) {
      Outcome one = run(polite, Plan.open(1, 50, Duration.ZERO, SECOND));
      long refused = one.errors().of("503");
      assertEquals(50, refused + one.errors().of("unsent"));
      assertEquals(0, one.withoutRetryAfter());
      assertEquals(0, one.operations());
      assertEquals(refused, one.refused().getTotalCount());
      Outcome other = run(impolite, Plan.open(1, 50, Duration.ZERO, SECOND));
      assertEquals(other.errors().of("503"), other.withoutRetryAfter());
      assertTrue(other.withoutRetryAfter() > 0);
    }
  }

  @Test
  void aConnectionThatIsCutIsReplacedAndItsRequestIsOfUnknownOutcome() throws Exception {
    try (StallingServer server = new StallingServer("", 0, 0)) {
      Gets gets = new Gets();
      Outcome outcome =
          new LoadRun(server.address(), gets, Plan.open(1, 20, Duration.ZERO, SECOND), i -> {})
              .run();
      long cut = outcome.errors().of("cut");
      assertTrue(cut > 1, () -> "more than the first connection was used: " + cut);
      assertEquals(cut, gets.lost);
      assertEquals(20, cut + outcome.errors().of("unsent"));
    }
  }

  @Test
  void aRunEndsEarlyWhenItIsTold() throws Exception {
    try (StallingServer server = new StallingServer(OK, 0, 0)) {
      Plan plan = Plan.closed(1, Duration.ZERO, Duration.ofMinutes(10));
      LoadRun run = new LoadRun(server.address(), new Gets(), plan, i -> {});
      run.stop();
      Outcome outcome = run.run();
      assertTrue(outcome.endedEarly());
      assertTrue(outcome.seconds() < 60, () -> outcome.seconds() + " s");
    }
  }

  @Test
  void aServerThatIsNotThereIsNamed() throws Exception {
    InetSocketAddress nowhere;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nowhere = (InetSocketAddress) closed.getLocalSocketAddress();
    }
    LoadRun run = new LoadRun(nowhere, new Gets(), Plan.closed(1, Duration.ZERO, SECOND), i -> {});
    IOException refused = assertThrows(IOException.class, run::run);
    assertTrue(refused.toString().contains("cannot connect to "), refused.toString());
  }

  @Test
  void whoDoesNotSpeakHttpEndsTheRun() throws Exception {
    try (StallingServer server =
        new StallingServer("SSH-2.0-OpenSSH_9.6 and so on\r\n\r\n", 0, 0)) {
      IOException refused =
          assertThrows(IOException.class, () -> run(server, Plan.closed(1, Duration.ZERO, SECOND)));
      assertTrue(refused.toString().contains("not an answer of HTTP/1.1"), refused.toString());
    }
  }

  private static Outcome run(StallingServer server, Plan plan) throws Exception {
    return new LoadRun(server.address(), new Gets(), plan, interval -> {}).run();
  }

  /** The simplest traffic there is. */
  private static final class Gets implements Traffic {
    private static final byte[] GET =
        "GET / HTTP/1.1\r\nHost: test\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private long next;
    private long lost;

    @Override
    public long next(ByteBuf out) {
      out.writeBytes(GET);
      return next++;
    }

    @Override
    public int answered(long request, Answer answer, Tally tally) {
      return answer.status() == 200 ? 1 : 0;
    }

    @Override
    public void lost(long request) {
      lost++;
    }

    @Override
    public String kind(long request) {
      return "get";
    }
  }
}
