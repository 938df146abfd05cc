// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.Page;
import java.io.IOException;

/**
 * Accounts and their balances, as answers spell them, written and read.
 *
 * <p>Stateless; any thread.
 */
public final class AccountJson {
  private AccountJson() {}

  /** An AccountView: definition and settings as in the event of its opening, and the balance. */
  public static byte[] write(AccountView view) {
    return Json.bytes(out -> write(out, view));
  }

  /** A page of accounts. */
  public static byte[] page(Page<AccountView, String> page) {
    return Answer.page(page, AccountJson::write);
  }

  /** An AccountView. */
  public static AccountView read(byte[] json) {
    return Answer.read(json, AccountJson::read);
  }

  /** A page of accounts. */
  public static Page<AccountView, String> readPage(byte[] json) {
    return Answer.readPage(json, AccountJson::read, JsonIn::text);
  }

  private static void write(JsonGenerator out, AccountView view) throws IOException {
    out.writeStartObject();
    Json.text(out, "account", view.account().id().key());
    DefinitionJson.write(out, view.account());
    out.writeStringField("balance", view.balance());
    out.writeNumberField("updated_seq", view.updatedSeq());
    out.writeEndObject();
  }

  private static AccountView read(JsonIn in) throws IOException {
    DefinitionJson.Definition definition = null;
    DefinitionJson.Config config = null;
    Decimal balance = null;
    Long updatedSeq = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "def" -> definition = DefinitionJson.Definition.read(in);
        case "cfg" -> config = DefinitionJson.Config.read(in);
        case "balance" -> balance = Decimal.read(in);
        case "updated_seq" -> updatedSeq = in.int64();
        default -> in.skip();
      }
    }
    Decimal amount = in.required(balance, "balance");
    return new AccountView(
        in.required(definition, "def").account(in.required(config, "cfg")),
        amount.precision(),
        amount.minor(),
        in.required(updatedSeq, "updated_seq"));
  }
}
