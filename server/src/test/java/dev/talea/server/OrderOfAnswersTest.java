package dev.talea.server;

import static dev.talea.server.Envelopes.assertError;
import static dev.talea.server.Envelopes.assertInvalid;
import static dev.talea.server.TestDaemon.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.talea.ledger.LedgerError.Overloaded;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A request with everything wrong is told one thing at a time, in the contract's order: admission,
 * token, parsing, scope, validation, store.
 */
class OrderOfAnswersTest {
  private static final String READER = "Authorization: Bearer reader-of-b";
  private static final String WRITER = "Authorization: Bearer writer-of-b";

  @TempDir private Path directory;
  private TestStore store;
  private TestDaemon daemon;

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
  }

  @Test
  void oneFaultAfterTheOther() throws IOException {
    // Wrong in every way: no room, no token, no JSON, another book, unbalanced, and a full queue.
    store.refuseCommits(new Overloaded(Overloaded.Limit.WRITE_QUEUE));
    try (RawHttp one = daemon.connect();
        RawHttp other = daemon.connect()) {
      occupy(one);
      occupy(other);
      assertError(
          503, "{\"error\":\"overloaded\"}", "1", daemon.post("/v1/transactions", "nonsense"));
      assertInvalid("body", one.send("{}").read());
      assertInvalid("body", other.send("{}").read());
    }
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

  /** Takes a place: the headers are there, the body is not. */
  private static void occupy(RawHttp http) throws IOException {
    http.head(
        "POST /v1/assets HTTP/1.1",
        "Host: t",
        "Authorization: Bearer admin",
        "Content-Type: application/json",
        "Content-Length: 2",
        "Expect: 100-continue");
    assertEquals(100, http.read().status());
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
    assertError(404, "{\"error\":\"not_found\",\"what\":\"path /\"}", daemon.get("/"));
    assertEquals(405, daemon.post("/health", "{}").status());
  }
}
