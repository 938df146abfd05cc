// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.util.UUID;

/**
 * Everything a ledger can answer other than yes. One record per code of the contract; {@link
 * ErrorKind} is the table of codes, statuses and fields. The code is the caller's handle, so it
 * never changes.
 */
public sealed interface LedgerError {

  /** Which of the kinds it is: what to switch on, so that javac names the places of a new one. */
  ErrorKind kind();

  /** The code on the wire. */
  default String code() {
    return kind().code();
  }

  /** The HTTP status that goes with it. */
  default int status() {
    return kind().status();
  }

  /** Not a well-formed request: {@code field} says where, {@code reason} why. */
  record InvalidDraft(String field, String reason) implements LedgerError {
    @Override
    public ErrorKind kind() {
      return ErrorKind.INVALID_DRAFT;
    }
  }

  /** Debits and credits of an asset differ. */
  record Unbalanced(String asset, Int128 debit, Int128 credit) implements LedgerError {
    @Override
    public ErrorKind kind() {
      return ErrorKind.UNBALANCED;
    }
  }

  /** An amount is not above zero, or takes a total or a balance out of range. */
  record InvalidAmount(Int128 amount) implements LedgerError {
    @Override
    public ErrorKind kind() {
      return ErrorKind.INVALID_AMOUNT;
    }
  }

  /** A posting names another asset than its account holds; {@code account} is the flat key. */
  record AssetMismatch(String account, String accountAsset, String asset) implements LedgerError {
    @Override
    public ErrorKind kind() {
      return ErrorKind.ASSET_MISMATCH;
    }
  }

  /** No valid token. */
  record Unauthorized() implements LedgerError {
    @Override
    public ErrorKind kind() {
      return ErrorKind.UNAUTHORIZED;
    }
  }

  /** The token does not reach this book as the caller named it; {@code *} for the registry. */
  record Forbidden(String book) implements LedgerError {
    @Override
    public ErrorKind kind() {
      return ErrorKind.FORBIDDEN;
    }
  }

  /** This asset is not registered. */
  record UnknownAsset(String asset) implements LedgerError {
    @Override
    public ErrorKind kind() {
      return ErrorKind.UNKNOWN_ASSET;
    }
  }

  /** This account was never opened; {@code account} is the flat key. */
  record UnknownAccount(String account) implements LedgerError {
    @Override
    public ErrorKind kind() {
      return ErrorKind.UNKNOWN_ACCOUNT;
    }
  }

  /** There is no such thing as {@code what}. */
  record NotFound(String what) implements LedgerError {
    @Override
    public ErrorKind kind() {
      return ErrorKind.NOT_FOUND;
    }
  }

  /** The path exists, the method on it does not. */
  record MethodNotAllowed() implements LedgerError {
    @Override
    public ErrorKind kind() {
      return ErrorKind.METHOD_NOT_ALLOWED;
    }
  }

  /** No answer within the deadline. The commit may still land: retry with the same key. */
  record Timeout() implements LedgerError {
    @Override
    public ErrorKind kind() {
      return ErrorKind.TIMEOUT;
    }
  }

  /** Registered or opened before with another definition; {@code what} names it. */
  record AlreadyExists(String what) implements LedgerError {
    @Override
    public ErrorKind kind() {
      return ErrorKind.ALREADY_EXISTS;
    }
  }

  /** The transaction would take an account below its floor. Effective balances, minor units. */
  record ConstraintViolation(String account, Int128 minBalance, Int128 wouldBe)
      implements LedgerError {
    @Override
    public ErrorKind kind() {
      return ErrorKind.CONSTRAINT_VIOLATION;
    }
  }

  /** The key was used for a transaction that moved other money. */
  record IdempotencyConflict(String idempotencyKey, UUID txId) implements LedgerError {
    @Override
    public ErrorKind kind() {
      return ErrorKind.IDEMPOTENCY_CONFLICT;
    }
  }

  /**
   * A cursor that lies beyond the end of a book's events, as after a restore of an older copy: what
   * the subscriber has seen is not what the book holds.
   */
  record CursorBeyondEnd(long lastSeq) implements LedgerError {
    @Override
    public ErrorKind kind() {
      return ErrorKind.CURSOR_BEYOND_END;
    }
  }

  /** Come again later; nothing was done. Which limit was hit decides the HTTP status. */
  record Overloaded(Limit limit) implements LedgerError {
    /** The limit that was hit. */
    public enum Limit {
      /** The write queue of this book is full: 429. */
      WRITE_QUEUE,
      /** The whole server is at its limit: 503. */
      ADMISSION
    }

    @Override
    public ErrorKind kind() {
      return ErrorKind.OVERLOADED;
    }

    @Override
    public int status() {
      return limit == Limit.WRITE_QUEUE ? 429 : kind().status();
    }
  }

  /** The disk is full or has failed for this book; nothing was acknowledged. */
  record Unavailable(String reason) implements LedgerError {
    @Override
    public ErrorKind kind() {
      return ErrorKind.UNAVAILABLE;
    }
  }

  /**
   * A projection has not come as far as was asked for, within the time that was to be waited. What
   * to do is the caller's to decide: no client of ours asks again by itself.
   *
   * @param position the seq that it has come to
   */
  record Stale(String projection, long position) implements LedgerError {
    @Override
    public ErrorKind kind() {
      return ErrorKind.STALE;
    }
  }

  /** A fault of ours. The message is generic, the detail is in the server's log. */
  record Internal(String message) implements LedgerError {
    @Override
    public ErrorKind kind() {
      return ErrorKind.INTERNAL;
    }
  }
}
