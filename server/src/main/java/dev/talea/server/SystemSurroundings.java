// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import dev.talea.server.projections.ProjectionService;
import java.security.SecureRandom;
import java.time.Instant;

/**
 * The adapter to what the machine gives: a monotonic clock and good randomness. No other class in
 * this package asks for either.
 *
 * <p>Any thread may call.
 */
final class SystemSurroundings {
  private static final SecureRandom RANDOM = new SecureRandom();

  private SystemSurroundings() {}

  /** For measuring spans of time; has nothing to do with the time of day. */
  static long nanos() {
    return System.nanoTime();
  }

  static long randomLong() {
    return RANDOM.nextLong();
  }

  /** Between 0 and 1. */
  static double chance() {
    return RANDOM.nextDouble();
  }

  /** The time of day. */
  static Instant now() {
    return Instant.now();
  }

  /** Names this process to people, and differs from the name of every other. */
  static String processName() {
    return System.getenv().getOrDefault("HOSTNAME", "talea")
        + ":"
        + ProcessHandle.current().pid()
        + ":"
        + Long.toHexString(RANDOM.nextLong());
  }

  /** For projections that run in this process. */
  static ProjectionService.Surroundings ofProjections() {
    return new ProjectionService.Surroundings(
        SystemSurroundings::nanos,
        SystemSurroundings::chance,
        SystemSurroundings::now,
        SystemSurroundings::randomBytes,
        processName());
  }

  static byte[] randomBytes(int count) {
    byte[] bytes = new byte[count];
    RANDOM.nextBytes(bytes);
    return bytes;
  }
}
