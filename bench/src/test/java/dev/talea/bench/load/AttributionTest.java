// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.bench.load.Cause.Kind;
import dev.talea.bench.report.Waits;
import dev.talea.bench.report.Waits.Wait;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who is told to have waited for what. Times in milliseconds since some moment. */
class AttributionTest {
  private static final long MS = 1_000_000;

  @Test
  void aRequestWaitedForWhatHappenedWhileItWasUnderWay() {
    Attribution attribution =
        of(whole(Kind.SYNC, 10, 130, "7.log"), whole(Kind.LOCK, 500, 600, "later"));
    assertEquals("the sync of a segment, 7.log, 100 ms", attribution.words(direct(20, 120)));
    assertEquals("", attribution.words(direct(200, 300)), "nothing is known");
    assertEquals("", attribution.words(direct(129, 300)), "too little to explain anything");
  }

  @Test
  void ofWhatCoincidesTheFirstInOrderIsBelieved() {
    Attribution attribution =
        of(
            whole(Kind.SYNC, 0, 100, "7.log"),
            whole(Kind.SERVER_PAUSE, 60, 90, "G1"),
            whole(Kind.SERVER_PROCESSOR, 0, 200, "writer"));
    assertEquals(
        "a processor, for the server, writer, 100 ms;"
            + " the sync of a segment, 7.log, 70.0 ms;"
            + " a pause of the server, G1, 30.0 ms",
        attribution.words(direct(0, 200)));
  }

  @Test
  void aCauseWithAShareTakesOnlyThat() {
    Attribution attribution =
        of(
            new Cause(Kind.STEAL, 0, 100 * MS, 0.25, ""),
            new Cause(Kind.SERVER_PROCESSOR, 0, 100 * MS, 0.5, "writer"),
            new Cause(Kind.GENERATOR_PROCESSOR, 0, 100 * MS, 0.5, "event loop"));
    Waits waits = attribution.waits(99.9, MS, List.of(direct(0, 100), direct(0, 400)));
    assertShare(waits, "a processor, which the host had taken away", 50 / 500.0, 0);
    assertShare(waits, "a processor, for the server", 100 / 500.0, 1);
    assertShare(waits, "a processor, for the load generator", 50 / 500.0, 0);
    assertShare(waits, Attribution.UNKNOWN, 300 / 500.0, 1);
    assertEquals(
        1, waits.causes().stream().mapToDouble(Wait::share).sum(), 1e-9, "nothing is left out");
    assertEquals(2, waits.requests());
    assertEquals(99.9, waits.percentile());
    assertEquals(Attribution.UNKNOWN, waits.causes().get(0).cause(), "largest share first");
  }

  @Test
  void whoHadNoConnectionWaitedForWhatHeldTheOthersUpEvenIfThatWasOverByThen() {
    Attribution attribution = of(whole(Kind.SYNC, 10, 130, "7.log"));
    // Due at 150, when the sync was over, but those that were due before had not all been sent.
    Outcome.Late late = new Outcome.Late("post", 200, 150 * MS, 190 * MS, 41 * MS, 9 * MS);
    String words = "a free connection, behind the sync of a segment";
    assertEquals(words + ", 7.log, 40.0 ms", attribution.words(late));
    Waits waits = attribution.waits(99, MS, List.of(late));
    assertShare(waits, words, 40 / 41.0, 1);
    assertShare(waits, Attribution.UNKNOWN, 1 / 41.0, 0);
  }

  @Test
  void whatWasSentLateAlthoughConnectionsWereFreeWaitedForTheGenerator() {
    Attribution attribution = of(whole(Kind.GENERATOR_PAUSE, 0, 30, "G1"));
    Outcome.Late late = new Outcome.Late("post", 200, 10 * MS, 30 * MS, 21 * MS, 0);
    assertEquals("a pause of the load generator, G1, 20.0 ms", attribution.words(late));
  }

  @Test
  void aCauseIsCountedOnceHoweverLongItTook() {
    Attribution attribution = of(whole(Kind.SYNC, 0, 5_000, "7.log"));
    Waits waits = attribution.waits(99, MS, List.of(direct(1_000, 3_000)));
    assertEquals(List.of(new Wait("the sync of a segment", 1, 1)), known(waits));
  }

  private static List<Wait> known(Waits waits) {
    return waits.causes().stream().filter(wait -> wait.share() > 0).toList();
  }

  private static Attribution of(Cause... causes) {
    return new Attribution(List.of(causes));
  }

  private static Cause whole(Kind kind, long from, long to, String detail) {
    return Cause.whole(kind, from * MS, to * MS, detail);
  }

  /** Sent when it was due. */
  private static Outcome.Late direct(long from, long to) {
    return new Outcome.Late("post", 200, from * MS, from * MS, (to - from) * MS, 0);
  }

  private static void assertShare(Waits waits, String cause, double share, long requests) {
    List<Wait> found = waits.causes().stream().filter(wait -> wait.cause().equals(cause)).toList();
    assertEquals(1, found.size(), () -> cause + " in " + waits);
    assertEquals(share, found.get(0).share(), 1e-6, cause);
    assertEquals(requests, found.get(0).requests(), cause);
    assertTrue(found.get(0).share() <= 1, cause);
  }
}
