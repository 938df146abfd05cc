// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The table of errors: code on the wire, HTTP status, and the fields of the envelope in their
 * order. The one place to add a kind; javac then names those that switch on kinds.
 */
public enum ErrorKind {
  INVALID_DRAFT(
      "invalid_draft",
      400,
      of(LedgerError.InvalidDraft.class)
          .with("field", LedgerError.InvalidDraft::field)
          .with("reason", LedgerError.InvalidDraft::reason)),
  UNBALANCED(
      "unbalanced",
      400,
      of(LedgerError.Unbalanced.class)
          .with("asset", LedgerError.Unbalanced::asset)
          .with("debit", LedgerError.Unbalanced::debit)
          .with("credit", LedgerError.Unbalanced::credit)),
  INVALID_AMOUNT(
      "invalid_amount",
      400,
      of(LedgerError.InvalidAmount.class).with("amount", LedgerError.InvalidAmount::amount)),
  ASSET_MISMATCH(
      "asset_mismatch",
      400,
      of(LedgerError.AssetMismatch.class)
          .with("account", LedgerError.AssetMismatch::account)
          .with("account_asset", LedgerError.AssetMismatch::accountAsset)
          .with("asset", LedgerError.AssetMismatch::asset)),
  UNAUTHORIZED("unauthorized", 401, of(LedgerError.Unauthorized.class)),
  FORBIDDEN(
      "forbidden", 403, of(LedgerError.Forbidden.class).with("book", LedgerError.Forbidden::book)),
  UNKNOWN_ASSET(
      "unknown_asset",
      404,
      of(LedgerError.UnknownAsset.class).with("asset", LedgerError.UnknownAsset::asset)),
  UNKNOWN_ACCOUNT(
      "unknown_account",
      404,
      of(LedgerError.UnknownAccount.class).with("account", LedgerError.UnknownAccount::account)),
  NOT_FOUND(
      "not_found", 404, of(LedgerError.NotFound.class).with("what", LedgerError.NotFound::what)),
  METHOD_NOT_ALLOWED("method_not_allowed", 405, of(LedgerError.MethodNotAllowed.class)),
  TIMEOUT("timeout", 408, of(LedgerError.Timeout.class)),
  ALREADY_EXISTS(
      "already_exists",
      409,
      of(LedgerError.AlreadyExists.class).with("what", LedgerError.AlreadyExists::what)),
  CONSTRAINT_VIOLATION(
      "constraint_violation",
      409,
      of(LedgerError.ConstraintViolation.class)
          .with("account", LedgerError.ConstraintViolation::account)
          .with("min_balance", LedgerError.ConstraintViolation::minBalance)
          .with("would_be", LedgerError.ConstraintViolation::wouldBe)),
  IDEMPOTENCY_CONFLICT(
      "idempotency_conflict",
      409,
      of(LedgerError.IdempotencyConflict.class)
          .with("idempotency_key", LedgerError.IdempotencyConflict::idempotencyKey)
          .with("tx_id", LedgerError.IdempotencyConflict::txId)),
  CURSOR_BEYOND_END(
      "cursor_beyond_end",
      409,
      of(LedgerError.CursorBeyondEnd.class).with("last_seq", LedgerError.CursorBeyondEnd::lastSeq)),
  OVERLOADED("overloaded", 503, of(LedgerError.Overloaded.class)),
  UNAVAILABLE(
      "unavailable",
      503,
      of(LedgerError.Unavailable.class).with("reason", LedgerError.Unavailable::reason)),
  STALE(
      "stale",
      503,
      of(LedgerError.Stale.class)
          .with("projection", LedgerError.Stale::projection)
          .with("position", LedgerError.Stale::position)),
  INTERNAL(
      "internal",
      500,
      of(LedgerError.Internal.class).with("message", LedgerError.Internal::message));

  /** A field of the envelope: a text, a UUID, an {@link Int128} or a {@code Long}. */
  public record Field(String name, Function<LedgerError, Object> value) {}

  private static final Map<String, ErrorKind> BY_CODE =
      Stream.of(values()).collect(Collectors.toUnmodifiableMap(ErrorKind::code, kind -> kind));

  private final String code;
  private final int status;

  @SuppressWarnings("ImmutableEnumChecker") // a copy of functions that hold nothing
  private final List<Field> fields;

  ErrorKind(String code, int status, Fields<?> fields) {
    this.code = code;
    this.status = status;
    this.fields = List.copyOf(fields.all);
  }

  /** On the wire; the caller's handle, which never changes. */
  public String code() {
    return code;
  }

  /** The HTTP status; that of an error may be another: {@link LedgerError#status}. */
  public int status() {
    return status;
  }

  /** Of the envelope, in order, the code left out. */
  public List<Field> fields() {
    return fields;
  }

  /** The kind with this code, or null: a newer server may know more. */
  public static @Nullable ErrorKind ofCode(String code) {
    return BY_CODE.get(code);
  }

  private static <E extends LedgerError> Fields<E> of(Class<E> type) {
    return new Fields<>(type);
  }

  private static final class Fields<E extends LedgerError> {
    private final Class<E> type;
    private final List<Field> all = new ArrayList<>();

    Fields(Class<E> type) {
      this.type = type;
    }

    Fields<E> with(String name, Function<E, Object> value) {
      all.add(new Field(name, error -> value.apply(type.cast(error))));
      return this;
    }
  }
}
