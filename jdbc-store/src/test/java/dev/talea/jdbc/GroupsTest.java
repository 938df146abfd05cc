// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.BookView;
import dev.talea.ledger.LedgerError.UnknownAsset;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.conformance.Drafts;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is committed together, and what is remembered from one group to the next. */
class GroupsTest {
  @TempDir private Path directory;

  private static void post(SqlLedgerStore store, String key, String from, String to, String asset) {
    PostResult result =
        store.commit("b", List.of(Drafts.move("b", key, from, to, 1, asset)), false).join().get(0);
    assertTrue(result instanceof Posted, result::toString);
  }

  private static void open(SqlLedgerStore store, String path, String asset) {
    store.openAccount(Drafts.account("b", path, asset)).join();
  }

  /** Debits of the assets A and B. */
  private static List<BigInteger> totals(SqlLedgerStore store) {
    return store.reads().trialBalance("b", null).lines().stream()
        .map(line -> line.debits())
        .toList();
  }

  private static void world(SqlLedgerStore store) {
    store.registerAsset(Drafts.fiat("A")).join();
    store.registerAsset(Drafts.fiat("B")).join();
    for (String path : List.of("a1", "a2")) {
      open(store, path, "A");
    }
    for (String path : List.of("b1", "b2")) {
      open(store, path, "B");
    }
  }

  @ParameterizedTest
  @EnumSource(Backends.class)
  void anAccountOpenedInTheGroupThatPostsToItAddsToTheTotalsThereAre(Backends backend) {
    try (SqlLedgerStore store = backend.fresh(directory).open()) {
      world(store);
      post(store, "first", "a1", "a2", "A");
      List<CompletableFuture<?>> all = new ArrayList<>();
      int count = 300;
      for (int i = 0; i < count; i++) {
        all.add(store.openAccount(Drafts.account("b", "x" + i, "A")));
        all.add(store.openAccount(Drafts.account("b", "y" + i, "A")));
        all.add(
            store
                .commit(
                    "b", List.of(Drafts.move("b", "k" + i, "x" + i, "y" + i, 1, "A")), i % 2 == 0)
                .thenAccept(
                    results -> assertTrue(results.get(0) instanceof Posted, results::toString)));
      }
      all.forEach(CompletableFuture::join);
      assertEquals(List.of(BigInteger.valueOf(count + 1)), totals(store));
    }
  }

  /** A writer remembers accounts; an account it has opened itself it has never asked for. */
  @ParameterizedTest
  @EnumSource(Backends.class)
  void whatIsRememberedOfNewAccountsDoesNotForgetTheTotals(Backends backend) {
    Backends.Ledger ledger = backend.fresh(directory);
    try (SqlLedgerStore store = ledger.open()) {
      world(store);
      post(store, "before", "a1", "a2", "A");
    }
    try (SqlLedgerStore store = ledger.open()) {
      for (int i = 0; i < 3; i++) {
        post(store, "other " + i, "b1", "b2", "B");
      }
      open(store, "a3", "A");
      open(store, "a4", "A");
      post(store, "after", "a3", "a4", "A");
      assertEquals(List.of(BigInteger.TWO, BigInteger.valueOf(3)), totals(store));
    }
  }

  @ParameterizedTest
  @EnumSource(Backends.class)
  void anOpeningThatIsRefusedLeavesNoBookBehind(Backends backend) {
    try (SqlLedgerStore store = backend.fresh(directory).open()) {
      world(store);
      List<CompletableFuture<?>> refused = new ArrayList<>();
      List<CompletableFuture<?>> done = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        refused.add(store.openAccount(Drafts.account("a" + i, "x", "nothing")));
        done.add(store.openAccount(Drafts.account("z" + i, "x", "A")));
      }
      for (CompletableFuture<?> each : refused) {
        CompletionException e = assertThrows(CompletionException.class, each::join);
        LedgerException why = assertInstanceOf(LedgerException.class, e.getCause());
        assertEquals(new UnknownAsset("nothing"), why.error());
      }
      done.forEach(CompletableFuture::join);
      List<String> listed = new ArrayList<>();
      String after = null;
      do {
        var page = store.reads().books(after, 5);
        page.items().stream().map(BookView::book).forEach(listed::add);
        after = page.next();
      } while (after != null);
      assertEquals(32, listed.size(), listed::toString);
    }
  }
}
