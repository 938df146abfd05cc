// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimestampsTest {
  private static final long SEED = 11;
  private static final Instant FIRST = Instant.parse("0000-01-01T00:00:00Z");
  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999999999Z");

  @ParameterizedTest
  @CsvSource({
    "2026-01-31T23:59:59Z, 2026-01-31T23:59:59Z",
    "2026-01-31T23:59:59.25Z, 2026-01-31T23:59:59.250Z",
    "2026-01-31T23:59:59.000001Z, 2026-01-31T23:59:59.000001Z",
    "2026-01-31T23:59:59.0000010Z, 2026-01-31T23:59:59.000001Z",
    "2026-01-31T23:59:59.000000001Z, 2026-01-31T23:59:59.000000001Z",
    "2026-01-31T23:59:59.000Z, 2026-01-31T23:59:59Z",
    "2026-01-31t23:59:59z, 2026-01-31T23:59:59Z",
    "2026-02-01T01:29:59+01:30, 2026-01-31T23:59:59Z",
    "2026-01-31T00:00:00-23:59, 2026-01-31T23:59:00Z",
    "2026-01-31T00:00:00-00:00, 2026-01-31T00:00:00Z",
    "2024-02-29T12:00:00Z, 2024-02-29T12:00:00Z",
    "2000-02-29T12:00:00Z, 2000-02-29T12:00:00Z",
    "0000-02-29T00:00:00Z, 0000-02-29T00:00:00Z",
    "1969-12-31T23:59:59.5Z, 1969-12-31T23:59:59.500Z",
    "9999-12-31T23:59:59.999999999Z, 9999-12-31T23:59:59.999999999Z"
  })
  void readsAnyOffsetAndWritesUtcWithTheShortestExactFraction(String text, String canonical) {
    Instant moment = Timestamps.parse(text);
    assertEquals(Instant.parse(canonical), moment);
    assertEquals(canonical, Timestamps.format(Instant.parse(canonical)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "now",
        "2026-01-31",
        "2026-01-31T23:59Z",
        "2026-01-31T23:59:59",
        "2026-01-31 23:59:59Z",
        "2026-1-31T23:59:59Z",
        "26-01-31T23:59:59Z",
        "+2026-01-31T23:59:59Z",
        "-2026-01-31T23:59:59Z",
        "12026-01-31T23:59:59Z",
        "2026-01-31T23:59:60Z",
        "2016-12-31T23:59:60Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T23:60:00Z",
        "2026-00-31T23:59:59Z",
        "2026-13-01T23:59:59Z",
        "2026-01-00T23:59:59Z",
        "2026-01-32T23:59:59Z",
        "2026-02-29T23:59:59Z",
        "1900-02-29T23:59:59Z",
        "2026-04-31T23:59:59Z",
        "2026-01-31T23:59:59.Z",
        "2026-01-31T23:59:59,5Z",
        "2026-01-31T23:59:59.5",
        "2026-01-31T23:59:59+0100",
        "2026-01-31T23:59:59+01",
        "2026-01-31T23:59:59+24:00",
        "2026-01-31T23:59:59+01:60",
        "2026-01-31T23:59:59 01:00",
        "2026-01-31T23:59:59+01:00Z",
        "2026-01-31T23:59:59ZZ",
        " 2026-01-31T23:59:59Z",
        "2026-01-31T23:59:59Z ",
        "2026-01-31T23:59:59Z\n",
        "2026-01-31T-1:59:59Z",
        "2026-01-31T+1:59:59Z",
        "\u0662\u0660\u0662\u0666-01-31T23:59:59Z",
        "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "1769903999",
        "Sat, 31 Jan 2026 23:59:59 GMT"
      })
  void refusesWhatIsNoRfc3339TimestampOrNotInRange(String text) {
    assertNull(Timestamps.parse(text));
  }

  @Test
  void everyMomentInRangeComesBack() {
    Random random = new Random(SEED);
    long span = LAST.getEpochSecond() - FIRST.getEpochSecond();
    int[] nanoSteps = {1, 1_000, 1_000_000, 1_000_000_000};
    for (int i = 0; i < 20_000; i++) {
      long second = FIRST.getEpochSecond() + (long) (random.nextDouble() * span);
      int step = nanoSteps[i % nanoSteps.length];
      int nano = random.nextInt(1_000_000_000);
      Instant moment = Instant.ofEpochSecond(second, nano - nano % step);
      String text = Timestamps.format(moment);
      assertEquals(moment.toString(), text);
      assertEquals(moment, Timestamps.parse(text));
      int minutes = random.nextInt(2 * 18 * 60 + 1) - 18 * 60;
      OffsetDateTime elsewhere = moment.atOffset(ZoneOffset.ofTotalSeconds(minutes * 60));
      if (elsewhere.getYear() >= 0 && elsewhere.getYear() <= 9999) {
        String there = DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(elsewhere);
        assertEquals(moment, Timestamps.parse(there), there);
      }
    }
  }

  @Test
  void noDamagedTimestampMakesTheReaderFail() {
    Random random = new Random(SEED);
    String good = "2026-01-31T23:59:59.123+01:30";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder(good.substring(0, random.nextInt(good.length() + 1)));
      if (!text.isEmpty()) {
        text.setCharAt(random.nextInt(text.length()), (char) (32 + random.nextInt(96)));
      }
      Instant moment = Timestamps.parse(text.toString());
      if (moment != null) {
        assertEquals(moment, Timestamps.parse(Timestamps.format(moment)));
      }
    }
  }

  @Test
  void whatHasNoSpellingIsNotWritten() {
    for (Instant moment :
        List.of(Instant.MIN, FIRST.minusNanos(1), LAST.plusNanos(1), Instant.MAX)) {
      assertFalse(Timestamps.isInRange(moment));
      assertThrows(DateTimeException.class, () -> Timestamps.format(moment));
    }
  }
}
