// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

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
    return switch (payload.kind()) {
      case TRANSACTION_POSTED -> {
        TransactionPosted posted = (TransactionPosted) payload;
        yield posted.draft().occurredAt() == null
            ? new Event(seq, at, new TransactionPosted(posted.id(), posted.draft().occurredAt(at)))
            : this;
      }
      case ASSET_REGISTERED, ACCOUNT_OPENED -> this;
    };
  }

  /** Which kinds of events there are, and their words on the wire. */
  public enum Kind {
    /** {@link AssetRegistered}. */
    ASSET_REGISTERED("asset_registered"),
    /** {@link AccountOpened}. */
    ACCOUNT_OPENED("account_opened"),
    /** {@link TransactionPosted}. */
    TRANSACTION_POSTED("transaction_posted");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    /** On the wire. */
    public String word() {
      return word;
    }

    /** The kind with this word, or null: a newer server may know more. */
    public static @Nullable Kind ofWord(String word) {
      for (Kind each : values()) {
        if (each.word.equals(word)) {
          return each;
        }
      }
      return null;
    }
  }

  /** What happened. */
  public sealed interface Payload {

    /** Which of the kinds it is: what to switch on, so that javac names the places of a new one. */
    Kind kind();
  }

  /** An asset came into being; only in the book {@code _system}. */
  public record AssetRegistered(Asset asset) implements Payload {
    @Override
    public Kind kind() {
      return Kind.ASSET_REGISTERED;
    }
  }

  /** An account was opened in this book. */
  public record AccountOpened(Account account) implements Payload {
    @Override
    public Kind kind() {
      return Kind.ACCOUNT_OPENED;
    }
  }

  /** A transaction was posted, as drafted. */
  public record TransactionPosted(UUID id, TransactionDraft draft) implements Payload {
    @Override
    public Kind kind() {
      return Kind.TRANSACTION_POSTED;
    }
  }
}
