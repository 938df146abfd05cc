// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.client.TaleaClient;
import dev.talea.jdbc.PackagedPostgres;
import dev.talea.jdbc.PostgresTarget;
import dev.talea.jdbc.TestPostgres;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.EventStream;
import dev.talea.ledger.TrialBalance;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Real transactions of a bank go into a ledger over HTTP, through the real binary, while the server
 * is killed three times and the loader once; then everything is counted and every balance compared
 * with the sum of the same file. A tenth of them; all 49,102 with {@code
 * -Dtalea.berka.transactions=49102}, and then the balances are those that an independent program
 * computed, too.
 *
 * <p>Where the data is looked for: see {@link BerkaRun}. See docs/reference-cli.md for the command
 * that shows this test at work.
 */
@Tag("binary")
class BerkaLoadTest {
  private static final int TRANSACTIONS = BerkaRun.TRANSACTIONS;

  /** Transactions after which the server dies. The loader dies a little later. */
  private static final List<Long> SERVER_DIES_AFTER =
      List.of(TRANSACTIONS / 5L, 2L * TRANSACTIONS / 5, 3L * TRANSACTIONS / 5);

  private static final long LOADER_DIES_AFTER = 4L * TRANSACTIONS / 5;

  /** Small, so that there is much to interrupt: some hundred requests, or two thousand. */
  private static final int BATCH = TRANSACTIONS == BerkaRun.ALL ? 25 : 10;

  @TempDir private Path directory;

  /** Where the ledger lives. */
  private enum Backend {
    LOG {
      @Override
      String url() {
        return "log://./talea-data";
      }
    },
    SQLITE {
      @Override
      String url() {
        return "sqlite://./talea.db";
      }
    },
    /** As a distribution packages it, with its default settings. */
    POSTGRES {
      @Override
      String url() throws SQLException {
        Integer found = PackagedPostgres.port();
        Assumptions.assumeTrue(found != null, "no packaged PostgreSQL here");
        int port = java.util.Objects.requireNonNull(found);
        PostgresTarget server = TestPostgres.target(port, "postgres", null);
        TestPostgres.execute(server, "CREATE DATABASE berka");
        return "postgres://postgres@localhost:" + port + "/berka";
      }
    };

    abstract String url() throws SQLException;
  }

  @ParameterizedTest
  @EnumSource
  @Timeout(300)
  void realTransactionsSurviveKilledServersAndAKilledLoader(Backend backend) throws Exception {
    Path data = BerkaRun.data();
    BerkaRun berka = new BerkaRun(directory);
    String url = backend.url();
    long start = SystemTicker.nanos();
    say("on " + url, start);
    assertEquals(
        TRANSACTIONS,
        BerkaConverter.convert(data.resolve("transactions.csv"), directory, TRANSACTIONS));
    int port = TaleaProcess.freePort();
    Map<String, String> serverSettings = Map.of("TALEA_BIND", "127.0.0.1:" + port);
    berka.run(Map.of(), "init", "--db-url", url, "--seed", "talea.seed.toml");
    String token =
        match("(?m)^TALEA_API_TOKEN=([0-9a-f]{64})$", Files.readString(directory.resolve(".env")));
    Map<String, String> clientSettings =
        Map.of("TALEA_URL", "http://127.0.0.1:" + port, "TALEA_TOKEN", token);

    say("drafts converted, ledger and accounts prepared", start);
    TaleaProcess server = berka.serve(serverSettings);
    say("server is up", start);
    try (TaleaClient client =
        TaleaClient.builder("http://127.0.0.1:" + port).token(token).build()) {
      BlockingLedger ledger = new BlockingLedger(client);
      long accounts =
          Files.readString(directory.resolve("talea.seed.toml"))
              .lines()
              .filter(line -> line.equals("[[accounts]]"))
              .count();
      try (EventStream events = ledger.subscribe(BerkaConverter.BOOK, 1);
          TaleaProcess loader =
              TaleaProcess.start(
                  directory, clientSettings, "load", "--batch", "" + BATCH, "drafts.jsonl")) {
        for (long transactions : SERVER_DIES_AFTER) {
          long seq = accounts + transactions;
          BerkaRun.awaitSeq(events, seq);
          assertTrue(
              transactions > SERVER_DIES_AFTER.get(0) || loader.process().isAlive(),
              "the load was over too early: " + loader);
          server.kill();
          say("seq " + seq + ": server killed with SIGKILL", start);
          server = berka.serve(serverSettings);
          say("server is back", start);
        }
        BerkaRun.awaitSeq(events, accounts + LOADER_DIES_AFTER);
        loader.kill();
        say("seq " + (accounts + LOADER_DIES_AFTER) + ": loader killed with SIGKILL", start);
      }

      String summary = berka.run(clientSettings, "load", "--output", "json", "drafts.jsonl");
      say("load run again to its end: " + summary.replaceAll("\\s+", " "), start);
      long posted = Long.parseLong(match("\"posted\": (\\d+)", summary));
      long deduplicated = Long.parseLong(match("\"deduplicated\": (\\d+)", summary));
      assertEquals(TRANSACTIONS, posted + deduplicated);
      assertTrue(deduplicated >= LOADER_DIES_AFTER, summary);

      checkEvents(ledger, accounts);
      Map<String, Long> balances = sums(data.resolve("transactions.csv"));
      if (TRANSACTIONS == BerkaRun.ALL) {
        assertEquals(expected(data.resolve("expected-balances.csv")), balances);
      }
      checkBalances(ledger, balances);
      for (TrialBalance.Line line : ledger.trialBalance(BerkaConverter.BOOK, null).lines()) {
        assertEquals(line.debits(), line.credits());
        say("trial balance: debits = credits = " + line.debits() + " " + line.asset(), start);
      }
      say("all " + balances.size() + " balances are as expected", start);
    } finally {
      server.close();
    }
  }

  /** Every seq from 1 on is there once, and every draft of the file is there once. */
  private static void checkEvents(BlockingLedger ledger, long accounts)
      throws InterruptedException {
    Set<String> keys = new HashSet<>();
    long seq = 0;
    try (EventStream events = ledger.subscribe(BerkaConverter.BOOK, 1)) {
      while (seq < accounts + TRANSACTIONS) {
        Event event = events.poll(Duration.ofSeconds(60));
        assertNotNull(event, "no event after seq " + seq);
        assertEquals(++seq, event.seq());
        if (event.payload() instanceof TransactionPosted transaction) {
          String key = transaction.draft().idempotencyKey();
          assertTrue(keys.add(key), "posted twice: " + key);
        }
      }
      assertEquals(null, events.poll(Duration.ofMillis(200)), "something was posted twice");
    }
    assertEquals(TRANSACTIONS, keys.size());
  }

  /** What each customer has, in hellers: money in less money out. */
  private static Map<String, Long> sums(Path transactions) throws IOException {
    Map<String, Long> sums = new HashMap<>();
    List<String> lines = Files.readAllLines(transactions);
    for (String line : lines.subList(1, 1 + TRANSACTIONS)) {
      String[] row = line.split(",", -1);
      long hellers = new BigDecimal(row[5]).movePointRight(2).longValueExact();
      sums.merge(
          BerkaConverter.customer(row[1]), row[3].equals("credit") ? hellers : -hellers, Long::sum);
    }
    return sums;
  }

  /** The same, as an independent program has it. */
  private static Map<String, Long> expected(Path balances) throws IOException {
    Map<String, Long> expected = new HashMap<>();
    for (String line : Files.readAllLines(balances)) {
      int comma = line.indexOf(',');
      if (!line.startsWith("account_id")) {
        expected.put(
            BerkaConverter.customer(line.substring(0, comma)),
            Long.valueOf(line.substring(comma + 1)));
      }
    }
    return expected;
  }

  private static void checkBalances(BlockingLedger ledger, Map<String, Long> expected) {
    List<CompletableFuture<Void>> checks = new ArrayList<>();
    expected.forEach(
        (path, minor) ->
            checks.add(
                ledger
                    .async()
                    .balance(new AccountId(BerkaConverter.BOOK, path), null)
                    .thenAccept(
                        view -> assertEquals("" + minor, view.effective().toString(), path))));
    CompletableFuture.allOf(checks.toArray(CompletableFuture[]::new)).join();
  }

  private static String match(String pattern, String text) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    assertTrue(matcher.find(), () -> "no " + pattern + " in: " + text);
    return matcher.group(1);
  }

  private static void say(String what, long startNanos) {
    System.out.printf("berka %5.1f s  %s%n", (SystemTicker.nanos() - startNanos) / 1e9, what);
  }
}
