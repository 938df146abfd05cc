// SPDX-License-Identifier: Apache-2.0
package dev.talea.client;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * What the client takes from the world besides the network: the passing of time and chance.
 *
 * <p>Separate so that a test can try hours of outage in no time and know every wait beforehand. Any
 * thread may call.
 */
interface Surroundings {
  /** Nanoseconds from an arbitrary start; only differences mean something. */
  long nanoTime();

  /** From 0 inclusive to 1 exclusive. */
  double random();

  /** Completes after this long, on a thread that must not be blocked. */
  CompletableFuture<Void> after(Duration delay);
}
