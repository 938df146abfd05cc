// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;

/**
 * Whatever names there are: journals spell them so that they can be turned back, and nothing in
 * them ends a line. Whatever is to be imported: it is refused by its own name or read. A build
 * repeats the known inputs; with {@code JAZZER_FUZZ=1} it looks for others.
 */
@Tag("slow")
class JournalFuzzTest {
  @FuzzTest(maxDuration = "30s")
  void names(FuzzedDataProvider data) {
    String book = wellFormed(data.consumeString(40));
    String asset = wellFormed(data.consumeString(40));
    AccountId id = new AccountId(book, wellFormed(data.consumeRemainingAsString()));
    for (AccountKind kind : AccountKind.values()) {
      String plain = JournalNames.account(kind, id);
      assertEquals(id, JournalNames.accountOf(plain));
      assertFalse(plain.contains("  ") || plain.contains(";") || plain.contains("\n"), plain);
      String strict = BeancountNames.account(kind, id);
      assertEquals(id, BeancountNames.accountOf(strict));
      assertFalse(strict.chars().anyMatch(c -> c <= ' ' || c >= 0x7f), strict);
    }
    String commodity = JournalNames.commodity(asset);
    assertEquals(asset, JournalNames.assetOf(commodity));
    assertFalse(commodity.contains("\n") || commodity.contains(";"), commodity);
  }

  /** Names of a ledger are well-formed, because all that comes in is UTF-8. */
  private static String wellFormed(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  @FuzzTest(maxDuration = "30s")
  void lines(byte[] bytes) throws IOException {
    EventLineReader reader = new EventLineReader(new ByteArrayInputStream(bytes));
    try {
      while (reader.next() != null) {
        // read on
      }
    } catch (ExportException e) {
      // refused by its own name
    }
  }
}
