// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.log.LogClock;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that shows what the test says, and steps on by itself if told to. */
final class ManualClock implements LogClock {
  private final AtomicLong micros;
  private volatile long step;

  ManualClock(long micros) {
    this.micros = new AtomicLong(micros);
  }

  void set(long now) {
    micros.set(now);
  }

  /** Moves on by so much after each look. */
  ManualClock stepping(long micros) {
    step = micros;
    return this;
  }

  @Override
  public long micros() {
    return micros.getAndAdd(step);
  }
}
