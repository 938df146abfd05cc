// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.jdbc.SqlSnapshot.Checked;
import dev.talea.jdbc.SqlSnapshot.CheckedBook;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever is changed in a table is found, but for what the events alone say. */
@Tag("slow")
class SqlCheckTest {
  /**
   * What the events say and nothing else: another value makes another ledger, which is as right as
   * the one before. Only what was kept outside tells them apart, such as a digest.
   */
  private static final Set<String> SAID_ONCE =
      Set.of(
          // How a balance is shown, and how low it may go, as long as it has not been lower.
          "account.kind", "account.normal_side", "account.min_balance");

  @TempDir private Path directory;

  private static List<String> findings(Checked checked) {
    List<String> all = new ArrayList<>(checked.findings());
    for (CheckedBook book : checked.books()) {
      book.findings().forEach(each -> all.add("book '" + book.book() + "': " + each));
    }
    return all;
  }

  /** What is found when this has been done, which is then taken back. */
  private static List<String> afterwards(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      int rows = statement.executeUpdate(sql);
      assertTrue(rows > 0, () -> "changed nothing: " + sql);
      UnaryOperator<String> same = UnaryOperator.identity();
      return findings(new SqlCheck(connection, same, events -> {}).run(book -> true));
    } finally {
      connection.rollback();
    }
  }

  private static Connection around(Backends.Ledger ledger) throws SQLException {
    Connection connection = ledger.around();
    connection.setAutoCommit(false);
    return connection;
  }

  private Backends.Ledger told(Backends backend) {
    Backends.Ledger ledger = backend.fresh(directory);
    try (SqlLedgerStore store = ledger.open()) {
      AllKinds.tell(store);
    }
    return ledger;
  }

  @ParameterizedTest
  @EnumSource(Backends.class)
  void whatAStoreWroteIsRight(Backends backend) {
    try (SqlSnapshot look = told(backend).look()) {
      Checked checked = look.check(book -> true, events -> {});
      assertEquals(List.of(), findings(checked));
      assertEquals(
          List.of("_system", AllKinds.BOOK, AllKinds.HOSTILE, AllKinds.ONLY_ACCOUNTS),
          checked.books().stream().map(CheckedBook::book).toList());
      CheckedBook shop = checked.books().get(1);
      assertEquals(look.reads().lastSeq(AllKinds.BOOK), shop.events());
      assertEquals(5, shop.transactions());
      Checked one = look.check(AllKinds.BOOK::equals, events -> {});
      assertEquals(2, one.books().size());
    }
  }

  /** Row by row and column by column. */
  @Test
  void everyColumnOfEveryTableIsHeldAgainstTheEvents() throws Exception {
    int changes = 0;
    try (Connection connection = around(told(Backends.SQLITE))) {
      for (String table :
          texts(connection, "SELECT name FROM sqlite_master WHERE type = 'table'")) {
        List<String> key =
            texts(connection, "SELECT name FROM pragma_table_info('" + table + "') WHERE pk > 0");
        String all =
            String.join(
                " || ' AND ' || ", key.stream().map(c -> "'" + c + " = ' || " + c).toList());
        List<String> rows = texts(connection, "SELECT " + all + " FROM " + table);
        for (String column :
            texts(connection, "SELECT name FROM pragma_table_info('" + table + "')")) {
          for (String row : rows) {
            changes += change(connection, table, column, row) ? 1 : 0;
          }
        }
      }
    }
    assertTrue(changes > 450, "only " + changes + " changes");
  }

  private static boolean change(Connection connection, String table, String column, String row)
      throws SQLException {
    String name = table.substring("talea_".length()) + "." + column;
    String other =
        switch (column) {
          case "amount", "balance", "debits", "credits" ->
              "CASE typeof(%1$s) WHEN 'integer' THEN %1$s + 1 ELSE %1$s || '0' END";
          case "min_balance" -> "3";
          case "normal_side" -> "iif(%1$s = 'credit', 'debit', 'credit')";
          case "kind" -> "iif(%1$s = 'asset', 'equity', 'asset')";
          case "definition" -> "replace(%1$s, '\"id\":\"', '\"id\":\"x')";
          case "draft" -> "replace(%1$s, '\"minor\":', '\"minor\":1')";
          case "tx_id" -> "substr(%1$s, 1, 35) || iif(%1$s LIKE '%%7', '8', '7')";
          case "path", "id", "name", "idempotency_key", "checksum" -> "%1$s || 'x'";
          default -> "%1$s + 1000";
        };
    if (name.equals("migration.checksum") || name.equals("migration.version")) {
      return false; // not looked at any further: see MigrationsTest
    }
    String sql =
        "UPDATE " + table + " SET " + column + " = " + other.formatted(column) + " WHERE " + row;
    List<String> found = afterwards(connection, sql);
    if (!SAID_ONCE.contains(name) && !saidOnce(connection, table, column, row)) {
      assertTrue(!found.isEmpty(), sql);
      // What a changed event means for the rows beside it may be all that shows.
      boolean names = String.join(" ", found).contains(table);
      boolean event =
          Set.of("account", "asset", "transaction", "book").contains(table.substring(6));
      assertTrue(names || event, () -> sql + ": " + found);
    }
    return true;
  }

  /** A name that no draft has in it. */
  private static boolean saidOnce(Connection connection, String table, String column, String row)
      throws SQLException {
    String unused =
        switch (table + "." + column) {
          case "talea_book.name" ->
              "NOT EXISTS (SELECT 1 FROM talea_transaction t WHERE t.book_id = talea_book.book_id)"
                  + " AND name <> '_system'";
          case "talea_account.path" ->
              "NOT EXISTS (SELECT 1 FROM talea_posting p WHERE p.book_id = talea_account.book_id"
                  + " AND p.account_seq = talea_account.account_seq)";
          default -> "false";
        };
    return !unused.equals("false")
        && !texts(connection, "SELECT 1 FROM " + table + " WHERE " + row + " AND " + unused)
            .isEmpty();
  }

  private static List<String> texts(Connection connection, String sql) throws SQLException {
    List<String> all = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        all.add(rows.getString(1));
      }
    }
    return all;
  }

  /** Those of which {@code docs/exports.md} says so. */
  @ParameterizedTest
  @EnumSource(Backends.class)
  void whatOnlyTheEventsSayCannotBeTold(Backends backend) throws Exception {
    try (Connection connection = around(told(backend))) {
      for (String sql :
          List.of(
              "UPDATE talea_account SET kind = 'asset' WHERE path = 'kind:equity'",
              "UPDATE talea_account SET normal_side = 'credit' WHERE path = 'kind:asset'",
              "UPDATE talea_account SET min_balance = -70 WHERE path = 'never used'",
              "UPDATE talea_account SET path = 'another' WHERE path = 'never used'",
              "UPDATE talea_account SET asset_seq = 1 WHERE path = 'never used'",
              "UPDATE talea_asset SET definition = CAST(replace(CAST(definition AS text),"
                  + " 'Money called late', 'Other') AS json) WHERE id = 'late'",
              "UPDATE talea_transaction SET draft = CAST(replace(CAST(draft AS text), '1.50',"
                  + " '1.60') AS json) WHERE idempotency_key LIKE 'large ''1%'",
              "UPDATE talea_book SET name = 'x' WHERE name LIKE '%only accounts'")) {
        String dialect = backend == Backends.SQLITE ? sql.replace(" AS json", " AS text") : sql;
        assertEquals(List.of(), afterwards(connection, dialect), sql);
      }
    }
  }

  /** The finding says where, and what against what. */
  @ParameterizedTest
  @EnumSource(Backends.class)
  void aFindingNamesTableBookSeqAndAccount(Backends backend) throws Exception {
    String of = " WHERE book_id = (SELECT book_id FROM talea_book WHERE name = 'shop')";
    try (Connection connection = around(told(backend))) {
      for (String[] each :
          new String[][] {
            {
              "UPDATE talea_posting SET balance = 9" + of + " AND seq = 13 AND ordinal = 0",
              "book 'shop': talea_posting, seq 13, ordinal 0, account 'kind:expense': balance is 9,"
                  + " should be 5"
            },
            {
              "UPDATE talea_posting SET amount = 9" + of + " AND seq = 13 AND ordinal = 1",
              "book 'shop': talea_posting, seq 13, ordinal 1, account 'kind:income': amount is 9,"
                  + " should be -5"
            },
            {"UPDATE talea_posting SET account_seq = 7" + of + " AND seq = 13 AND ordinal = 1", ""},
            {"UPDATE talea_posting SET ordinal = 2" + of + " AND seq = 13 AND ordinal = 1", ""},
            {
              "DELETE FROM talea_posting" + of + " AND seq = 13 AND ordinal = 1",
              "book 'shop': talea_posting, seq 13, ordinal 1, account 'kind:income': there is no row"
                  + " with amount -5 and balance -5"
            },
            {"UPDATE talea_book SET accounts = accounts + 1" + of, "accounts is 11, should be 10"},
            {"UPDATE talea_book SET last_seq = last_seq + 1" + of, "last_seq is 16, should be 15"},
            {"UPDATE talea_book SET last_at = last_at + 1" + of, ": last_at is "},
            {"UPDATE talea_commit SET at = at + 1" + of + " AND last_seq = 13", ": at is "},
            {
              "DELETE FROM talea_commit" + of + " AND last_seq = 13",
              "talea_commit has no row for the group that ended with seq 13"
            },
            {
              "UPDATE talea_total SET debits = 1" + of + " AND asset_seq = 1",
              "talea_total, asset 'EUR': debits is 1, should be 18"
            },
            {
              "UPDATE talea_total_at SET credits = 1" + of + " AND asset_seq = 1 AND seq = 13",
              "talea_total_at, seq 13, asset 'EUR': credits is 1, should be 11"
            },
            {
              "UPDATE talea_transaction SET at = at + 1" + of + " AND seq = 13",
              "talea_transaction, seq 13: tx_id is "
            },
            {
              "UPDATE talea_transaction SET idempotency_key = 'x'" + of + " AND seq = 13",
              "talea_transaction, seq 13: idempotency_key is x, should be k"
            },
            {"DELETE FROM talea_transaction" + of + " AND seq = 13", "seq 14: the next seq is 13"},
            {"UPDATE talea_account SET at = at + 1" + of + " AND account_seq = 2", ""},
            {"UPDATE talea_asset SET at = at - 1 WHERE id = 'EUR'", "talea_commit, last_seq 1: at"},
            {"UPDATE talea_asset SET id = 'x' WHERE id = 'late'", "id is x, should be late"},
            {"UPDATE talea_migration SET name = 'x'", "name is x, should be 0001-ledger.sql"}
          }) {
        List<String> found = afterwards(connection, each[0]);
        assertTrue(found.stream().anyMatch(one -> one.contains(each[1])), each[0] + ": " + found);
      }
    }
  }

  /** A hand that changes amounts in all places at once is not found by its sums, but its floors. */
  @Test
  void theRulesAreAppliedAgain() throws Exception {
    try (Connection connection = around(told(Backends.SQLITE))) {
      List<String> found =
          afterwards(
              connection, "UPDATE talea_account SET min_balance = 8 WHERE path = 'kind:asset'");
      assertTrue(
          found.toString().contains("the rules refuse it: ConstraintViolation"), found::toString);
      assertEquals(new TreeSet<>(found).size(), found.size());
    }
  }
}
