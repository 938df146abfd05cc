// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.rules;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.LedgerError.AlreadyExists;
import dev.talea.ledger.Side;
import org.junit.jupiter.api.Test;

class DefinitionRulesTest {
  @Test
  void theSameDefinitionAgainIsFineAndAnotherOneIsRefused() {
    assertNull(DefinitionRules.again(account("b", "p", "USD"), account("b", "p", "USD")));
    assertEquals(
        new AlreadyExists("account b:p"),
        DefinitionRules.again(account("b", "p", "USD"), account("b", "p", "USD", Side.DEBIT, 0)));
    assertNull(DefinitionRules.again(fiat("USD"), fiat("USD")));
    assertEquals(
        new AlreadyExists("asset USD"),
        DefinitionRules.again(fiat("USD"), new Asset("USD", AssetClass.FIAT, 2, "other")));
  }

  @Test
  void anAssetComesBackOnlyWithThePrecisionThatAccountsCountWith() {
    assertNull(DefinitionRules.held(2, fiat("USD")));
    assertEquals(
        new AlreadyExists("asset USD (accounts hold it with precision 3)"),
        DefinitionRules.held(3, fiat("USD")));
  }
}
