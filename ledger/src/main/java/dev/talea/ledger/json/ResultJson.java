// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.ErrorKind;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.Internal;
import dev.talea.ledger.LedgerError.Overloaded.Limit;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.Timestamps;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a write: receipts, refusals, and the slots of a batch, which are either. Errors
 * of every other request are here as well, since they have the one form.
 *
 * <p>Stateless; any thread.
 */
public final class ResultJson {
  private static final int RECEIPT_BYTES_TYPICAL = 128;

  private ResultJson() {}

  /** A receipt. */
  public static byte[] posted(Posted posted) {
    return receipt(posted, Timestamps.format(posted.at()));
  }

  /** The slots of a batch: a receipt or an error envelope each. */
  public static byte[] batch(List<? extends PostResult> results) {
    ByteArrayOutputStream slots = new ByteArrayOutputStream(RECEIPT_BYTES_TYPICAL * results.size());
    slots.write('[');
    Instant at = Instant.MIN;
    String atText = "";
    for (int i = 0; i < results.size(); i++) {
      if (i > 0) {
        slots.write(',');
      }
      if (results.get(i) instanceof Posted posted) {
        // What was committed together has one time.
        if (!posted.at().equals(at)) {
          at = posted.at();
          atText = Timestamps.format(at);
        }
        slots.writeBytes(receipt(posted, atText));
      } else {
        slots.writeBytes(error(((Refused) results.get(i)).error()));
      }
    }
    slots.write(']');
    return slots.toByteArray();
  }

  /**
   * Put together by hand, because most answers are this one and nothing in it could need escaping:
   * setting a generator up takes longer than writing it.
   */
  private static byte[] receipt(Posted posted, String at) {
    String json =
        "{\"tx_id\":\""
            + posted.txId()
            + "\",\"seq\":"
            + posted.seq()
            + ",\"at\":\""
            + at
            + "\",\"deduplicated\":"
            + posted.deduplicated()
            + '}';
    return json.getBytes(StandardCharsets.US_ASCII);
  }

  /** An error envelope. */
  public static byte[] error(LedgerError error) {
    return Json.bytes(out -> error(out, null, error));
  }

  /** An error envelope with the name of the book added that it is about. */
  public static byte[] error(String book, LedgerError error) {
    return Json.bytes(out -> error(out, book, error));
  }

  private static void error(JsonGenerator out, @Nullable String book, LedgerError error)
      throws IOException {
    out.writeStartObject();
    out.writeStringField("error", error.code());
    if (book != null) {
      Json.text(out, "book", book);
    }
    for (ErrorKind.Field field : error.kind().fields()) {
      Object value = field.value().apply(error);
      if (value instanceof Int128 number) {
        Json.integer(out, field.name(), number);
      } else if (value instanceof Long number) {
        out.writeNumberField(field.name(), number);
      } else {
        Json.text(out, field.name(), value.toString());
      }
    }
    out.writeEndObject();
  }

  /** A receipt. */
  public static Posted readPosted(byte[] json) {
    return Answer.read(
        json,
        in -> {
          Slot slot = Slot.read(in);
          return slot.posted(in);
        });
  }

  /** The slots of a batch. */
  public static List<PostResult> readBatch(byte[] json) {
    return Answer.read(
        json,
        in -> {
          List<PostResult> results = new ArrayList<>();
          in.array();
          while (in.element()) {
            Slot slot = Slot.read(in);
            results.add(
                slot.error.code == null
                    ? slot.posted(in)
                    : new Refused(slot.error.toError(Limit.WRITE_QUEUE)));
          }
          return results;
        });
  }

  /**
   * What the server, or whatever stands in front of it, meant by an answer that is no success.
   * Always finds something: an unknown code, a body that is no envelope and an empty one are judged
   * by the status.
   *
   * @param status of HTTP
   * @param body may be empty
   */
  public static LedgerError readError(int status, byte[] body) {
    return readFault(status, body).error;
  }

  /**
   * An error that a stream tells in a frame.
   *
   * @param book the one it is about, if it is about one
   */
  public record Told(@Nullable String book, LedgerError error) {}

  /** What a frame of an error says; reads whatever {@link #readError} reads. */
  public static Told readTold(byte[] data) {
    return readFault(500, data);
  }

  private static Told readFault(int status, byte[] body) {
    Fault fault;
    try {
      fault = Answer.read(body, in -> Slot.read(in).error);
    } catch (LedgerException e) {
      return new Told(null, byStatus(status, "an answer without an error envelope"));
    }
    if (fault.code == null) {
      return new Told(null, byStatus(status, "an answer without an error envelope"));
    }
    LedgerError error = fault.toErrorOrNull(status == 429 ? Limit.WRITE_QUEUE : Limit.ADMISSION);
    return new Told(
        fault.book, error != null ? error : byStatus(status, "an error this client does not know"));
  }

  private static LedgerError byStatus(int status, String what) {
    return switch (status) {
      case 401 -> new LedgerError.Unauthorized();
      case 405 -> new LedgerError.MethodNotAllowed();
      case 408 -> new LedgerError.Timeout();
      case 429 -> new LedgerError.Overloaded(Limit.WRITE_QUEUE);
      case 503 -> new LedgerError.Overloaded(Limit.ADMISSION);
      case 502, 504 ->
          new LedgerError.Unavailable("a gateway answered HTTP " + status + " in its place");
      default -> new Internal("HTTP " + status + " with " + what);
    };
  }

  /** An object that is a receipt or an error envelope, with the fields of both. */
  private static final class Slot {
    private final Fault error = new Fault();
    private @Nullable Long seq;
    private @Nullable Instant at;
    private @Nullable Boolean deduplicated;

    static Slot read(JsonIn in) throws IOException {
      Slot slot = new Slot();
      in.object();
      for (String field = in.field(); field != null; field = in.field()) {
        switch (field) {
          case "seq" -> slot.seq = in.int64();
          case "at" -> slot.at = in.moment();
          case "deduplicated" -> slot.deduplicated = in.bool();
          default -> slot.error.field(in, field);
        }
      }
      return slot;
    }

    Posted posted(JsonIn in) {
      return new Posted(
          in.required(error.txId, "tx_id"),
          in.required(seq, "seq"),
          in.required(at, "at"),
          in.required(deduplicated, "deduplicated"));
    }
  }

  /** The fields of every error envelope together, since the code need not come first. */
  private static final class Fault {
    private @Nullable String code;
    private @Nullable String field;
    private @Nullable String reason;
    private @Nullable String asset;
    private @Nullable Int128 debit;
    private @Nullable Int128 credit;
    private @Nullable Int128 amount;
    private @Nullable String account;
    private @Nullable String accountAsset;
    private @Nullable String book;
    private @Nullable String what;
    private @Nullable Int128 minBalance;
    private @Nullable Int128 wouldBe;
    private @Nullable String idempotencyKey;
    private @Nullable UUID txId;
    private @Nullable String message;
    private @Nullable Int128 lastSeq;
    private @Nullable String projection;
    private @Nullable Int128 position;

    /** Takes what has the type it should have: an unknown error may use a name differently. */
    void field(JsonIn in, String name) throws IOException {
      switch (name) {
        case "error" -> code = in.textIfAny();
        case "field" -> field = in.textIfAny();
        case "reason" -> reason = in.textIfAny();
        case "asset" -> asset = in.textIfAny();
        case "debit" -> debit = in.integerIfAny();
        case "credit" -> credit = in.integerIfAny();
        case "amount" -> amount = in.integerIfAny();
        case "account" -> account = in.textIfAny();
        case "account_asset" -> accountAsset = in.textIfAny();
        case "book" -> book = in.textIfAny();
        case "what" -> what = in.textIfAny();
        case "min_balance" -> minBalance = in.integerIfAny();
        case "would_be" -> wouldBe = in.integerIfAny();
        case "idempotency_key" -> idempotencyKey = in.textIfAny();
        case "tx_id" -> {
          String text = in.textIfAny();
          txId = text == null ? null : JsonIn.uuidOrNull(text);
        }
        case "message" -> message = in.textIfAny();
        case "last_seq" -> lastSeq = in.integerIfAny();
        case "projection" -> projection = in.textIfAny();
        case "position" -> position = in.integerIfAny();
        default -> in.skip();
      }
    }

    LedgerError toError(Limit overload) {
      LedgerError known = toErrorOrNull(overload);
      return known != null ? known : new Internal("an error this client does not know");
    }

    /** Null if the code is unknown or its fields are not there. */
    @Nullable LedgerError toErrorOrNull(Limit overload) {
      ErrorKind kind = code == null ? null : ErrorKind.ofCode(code);
      if (kind == null) {
        return null;
      }
      return switch (kind) {
        case INVALID_DRAFT ->
            field != null && reason != null ? new LedgerError.InvalidDraft(field, reason) : null;
        case UNBALANCED ->
            asset != null && debit != null && credit != null
                ? new LedgerError.Unbalanced(asset, debit, credit)
                : null;
        case INVALID_AMOUNT -> amount != null ? new LedgerError.InvalidAmount(amount) : null;
        case ASSET_MISMATCH ->
            account != null && accountAsset != null && asset != null
                ? new LedgerError.AssetMismatch(account, accountAsset, asset)
                : null;
        case UNAUTHORIZED -> new LedgerError.Unauthorized();
        case FORBIDDEN -> book != null ? new LedgerError.Forbidden(book) : null;
        case UNKNOWN_ASSET -> asset != null ? new LedgerError.UnknownAsset(asset) : null;
        case UNKNOWN_ACCOUNT -> account != null ? new LedgerError.UnknownAccount(account) : null;
        case NOT_FOUND -> what != null ? new LedgerError.NotFound(what) : null;
        case METHOD_NOT_ALLOWED -> new LedgerError.MethodNotAllowed();
        case TIMEOUT -> new LedgerError.Timeout();
        case ALREADY_EXISTS -> what != null ? new LedgerError.AlreadyExists(what) : null;
        case CONSTRAINT_VIOLATION ->
            account != null && minBalance != null && wouldBe != null
                ? new LedgerError.ConstraintViolation(account, minBalance, wouldBe)
                : null;
        case IDEMPOTENCY_CONFLICT ->
            idempotencyKey != null && txId != null
                ? new LedgerError.IdempotencyConflict(idempotencyKey, txId)
                : null;
        case CURSOR_BEYOND_END ->
            lastSeq != null && lastSeq.fitsLong()
                ? new LedgerError.CursorBeyondEnd(lastSeq.toLong())
                : null;
        case OVERLOADED -> new LedgerError.Overloaded(overload);
        case UNAVAILABLE -> reason != null ? new LedgerError.Unavailable(reason) : null;
        case STALE ->
            projection != null && position != null && position.fitsLong()
                ? new LedgerError.Stale(projection, position.toLong())
                : null;
        case INTERNAL -> message != null ? new Internal(message) : null;
      };
    }
  }
}
