// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.BalanceView;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The balance of an account, as answers spell it, written and read.
 *
 * <p>Stateless; any thread.
 */
public final class BalanceJson {
  private BalanceJson() {}

  /** A BalanceView. */
  public static byte[] write(BalanceView view) {
    return write(view, Json.momentText(view.asOf()));
  }

  /**
   * A BalanceView.
   *
   * @param asOf the moment as it is repeated to the caller
   */
  public static byte[] write(BalanceView view, @Nullable String asOf) {
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

  /** A BalanceView. */
  public static BalanceView read(byte[] json) {
    return Answer.read(json, BalanceJson::read);
  }

  private static BalanceView read(JsonIn in) throws IOException {
    AccountId account = null;
    String asset = null;
    Decimal balance = null;
    Instant asOf = null;
    Long updatedSeq = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "account" -> account = DefinitionJson.accountKey(in);
        case "asset" -> asset = in.text();
        case "balance" -> balance = Decimal.read(in);
        case "as_of" -> asOf = in.momentOrNull();
        case "updated_seq" -> updatedSeq = in.int64();
        default -> in.skip();
      }
    }
    Decimal amount = in.required(balance, "balance");
    return new BalanceView(
        in.required(account, "account"),
        in.required(asset, "asset"),
        amount.precision(),
        amount.minor(),
        asOf,
        in.required(updatedSeq, "updated_seq"));
  }
}
