// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import static java.util.Objects.requireNonNull;

import java.util.Locale;

/**
 * Why a book, or a whole store, takes no writes.
 *
 * @param cause what kind of trouble it is; decides how metrics count it
 * @param reason for clients: what is wrong, without paths of the server or names of Java classes
 * @param detail for the operator's log: as {@code reason}, with paths and numbers, and what to do
 */
public record Outage(Cause cause, String reason, String detail) {

  /** Kinds of trouble, told apart by what an operator has to do about them. */
  public enum Cause {
    /** No space, or a quota is used up. Heals when there is room. */
    SPACE,
    /** The process may not write there. Heals when it may. */
    PERMISSION,
    /** Descriptors, memory or threads are short for the moment. Heals by itself. */
    SHORTAGE,
    /** What was written is not what is read. Needs a person. */
    DAMAGE,
    /**
     * The directory or file was moved, removed or replaced while it was in use. Needs a restart.
     */
    REPLACED,
    /** A write or sync failed; what is on disk is not known until the book is opened again. */
    FAILED_SYNC,
    /** The database does not answer, or does not allow it. Heals when it does. */
    DATABASE,
    /** The clock is not to be trusted. Heals when it is right, or is accepted. */
    CLOCK,
    /** A fault of this program: the writer of the book has stopped. Needs a restart. */
    FAULT,
    /** The store has been closed. */
    CLOSED;

    /** The cause as metrics and documents spell it, in lower case. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public Outage {
    requireNonNull(cause, "cause");
    requireNonNull(reason, "reason");
    requireNonNull(detail, "detail");
  }

  /** An outage that has nothing more to tell the operator than the client. */
  public static Outage of(Cause cause, String reason) {
    return new Outage(cause, reason, reason);
  }

  /** As an answer to a request. */
  public LedgerException exception() {
    return new LedgerException(new LedgerError.Unavailable(reason));
  }
}
