// SPDX-License-Identifier: Apache-2.0
package dev.talea.client;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Time that passes only when somebody waits for it, and then at once; chance that always draws 0.
 * So waits are exactly known, and hours take no time.
 */
final class TestSurroundings implements Surroundings {
  private final AtomicLong nanos = new AtomicLong();
  private final List<Duration> waits = new CopyOnWriteArrayList<>();
  private volatile Runnable onWait = () -> {};

  @Override
  public long nanoTime() {
    return nanos.get();
  }

  @Override
  public double random() {
    return 0;
  }

  @Override
  public CompletableFuture<Void> after(Duration delay) {
    waits.add(delay);
    pass(delay);
    onWait.run();
    return CompletableFuture.completedFuture(null);
  }

  void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  Duration passed() {
    return Duration.ofNanos(nanos.get());
  }

  /** Every wait there was. */
  List<Duration> waits() {
    return waits;
  }

  void onWait(Runnable action) {
    onWait = action;
  }
}
