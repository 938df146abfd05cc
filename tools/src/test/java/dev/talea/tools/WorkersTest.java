// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.client.TaleaClient;
import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two workers on one projection, under load: the one that runs it is stopped past its lease and
 * then goes on. Asserted is: that nothing was applied twice or left out, by count and by {@code
 * verify}; and that from the last heartbeat that the first wrote to the first that the second
 * wrote, both by the database's clock, no more than the lease and 2 s have passed.
 */
@Tag("binary")
class WorkersTest {
  private static final String TABLE = "talea_projection.talea_projection";
  private static final int LEASE_SECONDS = 2;
  private static final int LOADERS = 3;

  @TempDir private Path directory;

  private final AtomicBoolean stop = new AtomicBoolean();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  private static void signal(TaleaProcess process, String name) throws Exception {
    String pid = Long.toString(process.process().pid());
    assertEquals(0, new ProcessBuilder("kill", "-" + name, pid).start().waitFor());
  }

  private static String ask(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? "" + row.getString(1) : "";
    }
  }

  private static String owner(Connection connection) throws SQLException {
    return ask(connection, "SELECT owner FROM " + TABLE + " WHERE name = 'postings'");
  }

  private static long position(Connection connection) throws SQLException {
    String seq =
        ask(
            connection,
            "SELECT max(seq) FROM talea_projection.talea_projection_position WHERE book = 'b'");
    return seq.matches("[0-9]+") ? Long.parseLong(seq) : 0;
  }

  private interface Question {
    boolean ask() throws Exception;
  }

  private void await(String what, Question question) throws Exception {
    long until = SystemTicker.nanos() + Duration.ofSeconds(60).toNanos();
    while (!question.ask()) {
      assertTrue(SystemTicker.nanos() < until, "waited a minute for " + what);
      if (failure.get() != null) {
        throw new AssertionError(failure.get());
      }
      Thread.sleep(20);
    }
  }

  private void load(BlockingLedger ledger, int number) {
    try {
      for (int i = 0; !stop.get(); i++) {
        List<Posting> postings =
            List.of(
                new Posting("x", Int128.of(1), "EUR", Side.DEBIT),
                new Posting("y", Int128.of(1), "EUR", Side.CREDIT));
        ledger.post(new TransactionDraft("b", number + "-" + i, postings, List.of(), null, null));
      }
    } catch (RuntimeException e) {
      failure.compareAndSet(null, e);
    }
  }

  private TaleaProcess worker(String url, int port) throws Exception {
    return TaleaProcess.start(
            directory,
            Map.of(
                "TALEA_DB_URL",
                url,
                "TALEA_WORKER_BIND",
                "127.0.0.1:" + port,
                "TALEA_PROJECTIONS",
                "postings",
                "TALEA_PROJECTION_LEASE",
                LEASE_SECONDS + "s"),
            "worker")
        .awaitLine("following the ledger in postgres://");
  }

  @Test
  @Timeout(240)
  void aWorkerThatSleptPastItsLeaseAppliesNothingTwice() throws Exception {
    int databasePort = TaleaProcess.freePort();
    int serverPort = TaleaProcess.freePort();
    String url = "postgres://postgres@localhost:" + databasePort + "/postgres";
    String server = "http://127.0.0.1:" + serverPort;
    try (EmbeddedPostgres database = EmbeddedPostgres.builder().setPort(databasePort).start();
        Connection connection = database.getPostgresDatabase().getConnection();
        TaleaProcess serve =
            TaleaProcess.start(
                directory,
                Map.of("TALEA_DB_URL", url, "TALEA_BIND", "127.0.0.1:" + serverPort),
                "serve",
                "--create");
        TaleaClient client = TaleaClient.builder(server).build()) {
      serve.awaitLine("serving postgres://");
      BlockingLedger ledger = new BlockingLedger(client);
      ledger.registerAsset(new Asset("EUR", AssetClass.FIAT, 2, "Euro"));
      for (String path : List.of("x", "y")) {
        ledger.openAccount(
            new Account(new AccountId("b", path), "EUR", AccountKind.ASSET, null, null));
      }
      try (TaleaProcess first = worker(url, TaleaProcess.freePort())) {
        await("the first worker", () -> owner(connection).contains(":" + pid(first) + ":"));
        int standby = TaleaProcess.freePort();
        try (TaleaProcess second = worker(url, standby)) {
          takeOver(connection, ledger, first, second, "http://127.0.0.1:" + standby);
          signal(second, "TERM");
          assertEquals(0, second.exitCode(), second::toString);
        }
        signal(first, "TERM");
        assertEquals(0, first.exitCode(), first::toString);
      }
    } finally {
      stop.set(true);
    }
  }

  private static long pid(TaleaProcess process) {
    return process.process().pid();
  }

  private void takeOver(
      Connection connection,
      BlockingLedger ledger,
      TaleaProcess first,
      TaleaProcess second,
      String standby)
      throws Exception {
    try (Statement statement = connection.createStatement()) {
      // Who has it after whom, and their heartbeats before and after, as they are written.
      statement.execute(
          "CREATE TABLE taken (was text, had_beaten timestamptz, owner text, beat timestamptz)");
      statement.execute(
          "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO"
              + " public.taken VALUES (OLD.owner, OLD.heartbeat_at, NEW.owner, NEW.heartbeat_at);"
              + " RETURN NEW; END'");
      statement.execute(
          "CREATE TRIGGER note AFTER UPDATE ON "
              + TABLE
              + " FOR EACH ROW WHEN (OLD.owner IS DISTINCT FROM NEW.owner) EXECUTE FUNCTION"
              + " public.note()");
    }
    List<Thread> loaders = new ArrayList<>();
    for (int i = 0; i < LOADERS; i++) {
      int number = i;
      Thread loader = new Thread(() -> load(ledger, number), "loader-" + i);
      loader.setDaemon(true);
      loader.start();
      loaders.add(loader);
    }
    await("some events", () -> position(connection) > 200);
    signal(first, "STOP");
    try {
      await("the standby", () -> owner(connection).contains(":" + pid(second) + ":"));
      long then = position(connection);
      await("events by the standby", () -> position(connection) > then + 200);
    } finally {
      signal(first, "CONT");
    }
    long then = position(connection);
    await("events after that", () -> position(connection) > then + 200);
    stop.set(true);
    for (Thread loader : loaders) {
      loader.join();
    }
    long last = ledger.book("b").lastSeq();
    await("the end", () -> position(connection) == last);
    assertEquals(
        "" + 2 * (last - 2), ask(connection, "SELECT count(*) FROM talea_projection.postings"));
    String beats =
        "FROM taken WHERE was LIKE '%:"
            + pid(first)
            + ":%' AND owner LIKE '%:"
            + pid(second)
            + ":%'";
    assertEquals("1", ask(connection, "SELECT count(*) " + beats), "taken over once");
    double seconds =
        Double.parseDouble(
            ask(connection, "SELECT extract(epoch FROM beat - had_beaten) " + beats));
    assertTrue(seconds >= LEASE_SECONDS, "before the lease was over: " + seconds);
    assertTrue(seconds <= LEASE_SECONDS + 2, "from heartbeat to heartbeat: " + seconds + " s");
    try (TaleaProcess verify =
        TaleaProcess.start(
            directory, Map.of(), "projection", "verify", "postings", "--url", standby)) {
      assertEquals(0, verify.exitCode(), verify::toString);
    }
    System.out.println(
        (last - 2)
            + " transactions, each projected once by two workers, one of which slept past its"
            + " lease; taken over "
            + seconds
            + " s after its last heartbeat, with a lease of "
            + LEASE_SECONDS
            + " s");
  }
}
