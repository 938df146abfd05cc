// SPDX-License-Identifier: Apache-2.0
package dev.talea.client;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * The real clock, the JDK's own delay thread, and a random generator that the builder was given.
 * The adapter between {@link Surroundings} and the machine.
 */
final class SystemSurroundings implements Surroundings {
  private final RandomGenerator random;

  /**
   * @param random used by one thread at a time
   */
  SystemSurroundings(RandomGenerator random) {
    this.random = random;
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public synchronized double random() {
    return random.nextDouble();
  }

  @Override
  public CompletableFuture<Void> after(Duration delay) {
    return CompletableFuture.runAsync(
        () -> {},
        CompletableFuture.delayedExecutor(delay.toNanos(), TimeUnit.NANOSECONDS, Runnable::run));
  }
}
