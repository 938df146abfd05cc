// SPDX-License-Identifier: Apache-2.0
package dev.talea.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.net.TransportException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who waits, for how long, and in which order. */
@Timeout(30)
class GateTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** What was sent, in order, with the time it was given; and how to answer it. */
  private final List<Duration> times = new ArrayList<>();

  private final List<CompletableFuture<String>> sent = new ArrayList<>();

  /** Timers run when a test says so. */
  private final List<Runnable> timers = new ArrayList<>();

  private long nanos;

  private final Surroundings surroundings =
      new Surroundings() {
        @Override
        public long nanoTime() {
          return nanos;
        }

        @Override
        public double random() {
          return 0;
        }

        @Override
        public CompletableFuture<Void> after(Duration delay) {
          CompletableFuture<Void> over = new CompletableFuture<>();
          timers.add(() -> over.complete(null));
          return over;
        }
      };

  private Gate gate(int inHandMax, long bytesMax) {
    return new Gate(inHandMax, bytesMax, TIMEOUT, surroundings);
  }

  private CompletableFuture<String> ask(Gate gate) {
    return gate.pass(
        100,
        left -> {
          times.add(left);
          CompletableFuture<String> answer = new CompletableFuture<>();
          sent.add(answer);
          return answer;
        });
  }

  private static TransportException.Kind failure(CompletableFuture<String> call) {
    CompletionException e = assertThrows(CompletionException.class, call::join);
    return ((TransportException) java.util.Objects.requireNonNull(e.getCause())).kind();
  }

  @Test
  void soManyAtATimeAndTheOthersInTheirOrder() {
    Gate gate = gate(2, 1 << 20);
    List<CompletableFuture<String>> calls = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      calls.add(ask(gate));
    }
    assertEquals(2, sent.size());
    nanos = Duration.ofSeconds(10).toNanos();
    for (int i = 0; i < 5; i++) {
      sent.get(i).complete("answer " + i);
      assertEquals(Math.min(i + 3, 5), sent.size());
      assertEquals("answer " + i, calls.get(i).join());
    }
    assertEquals(TIMEOUT, times.get(0));
    assertEquals(Duration.ofSeconds(20), times.get(4), "what was waited is taken off");
  }

  @Test
  void aFailedRequestAndOneThatCannotBeMadeLeaveTheirPlaceToTheNext() {
    Gate gate = gate(1, 1 << 20);
    CompletableFuture<String> first = ask(gate);
    CompletableFuture<String> impossible =
        gate.pass(
            1,
            left -> {
              throw new IllegalStateException("no");
            });
    CompletableFuture<String> third = ask(gate);
    sent.get(0).completeExceptionally(new IllegalStateException("gone"));
    assertThrows(CompletionException.class, first::join);
    assertThrows(CompletionException.class, impossible::join);
    sent.get(1).complete("x");
    assertEquals("x", third.join());
  }

  @Test
  void whoWaitsTooLongIsToldAndWhoCameLaterGoesOnWaiting() {
    Gate gate = gate(1, 1 << 20);
    var unused = ask(gate);
    CompletableFuture<String> early = ask(gate);
    nanos = Duration.ofSeconds(20).toNanos();
    CompletableFuture<String> late = ask(gate);
    assertEquals(1, timers.size(), "one for all who wait");
    nanos = Duration.ofSeconds(30).toNanos();
    timers.remove(0).run();
    assertEquals(TransportException.Kind.TIMED_OUT, failure(early));
    assertFalse(late.isDone());
    assertEquals(1, timers.size());
    nanos = Duration.ofSeconds(50).toNanos();
    sent.get(0).complete("slow");
    assertEquals(TransportException.Kind.TIMED_OUT, failure(late));
    timers.remove(0).run();
    assertTrue(timers.isEmpty());
    assertEquals(1, sent.size());
  }

  @Test
  void whatWaitsIsBoundedInBytesAndOneMayAlwaysWait() {
    Gate gate = gate(1, 1300);
    var unused = ask(gate);
    assertFalse(ask(gate).isDone());
    assertFalse(ask(gate).isDone());
    assertEquals(TransportException.Kind.POOL_EXHAUSTED, failure(ask(gate)));
    sent.get(0).complete("x");
    assertFalse(ask(gate).isDone());
  }

  @Test
  void answersThatAreThereAtOnceDoNotPileUpOnTheStack() {
    Gate gate = gate(1, 1L << 30);
    CompletableFuture<String> first = ask(gate);
    List<CompletableFuture<String>> calls = new ArrayList<>();
    for (int i = 0; i < 200_000; i++) {
      calls.add(gate.pass(1, left -> CompletableFuture.completedFuture("now")));
    }
    sent.get(0).complete("x");
    assertEquals("x", first.join());
    for (CompletableFuture<String> call : calls) {
      assertEquals("now", call.join());
    }
  }

  @Test
  void closingFailsWhatWaitsAndWhatComesAfter() {
    Gate gate = gate(1, 1 << 20);
    var unused = ask(gate);
    CompletableFuture<String> waits = ask(gate);
    gate.close();
    assertEquals(TransportException.Kind.CLIENT_CLOSED, failure(waits));
    assertEquals(TransportException.Kind.CLIENT_CLOSED, failure(ask(gate)));
  }
}
