// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.report;

import org.jspecify.annotations.Nullable;

/**
 * One line of what was asked for, and what came of it.
 *
 * @param name what is measured, a few words
 * @param asks what the target asks of it, such as {@code >= 0.5 x the bare Netty server}
 * @param measured with its unit, for people; empty if nothing was measured
 * @param baseline what it is compared with, with its unit; null if the target is absolute
 * @param ratio measured over baseline; null if the target is absolute
 * @param note why, if there is something to say; null if not
 */
public record Target(
    String name,
    String asks,
    String measured,
    @Nullable String baseline,
    @Nullable Double ratio,
    Verdict verdict,
    @Nullable String note) {

  /** What is said of a target. */
  public enum Verdict {
    MET("met"),
    MISSED("missed"),
    NOT_MEASURED("not measured");

    private final String words;

    Verdict(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }
}
