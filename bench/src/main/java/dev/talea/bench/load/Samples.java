// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import java.util.ArrayList;
import java.util.List;

/**
 * Transactions that are known to exist, spread over all that were posted: reads ask for them. For
 * one thread at a time.
 */
final class Samples {
  /** A transaction by its id, its book, and when it was committed. */
  record Sample(int book, String txId, String at) {}

  private final List<Sample> samples = new ArrayList<>();
  private final int max;
  private final long every;
  private long seen;

  /**
   * @param max how many to keep; 0 for none
   * @param expected how many will be offered, so that those kept are spread over all
   */
  Samples(int max, long expected) {
    this.max = max;
    this.every = max == 0 ? 1 : Math.max(1, expected / max);
  }

  /** Whether the next one is worth the trouble of reading it. */
  boolean wants() {
    return samples.size() < max && seen++ % every == 0;
  }

  void add(int book, String txId, String at) {
    samples.add(new Sample(book, txId, at));
  }

  List<Sample> all() {
    return samples;
  }
}
