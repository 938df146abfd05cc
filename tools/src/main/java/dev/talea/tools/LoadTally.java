// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import java.time.Duration;

/**
 * The numbers of a load.
 *
 * @param posted drafts that are in the ledger by this run
 * @param deduplicated drafts that were there already, or were posted by a try of this run whose
 *     answer got lost
 * @param rejected lines that are not, and will not be without a change
 * @param bytesDone bytes of the input up to which lines have been dealt with, roughly: lines of
 *     different books overtake each other
 * @param elapsed since the start
 */
record LoadTally(long posted, long deduplicated, long rejected, long bytesDone, Duration elapsed) {

  long lines() {
    return posted + deduplicated + rejected;
  }

  double seconds() {
    return elapsed.toNanos() / 1e9;
  }

  /** Lines a second. */
  long rate() {
    double seconds = seconds();
    return seconds <= 0 ? 0 : Math.round(lines() / seconds);
  }
}
