package dev.talea.ledger.json;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.Account;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.Posting;
import dev.talea.ledger.TransactionDraft;
import java.io.IOException;
import java.util.List;

/**
 * Writes the bodies of requests, as {@link DraftReader} reads them. Every field is spelled out,
 * null included.
 *
 * <p>Stateless; any thread.
 */
public final class DraftWriter {
  private DraftWriter() {}

  /** An AssetDraft. */
  public static byte[] asset(Asset asset) {
    return Json.bytes(
        out -> {
          AssetClass.Crypto crypto = asset.assetClass() instanceof AssetClass.Crypto c ? c : null;
          out.writeStartObject();
          Json.text(out, "id", asset.id());
          out.writeStringField("class", crypto == null ? "fiat" : "crypto");
          Json.text(out, "network", crypto == null ? null : crypto.network());
          Json.text(out, "native_id", crypto == null ? null : crypto.nativeId());
          out.writeNumberField("precision", asset.precision());
          Json.text(out, "name", asset.name());
          out.writeEndObject();
        });
  }

  /** An AccountDraft. */
  public static byte[] account(Account account) {
    return Json.bytes(
        out -> {
          out.writeStartObject();
          Json.text(out, "book", account.id().book());
          Json.text(out, "path", account.id().path());
          Json.text(out, "asset", account.asset());
          out.writeStringField("kind", account.kind().word());
          Json.text(
              out,
              "normal_side",
              account.normalSide() == null ? null : account.normalSide().word());
          Json.integer(out, "min_balance", account.minBalance());
          out.writeEndObject();
        });
  }

  /** A TransactionDraft. */
  public static byte[] transaction(TransactionDraft draft) {
    return Json.bytes(out -> transaction(out, draft));
  }

  /** An array of TransactionDrafts. */
  public static byte[] transactions(List<TransactionDraft> drafts) {
    return Json.bytes(
        out -> {
          out.writeStartArray();
          for (TransactionDraft draft : drafts) {
            transaction(out, draft);
          }
          out.writeEndArray();
        });
  }

  private static void transaction(JsonGenerator out, TransactionDraft draft) throws IOException {
    out.writeStartObject();
    Json.text(out, "book", draft.book());
    Json.text(out, "idempotency_key", draft.idempotencyKey());
    out.writeArrayFieldStart("postings");
    for (Posting posting : draft.postings()) {
      out.writeStartObject();
      Json.text(out, "account", posting.account());
      Json.amount(out, posting.minor(), posting.asset());
      out.writeStringField("direction", posting.direction().word());
      out.writeEndObject();
    }
    out.writeEndArray();
    Json.externalRefs(out, draft.externalRefs());
    Json.metadata(out, draft.metadata());
    Json.moment(out, "occurred_at", draft.occurredAt());
    out.writeEndObject();
  }
}
