// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.webhook;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to deliver an event. Immutable.
 *
 * @param number of the attempt among all of this receiver, from 1
 * @param attempt the how manieth for this event in a row
 * @param at when it began
 * @param status of the answer; null if there was none
 * @param error null if it was delivered
 */
public record WebhookDelivery(
    long number,
    String book,
    long seq,
    int attempt,
    Instant at,
    long millis,
    @Nullable Integer status,
    @Nullable String error) {

  /** What the receiver knows it by. */
  public String id() {
    return WebhookMessage.id(book, seq);
  }
}
