// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.audit.evidence.EvidenceCheck;
import dev.talea.audit.evidence.TransactionEvidence;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The verdict on a proof with its anchor and its accounts. */
class EvidenceCheckTest {
  private static final Policy POLICY = Policy.ofLog(VerifierKey.parse(EvidenceCases.key()));

  @Test
  void aTransactionIsSaidInWords() {
    TransactionEvidence made = EvidenceCases.real().get(4);
    Verdict verdict =
        EvidenceCheck.check(
            made.transaction().bytes(), null, made.anchor().bytes(), made.accountsFile(), POLICY);
    assertEquals(Verdict.Outcome.PROVEN, verdict.outcome(), verdict::toString);
    List<String> lines = verdict.lines();
    assertEquals(
        "RIGHT: this is record 8 of 9 in 'ledger.example/%4c%c3%a4den%20%2f%201'", lines.get(0));
    assertTrue(lines.contains("  debit 12.34 EUR, account 'in EUR'; its balance after it 12.39"));
    assertTrue(lines.contains("  debit 1234 JPY, account 'in JPY'; its balance after it 1239"));
    assertTrue(
        lines.contains(
            "  credit 0.000000000000001234 ETH, account 'out ETH \u2028'; its balance after it"
                + " 0.000000000000001239"));
    assertTrue(lines.contains("  signed by 'ledger.example/_anchors'"));
  }

  /** Whatever is broken: no exception, and no verdict that is right though a file is not. */
  @Test
  void whatDoesNotBelongIsWrong() {
    int wrong = 0;
    for (EvidenceCases.Files each : EvidenceCases.all()) {
      Verdict verdict =
          EvidenceCheck.check(
              each.proof,
              each.leaf,
              each.anchor,
              each.accounts,
              each.trusted.isEmpty() ? null : POLICY);
      wrong += verdict.isRight() ? 0 : 1;
    }
    assertTrue(wrong > 400, wrong + " are wrong");
  }
}
