// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.talea.audit.anchor.AnchorLog;
import dev.talea.audit.anchor.Anchorer;
import dev.talea.audit.proof.AddCheckpoint;
import dev.talea.audit.proof.Checkpoint;
import dev.talea.audit.proof.SigningKey;
import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.json.TransactionJson;
import dev.talea.tools.TestShell.Result;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Heads that are signed and witnessed, and proofs under them, by the commands an operator runs. */
class SignedHeadsTest {
  private static final String NAME = "ledger.example/_anchors";

  @TempDir private Path directory;
  private final List<HttpServer> servers = new ArrayList<>();
  private TestShell shell = new TestShell(Path.of(""), Map.of());
  private String key = "";

  @BeforeEach
  void writeALedger() {
    shell = new TestShell(directory, Map.of("TALEA_ORIGIN", "ledger.example"));
    serve("a", 3);
    Result made = shell.talea("head", "keygen", NAME, "--out", "key");
    assertEquals(0, made.exitCode(), made.err());
    key = made.out().strip();
  }

  @AfterEach
  void stopServers() {
    servers.forEach(server -> server.stop(0));
  }

  /** Posts and anchors; the ids of what was posted. */
  private List<UUID> serve(String key, int transactions) {
    List<UUID> ids = new ArrayList<>();
    try (LogLedgerStore store =
        LogLedgerStore.open(directory.resolve("ledger"), LogStoreSettings.DEFAULTS)) {
      store.registerAsset(fiat("EUR")).join();
      store.openAccount(account("Shop", "till", "EUR")).join();
      store.openAccount(account("Shop", "sales", "EUR")).join();
      Anchorer anchorer = new Anchorer(store);
      for (int i = 1; i <= transactions; i++) {
        PostResult posted =
            store
                .commit("Shop", List.of(move("Shop", key + i, "sales", "till", i, "EUR")), false)
                .join()
                .get(0);
        ids.add(((Posted) posted).txId());
        anchorer.round();
      }
    }
    return ids;
  }

  private Result ok(String... command) {
    Result result = shell.talea(command);
    assertEquals(0, result.exitCode(), result.out() + result.err());
    return result;
  }

  private void refused(int code, String words, String... command) {
    Result result = shell.talea(command);
    assertEquals(code, result.exitCode(), result.out() + result.err());
    String said = result.out() + result.err();
    assertTrue(said.contains(words), said);
    assertFalse(said.contains("\tat "), said);
  }

  private void keep(String file, String text) throws IOException {
    Files.writeString(directory.resolve(file), text);
  }

  @Test
  void aSignedHeadHoldsProofsOfTransactionsInWords() throws IOException {
    List<UUID> ids = serve("b", 4);
    Result head = ok("head", "ledger", "--sign", "key");
    assertTrue(head.out().startsWith(NAME + "\n"), head.out());
    assertTrue(head.out().contains("\n\n\u2014 " + NAME + " "), head.out());
    keep("head", head.out());
    ok("verify", "ledger", "--since-head", "head");
    ok("prove", "ledger", ids.get(1).toString(), "--out", "p", "--checkpoint", "head");
    Result checked = ok("check", "p", "--vkey", key);
    String said = checked.out();
    assertTrue(said.startsWith("RIGHT: this is record 7 of 9 in 'ledger.example/%53hop'"), said);
    assertTrue(said.contains("it is transaction " + ids.get(1) + ", committed at 20"), said);
    assertTrue(said.contains("debit 0.02 EUR, account 'till'; its balance after it 0."), said);
    assertTrue(said.contains("credit 0.02 EUR, account 'sales'; its balance after it -"), said);
    assertTrue(said.contains("its head was anchored at 20"), said);
    assertTrue(said.contains("in '" + NAME + "'"), said);
    assertTrue(said.contains("signed by '" + NAME + "'"), said);
    // Without the anchor the signature is none of the book's head.
    Files.move(directory.resolve("p.anchor"), directory.resolve("anchor"));
    refused(
        3, "WRONG: the head is of the log 'ledger.example/%53hop'", "check", "p", "--vkey", key);
    // The anchor of an older head, or of another book.
    serve("c", 1);
    keep("later", ok("head", "ledger", "--sign", "key").out());
    ok("prove", "ledger", ids.get(1).toString(), "--out", "q", "--checkpoint", "later");
    Files.copy(directory.resolve("q.anchor"), directory.resolve("p.anchor"));
    refused(3, "WRONG: the anchor beside it is of 10 records", "check", "p", "--vkey", key);
    Files.copy(directory.resolve("q.accounts"), directory.resolve("r"));
    Files.delete(directory.resolve("p.anchor"));
    Files.move(directory.resolve("anchor"), directory.resolve("p.anchor"));
    Files.delete(directory.resolve("p.accounts"));
    ok("check", "p", "--vkey", key);
    Files.move(directory.resolve("r"), directory.resolve("p.accounts"));
    refused(3, "proof 1 of the accounts beside it is under another head", "check", "p");
  }

  @Test
  void theTransactionAndItsProofsAreOneObjectOfJson() throws IOException {
    UUID id = serve("b", 4).get(1);
    keep("head", ok("head", "ledger", "--sign", "key").out());
    String[] prove = {"prove", "ledger", id.toString(), "--checkpoint", "head", "--json"};
    String printed = ok(prove).out();
    List<String> texts = new ArrayList<>();
    TransactionView shown = null;
    try (JsonParser parser = new JsonFactory().createParser(printed)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.START_OBJECT && "transaction".equals(parser.currentName())) {
          int from = (int) parser.currentTokenLocation().getCharOffset();
          parser.skipChildren();
          int to = (int) parser.currentLocation().getCharOffset();
          shown = TransactionJson.read(printed.substring(from, to).getBytes(UTF_8));
        } else if (token == JsonToken.VALUE_STRING) {
          texts.add(parser.getText());
        }
      }
    }
    assertNotNull(shown);
    assertEquals(id, shown.txId());
    assertEquals("sales", shown.postings().get(1).account().path());
    // The texts are the files, and are checked as they are.
    assertEquals(4, texts.size(), printed);
    keep("p", texts.get(0));
    keep("p.anchor", texts.get(1));
    keep("p.accounts", texts.get(2) + texts.get(3));
    String said = ok("check", "p", "--vkey", key).out();
    assertTrue(said.startsWith("RIGHT: this is record 7 of 9"), said);
    assertTrue(said.contains("credit 0.02 EUR, account 'sales'"), said);
    // Beside files it is the same, and the files are as without it.
    List<String> withFiles = new ArrayList<>(List.of(prove));
    withFiles.addAll(List.of("--out", "q"));
    assertEquals(printed, ok(withFiles.toArray(String[]::new)).out());
    for (String file : List.of("", ".anchor", ".accounts")) {
      assertEquals(
          -1, Files.mismatch(directory.resolve("p" + file), directory.resolve("q" + file)));
    }
    refused(2, "with --extends there is none", "prove", "ledger", "--extends", "head", "--json");
  }

  @Test
  void whatIsNotAnchoredIsNotProven() throws IOException {
    keep("head", ok("head", "ledger", "--sign", "key").out());
    UUID late = serve("late", 1).get(0);
    refused(1, "Not anchored yet", "prove", "ledger", late.toString(), "--checkpoint", "head");
    ok("prove", "ledger", late.toString());
    UUID unanchored;
    try (LogLedgerStore store =
        LogLedgerStore.open(directory.resolve("ledger"), LogStoreSettings.DEFAULTS)) {
      unanchored =
          ((Posted)
                  store
                      .commit("Shop", List.of(move("Shop", "x", "sales", "till", 1, "EUR")), false)
                      .join()
                      .get(0))
              .txId();
    }
    refused(1, "Not anchored yet: record 7", "prove", "ledger", unanchored.toString());
    try (Stream<Path> files = Files.walk(directory.resolve("ledger/books/" + AnchorLog.NAME))) {
      files.sorted((a, b) -> b.compareTo(a)).forEach(path -> assertTrue(path.toFile().delete()));
    }
    refused(1, "Not anchored yet: there is no log _anchors", "prove", "ledger", late.toString());
    refused(1, "Not anchored yet: there is no log _anchors", "head", "ledger");
    // The log that begins anew does not extend what was signed of the old one.
    serve("again", 9);
    refused(1, "Not signed", "head", "ledger", "--sign", "key");
  }

  @Test
  void signingTwiceIsTheSameAndAForkIsRefused() throws IOException {
    String first = ok("head", "ledger", "--sign", "key").out();
    assertEquals(first, ok("head", "ledger", "--sign", "key").out());
    String kept = Files.readString(directory.resolve("key.last"));
    assertTrue(first.startsWith(kept + "\n"), kept);
    copy("ledger", "copy");
    serve("b", 2);
    keep("old", first);
    ok("head", "ledger", "--sign", "key");
    String signedLast = Files.readString(directory.resolve("key.last"));
    // An older copy, and what becomes of it.
    refused(1, "records, and the log has 4 now", "head", "copy", "--sign", "key");
    copy("ledger", "kept");
    rename("ledger", "away");
    rename("copy", "ledger");
    serve("other", 4);
    refused(1, "the history is another", "head", "ledger", "--sign", "key");
    refused(1, "does not extend", "prove", "ledger", "--extends", "key.last");
    assertEquals(signedLast, Files.readString(directory.resolve("key.last")));
    // What the key signed last cannot be read: nothing is signed.
    keep("key.last", "ledger.example/_anchors\n");
    refused(1, "should hold the head that was signed last", "head", "kept", "--sign", "key");
    keep("key.last", signedLast);
    ok("head", "kept", "--sign", "key");
    ok("prove", "kept", "--extends", "old", "--out", "body");
    AddCheckpoint body = AddCheckpoint.parse(Files.readAllBytes(directory.resolve("body")));
    assertTrue(body.extendsHead(Checkpoint.parse(kept)));
  }

  @Test
  void nothingIsSignedUnderNoNameOrAnother() {
    refused(
        2,
        "only the head of the ledger is signed",
        "head",
        "ledger",
        "--book",
        "Shop",
        "--sign",
        "key");
    ok("head", "keygen", "other.example/_anchors", "--out", "other");
    refused(1, "The key signs as 'other.example/_anchors'", "head", "ledger", "--sign", "other");
    assertFalse(Files.exists(directory.resolve("other.last")));
    refused(1, "There is no key", "head", "ledger", "--sign", "none");
    shell = new TestShell(directory, Map.of());
    refused(1, "TALEA_ORIGIN is not set", "head", "ledger", "--sign", "key");
    assertTrue(ok("head", "ledger").out().startsWith("_anchors\n4\n"));
    assertTrue(ok("head", "ledger", "--book", "Shop").out().startsWith("%53hop\n5\n"));
    shell = new TestShell(directory, Map.of("TALEA_ORIGIN", "https://ledger.example"));
    refused(
        1,
        "TALEA_ORIGIN: the origin 'https://ledger.example' begins with a scheme",
        "head",
        "ledger");
  }

  @Test
  void theOriginIsFoundInTheEnvFile() throws IOException {
    shell = new TestShell(directory, Map.of());
    keep(".env", "TALEA_ORIGIN=ledger.example\n");
    assertTrue(ok("head", "ledger", "--sign", "key").out().startsWith(NAME + "\n"));
  }

  @Test
  void aTimestampQueryIsOverWhatIsPrinted() throws Exception {
    keep("head", ok("head", "ledger", "--sign", "key", "--timestamp-query", "query").out());
    byte[] query = Files.readAllBytes(directory.resolve("query"));
    byte[] hash =
        java.security.MessageDigest.getInstance("SHA-256")
            .digest(Files.readAllBytes(directory.resolve("head")));
    String hex = java.util.HexFormat.of().formatHex(query);
    assertTrue(hex.contains(java.util.HexFormat.of().formatHex(hash)), hex);
    refused(1, "query cannot be written", "head", "ledger", "--timestamp-query", "query");
  }

  // ------------------------------------------------------------------ witnesses

  /** A witness that keeps what it has seen, and can be made to lie. */
  private final class Witness {
    final SigningKey key;
    final String url;
    long seen;
    int asked;
    @Nullable String answer;
    boolean forgets;

    Witness(String name, int seed) throws IOException {
      key = SigningKey.generateWitness(name, new Random(seed));
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext("/w/add-checkpoint", this::answer);
      server.start();
      servers.add(server);
      url = "http://127.0.0.1:" + server.getAddress().getPort() + "/w";
    }

    private void answer(HttpExchange exchange) throws IOException {
      asked++;
      AddCheckpoint body = AddCheckpoint.parse(exchange.getRequestBody().readAllBytes());
      Checkpoint head = body.head().checkpoint();
      String text = answer;
      int status = 200;
      if (text == null && body.oldSize() != seen) {
        status = 409;
        exchange.getResponseHeaders().set("Content-Type", "text/x.tlog.size");
        text = seen + "\n";
      } else if (text == null) {
        seen = forgets ? seen : head.size();
        text = key.cosign(head, 1_790_000_000).line() + "\n";
      }
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
      exchange.close();
    }
  }

  private void policy(String quorum, Witness... witnesses) throws IOException {
    StringBuilder policy = new StringBuilder("log " + key + "\n");
    StringBuilder group = new StringBuilder("group g " + quorum);
    for (int i = 0; i < witnesses.length; i++) {
      policy.append("witness w" + i + " " + witnesses[i].key.verifier() + "\n");
      group.append(" w").append(i);
    }
    keep("policy", policy + group.append("\nquorum g\n").toString());
  }

  private static String[] head(Witness... witnesses) {
    List<String> command = new ArrayList<>(List.of("head", "ledger", "--sign", "key"));
    command.addAll(List.of("--policy", "policy"));
    for (Witness each : witnesses) {
      command.addAll(List.of("--witness", each.url));
    }
    return command.toArray(String[]::new);
  }

  @Test
  void witnessesSignWhatExtendsWhatTheyHaveSeen() throws IOException {
    Witness one = new Witness("one.example", 1);
    Witness two = new Witness("two.example", 2);
    policy("all", one, two);
    String first = ok(head(one, two)).out();
    assertEquals(3, first.lines().filter(line -> line.startsWith("\u2014 ")).count(), first);
    List<UUID> ids = serve("b", 3);
    two.seen = 2; // it was away for a while
    keep("head", ok(head(one, two)).out());
    assertEquals(2, one.asked, "the second time from what was signed last");
    ok("prove", "ledger", ids.get(0).toString(), "--out", "p", "--checkpoint", "head");
    String said = ok("check", "p", "--policy", "policy").out();
    assertTrue(said.contains("witnessed by 'two.example' at 2026-09-21T14:13:20Z"), said);
    assertTrue(said.contains("the quorum 'g' is met"), said);
  }

  @Test
  void aWitnessThatLiesIsNotBelieved() throws IOException {
    Witness honest = new Witness("honest.example", 1);
    Witness liar = new Witness("liar.example", 2);
    policy("all", honest, liar);
    Checkpoint other = new Checkpoint(NAME, 0, emptyRoot());
    liar.answer = liar.key.cosign(other, 1_790_000_000).line() + "\n";
    refused(1, "does not fit this head: it is not taken", head(honest, liar));
    liar.answer = "";
    refused(1, "no signature of a key that the policy names", head(honest, liar));
    liar.answer = "hello\n";
    refused(1, "answers with no signature", head(honest, liar));
    liar.answer = "x".repeat(70_000);
    refused(1, "more than 65536 bytes", head(honest, liar));
    liar.answer = null;
    liar.seen = 1_000; // says that it has seen more
    refused(1, "has seen a head of 1000 records", head(honest, liar));
    liar.seen = 3;
    liar.forgets = true;
    ok(head(honest, liar)); // what it has seen is its own affair
    // One of two is enough if the policy says so, and the other is told of.
    policy("any", honest, liar);
    liar.answer = "";
    Result enough = ok(head(honest, liar));
    assertTrue(enough.err().contains("Witness http://127.0.0.1"), enough::err);
    assertTrue(enough.out().contains("\u2014 honest.example "), enough::out);
    assertFalse(enough.out().contains("liar"), enough::out);
  }

  @Test
  void aWitnessThatIsNotThereIsToldOf() throws IOException {
    Witness gone = new Witness("gone.example", 1);
    policy("any", gone);
    servers.forEach(server -> server.stop(0));
    refused(1, "does not answer", head(gone));
    refused(
        2,
        "--witness wants an address",
        "head",
        "ledger",
        "--sign",
        "key",
        "--policy",
        "policy",
        "--witness",
        "ftp://x");
    refused(2, "--witness needs --sign", "head", "ledger", "--witness", gone.url);
    refused(2, "name the --witness", "head", "ledger", "--sign", "key", "--policy", "policy");
  }

  private static dev.talea.audit.proof.Hash emptyRoot() {
    try {
      return dev.talea.audit.proof.Hash.of(
          java.security.MessageDigest.getInstance("SHA-256").digest());
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private void copy(String from, String to) throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve(from))) {
      for (Path file : files.toList()) {
        Files.copy(
            file,
            directory.resolve(to).resolve(directory.resolve(from).relativize(file).toString()));
      }
    }
  }

  private void rename(String from, String to) throws IOException {
    Files.move(directory.resolve(from), directory.resolve(to));
  }
}
