package dev.talea.ledger.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.talea.ledger.TransactionDraft;
import org.junit.jupiter.api.Test;

class JsonRoundTripTest {
  @Test
  void metadataKeepsItsSpellingAndLosesItsWhiteSpace() {
    String json =
        " {\"book\":\"b\",\"idempotency_key\":\"k\",\"postings\":[],\n \"metadata\" : { \"b\" : [1.10, 1E5 , -0,\"a \\\" \\u00e9\"] , \"a\":null } } ";
    byte[] bytes = ("xxx" + json).getBytes(UTF_8);
    TransactionDraft draft = DraftReader.transaction(bytes, 3, bytes.length - 3);
    assertEquals(
        "{\"b\":[1.10,1E5,-0,\"a \\\" \\u00e9\"],\"a\":null}", String.valueOf(draft.metadata()));
    assertEquals(draft, DraftReader.transaction(DraftWriter.transaction(draft)));
  }
}
