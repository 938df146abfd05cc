// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.sym.ByteQuadsCanonicalizer;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.TransactionDraft;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Field names of one caller have no effect on the documents of another. A parser that remembers
 * names for its siblings can be filled with names that collide in its table, and then refuses, or
 * fails at, names that other callers send.
 */
@Tag("slow")
class CollidingNamesTest {
  private static final int NAMES_PER_DOCUMENT = 1050;
  private static final int DOCUMENTS = 40;

  @Test
  void namesThatCollideInOneDocumentDoNotReachAnother() throws Exception {
    long seed = 19;
    Random random = new Random(seed);
    for (String document : collidingDocuments(random)) {
      try {
        DraftReader.transaction(document.getBytes(StandardCharsets.UTF_8));
      } catch (LedgerException refused) {
        // A document made of nonsense may be refused; what it leaves behind is the question.
        assertNotNull(refused.error());
      }
    }
    for (int names : new int[] {40, 200}) {
      for (int i = 0; i < 60; i++) {
        String draft = draft(random, names, "k" + names + "-" + i);
        TransactionDraft read = DraftReader.transaction(draft.getBytes(StandardCharsets.UTF_8));
        assertEquals("k" + names + "-" + i, read.idempotencyKey());
      }
    }
  }

  /** Documents whose names fall into one place of the table that the factory would share. */
  private static List<String> collidingDocuments(Random random)
      throws ReflectiveOperationException {
    Field shared = JsonFactory.class.getDeclaredField("_byteSymbolCanonicalizer");
    shared.setAccessible(true);
    ByteQuadsCanonicalizer table = (ByteQuadsCanonicalizer) shared.get(Json.DRAFT);
    List<String> documents = new ArrayList<>();
    for (int d = 0; d < DOCUMENTS; d++) {
      int place = -1;
      StringBuilder fields = new StringBuilder("{");
      for (int found = 0; found < NAMES_PER_DOCUMENT; ) {
        int first = lowerCase(random);
        int second = lowerCase(random);
        int hash = table.calcHash(first, second) & 0x7ff;
        if (place < 0) {
          place = hash;
        }
        if (hash == place) {
          fields.append(found == 0 ? "" : ",").append('"').append(text(first)).append(text(second));
          fields.append("\":1");
          found++;
        }
      }
      documents.add(fields.append('}').toString());
    }
    return documents;
  }

  private static int lowerCase(Random random) {
    int four = 0;
    for (int i = 0; i < 4; i++) {
      four = four << 8 | 'a' + random.nextInt(26);
    }
    return four;
  }

  private static String text(int four) {
    return new String(
        new char[] {
          (char) (four >>> 24),
          (char) (four >>> 16 & 0xff),
          (char) (four >>> 8 & 0xff),
          (char) (four & 0xff)
        });
  }

  private static String draft(Random random, int names, String key) {
    StringBuilder metadata = new StringBuilder("{");
    for (int i = 0; i < names; i++) {
      metadata.append(i == 0 ? "" : ",").append("\"own-").append(i).append('-');
      metadata.append(Integer.toHexString(random.nextInt())).append("\":1");
    }
    return "{\"book\":\"b\",\"idempotency_key\":\""
        + key
        + "\",\"postings\":[{\"account\":\"x\",\"amount\":{\"minor\":1,\"asset\":\"A\"},"
        + "\"direction\":\"debit\"},{\"account\":\"y\",\"amount\":{\"minor\":1,\"asset\":\"A\"},"
        + "\"direction\":\"credit\"}],\"metadata\":"
        + metadata
        + "}}";
  }
}
