// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.TransactionDraft;
import org.junit.jupiter.api.Tag;

/**
 * Whatever bytes come as a draft: they are refused as the contract says, or what was read is read
 * the same again when it is written. A build repeats the known inputs; with {@code JAZZER_FUZZ=1}
 * it looks for others.
 */
@Tag("slow")
class JsonFuzzTest {
  @FuzzTest(maxDuration = "30s")
  void draft(byte[] bytes) {
    TransactionDraft draft;
    try {
      draft = DraftReader.transaction(bytes);
    } catch (LedgerException e) {
      return;
    }
    byte[] written;
    try {
      written = DraftWriter.transaction(draft);
    } catch (LedgerException e) {
      return; // read, but for the rules to refuse: such as half a character in a name
    }
    assertEquals(draft, DraftReader.transaction(written));
  }
}
