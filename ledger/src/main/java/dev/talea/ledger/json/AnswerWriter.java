package dev.talea.ledger.json;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.BookView;
import dev.talea.ledger.ErrorKind;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.AccountOpened;
import dev.talea.ledger.Event.AssetRegistered;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.Page;
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
import org.jspecify.annotations.Nullable;

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
    return balance(view, Json.momentText(view.asOf()));
  }

  /**
   * A BalanceView.
   *
   * @param asOf the moment as it is repeated to the caller
   */
  public static byte[] balance(BalanceView view, @Nullable String asOf) {
    return Json.bytes(
        out -> {
          out.writeStartObject();
          Json.text(out, "account", view.account().key());
          Json.text(out, "asset", view.asset());
          out.writeStringField("balance", view.balance());
          out.writeStringField("as_of", asOf);
          out.writeNumberField("updated_seq", view.updatedSeq());
          out.writeEndObject();
        });
  }

  /** A page of history. */
  public static byte[] history(HistoryPage page) {
    return page(new Page<>(page.items(), page.next()), AnswerWriter::posting);
  }

  /** A TransactionView. */
  public static byte[] transaction(TransactionView view) {
    return Json.bytes(out -> transaction(out, view));
  }

  /** An asset, with the fields of its registration event. */
  public static byte[] asset(Asset asset) {
    return Json.bytes(out -> asset(out, asset));
  }

  /** A BookView. */
  public static byte[] book(BookView view) {
    return Json.bytes(out -> book(out, view));
  }

  /** An AccountView: definition and settings as in the event of its opening, and the balance. */
  public static byte[] account(AccountView view) {
    return Json.bytes(out -> account(out, view));
  }

  /** A page of assets. */
  public static byte[] assets(Page<Asset, String> page) {
    return page(page, AnswerWriter::asset);
  }

  /** A page of books. */
  public static byte[] books(Page<BookView, String> page) {
    return page(page, AnswerWriter::book);
  }

  /** A page of accounts. */
  public static byte[] accounts(Page<AccountView, String> page) {
    return page(page, AnswerWriter::account);
  }

  /** A page of transactions. */
  public static byte[] transactions(Page<TransactionView, Long> page) {
    return page(page, AnswerWriter::transaction);
  }

  /** A page of event envelopes. */
  public static byte[] events(Page<Event, Long> page) {
    return page(page, AnswerWriter::event);
  }

  /** A TrialBalance. */
  public static byte[] trialBalance(TrialBalance view) {
    return trialBalance(view, Json.momentText(view.asOf()));
  }

  /**
   * A TrialBalance.
   *
   * @param asOf the moment as it is repeated to the caller
   */
  public static byte[] trialBalance(TrialBalance view, @Nullable String asOf) {
    return Json.bytes(
        out -> {
          out.writeStartObject();
          Json.text(out, "book", view.book());
          out.writeStringField("as_of", asOf);
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

  /** An EventEnvelope with the name of its book added, on one line. */
  public static byte[] event(String book, Event event) {
    return Json.bytes(out -> event(out, book, event));
  }

  /** An error envelope. */
  public static byte[] error(LedgerError error) {
    return Json.bytes(out -> error(out, null, error));
  }

  /** An error envelope with the name of the book added that it is about. */
  public static byte[] error(String book, LedgerError error) {
    return Json.bytes(out -> error(out, book, error));
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

  /** Writes one item of a page. */
  private interface Item<T> {
    void write(JsonGenerator out, T item) throws IOException;
  }

  private static <T> byte[] page(Page<T, ?> page, Item<T> writer) {
    return Json.bytes(
        out -> {
          out.writeStartObject();
          out.writeArrayFieldStart("items");
          for (T item : page.items()) {
            writer.write(out, item);
          }
          out.writeEndArray();
          if (page.next() instanceof Long seq) {
            out.writeNumberField("next", seq);
          } else {
            Json.text(out, "next", (String) page.next());
          }
          out.writeEndObject();
        });
  }

  private static void transaction(JsonGenerator out, TransactionView view) throws IOException {
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
  }

  private static void asset(JsonGenerator out, Asset asset) throws IOException {
    out.writeStartObject();
    definition(out, asset);
    out.writeEndObject();
  }

  private static void book(JsonGenerator out, BookView view) throws IOException {
    out.writeStartObject();
    Json.text(out, "book", view.book());
    out.writeNumberField("last_seq", view.lastSeq());
    Json.moment(out, "last_at", view.lastAt());
    out.writeNumberField("accounts", view.accounts());
    Json.text(out, "unavailable", view.unavailable());
    out.writeEndObject();
  }

  private static void account(JsonGenerator out, AccountView view) throws IOException {
    out.writeStartObject();
    Json.text(out, "account", view.account().id().key());
    definition(out, view.account());
    out.writeStringField("balance", view.balance());
    out.writeNumberField("updated_seq", view.updatedSeq());
    out.writeEndObject();
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
    event(out, null, event);
  }

  private static void event(JsonGenerator out, @Nullable String book, Event event)
      throws IOException {
    String kind = event.payload().kind().word();
    out.writeStartObject();
    if (book != null) {
      Json.text(out, "book", book);
    }
    out.writeNumberField("seq", event.seq());
    Json.moment(out, "at", event.at());
    out.writeStringField("kind", kind);
    out.writeObjectFieldStart("payload");
    out.writeStringField("kind", kind);
    switch (event.payload().kind()) {
      case ASSET_REGISTERED -> definition(out, ((AssetRegistered) event.payload()).asset());
      case ACCOUNT_OPENED -> definition(out, ((AccountOpened) event.payload()).account());
      case TRANSACTION_POSTED -> transactionPosted(out, (TransactionPosted) event.payload());
    }
    out.writeEndObject();
    out.writeEndObject();
  }

  private static void definition(JsonGenerator out, Asset asset) throws IOException {
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

  private static void definition(JsonGenerator out, Account account) throws IOException {
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
}
