// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.record;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.talea.index.failure.BrokenRecordException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Tag;

/**
 * Whatever bytes stand in a record: its codec refuses them by name or reads something. A build
 * repeats the known inputs; with {@code JAZZER_FUZZ=1} it looks for others.
 */
@Tag("slow")
class RecordFuzzTest {
  @FuzzTest(maxDuration = "30s")
  void record(byte[] bytes) {
    ByteBuffer payload = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int local = 0; local <= Math.min(bytes.length, 64); local += 8) {
      try {
        LedgerRecord record = new LedgerRecord("b", 7, 4096, bytes.length - local, payload);
        switch (record.kind()) {
          case ASSET_REGISTERED -> AssetRecord.decode(record);
          case ACCOUNT_OPENED -> AccountRecord.decode(record);
          case TRANSACTION_POSTED -> transaction(new TransactionRecord(record));
        }
      } catch (BrokenRecordException e) {
        assertTrue(("" + e.getMessage()).contains("7"), e::toString);
      }
    }
  }

  private static void transaction(TransactionRecord record) {
    record.keyText();
    record.refs();
    record.metadata();
    record.occurredAt();
    for (int i = 0; i < record.postings(); i++) {
      record.account(i);
      record.side(i);
    }
  }
}
