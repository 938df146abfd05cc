// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.LogEnvironment;
import dev.talea.log.LogObserver;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The adapter that makes a {@link LogEnvironment} of the machine this runs on. */
public final class SystemLogEnvironment {

  /** How long the thread that fills space ahead stays when there is nothing to fill. */
  private static final long BACKGROUND_IDLE_SECONDS = 5;

  private SystemLogEnvironment() {}

  /** Real disk, real clocks, real randomness, daemon threads. */
  public static LogEnvironment create() {
    SecureRandom random = new SecureRandom();
    return new LogEnvironment(
        new NioDisk(),
        SystemLogEnvironment::micros,
        System::nanoTime,
        random::nextLong,
        daemons("talea-log-writer"),
        background(),
        LogObserver.NONE);
  }

  private static long micros() {
    return micros(Instant.now());
  }

  /** Not by way of ChronoUnit, which counts nanoseconds on the way and ends in the year 2262. */
  static long micros(Instant moment) {
    return Math.addExact(
        Math.multiplyExact(moment.getEpochSecond(), 1_000_000L), moment.getNano() / 1000);
  }

  private static ThreadFactory daemons(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  private static Executor background() {
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            1,
            1,
            BACKGROUND_IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            daemons("talea-log-space"));
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }
}
