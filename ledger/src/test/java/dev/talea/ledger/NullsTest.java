// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Null where none is declared: refused by name, before any ledger, in process or not, sees it. */
@SuppressWarnings("NullAway") // that is what this is about
class NullsTest {
  @Test
  void nullIsRefusedWhereItIsMade() {
    AccountId id = new AccountId("b", "p");
    Map<String, Executable> makers = new LinkedHashMap<>();
    makers.put("book", () -> new TransactionDraft(null, "k", List.of(), List.of(), null, null));
    makers.put(
        "idempotencyKey", () -> new TransactionDraft("b", null, List.of(), List.of(), null, null));
    makers.put("account", () -> new Posting(null, Int128.of(1), "EUR", Side.DEBIT));
    makers.put("minor", () -> new Posting("a", null, "EUR", Side.DEBIT));
    makers.put("asset", () -> new Posting("a", Int128.of(1), null, Side.DEBIT));
    makers.put("direction", () -> new Posting("a", Int128.of(1), "EUR", null));
    makers.put("id", () -> new Asset(null, AssetClass.FIAT, 2, "n"));
    makers.put("assetClass", () -> new Asset("EUR", null, 2, "n"));
    makers.put("name", () -> new Asset("EUR", AssetClass.FIAT, 2, null));
    makers.put("network", () -> new AssetClass.Crypto(null, null));
    makers.put("kind", () -> new Account(id, "EUR", null, null, null));
    makers.put("path", () -> new AccountId("b", null));
    makers.put("value", () -> new ExternalRef("k", null));
    makers.forEach(
        (name, maker) ->
            assertEquals(name, assertThrows(NullPointerException.class, maker).getMessage()));
  }
}
