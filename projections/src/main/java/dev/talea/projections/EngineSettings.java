// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import java.time.Duration;

/**
 * How an engine goes about it.
 *
 * @param owner names this process to others, and differs from all of theirs
 * @param lease how long a projection stays this process's without a sign of life; 1 s or more
 * @param batchEvents events that are read and applied at once at most
 * @param batchBytes of them in JSON, about
 * @param workers threads that apply, each with a connection of its own
 * @param look how often books are looked at without a signal, as one may be missed
 * @param backoffMin pause after the first failure that may pass; it doubles with each further one
 * @param backoffMax the longest
 */
public record EngineSettings(
    String owner,
    Duration lease,
    int batchEvents,
    int batchBytes,
    int workers,
    Duration look,
    Duration backoffMin,
    Duration backoffMax) {

  /** Checks. */
  public EngineSettings {
    if (lease.toMillis() < 1000) {
      throw new IllegalArgumentException(
          "The lease of a projection is " + lease + "; it must be a second or more.");
    }
    if (workers < 1 || batchEvents < 1 || batchBytes < 1) {
      throw new IllegalArgumentException("Workers, events and bytes must be 1 or more.");
    }
  }

  /** What serves well. */
  public static EngineSettings of(String owner) {
    return new EngineSettings(
        owner,
        Duration.ofSeconds(10),
        1000,
        1 << 20,
        2,
        Duration.ofSeconds(5),
        Duration.ofMillis(100),
        Duration.ofSeconds(30));
  }
}
