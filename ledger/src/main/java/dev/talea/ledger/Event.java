package dev.talea.ledger;

import java.time.Instant;
import java.util.UUID;

/**
 * One entry of a book's log.
 *
 * @param seq from 1, without gaps
 * @param at commit time, whole microseconds, never decreasing in seq order
 * @param payload what happened
 */
public record Event(long seq, Instant at, Payload payload) {

  /**
   * The event as it is told: a transaction whose draft does not say when it occurred has occurred
   * when it was committed.
   */
  public Event published() {
    return payload instanceof TransactionPosted posted && posted.draft().occurredAt() == null
        ? new Event(seq, at, new TransactionPosted(posted.id(), posted.draft().occurredAt(at)))
        : this;
  }

  /** What happened. */
  public sealed interface Payload {}

  /** An asset came into being; only in the book {@code _system}. */
  public record AssetRegistered(Asset asset) implements Payload {}

  /** An account was opened in this book. */
  public record AccountOpened(Account account) implements Payload {}

  /** A transaction was posted, as drafted. */
  public record TransactionPosted(UUID id, TransactionDraft draft) implements Payload {}
}
