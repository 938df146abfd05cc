// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static dev.talea.server.Envelopes.assertError;
import static dev.talea.server.Envelopes.assertInvalid;
import static dev.talea.server.TestDaemon.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many drafts in one request, over a real socket and real files. */
class BatchTest {
  private static final String BATCH = "/v1/transactions/batch";

  @TempDir private Path directory;
  private TestDaemon daemon;

  @BeforeEach
  void start() {
    daemon = TestDaemon.onLog(directory).withBook("b").withBook("c");
  }

  @AfterEach
  void stop() {
    daemon.close();
  }

  private Answer batch(String... drafts) {
    return daemon.post(BATCH, "[" + String.join(",", drafts) + "]");
  }

  /** The slots of an answer: none of the objects in it nests. */
  private static List<String> slots(Answer answer) {
    assertEquals(200, answer.status(), answer::toString);
    String inner = answer.body().substring(1, answer.body().length() - 1);
    return inner.isEmpty() ? List.of() : List.of(inner.split("(?<=}),", -1));
  }

  @Test
  void anEmptyBatchIsAnEmptyAnswer() {
    assertEquals("[]", daemon.post(BATCH, "[]").body());
    assertEquals("[]", daemon.post(BATCH + "?atomic=true", " [ ] ").body());
  }

  @Test
  void everySlotAnswersForItself() {
    List<String> slots =
        slots(
            batch(
                draft("b", "k1", "1"),
                draft("b", "k1", "2"),
                draft("nowhere", "k1", "1"),
                draft("b", "", "1"),
                draft("c", "k1", "1"),
                draft("b", "k1", "1"),
                draft("b", "k2", "0"),
                draft("b", "k3", "1")));
    assertEquals(8, slots.size());
    assertTrue(slots.get(0).contains("\"seq\":3,"), slots::toString);
    String txId = slots.get(0).replaceAll(".*\"tx_id\":\"([^\"]+)\".*", "$1");
    assertEquals(
        "{\"error\":\"idempotency_conflict\",\"idempotency_key\":\"k1\",\"tx_id\":\""
            + txId
            + "\"}",
        slots.get(1));
    assertEquals("{\"error\":\"unknown_account\",\"account\":\"nowhere:cash\"}", slots.get(2));
    assertTrue(slots.get(3).contains("\"field\":\"idempotency_key\""), slots::toString);
    assertTrue(slots.get(4).contains("\"seq\":3,"), slots::toString);
    assertTrue(slots.get(5).contains(txId), slots::toString);
    assertTrue(slots.get(5).contains("\"deduplicated\":true"), slots::toString);
    assertEquals("{\"error\":\"invalid_amount\",\"amount\":0}", slots.get(6));
    assertTrue(slots.get(7).contains("\"seq\":4,"), "failures take no seq: " + slots);
  }

  @Test
  void oneMalformedElementRefusesTheRequest() {
    assertInvalid("body", batch(draft("b", "k1", "1"), "{}"));
    assertInvalid("body", batch(draft("b", "k1", "1"), draft("b", "k2", "1.5")));
    assertInvalid("body", daemon.post(BATCH, draft("b", "k1", "1")));
    assertTrue(slots(batch(draft("b", "k1", "1"))).get(0).contains("\"deduplicated\":false"));
  }

  @Test
  void aMaximalBatchSucceedsWholeAndOneMoreIsRefused() {
    List<String> drafts = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      drafts.add(draft("b", "k" + i, "1"));
    }
    List<String> slots = slots(batch(drafts.toArray(String[]::new)));
    for (int i = 0; i < 500; i++) {
      assertTrue(slots.get(i).contains("\"seq\":" + (3 + i) + ","), slots.get(i));
    }
    drafts.add(draft("b", "k500", "1"));
    assertInvalid("body", batch(drafts.toArray(String[]::new)));
    assertInvalid(
        "body", daemon.post(BATCH + "?atomic=true", "[" + String.join(",", drafts) + "]"));
  }

  @Test
  void anAtomicBatchIsAllOrNothing() {
    String atomic = BATCH + "?atomic=true";
    assertError(
        400,
        "{\"error\":\"invalid_amount\",\"amount\":0}",
        daemon.post(atomic, "[" + draft("b", "k1", "1") + "," + draft("b", "k2", "0") + "]"));
    assertInvalid(
        "book",
        daemon.post(atomic, "[" + draft("b", "k1", "1") + "," + draft("c", "k2", "1") + "]"));
    assertError(
        404,
        "{\"error\":\"unknown_account\",\"account\":\"b:nobody\"}",
        daemon.post(
            atomic,
            "["
                + draft("b", "k1", "1")
                + ","
                + draft("b", "k2", "1").replace("cash", "nobody")
                + "]"));
    Answer whole =
        daemon.post(atomic, "[" + draft("b", "k1", "1") + "," + draft("b", "k2", "1") + "]");
    List<String> slots = slots(whole);
    assertTrue(slots.get(0).contains("\"seq\":3,"), "nothing was left behind: " + slots);
    assertTrue(slots.get(1).contains("\"seq\":4,"), slots::toString);
    assertTrue(
        slots(daemon.post(BATCH + "?atomic=false", "[" + draft("b", "k1", "1") + "]"))
            .get(0)
            .contains("\"deduplicated\":true"));
  }
}
