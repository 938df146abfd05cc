// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.Page;
import dev.talea.ledger.PostingView;
import dev.talea.ledger.TransactionView;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * Transactions, as answers spell them, written and read.
 *
 * <p>Stateless; any thread.
 */
public final class TransactionJson {
  private TransactionJson() {}

  /** A TransactionView. */
  public static byte[] write(TransactionView view) {
    return Json.bytes(out -> write(out, view));
  }

  /** A page of transactions. */
  public static byte[] page(Page<TransactionView, Long> page) {
    return Answer.page(page, TransactionJson::write);
  }

  /** A TransactionView. */
  public static TransactionView read(byte[] json) {
    return Answer.read(json, TransactionJson::read);
  }

  /** A page of transactions. */
  public static Page<TransactionView, Long> readPage(byte[] json) {
    return Answer.readPage(json, TransactionJson::read, JsonIn::int64);
  }

  private static void write(JsonGenerator out, TransactionView view) throws IOException {
    out.writeStartObject();
    out.writeStringField("tx_id", view.txId().toString());
    Json.text(out, "book", view.book());
    out.writeNumberField("seq", view.seq());
    Json.moment(out, "at", view.at());
    out.writeArrayFieldStart("postings");
    for (PostingView posting : view.postings()) {
      HistoryJson.posting(out, posting);
    }
    out.writeEndArray();
    Json.externalRefs(out, view.externalRefs());
    Json.metadata(out, view.metadata());
    out.writeEndObject();
  }

  private static TransactionView read(JsonIn in) throws IOException {
    UUID txId = null;
    String book = null;
    Long seq = null;
    Instant at = null;
    List<PostingView> postings = null;
    List<ExternalRef> refs = null;
    JsonText metadata = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "tx_id" -> txId = in.uuid();
        case "book" -> book = in.text();
        case "seq" -> seq = in.int64();
        case "at" -> at = in.moment();
        case "postings" -> postings = Answer.list(in, HistoryJson::readPosting);
        case "external_refs" -> refs = DraftReader.externalRefs(in);
        case "metadata" -> metadata = Answer.metadata(in);
        default -> in.skip();
      }
    }
    return new TransactionView(
        in.required(txId, "tx_id"),
        in.required(book, "book"),
        in.required(seq, "seq"),
        in.required(at, "at"),
        in.required(postings, "postings"),
        in.required(refs, "external_refs"),
        metadata);
  }
}
