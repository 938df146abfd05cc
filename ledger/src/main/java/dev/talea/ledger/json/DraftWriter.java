// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.Account;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Timestamps;
import dev.talea.ledger.TransactionDraft;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes the bodies of requests, as {@link DraftReader} reads them. Every field is spelled out,
 * null included.
 *
 * <p>What has no spelling is refused with a {@link LedgerException} of {@link InvalidDraft}: half a
 * surrogate pair, metadata that is not JSON, a year above 9999. Repaired or passed on as it is, it
 * would reach the ledger as something that the caller did not mean. Everything else is for the
 * ledger to judge.
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
          text(out, "id", asset.id());
          out.writeStringField("class", crypto == null ? "fiat" : "crypto");
          text(out, "network", crypto == null ? null : crypto.network());
          text(out, "native_id", crypto == null ? null : crypto.nativeId());
          out.writeNumberField("precision", asset.precision());
          text(out, "name", asset.name());
          out.writeEndObject();
        });
  }

  /** An AccountDraft. */
  public static byte[] account(Account account) {
    return Json.bytes(
        out -> {
          out.writeStartObject();
          text(out, "book", account.id().book());
          text(out, "path", account.id().path());
          text(out, "asset", account.asset());
          out.writeStringField("kind", account.kind().word());
          text(
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
    text(out, "book", draft.book());
    text(out, "idempotency_key", draft.idempotencyKey());
    out.writeArrayFieldStart("postings");
    for (Posting posting : draft.postings()) {
      out.writeStartObject();
      Json.text(out, "account", checked("postings.account", posting.account()));
      checked("postings.amount.asset", posting.asset());
      Json.amount(out, posting.minor(), posting.asset());
      out.writeStringField("direction", posting.direction().word());
      out.writeEndObject();
    }
    out.writeEndArray();
    for (ExternalRef ref : draft.externalRefs()) {
      checked("external_refs.kind", ref.kind());
      checked("external_refs.value", ref.value());
    }
    Json.externalRefs(out, draft.externalRefs());
    String fault = draft.metadata() == null ? null : JsonTexts.fault(draft.metadata());
    if (fault != null) {
      throw refused("metadata", fault);
    }
    Json.metadata(out, draft.metadata());
    if (draft.occurredAt() != null && !Timestamps.isInRange(draft.occurredAt())) {
      throw refused("occurred_at", "must be in a year from 0 to 9999");
    }
    Json.moment(out, "occurred_at", draft.occurredAt());
    out.writeEndObject();
  }

  private static void text(JsonGenerator out, String field, @Nullable String text)
      throws IOException {
    Json.text(out, field, text == null ? null : checked(field, text));
  }

  private static String checked(String field, String text) {
    if (!Json.isWellFormed(text)) {
      throw refused(field, "holds half of a surrogate pair, which is no character");
    }
    return text;
  }

  private static LedgerException refused(String field, String reason) {
    return new LedgerException(new InvalidDraft(field, reason));
  }
}
