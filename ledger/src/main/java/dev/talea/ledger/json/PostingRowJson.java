// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.Page;
import dev.talea.ledger.projection.PostingRow;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Instant;
import java.util.UUID;

/**
 * Rows of the table of postings, as answers spell them, written and read.
 *
 * <p>Stateless; any thread.
 */
public final class PostingRowJson {
  private PostingRowJson() {}

  /** A page, with the seq after which the next one goes on. */
  public static byte[] page(Page<PostingRow, Long> page) {
    return Answer.page(page, PostingRowJson::write);
  }

  /** A page. */
  public static Page<PostingRow, Long> readPage(byte[] json) {
    return Answer.readPage(json, PostingRowJson::read, JsonIn::int64);
  }

  private static void write(JsonGenerator out, PostingRow row) throws IOException {
    out.writeStartObject();
    out.writeNumberField("seq", row.seq());
    out.writeNumberField("posting", row.posting());
    out.writeStringField("tx_id", row.txId().toString());
    Json.text(out, "key", row.key());
    Json.text(out, "account", row.account());
    Json.text(out, "kind", row.kind());
    Json.text(out, "asset", row.asset());
    Json.integer(out, "amount", row.amount());
    Json.integer(out, "balance", row.balance());
    Json.moment(out, "committed_at", row.committedAt());
    Json.moment(out, "occurred_at", row.occurredAt());
    Json.metadata(out, row.metadata());
    out.writeEndObject();
  }

  private static PostingRow read(JsonIn in) throws IOException {
    Long seq = null;
    Integer posting = null;
    UUID txId = null;
    String key = null;
    String account = null;
    String kind = null;
    String asset = null;
    BigInteger amount = null;
    BigInteger balance = null;
    Instant committedAt = null;
    Instant occurredAt = null;
    JsonText metadata = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "seq" -> seq = in.int64();
        case "posting" -> posting = in.int32();
        case "tx_id" -> txId = in.uuid();
        case "key" -> key = in.text();
        case "account" -> account = in.text();
        case "kind" -> kind = in.text();
        case "asset" -> asset = in.text();
        case "amount" -> amount = in.bigInteger();
        case "balance" -> balance = in.bigInteger();
        case "committed_at" -> committedAt = in.moment();
        case "occurred_at" -> occurredAt = in.moment();
        case "metadata" -> metadata = Answer.metadata(in);
        default -> in.skip();
      }
    }
    return new PostingRow(
        in.required(seq, "seq"),
        in.required(posting, "posting"),
        in.required(txId, "tx_id"),
        in.required(key, "key"),
        in.required(account, "account"),
        in.required(kind, "kind"),
        in.required(asset, "asset"),
        in.required(amount, "amount"),
        in.required(balance, "balance"),
        in.required(committedAt, "committed_at"),
        in.required(occurredAt, "occurred_at"),
        metadata);
  }
}
