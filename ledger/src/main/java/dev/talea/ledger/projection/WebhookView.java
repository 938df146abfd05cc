// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.projection;

import dev.talea.ledger.Event;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A receiver of events as a server shows it: what it gets, and how far it is. Immutable, and
 * without secrets.
 *
 * @param id names it
 * @param books whose events it gets; null for all
 * @param kinds of events that it gets
 * @param notices what it is told besides
 * @param prefixes of account paths, of which a transaction touches one; empty for all
 * @param signature the word for how deliveries are signed
 * @param publicKey what it checks them with, where that is no secret; else null
 * @param active false: nothing is sent until a person resumes it
 * @param reason why it is not active; null if it is
 * @param attempts how often in a row the delivery has failed that is due
 * @param nextAttemptAt when that is tried again; null for at once
 * @param error what the last attempt failed with, or null
 * @param lagEvents events of its books that are not behind it, wanted or not
 * @param positions the last seq of each book that is behind it
 * @param owner the process that delivers, or null if none does
 * @param createdBy name of the token
 */
public record WebhookView(
    String id,
    String url,
    @Nullable Set<String> books,
    Set<Event.Kind> kinds,
    Set<Notice> notices,
    List<String> prefixes,
    String signature,
    @Nullable String publicKey,
    boolean active,
    @Nullable String reason,
    int attempts,
    @Nullable Instant nextAttemptAt,
    @Nullable String error,
    long lagEvents,
    Map<String, Long> positions,
    @Nullable String owner,
    Instant createdAt,
    String createdBy) {
  /** Copies what is not immutable. */
  public WebhookView {
    books = books == null ? null : Set.copyOf(books);
    kinds = Set.copyOf(kinds);
    notices = Set.copyOf(notices);
    prefixes = List.copyOf(prefixes);
    positions = Collections.unmodifiableMap(new TreeMap<>(positions));
  }

  /**
   * A receiver with the key it was given.
   *
   * @param secret what it checks signatures with, where that is a secret; else null. Told now and
   *     never again
   */
  public record Keyed(WebhookView webhook, @Nullable String secret) {}

  /**
   * One attempt to deliver an event. Immutable.
   *
   * @param number of the attempt among all of this receiver, from 1
   * @param id what the receiver knows the delivery by
   * @param attempt the how manieth for this event in a row
   * @param at when it began
   * @param status of the answer; null if there was none
   * @param error null if it was delivered
   */
  public record Attempt(
      long number,
      String id,
      String book,
      long seq,
      int attempt,
      Instant at,
      long millis,
      @Nullable Integer status,
      @Nullable String error) {}
}
