package dev.talea.ledger.json;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.AccountOpened;
import dev.talea.ledger.Event.AssetRegistered;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.AlreadyExists;
import dev.talea.ledger.LedgerError.AssetMismatch;
import dev.talea.ledger.LedgerError.ConstraintViolation;
import dev.talea.ledger.LedgerError.Forbidden;
import dev.talea.ledger.LedgerError.IdempotencyConflict;
import dev.talea.ledger.LedgerError.Internal;
import dev.talea.ledger.LedgerError.InvalidAmount;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerError.Unbalanced;
import dev.talea.ledger.LedgerError.UnknownAccount;
import dev.talea.ledger.LedgerError.UnknownAsset;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.Posting;
import dev.talea.ledger.PostingView;
import dev.talea.ledger.Timestamps;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TrialBalance;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

/**
 * Writes the bodies of answers and the events of a stream, as {@link AnswerReader} reads them: one
 * line of UTF-8 without insignificant white space, every field there, null spelled out.
 *
 * <p>Stateless; any thread.
 */
public final class AnswerWriter {
  private static final int RECEIPT_BYTES_TYPICAL = 128;

  private AnswerWriter() {}

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

  /** A BalanceView. */
  public static byte[] balance(BalanceView view) {
    return Json.bytes(
        out -> {
          out.writeStartObject();
          Json.text(out, "account", view.account().key());
          Json.text(out, "asset", view.asset());
          out.writeStringField("balance", view.balance());
          Json.moment(out, "as_of", view.asOf());
          out.writeNumberField("updated_seq", view.updatedSeq());
          out.writeEndObject();
        });
  }

  /** A page of history. */
  public static byte[] history(HistoryPage page) {
    return Json.bytes(
        out -> {
          out.writeStartObject();
          out.writeArrayFieldStart("items");
          for (PostingView posting : page.items()) {
            posting(out, posting);
          }
          out.writeEndArray();
          out.writeFieldName("next");
          if (page.next() == null) {
            out.writeNull();
          } else {
            out.writeNumber(page.next().longValue());
          }
          out.writeEndObject();
        });
  }

  /** A TransactionView. */
  public static byte[] transaction(TransactionView view) {
    return Json.bytes(
        out -> {
          out.writeStartObject();
          out.writeStringField("tx_id", view.txId().toString());
          Json.text(out, "book", view.book());
          out.writeNumberField("seq", view.seq());
          Json.moment(out, "at", view.at());
          out.writeArrayFieldStart("postings");
          for (PostingView posting : view.postings()) {
            posting(out, posting);
          }
          out.writeEndArray();
          Json.externalRefs(out, view.externalRefs());
          Json.metadata(out, view.metadata());
          out.writeEndObject();
        });
  }

  /** A TrialBalance. */
  public static byte[] trialBalance(TrialBalance view) {
    return Json.bytes(
        out -> {
          out.writeStartObject();
          Json.text(out, "book", view.book());
          Json.moment(out, "as_of", view.asOf());
          out.writeArrayFieldStart("lines");
          for (TrialBalance.Line line : view.lines()) {
            out.writeStartObject();
            Json.text(out, "asset", line.asset());
            out.writeFieldName("debits");
            out.writeNumber(line.debits());
            out.writeFieldName("credits");
            out.writeNumber(line.credits());
            out.writeEndObject();
          }
          out.writeEndArray();
          out.writeEndObject();
        });
  }

  /** An EventEnvelope, on one line. */
  public static byte[] event(Event event) {
    return Json.bytes(out -> event(out, event));
  }

  /** An error envelope. */
  public static byte[] error(LedgerError error) {
    return Json.bytes(out -> error(out, error));
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

  private static void posting(JsonGenerator out, PostingView posting) throws IOException {
    out.writeStartObject();
    out.writeNumberField("seq", posting.seq());
    out.writeStringField("tx_id", posting.txId().toString());
    Json.text(out, "account", posting.account().key());
    Json.amount(out, posting.minor(), posting.asset());
    out.writeStringField("direction", posting.direction().word());
    Json.moment(out, "at", posting.at());
    out.writeEndObject();
  }

  private static void event(JsonGenerator out, Event event) throws IOException {
    String kind =
        event.payload() instanceof TransactionPosted
            ? "transaction_posted"
            : event.payload() instanceof AccountOpened ? "account_opened" : "asset_registered";
    out.writeStartObject();
    out.writeNumberField("seq", event.seq());
    Json.moment(out, "at", event.at());
    out.writeStringField("kind", kind);
    out.writeObjectFieldStart("payload");
    out.writeStringField("kind", kind);
    if (event.payload() instanceof TransactionPosted posted) {
      transactionPosted(out, posted);
    } else if (event.payload() instanceof AccountOpened opened) {
      accountOpened(out, opened.account());
    } else {
      assetRegistered(out, ((AssetRegistered) event.payload()).asset());
    }
    out.writeEndObject();
    out.writeEndObject();
  }

  private static void assetRegistered(JsonGenerator out, Asset asset) throws IOException {
    Json.text(out, "id", asset.id());
    if (asset.assetClass() instanceof AssetClass.Crypto crypto) {
      out.writeObjectFieldStart("class");
      out.writeObjectFieldStart("crypto");
      Json.text(out, "network", crypto.network());
      Json.text(out, "native_id", crypto.nativeId());
      out.writeEndObject();
      out.writeEndObject();
    } else {
      out.writeStringField("class", "fiat");
    }
    out.writeNumberField("precision", asset.precision());
    Json.text(out, "name", asset.name());
  }

  private static void accountOpened(JsonGenerator out, Account account) throws IOException {
    out.writeObjectFieldStart("def");
    accountId(out, "id", account.id());
    Json.text(out, "asset", account.asset());
    out.writeStringField("kind", account.kind().word());
    out.writeEndObject();
    out.writeObjectFieldStart("cfg");
    Json.text(
        out, "normal_side", account.normalSide() == null ? null : account.normalSide().word());
    Json.integer(out, "min_balance", account.minBalance());
    out.writeEndObject();
  }

  private static void transactionPosted(JsonGenerator out, TransactionPosted posted)
      throws IOException {
    TransactionDraft draft = posted.draft();
    out.writeStringField("id", posted.id().toString());
    Json.text(out, "book", draft.book());
    out.writeArrayFieldStart("postings");
    for (Posting posting : draft.postings()) {
      out.writeStartObject();
      accountId(out, "account", new AccountId(draft.book(), posting.account()));
      Json.amount(out, posting.minor(), posting.asset());
      out.writeStringField("direction", posting.direction().word());
      out.writeEndObject();
    }
    out.writeEndArray();
    Json.text(out, "idempotency_key", draft.idempotencyKey());
    Json.externalRefs(out, draft.externalRefs());
    Json.metadata(out, draft.metadata());
    Json.moment(out, "occurred_at", draft.occurredAt());
  }

  private static void accountId(JsonGenerator out, String field, AccountId id) throws IOException {
    out.writeObjectFieldStart(field);
    Json.text(out, "book", id.book());
    Json.text(out, "path", id.path());
    out.writeEndObject();
  }

  private static void error(JsonGenerator out, LedgerError error) throws IOException {
    out.writeStartObject();
    out.writeStringField("error", error.code());
    if (error instanceof InvalidDraft e) {
      Json.text(out, "field", e.field());
      Json.text(out, "reason", e.reason());
    } else if (error instanceof Unbalanced e) {
      Json.text(out, "asset", e.asset());
      Json.integer(out, "debit", e.debit());
      Json.integer(out, "credit", e.credit());
    } else if (error instanceof InvalidAmount e) {
      Json.integer(out, "amount", e.amount());
    } else if (error instanceof AssetMismatch e) {
      Json.text(out, "account", e.account());
      Json.text(out, "account_asset", e.accountAsset());
      Json.text(out, "asset", e.asset());
    } else if (error instanceof Forbidden e) {
      Json.text(out, "book", e.book());
    } else if (error instanceof UnknownAsset e) {
      Json.text(out, "asset", e.asset());
    } else if (error instanceof UnknownAccount e) {
      Json.text(out, "account", e.account());
    } else if (error instanceof NotFound e) {
      Json.text(out, "what", e.what());
    } else if (error instanceof AlreadyExists e) {
      Json.text(out, "what", e.what());
    } else if (error instanceof ConstraintViolation e) {
      Json.text(out, "account", e.account());
      Json.integer(out, "min_balance", e.minBalance());
      Json.integer(out, "would_be", e.wouldBe());
    } else if (error instanceof IdempotencyConflict e) {
      Json.text(out, "idempotency_key", e.idempotencyKey());
      out.writeStringField("tx_id", e.txId().toString());
    } else if (error instanceof Unavailable e) {
      Json.text(out, "reason", e.reason());
    } else if (error instanceof Internal e) {
      Json.text(out, "message", e.message());
    }
    // The others are their code and nothing else.
    out.writeEndObject();
  }
}
