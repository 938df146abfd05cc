// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.bench.baseline.Measured;
import dev.talea.ledger.DraftRules;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class EmbeddedTest {
  @TempDir Path folder;

  @Test
  void everyTransactionOfALoadIsAcceptableAndHasAKeyOfItsOwn() {
    Load load = new Load(7, 3);
    Set<String> keys = new HashSet<>();
    for (long n = 0; n < 1000; n++) {
      assertEquals(null, DraftRules.check(load.draft(n)));
      assertEquals(36, load.draft(n).idempotencyKey().length());
      assertTrue(keys.add(load.draft(n).idempotencyKey()));
    }
    assertEquals(load.draft(5), load.draft(5));
    assertNotEquals(Load.key(1L << 40), Load.key(1L << 41));
  }

  @Test
  void aLoadThatWasPouredInIsInTheBooksToTheLastTransaction() {
    Load load = new Load(3, 4);
    try (EmbeddedLedger ledger = EmbeddedLedger.open(folder)) {
      ledger.prepare(load);
      ledger.load(load, 0, 1000, 16);
      long events = 0;
      for (int book = 0; book < 3; book++) {
        events += ledger.store().reads().lastSeq(Load.book(book));
      }
      assertEquals(1000 + 3 * 4, events);
    }
  }

  @Test
  void aProcessLoadsReadsIsKilledAndOpensAgain() throws IOException {
    List<Long> sizes = List.of(300L, 900L);
    ScaleRun.Outcome outcome =
        ScaleRun.run(folder.resolve("ledger"), new Load(5, 3), sizes, "128m", 0.01, row -> {});
    assertEquals(900, outcome.loaded().operations());
    for (Map.Entry<Reads.Kind, Measured> read : outcome.lastReads().entrySet()) {
      assertTrue(read.getValue().operations() > 0, read.getKey().toString());
    }
    assertEquals(Reads.Kind.values().length, outcome.lastReads().size());
    assertTrue(outcome.bytesOnDisk().containsKey("*.log"), outcome.bytesOnDisk().toString());
    assertTrue(outcome.memory().heapBytes() > 0);
  }
}
