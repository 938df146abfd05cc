// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.function.LongSupplier;

/**
 * Everything the log takes from its surroundings, in one place, so that nothing is ambient. {@code
 * SystemLogEnvironment} makes one of the machine.
 *
 * @param disk where the files are
 * @param clock wall-clock time of commits
 * @param nanos a monotonic clock, used to time syncs and to space out retries after a full disk
 * @param random log ids and segment salts; must not repeat between runs
 * @param writers makes writer threads; they must not be interrupted, see {@link Log}
 * @param background runs the zero-filling ahead of the writers, one task at a time is enough
 * @param observer is told of every sync
 */
public record LogEnvironment(
    Disk disk,
    LogClock clock,
    LongSupplier nanos,
    LongSupplier random,
    ThreadFactory writers,
    Executor background,
    LogObserver observer) {

  /** A copy on another disk. */
  public LogEnvironment withDisk(Disk other) {
    return new LogEnvironment(other, clock, nanos, random, writers, background, observer);
  }

  /** A copy with another clock for commit times. */
  public LogEnvironment withClock(LogClock other) {
    return new LogEnvironment(disk, other, nanos, random, writers, background, observer);
  }

  /** A copy with another monotonic clock. */
  public LogEnvironment withNanos(LongSupplier other) {
    return new LogEnvironment(disk, clock, other, random, writers, background, observer);
  }

  /** A copy with another source of ids and salts. */
  public LogEnvironment withRandom(LongSupplier other) {
    return new LogEnvironment(disk, clock, nanos, other, writers, background, observer);
  }

  /** A copy that makes its writer threads elsewhere. */
  public LogEnvironment withWriters(ThreadFactory other) {
    return new LogEnvironment(disk, clock, nanos, random, other, background, observer);
  }

  /** A copy with another executor for zero-filling; {@code Runnable::run} makes it synchronous. */
  public LogEnvironment withBackground(Executor other) {
    return new LogEnvironment(disk, clock, nanos, random, writers, other, observer);
  }

  /** A copy that reports elsewhere. */
  public LogEnvironment withObserver(LogObserver other) {
    return new LogEnvironment(disk, clock, nanos, random, writers, background, other);
  }
}
