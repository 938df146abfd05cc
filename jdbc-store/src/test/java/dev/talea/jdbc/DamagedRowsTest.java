// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.conformance.Drafts;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows that do not hold what was written: what needs them is refused, and nothing else. */
@Tag("slow")
class DamagedRowsTest {
  @TempDir private Path directory;

  private static void change(Backends.Ledger ledger, String sql) throws SQLException {
    try (Connection connection = ledger.around();
        Statement statement = connection.createStatement()) {
      assertTrue(statement.executeUpdate(sql) > 0, () -> "changed nothing: " + sql);
    }
  }

  private static PostResult post(SqlLedgerStore store, String book, String key, String from) {
    return store
        .commit(book, List.of(Drafts.move(book, key, from, "p1", 1, "EUR")), false)
        .join()
        .get(0);
  }

  private static Posted posted(PostResult result) {
    return assertInstanceOf(Posted.class, result);
  }

  private static void isDamaged(PostResult result) {
    Unavailable why =
        assertInstanceOf(Unavailable.class, assertInstanceOf(Refused.class, result).error());
    assertEquals(DamagedRowException.REASON, why.reason());
  }

  private static void isDamaged(Runnable read) {
    Unavailable why = assertInstanceOf(Unavailable.class, Traffic.errorOf(read));
    assertEquals(DamagedRowException.REASON, why.reason());
  }

  @ParameterizedTest
  @EnumSource(Backends.class)
  void aDraftThatCannotBeReadFailsWhatNeedsItAndNothingElse(Backends backend) throws Exception {
    for (String draft :
        List.of(
            "{}",
            "[1]",
            "{\"book\": 7}",
            "{\"book\": \"b0\", \"idempotency_key\": \"first\"}",
            "{\"book\": \"" + "b".repeat(StoredDrafts.BYTES_MAX / 2) + "\"}")) {
      Backends.Ledger ledger = backend.fresh(directory);
      try (SqlLedgerStore store = ledger.open()) {
        Traffic.world(store);
        UUID id = posted(post(store, "b0", "first", "p0")).txId();
        posted(post(store, "b0", "second", "p0"));
        posted(post(store, "b1", "first", "p0"));
        change(
            ledger,
            "UPDATE talea_transaction SET draft = '"
                + draft
                + "' WHERE idempotency_key = 'first' AND seq = 5 AND book_id ="
                + " (SELECT book_id FROM talea_book WHERE name = 'b0')");
        isDamaged(() -> store.reads().transaction(id));
        isDamaged(() -> store.reads().transactionByKey("b0", "first"));
        isDamaged(() -> store.reads().events("b0", 0, 100, 100_000));
        isDamaged(() -> store.reads().transactions("b0", 0, 100, 100_000));
        // Behind it, and beside it, all is well.
        assertEquals(1, store.reads().events("b0", 5, 100, 100_000).size());
        assertEquals(1, store.reads().transactions("b1", 0, 100, 100_000).items().size());
        assertEquals(
            2, store.reads().balance(new AccountId("b0", "p1"), null).effective().toLong());
        List<PostResult> group =
            store
                .commit(
                    "b0",
                    List.of(
                        Drafts.move("b0", "third", "p0", "p1", 1, "EUR"),
                        Drafts.move("b0", "first", "p0", "p1", 1, "EUR"),
                        Drafts.move("b0", "second", "p0", "p1", 1, "EUR"),
                        Drafts.move("b0", "fourth", "p0", "p1", 1, "EUR")),
                    false)
                .join();
        assertEquals(7, posted(group.get(0)).seq());
        isDamaged(group.get(1));
        assertTrue(posted(group.get(2)).deduplicated());
        assertEquals(8, posted(group.get(3)).seq());
        assertNull(store.reads().health().ofStore());
        assertNull(store.check());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Backends.class)
  void anAccountThatCannotBeReadKeepsOnlyItselfFromBeingPostedTo(Backends backend)
      throws Exception {
    Backends.Ledger ledger = backend.fresh(directory);
    try (SqlLedgerStore store = ledger.open()) {
      Traffic.world(store);
      posted(post(store, "b0", "first", "p0"));
    }
    change(ledger, "UPDATE talea_account SET kind = 'odd' WHERE path = 'p0'");
    try (SqlLedgerStore store = ledger.open()) {
      for (int round = 0; round < 2; round++) {
        isDamaged(post(store, "b0", "a" + round, "p0"));
        posted(post(store, "b0", "b" + round, "p2"));
      }
      isDamaged(() -> store.reads().balance(new AccountId("b0", "p0"), null));
      isDamaged(() -> store.reads().balance(new AccountId("b0", "p0"), Instant.now()));
      isDamaged(() -> store.reads().accounts("b0", "", null, 10));
      isDamaged(() -> store.reads().events("b0", 0, 10, 100_000));
      isDamaged(() -> store.openAccount(Drafts.account("b0", "p0", "EUR")).join());
      store.reads().balance(new AccountId("b0", "p2"), null);
      store.reads().trialBalance("b0", null);
    }
  }

  @ParameterizedTest
  @EnumSource(Backends.class)
  void anAssetThatCannotBeReadIsNotRegisteredAnew(Backends backend) throws Exception {
    Backends.Ledger ledger = backend.fresh(directory);
    try (SqlLedgerStore store = ledger.open()) {
      Traffic.world(store);
      store.registerAsset(Drafts.fiat("USD")).join();
    }
    change(ledger, "UPDATE talea_asset SET definition = '{}' WHERE id = 'EUR'");
    try (SqlLedgerStore store = ledger.open()) {
      isDamaged(() -> store.reads().asset("EUR"));
      isDamaged(() -> store.reads().assets(null, 10));
      isDamaged(() -> store.registerAsset(Drafts.fiat("EUR")).join());
      isDamaged(() -> store.openAccount(Drafts.account("b0", "new", "EUR")).join());
      isDamaged(() -> store.reads().balance(new AccountId("b0", "p0"), null));
      store.reads().asset("USD");
      store.openAccount(Drafts.account("b0", "dollars", "USD")).join();
      // Postings need no more of an asset than that it is there.
      posted(post(store, "b0", "first", "p0"));
    }
  }
}
