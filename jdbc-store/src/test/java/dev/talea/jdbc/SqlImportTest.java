// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Event;
import dev.talea.ledger.Event.AccountOpened;
import dev.talea.ledger.Event.AssetRegistered;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.LedgerStream.Happened;
import dev.talea.ledger.Micros;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TxId;
import dev.talea.ledger.conformance.Drafts;
import dev.talea.ledger.rules.ImpossibleEventException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A ledger that is imported is the one that was exported, as a whole or not at all. */
@Tag("slow")
class SqlImportTest {
  private static final List<String> TABLES =
      List.of(
          "book",
          "asset",
          "account",
          "transaction",
          "posting",
          "commit",
          "total",
          "total_at",
          "migration");

  @TempDir private Path directory;

  /** Every row of every table, as text. */
  private static Map<String, List<String>> rows(Backends.Ledger ledger) throws SQLException {
    Map<String, List<String>> all = new TreeMap<>();
    try (Connection connection = ledger.around();
        Statement statement = connection.createStatement()) {
      for (String table : TABLES) {
        List<String> rows = new ArrayList<>();
        try (ResultSet row = statement.executeQuery("SELECT * FROM talea_" + table)) {
          while (row.next()) {
            List<String> values = new ArrayList<>();
            for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
              values.add(row.getString(i));
            }
            rows.add(String.join("|", values.stream().map(String::valueOf).toList()));
          }
        }
        rows.sort(null);
        all.put(table, rows);
      }
    }
    return all;
  }

  private static void importAll(Backends.Ledger into, List<Happened> events) {
    try (SqlImport importing = into.importInto()) {
      events.forEach(each -> importing.add(each.book(), each.event()));
      importing.finish();
    }
  }

  private static Happened asset(long seq, String id) {
    return happened("_system", seq, new AssetRegistered(Drafts.fiat(id)));
  }

  private static Happened account(String book, long seq, String path) {
    return happened(book, seq, new AccountOpened(Drafts.account(book, path, "EUR")));
  }

  private static Happened posted(String book, int tag, long seq, String key) {
    TransactionDraft draft = Drafts.move(book, key, "p", "q", 1, "EUR");
    return happened(book, seq, new TransactionPosted(TxId.of(1_000_000 * seq, tag, seq), draft));
  }

  private static Happened happened(String book, long seq, Event.Payload payload) {
    return new Happened(book, new Event(seq, Micros.instant(1_000_000 * seq), payload));
  }

  /** A book with accounts p and q, and a transaction that says its tag. */
  private static List<Happened> book(String name, int tag) {
    return List.of(account(name, 1, "p"), account(name, 2, "q"), posted(name, tag, 3, "k"));
  }

  @SafeVarargs
  private static List<Happened> all(List<Happened>... parts) {
    List<Happened> all = new ArrayList<>();
    for (List<Happened> part : parts) {
      all.addAll(part);
    }
    return all;
  }

  @ParameterizedTest
  @EnumSource(Backends.class)
  void theRowsAreThoseOfTheStoreThatWroteThem(Backends backend) throws Exception {
    Backends.Ledger source = backend.fresh(directory);
    List<Happened> events;
    try (SqlLedgerStore store = source.open()) {
      AllKinds.tell(store);
      events = AllKinds.events(store.reads());
    }
    Backends.Ledger target = backend.fresh(directory);
    importAll(target, events);
    Map<String, List<String>> due = rows(source);
    Map<String, List<String>> actual = rows(target);
    for (String table : TABLES) {
      assertEquals(
          String.join("\n", due.getOrDefault(table, List.of())),
          String.join("\n", actual.getOrDefault(table, List.of())),
          table);
    }
  }

  @ParameterizedTest
  @EnumSource(Backends.class)
  void itGoesOnAsTheLedgerThatItIs(Backends backend) throws Exception {
    Backends.Ledger target = backend.fresh(directory);
    int last = TxId.TAG_MASK;
    importAll(target, all(List.of(asset(1, "EUR")), book("a", last), book("b", 5)));
    UUID imported = TxId.of(3_000_000, last, 3);
    try (SqlLedgerStore store = target.open()) {
      assertEquals("a", requireNonNull(store.reads().transaction(imported)).book());
      for (String book : List.of("a", "b", "c", "d")) {
        store.openAccount(Drafts.account(book, "p", "EUR")).join();
        store.openAccount(Drafts.account(book, "q", "EUR")).join();
        Posted more =
            assertInstanceOf(
                Posted.class,
                store
                    .commit(book, List.of(Drafts.move(book, "more", "p", "q", 2, "EUR")), true)
                    .join()
                    .get(0));
        assertEquals(book, requireNonNull(store.reads().transaction(more.txId())).book());
      }
      Posted again =
          assertInstanceOf(
              Posted.class,
              store
                  .commit("a", List.of(Drafts.move("a", "k", "p", "q", 1, "EUR")), true)
                  .join()
                  .get(0));
      assertEquals(imported, again.txId());
    }
    try (SqlSnapshot look = target.look()) {
      look.check(book -> true, events -> {})
          .books()
          .forEach(book -> assertEquals(List.of(), book.findings(), book.book()));
    }
  }

  /** Books without transactions take numbers that others need, and so does the registry. */
  @ParameterizedTest
  @EnumSource(Backends.class)
  void aBookHasTheNumberThatItsIdsSay(Backends backend) throws Exception {
    Backends.Ledger target = backend.fresh(directory);
    importAll(
        target,
        all(
            List.of(asset(1, "EUR")),
            List.of(account("a", 1, "p"), account("a", 2, "q")),
            book("b", 2),
            List.of(account("c", 1, "p")),
            book("d", 1),
            book("e", 3),
            List.of(account("f", 1, "p"), account("f", 2, "q"), account("f", 3, "r"))));
    Map<String, String> numbers = new TreeMap<>();
    for (String row : rows(target).getOrDefault("book", List.of())) {
      numbers.put(row.split("\\|", -1)[1], row.split("\\|", -1)[0]);
    }
    assertEquals("2", numbers.get("b"));
    assertEquals("1", numbers.get("d"));
    assertEquals("3", numbers.get("e"));
    assertEquals(7, numbers.size());
    try (SqlSnapshot look = target.look()) {
      assertEquals(2, look.reads().accounts("a", "", null, 10).items().size());
      assertEquals(3, look.reads().accounts("f", "", null, 10).items().size());
    }
  }

  @ParameterizedTest
  @EnumSource(Backends.class)
  void whatCannotBeIsRefusedAndNothingIsThere(Backends backend) throws Exception {
    Backends.Ledger target = backend.fresh(directory);
    List<Happened> asset = List.of(asset(1, "EUR"));
    List<Happened> first = book("a", 9);
    for (Map.Entry<String, List<Happened>> wrong :
        Map.of(
                "registered twice", List.of(asset(2, "EUR")),
                "the next seq is 4", List.of(posted("a", 9, 5, "x")),
                "does not follow from", List.of(posted("a", 8, 4, "x")),
                "used twice", List.of(posted("a", 9, 4, "k")),
                "opened twice", List.of(account("a", 4, "p")),
                "of another book", book("b", 9),
                "number 0", book("b", 0),
                "UnknownAccount", List.of(account("b", 1, "p"), posted("b", 7, 2, "k")))
            .entrySet()) {
      List<Happened> events =
          wrong.getKey().equals("registered twice")
              ? all(asset, wrong.getValue())
              : all(asset, first, wrong.getValue());
      ImpossibleEventException refused =
          assertThrows(
              ImpossibleEventException.class, () -> importAll(target, events), wrong.getKey());
      assertTrue(
          String.valueOf(refused.getMessage()).contains(wrong.getKey()), refused::getMessage);
    }
    // Nothing of all that is in the way.
    importAll(target, all(asset, first));
    SqlStoreException again =
        assertThrows(SqlStoreException.class, () -> importAll(target, all(asset, first)));
    assertTrue(String.valueOf(again.getMessage()).contains("holds book"), again::getMessage);
  }

  @ParameterizedTest
  @EnumSource(Backends.class)
  void untilItIsFinishedThereIsNothing(Backends backend) throws Exception {
    Backends.Ledger target = backend.fresh(directory);
    try (SqlImport importing = target.importInto()) {
      all(List.of(asset(1, "EUR")), book("a", 9))
          .forEach(each -> importing.add(each.book(), each.event()));
    }
    SqlStoreException none = assertThrows(SqlStoreException.class, target::look);
    assertTrue(none.isNoLedger(), none::getMessage);
    // One that was made and holds nothing takes it as well.
    target.open().close();
    importAll(target, all(List.of(asset(1, "EUR")), book("a", 9)));
    try (SqlSnapshot look = target.look()) {
      assertEquals(4, look.events());
    }
  }

  /** A file may say that a million events were committed in one group. */
  @ParameterizedTest
  @EnumSource(Backends.class)
  void aGroupThatIsTooLargeIsWrittenInPieces(Backends backend) throws Exception {
    Backends.Ledger target = backend.fresh(directory);
    List<Happened> events = new ArrayList<>(all(List.of(asset(1, "EUR")), book("a", 9)));
    for (int seq = 4; seq < 10_000; seq++) {
      TransactionDraft draft = Drafts.move("a", "k" + seq, "p", "q", 1, "EUR");
      events.add(
          new Happened(
              "a",
              new Event(
                  seq,
                  Micros.instant(5_000_000),
                  new TransactionPosted(TxId.of(5_000_000, 9, seq), draft))));
    }
    importAll(target, events);
    try (SqlSnapshot look = target.look()) {
      look.check(book -> true, passed -> {})
          .books()
          .forEach(book -> assertEquals(List.of(), book.findings()));
      assertEquals(
          9_997,
          look.reads()
              .trialBalance("a", Micros.instant(5_000_000))
              .lines()
              .get(0)
              .debits()
              .intValueExact());
    }
  }
}
