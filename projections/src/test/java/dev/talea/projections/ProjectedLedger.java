// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.Int128;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.Store;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.conformance.InMemoryStore;
import dev.talea.ledger.projection.ProjectionState;
import dev.talea.projections.builtin.DailyBalancesProjection;
import dev.talea.projections.builtin.PostingsProjection;
import dev.talea.projections.builtin.PrefixTotalsProjection;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/** A ledger with traffic, and what tests ask about projections of it again and again. */
final class ProjectedLedger {
  static final ZoneId ZONE = ZoneId.of("Pacific/Auckland");

  final Store store;
  private final String keyPrefix;
  private final Random random;
  private int keys;

  /** In memory. */
  ProjectedLedger(long seed) {
    this(new InMemoryStore(), "k", seed);
  }

  /** Opens the accounts, if they are not open. */
  ProjectedLedger(Store store, String keyPrefix, long seed) {
    this.store = store;
    this.keyPrefix = keyPrefix;
    this.random = new Random(seed);
    store.registerAsset(fiat("EUR")).join();
    store.registerAsset(new Asset("ETH", AssetClass.FIAT, 18, "Ether")).join();
    for (String book : List.of("a", "b")) {
      for (String path : List.of("assets", "assets:bank", "assets:bank:\"x'\\", "income:ü")) {
        store.openAccount(account(book, path, "EUR")).join();
      }
      for (String path : List.of("assets:hot", "assets:cold:1")) {
        store.openAccount(account(book, path, "ETH")).join();
      }
    }
  }

  private ProjectedLedger(Store store) {
    this.store = store;
    this.keyPrefix = "";
    this.random = new Random();
  }

  /** As it is. */
  static ProjectedLedger over(Store store) {
    return new ProjectedLedger(store);
  }

  /** Posts transactions, some dated back or ahead, some with amounts beyond 64 bits. */
  void post(int count) {
    for (int i = 0; i < count; i++) {
      String book = random.nextBoolean() ? "a" : "b";
      boolean crypto = random.nextInt(3) == 0;
      List<String> paths =
          crypto
              ? List.of("assets:hot", "assets:cold:1")
              : List.of("assets", "assets:bank", "assets:bank:\"x'\\", "income:ü");
      String asset = crypto ? "ETH" : "EUR";
      String one = paths.get(random.nextInt(paths.size()));
      String other = paths.get(random.nextInt(paths.size()));
      Int128 amount =
          crypto
              ? requireNonNull(Int128.of(new BigInteger(100, random).add(BigInteger.ONE)))
              : Int128.of(1 + random.nextInt(1000));
      List<Posting> postings = new ArrayList<>();
      postings.add(new Posting(one, amount, asset, Side.DEBIT));
      postings.add(new Posting(other, amount, asset, Side.CREDIT));
      Instant occurred =
          random.nextInt(3) == 0
              ? null
              : Instant.parse("2026-03-01T12:00:00Z")
                  .plusSeconds(random.nextInt(20 * 86_400) - 10 * 86_400L);
      JsonText metadata = random.nextInt(4) == 0 ? new JsonText("{\"n\":\"\\u0000\"}") : null;
      store
          .commit(
              book,
              List.of(
                  new TransactionDraft(
                      book,
                      keyPrefix + keys++,
                      postings,
                      List.<ExternalRef>of(),
                      metadata,
                      occurred)),
              false)
          .join();
    }
  }

  static List<Projection> builtIn() {
    return List.of(
        new PostingsProjection(), new DailyBalancesProjection(ZONE), new PrefixTotalsProjection());
  }

  static EngineSettings settings(String owner, int batch) {
    return new EngineSettings(
        owner,
        Duration.ofSeconds(1),
        batch,
        1 << 20,
        2,
        Duration.ofMillis(500),
        Duration.ofMillis(5),
        Duration.ofMillis(50));
  }

  ProjectionEngine engine(ProjectionTarget target, EngineSettings settings, List<Projection> of) {
    return new ProjectionEngine(
        new StoreSource(store.reads()),
        target,
        of,
        settings,
        System::nanoTime,
        () -> 0.5,
        Instant::now);
  }

  /** Until all projections of an engine are at the end of all books. */
  void awaitLive(ProjectionEngine engine) throws SQLException {
    await(
        () -> engine.status().toString(),
        () -> engine.status().stream().allMatch(s -> s.state() == ProjectionState.LIVE));
  }

  /** Lets the engine do something. */
  void pause() {
    LockSupport.parkNanos(1_000_000);
  }

  interface Question<T> {
    T ask() throws SQLException;
  }

  static void await(Question<String> words, Question<Boolean> condition) throws SQLException {
    await(Duration.ofMinutes(1), words, condition);
  }

  /** For what takes as long as there are rows. */
  static void awaitLong(Question<String> words, Question<Boolean> condition) throws SQLException {
    await(Duration.ofMinutes(30), words, condition);
  }

  private static void await(Duration most, Question<String> words, Question<Boolean> condition)
      throws SQLException {
    long until = System.nanoTime() + most.toNanos();
    while (!condition.ask()) {
      if (System.nanoTime() - until > 0) {
        fail("waited for " + most + ": " + words.ask());
      }
      LockSupport.parkNanos(5_000_000);
    }
  }

  /** Until the position of every book is at its end in the tables of the last projection. */
  void awaitRight(ProjectionTarget target) throws SQLException {
    String due = "a|" + store.reads().lastSeq("a") + "\nb|" + store.reads().lastSeq("b");
    for (String name : List.of("postings", "daily-balances", "prefix-totals")) {
      String sql =
          "SELECT book, seq FROM talea_projection_position WHERE book <> '_system' AND name = '"
              + name
              + "'";
      await(() -> rows(target, sql), () -> rows(target, sql).equals(due));
    }
    assertRight(target);
  }

  /** The rows that the built-in projections have to have, and have. */
  void assertRight(ProjectionTarget target) throws SQLException {
    assertRight(target, "");
  }

  /** As above, with what a failure is to say. */
  void assertRight(ProjectionTarget target, String words) throws SQLException {
    Recomputed due = Recomputed.of(store.reads());
    assertEquals(
        String.join("\n", due.postings()),
        rows(
            target,
            "SELECT book, seq, posting, key, account, asset, amount, balance, occurred_at FROM"
                + " postings"),
        words);
    assertEquals(
        String.join("\n", due.daily(ZONE)),
        rows(
            target,
            "SELECT book, account, asset, day, opening, debits, credits, closing, postings FROM"
                + " daily_balances"),
        words);
    assertEquals(
        String.join("\n", due.prefixes()),
        rows(target, "SELECT book, prefix, asset, total FROM prefix_totals"),
        words);
  }

  /** As if the time were over for which dead processes hold projections. */
  static void endLeases(ProjectionTarget target) throws SQLException {
    try (Connection connection = target.write();
        Statement statement = connection.createStatement()) {
      statement.execute("UPDATE talea_projection SET owner = NULL, lease_until = NULL");
      connection.commit();
    } catch (SQLException e) {
      if (target.mayPass(e)) {
        throw e;
      }
      // There are no tables yet.
    }
  }

  static String rows(ProjectionTarget target, String sql) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Connection connection = target.read();
        Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery(sql)) {
      while (answer.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= answer.getMetaData().getColumnCount(); i++) {
          String name = answer.getMetaData().getColumnName(i);
          row.add(
              name.endsWith("_at")
                  ? "" + Values.time(answer, i, target.dialect())
                  : answer.getString(i));
        }
        rows.add(String.join("|", row));
      }
    }
    rows.sort(null);
    return String.join("\n", rows);
  }
}
