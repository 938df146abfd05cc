package dev.talea.ledger;

import java.util.UUID;

/**
 * Everything a ledger can answer other than yes. One record per code of the contract; its
 * components are the fields of the envelope in order. The code is the caller's handle, so it never
 * changes.
 */
public sealed interface LedgerError {

  /** The code on the wire. */
  String code();

  /** Not a well-formed request: {@code field} says where, {@code reason} why. */
  record InvalidDraft(String field, String reason) implements LedgerError {
    @Override
    public String code() {
      return "invalid_draft";
    }
  }

  /** Debits and credits of an asset differ. */
  record Unbalanced(String asset, Int128 debit, Int128 credit) implements LedgerError {
    @Override
    public String code() {
      return "unbalanced";
    }
  }

  /** An amount is not above zero, or takes a total or a balance out of range. */
  record InvalidAmount(Int128 amount) implements LedgerError {
    @Override
    public String code() {
      return "invalid_amount";
    }
  }

  /** A posting names another asset than its account holds; {@code account} is the flat key. */
  record AssetMismatch(String account, String accountAsset, String asset) implements LedgerError {
    @Override
    public String code() {
      return "asset_mismatch";
    }
  }

  /** No valid token. */
  record Unauthorized() implements LedgerError {
    @Override
    public String code() {
      return "unauthorized";
    }
  }

  /** The token does not reach this book as the caller named it; {@code *} for the registry. */
  record Forbidden(String book) implements LedgerError {
    @Override
    public String code() {
      return "forbidden";
    }
  }

  /** This asset is not registered. */
  record UnknownAsset(String asset) implements LedgerError {
    @Override
    public String code() {
      return "unknown_asset";
    }
  }

  /** This account was never opened; {@code account} is the flat key. */
  record UnknownAccount(String account) implements LedgerError {
    @Override
    public String code() {
      return "unknown_account";
    }
  }

  /** There is no such thing as {@code what}. */
  record NotFound(String what) implements LedgerError {
    @Override
    public String code() {
      return "not_found";
    }
  }

  /** The path exists, the method on it does not. */
  record MethodNotAllowed() implements LedgerError {
    @Override
    public String code() {
      return "method_not_allowed";
    }
  }

  /** No answer within the deadline. The commit may still land: retry with the same key. */
  record Timeout() implements LedgerError {
    @Override
    public String code() {
      return "timeout";
    }
  }

  /** Registered or opened before with another definition; {@code what} names it. */
  record AlreadyExists(String what) implements LedgerError {
    @Override
    public String code() {
      return "already_exists";
    }
  }

  /** The transaction would take an account below its floor. Effective balances, minor units. */
  record ConstraintViolation(String account, Int128 minBalance, Int128 wouldBe)
      implements LedgerError {
    @Override
    public String code() {
      return "constraint_violation";
    }
  }

  /** The key was used for a transaction that moved other money. */
  record IdempotencyConflict(String idempotencyKey, UUID txId) implements LedgerError {
    @Override
    public String code() {
      return "idempotency_conflict";
    }
  }

  /**
   * A cursor that lies beyond the end of a book's events, as after a restore of an older copy: what
   * the subscriber has seen is not what the book holds.
   */
  record CursorBeyondEnd(long lastSeq) implements LedgerError {
    @Override
    public String code() {
      return "cursor_beyond_end";
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
    public String code() {
      return "overloaded";
    }
  }

  /** The disk is full or has failed for this book; nothing was acknowledged. */
  record Unavailable(String reason) implements LedgerError {
    @Override
    public String code() {
      return "unavailable";
    }
  }

  /** A fault of ours. The message is generic, the detail is in the server's log. */
  record Internal(String message) implements LedgerError {
    @Override
    public String code() {
      return "internal";
    }
  }
}
