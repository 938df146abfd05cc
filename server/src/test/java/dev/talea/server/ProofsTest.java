// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static dev.talea.server.TestDaemon.draft;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.audit.proof.Checkpoint;
import dev.talea.audit.proof.ProofCheck;
import dev.talea.audit.proof.TlogProof;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Heads and proofs as HTTP: who gets them, in which form, and that they are what the files say. */
class ProofsTest {
  private static final String ADMIN = "Authorization: Bearer admin-token";
  private static final String B_ONLY = "Authorization: Bearer b-only";
  private static final String TEXT = "Accept: text/plain";

  @TempDir private Path directory;

  private TestDaemon daemon(String url, String... more) throws IOException {
    Path tokens = directory.resolve("tokens.toml");
    Files.writeString(
        tokens,
        """
        [tokens.b]
        token = "b-only"
        books = ["b"]
        access = "ro"
        """);
    String[] settings = new String[4 + more.length];
    settings[0] = "TALEA_TOKENS_FILE";
    settings[1] = tokens.toString();
    settings[2] = "TALEA_API_TOKEN";
    settings[3] = "admin-token";
    System.arraycopy(more, 0, settings, 4, more.length);
    TestDaemon daemon = TestDaemon.at(url, settings);
    daemon.withBook("a", ADMIN);
    daemon.withBook("b", ADMIN);
    return daemon;
  }

  private String log() {
    return "log://" + directory.resolve("ledger");
  }

  private static String post(TestDaemon daemon, String book, String key) {
    Answer receipt = daemon.post("/v1/transactions", draft(book, key, "5"), ADMIN);
    return String.valueOf(JsonTree.object(receipt.body()).get("tx_id"));
  }

  private static Checkpoint checkpoint(Answer answer) {
    assertEquals(200, answer.status(), answer::toString);
    assertEquals("text/plain; charset=utf-8", answer.header("Content-Type"));
    return Checkpoint.parse(answer.body());
  }

  private static void refused(int status, String code, Answer answer) {
    assertEquals(status, answer.status(), answer::toString);
    assertEquals(code, JsonTree.object(answer.body()).get("error"));
  }

  @Test
  void theHeadOfABookIsTheSameInBothForms() throws IOException {
    try (TestDaemon daemon = daemon(log())) {
      for (int i = 0; i < 5; i++) {
        post(daemon, "b", "k" + i);
      }
      Answer json = daemon.get("/v1/books/b/head", B_ONLY);
      assertEquals(200, json.status());
      assertEquals("application/json", json.header("Content-Type"));
      assertEquals("Accept", json.header("Vary"));
      Map<String, Object> head = JsonTree.object(json.body());
      Checkpoint text = checkpoint(daemon.get("/v1/books/b/head", B_ONLY, TEXT));
      assertEquals("b", head.get("origin"));
      assertEquals("b", text.origin());
      assertEquals(String.valueOf(text.size()), String.valueOf(head.get("size")));
      assertEquals(text.root().base64(), head.get("root"));
      assertTrue(String.valueOf(head.get("at")).endsWith("Z"));
      refused(403, "forbidden", daemon.get("/v1/books/a/head", B_ONLY));
      refused(404, "not_found", daemon.get("/v1/books/nowhere/head", ADMIN));
      refused(401, "unauthorized", daemon.get("/v1/books/b/head"));
    }
  }

  @Test
  void aTransactionIsProvenRightAfterItIsPosted() throws IOException {
    try (TestDaemon daemon = daemon(log())) {
      for (int i = 0; i < 50; i++) {
        String id = post(daemon, "b", "k" + i);
        Answer answer = daemon.get("/v1/transactions/" + id + "/proof", B_ONLY);
        assertEquals(200, answer.status(), answer::toString);
        TlogProof proof = TlogProof.parse(answer.body().getBytes(UTF_8));
        assertEquals(proof.index() + 1, proof.head().checkpoint().size());
        assertTrue(ProofCheck.check(proof.bytes(), null, null).isRight());
      }
    }
  }

  @Test
  void ofATransactionOutOfScopeNothingIsTold() throws IOException {
    try (TestDaemon daemon = daemon(log())) {
      String id = post(daemon, "a", "k");
      String unknown = "00000000-0000-7000-8000-000000000000";
      refused(404, "not_found", daemon.get("/v1/transactions/" + unknown + "/proof", B_ONLY));
      refused(404, "not_found", daemon.get("/v1/transactions/" + id + "/proof", B_ONLY));
      refused(400, "invalid_draft", daemon.get("/v1/transactions/x/proof", B_ONLY));
      assertEquals(200, daemon.get("/v1/transactions/" + id + "/proof", ADMIN).status());
    }
  }

  @Test
  void aLedgerInADatabaseHasNone() throws IOException {
    try (TestDaemon daemon = daemon("sqlite://" + directory.resolve("talea.db"))) {
      String id = post(daemon, "b", "k");
      refused(404, "not_found", daemon.get("/v1/books/b/head", B_ONLY));
      refused(403, "forbidden", daemon.get("/v1/books/a/head", B_ONLY));
      refused(404, "not_found", daemon.get("/v1/transactions/" + id + "/proof", B_ONLY));
      refused(404, "not_found", daemon.get("/v1/head", ADMIN));
    }
  }

  @Test
  void theHeadOfTheLedgerIsForThoseWhoReadAllOfIt() throws IOException {
    try (TestDaemon daemon = daemon(log())) {
      refused(403, "forbidden", daemon.get("/v1/head", B_ONLY));
      Answer answer = daemon.get("/v1/head", ADMIN);
      while (answer.status() == 404) { // none has been anchored yet
        Thread.onSpinWait();
        answer = daemon.get("/v1/head", ADMIN);
      }
      Map<String, Object> head = JsonTree.object(answer.body());
      assertEquals("_anchors", head.get("origin"));
      assertTrue(checkpoint(daemon.get("/v1/head", ADMIN, TEXT)).size() >= 2);
      refused(404, "not_found", daemon.get("/v1/books/_anchors/head", ADMIN));
      assertEquals(200, daemon.get("/v1/books/_system/head", ADMIN).status());
    }
  }
}
