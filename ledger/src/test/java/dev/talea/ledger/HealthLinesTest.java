// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.talea.ledger.Outage.Cause;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What becomes worse is told at once, and what repeats itself once a minute. */
class HealthLinesTest {
  private static final Outage FULL =
      new Outage(Cause.SPACE, "the disk is full", "/data is full; make room");
  private static final Outage DENIED = Outage.of(Cause.PERMISSION, "permission denied");

  private final List<String> lines = new ArrayList<>();
  private long nanos = -5;
  private final HealthLines writer =
      new HealthLines(() -> nanos, (worse, text) -> lines.add((worse ? "W " : "I ") + text));
  private final StoreHealth health = new StoreHealth(writer);

  private void expect(String... expected) {
    assertEquals(List.of(expected), lines);
    lines.clear();
  }

  private void pass(long seconds) {
    nanos += TimeUnit.SECONDS.toNanos(seconds);
  }

  @Test
  void troubleAndItsEndAreToldAtOnceAndForTheOperator() {
    health.down("a", FULL);
    expect("W Book 'a' takes no writes (space): /data is full; make room");
    health.up("a");
    expect("I Book 'a' takes writes again");
    health.down(DENIED);
    expect("W The ledger takes no writes (permission): permission denied");
    health.up();
    expect("I The ledger takes writes again");
  }

  @Test
  void whatFlapsIsToldOnceAMinuteAndCounted() {
    for (int second = 0; second < 120; second += 10) {
      health.down("a", FULL);
      health.up("a");
      pass(10);
    }
    expect(
        "W Book 'a' takes no writes (space): /data is full; make room",
        "I Book 'a' takes writes again",
        "W Book 'a' takes no writes (space): /data is full; make room"
            + " [changes left out since the line before: 10]",
        "I Book 'a' takes writes again");
  }

  /** A standby, say, whose words differ from one attempt to the next. */
  @Test
  void otherWordsForTheSameCauseAreNoNews() {
    for (int second = 0; second <= 60; second++) {
      health.down(Outage.of(Cause.DATABASE, "no answer for " + second + " s"));
      pass(1);
    }
    expect(
        "W The ledger takes no writes (database): no answer for 0 s",
        "W The ledger takes no writes (database): no answer for 60 s"
            + " [changes left out since the line before: 59]");
    health.up();
    expect("I The ledger takes writes again");
  }

  @Test
  void anotherCauseOrAnotherBookIsToldAtOnceButDoesNotOpenTheDoorToFlapping() {
    health.down("a", FULL);
    health.down("b", FULL);
    health.down("a", DENIED);
    health.down("a", FULL);
    health.down("a", DENIED);
    health.up("a");
    expect(
        "W Book 'a' takes no writes (space): /data is full; make room",
        "W Book 'b' takes no writes (space): /data is full; make room",
        "W Book 'a' takes no writes (permission): permission denied",
        "I Book 'a' takes writes again [changes left out since the line before: 2]");
  }

  /** The last word in the log is what is so, at the latest when the minute is over. */
  @Test
  void troubleThatWasLeftOutAndLastsIsToldWhenItsMinuteIsOver() {
    health.down("a", FULL);
    health.up("a");
    health.down("a", FULL);
    pass(59);
    writer.catchUp();
    expect(
        "W Book 'a' takes no writes (space): /data is full; make room",
        "I Book 'a' takes writes again");
    pass(1);
    writer.catchUp();
    expect(
        "W Book 'a' takes no writes (space): /data is full; make room"
            + " [changes left out since the line before: 1]");
    pass(3600);
    writer.catchUp();
    expect();
    health.up("a");
    health.down("a", FULL);
    pass(60);
    health.down("b", DENIED);
    expect(
        "I Book 'a' takes writes again",
        "W Book 'a' takes no writes (space): /data is full; make room",
        "W Book 'b' takes no writes (permission): permission denied");
  }
}
