// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.ledger.Timestamps;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A moment that a caller asks about, and how it is repeated to him. Apart from {@link Timestamps}
 * because a moment in a leap second has no {@link Instant}: it is asked about as the last
 * nanosecond before the next minute, and repeated as a leap second.
 *
 * @param instant what to ask the ledger for
 * @param text the same in UTC, as it stands in the answer
 */
record Moment(Instant instant, String text) {
  private static final int SECONDS_AT = 17;

  /** Reads an RFC 3339 timestamp; null if it is none. */
  static @Nullable Moment parse(String text) {
    Instant instant = Timestamps.parse(text);
    if (instant != null) {
      return new Moment(instant, Timestamps.format(instant));
    }
    if (!text.startsWith("60", SECONDS_AT)) {
      return null;
    }
    Instant before =
        Timestamps.parse(text.substring(0, SECONDS_AT) + "59" + text.substring(SECONDS_AT + 2));
    if (before == null) {
      return null;
    }
    String utc = Timestamps.format(before);
    return new Moment(
        Instant.ofEpochSecond(before.getEpochSecond(), 999_999_999),
        utc.substring(0, SECONDS_AT) + "60" + utc.substring(SECONDS_AT + 2));
  }

  static @Nullable Instant instantOf(@Nullable Moment moment) {
    return moment == null ? null : moment.instant;
  }

  static @Nullable String textOf(@Nullable Moment moment) {
    return moment == null ? null : moment.text;
  }
}
