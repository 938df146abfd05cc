// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static dev.talea.server.Envelopes.assertError;
import static dev.talea.server.Envelopes.assertInvalid;
import static dev.talea.server.TestDaemon.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.talea.ledger.LedgerError.Overloaded;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A request with everything wrong is told one thing at a time, in the contract's order: token,
 * admission, parsing, scope, validation, store.
 */
class OrderOfAnswersTest {
  private static final String READER = "Authorization: Bearer reader-of-b";
  private static final String WRITER = "Authorization: Bearer writer-of-b";

  @TempDir private Path directory;
  private TestStore store;
  private TestDaemon daemon;
  private final ExecutorService callers = Executors.newCachedThreadPool();

  @BeforeEach
  void start() throws IOException {
    Path tokens = directory.resolve("tokens.toml");
    Files.writeString(
        tokens,
        """
        [tokens.reader]
        token = "reader-of-b"
        books = ["b"]
        access = "ro"

        [tokens.writer]
        token = "writer-of-b"
        books = ["b"]
        access = "rw"
        """);
    store = new TestStore();
    daemon =
        TestDaemon.over(
            store,
            "TALEA_TOKENS_FILE",
            tokens.toString(),
            "TALEA_API_TOKEN",
            "admin",
            "TALEA_MAX_INFLIGHT",
            "2");
    daemon.withBook("b", "Authorization: Bearer admin");
  }

  @AfterEach
  void stop() {
    store.release();
    daemon.close();
    callers.shutdownNow();
  }

  @Test
  void oneFaultAfterTheOther() throws InterruptedException {
    // Wrong in every way: no token, no room, no JSON, another book, unbalanced, and a full queue.
    store.hold();
    List<CompletableFuture<Answer>> occupants = new ArrayList<>();
    for (String key : new String[] {"one", "other"}) {
      String draft = draft("b", key, "1");
      occupants.add(
          CompletableFuture.supplyAsync(
              () -> daemon.post("/v1/transactions", draft, WRITER), callers));
    }
    store.awaitHeld(2);
    assertError(401, "{\"error\":\"unauthorized\"}", daemon.post("/v1/transactions", "nonsense"));
    assertError(
        503,
        "{\"error\":\"overloaded\"}",
        "1",
        daemon.post("/v1/transactions", "nonsense", READER, "Content-Type: text/plain"));
    store.release();
    for (CompletableFuture<Answer> occupant : occupants) {
      assertEquals(200, occupant.join().status());
    }
    store.refuseCommits(new Overloaded(Overloaded.Limit.WRITE_QUEUE));
    assertError(401, "{\"error\":\"unauthorized\"}", daemon.post("/v1/transactions", "nonsense"));
    assertInvalid(
        415,
        "body",
        daemon.post("/v1/transactions", "nonsense", READER, "Content-Type: text/plain"));
    assertInvalid("body", daemon.post("/v1/transactions", "nonsense", READER));
    String unbalanced = draft("b", "k", "1").replaceFirst("\"minor\":1", "\"minor\":2");
    assertError(
        403,
        "{\"error\":\"forbidden\",\"book\":\"b\"}",
        daemon.post("/v1/transactions", unbalanced, READER));
    assertError(
        400,
        "{\"error\":\"unbalanced\",\"asset\":\"USD\",\"debit\":2,\"credit\":1}",
        daemon.post("/v1/transactions", unbalanced, WRITER));
    assertError(
        429,
        "{\"error\":\"overloaded\"}",
        "1",
        daemon.post("/v1/transactions", draft("b", "k", "1"), WRITER));
    store.refuseCommits(null);
    assertEquals(200, daemon.post("/v1/transactions", draft("b", "k", "1"), WRITER).status());
  }

  @Test
  void aBadQueryComesBeforeTheScope() {
    assertInvalid("query", daemon.get("/v1/books/c/trial-balance?as_of=x", READER));
    assertError(
        403,
        "{\"error\":\"forbidden\",\"book\":\"c\"}",
        daemon.get("/v1/books/c/trial-balance", READER));
    assertInvalid("query", daemon.get("/v1/books/c/events?from=x", READER));
    assertInvalid("tx_id", daemon.get("/v1/transactions/x", READER));
    assertInvalid("query", daemon.post("/v1/transactions/batch?atomic=x", "nonsense", READER));
  }

  @Test
  void aReservedBookIsAMatterOfScopeFirstAndOfValidationThen() {
    assertError(
        403,
        "{\"error\":\"forbidden\",\"book\":\"_b\"}",
        daemon.post("/v1/transactions", draft("_b", "k", "1"), WRITER));
    assertInvalid(
        "book",
        daemon.post("/v1/transactions", draft("_b", "k", "1"), "Authorization: Bearer admin"));
  }

  @Test
  void aStrangerLearnsNothingUnderV1AndWhatIsWrongElsewhere() {
    for (String target :
        new String[] {
          "/v1", "/v1/", "/v1/nothing", "/v1/transactions/x", "/v1/books/b/accounts/%zz/balance"
        }) {
      assertError(401, "{\"error\":\"unauthorized\"}", daemon.get(target));
    }
    assertError(401, "{\"error\":\"unauthorized\"}", daemon.ask("DELETE", "/v1/assets", null));
    assertError(404, "{\"error\":\"not_found\",\"what\":\"path //\"}", daemon.get("//"));
    assertEquals(405, daemon.post("/health", "{}").status());
  }
}
