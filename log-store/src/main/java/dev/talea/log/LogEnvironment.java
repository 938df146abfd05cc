package dev.talea.log;

import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.function.LongSupplier;

/**
 * Everything the log takes from its surroundings, in one place, so that nothing is ambient.
 *
 * @param disk where the files are
 * @param clock wall-clock time of commits
 * @param nanos a monotonic clock, used only to space out retries after a full disk
 * @param random log ids and segment salts; must not repeat between runs
 * @param writers makes writer threads; nobody may interrupt them, see {@link Log}
 * @param background runs the zero-filling ahead of the writers, one task at a time is enough
 */
public record LogEnvironment(
    Disk disk,
    LogClock clock,
    LongSupplier nanos,
    LongSupplier random,
    ThreadFactory writers,
    Executor background) {

  /** A copy on another disk. */
  public LogEnvironment withDisk(Disk other) {
    return new LogEnvironment(other, clock, nanos, random, writers, background);
  }

  /** A copy with another clock. */
  public LogEnvironment withClock(LogClock other) {
    return new LogEnvironment(disk, other, nanos, random, writers, background);
  }

  /** A copy with another executor for zero-filling; {@code Runnable::run} makes it synchronous. */
  public LogEnvironment withBackground(Executor other) {
    return new LogEnvironment(disk, clock, nanos, random, writers, other);
  }
}
