// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.Page;
import dev.talea.ledger.PostingView;
import dev.talea.ledger.Side;
import java.io.IOException;
import java.time.Instant;
import java.util.UUID;

/**
 * A page of the postings of an account, as answers spell it, written and read.
 *
 * <p>Stateless; any thread.
 */
public final class HistoryJson {
  private HistoryJson() {}

  /** A page of history. */
  public static byte[] write(HistoryPage page) {
    return Answer.page(new Page<>(page.items(), page.next()), HistoryJson::posting);
  }

  /** A page of history. */
  public static HistoryPage read(byte[] json) {
    Page<PostingView, Long> page = Answer.readPage(json, HistoryJson::readPosting, JsonIn::int64);
    return new HistoryPage(page.items(), page.next());
  }

  static void posting(JsonGenerator out, PostingView posting) throws IOException {
    out.writeStartObject();
    out.writeNumberField("seq", posting.seq());
    out.writeStringField("tx_id", posting.txId().toString());
    Json.text(out, "account", posting.account().key());
    Json.amount(out, posting.minor(), posting.asset());
    out.writeStringField("direction", posting.direction().word());
    Json.moment(out, "at", posting.at());
    out.writeEndObject();
  }

  static PostingView readPosting(JsonIn in) throws IOException {
    Long seq = null;
    UUID txId = null;
    AccountId account = null;
    DraftReader.Amount amount = null;
    Side direction = null;
    Instant at = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "seq" -> seq = in.int64();
        case "tx_id" -> txId = in.uuid();
        case "account" -> account = DefinitionJson.accountKey(in);
        case "amount" -> amount = DraftReader.Amount.read(in);
        case "direction" -> direction = DraftReader.side(in);
        case "at" -> at = in.moment();
        default -> in.skip();
      }
    }
    DraftReader.Amount money = in.required(amount, "amount");
    return new PostingView(
        in.required(seq, "seq"),
        in.required(txId, "tx_id"),
        in.required(account, "account"),
        money.minor(),
        money.asset(),
        in.required(direction, "direction"),
        in.required(at, "at"));
  }
}
