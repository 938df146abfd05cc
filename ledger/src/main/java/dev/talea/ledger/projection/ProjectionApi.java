// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.projection;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * How projections are, and waiting for them: in the process that runs them and over HTTP alike.
 * Apart from {@link dev.talea.ledger.LedgerApi}, as a ledger is one without any projection.
 *
 * <p>Any thread may call.
 */
public interface ProjectionApi {

  /** All that are named where this asks, also one that has never started. */
  CompletableFuture<List<ProjectionStatus>> projections();

  /**
   * Waits until what readers of a projection see holds an event, such as the one that a post has
   * just been told the seq of.
   *
   * @return the seq that the projection has come to in the book, which is less than {@code seq} if
   *     the time was over before
   */
  CompletableFuture<Long> await(String name, String book, long seq, Duration most);
}
