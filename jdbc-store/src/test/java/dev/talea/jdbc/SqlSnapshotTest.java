// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.conformance.Drafts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who looks at a ledger in a database changes nothing, and sees one moment of it. */
class SqlSnapshotTest {
  @TempDir private Path directory;

  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @EnumSource(Backends.class)
  void itIsOfOneMomentWhateverIsPosted(Backends backend) {
    Backends.Ledger ledger = backend.fresh(directory);
    try (SqlLedgerStore store = ledger.open()) {
      AllKinds.tell(store);
      long seq = store.reads().lastSeq(AllKinds.HOSTILE);
      try (SqlSnapshot look = ledger.look()) {
        assertEquals(seq, look.reads().lastSeq(AllKinds.HOSTILE));
        store
            .commit(
                AllKinds.HOSTILE,
                List.of(Drafts.move(AllKinds.HOSTILE, "more", "p", "q", 1, "EUR")),
                true)
            .join();
        assertEquals(seq, look.reads().lastSeq(AllKinds.HOSTILE));
        assertEquals(
            AllKinds.events(look.reads()).size(), AllKinds.events(store.reads()).size() - 1);
        look.check(book -> true, events -> {})
            .books()
            .forEach(book -> assertEquals(List.of(), book.findings()));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Backends.class)
  void whereThereIsNoLedgerNoneIsMade(Backends backend) throws Exception {
    Backends.Ledger ledger = backend.fresh(directory);
    for (int i = 0; i < 2; i++) {
      SqlStoreException none = assertThrows(SqlStoreException.class, ledger::look);
      assertTrue(none.isNoLedger(), none::getMessage);
    }
    assertTrue(files().size() <= 1, () -> "files were made");
  }

  @ParameterizedTest
  @EnumSource(Backends.class)
  void tablesOfAnotherVersionAreRefusedAndNotTouched(Backends backend) throws Exception {
    Backends.Ledger ledger = backend.fresh(directory);
    ledger.open().close();
    try (Connection connection = ledger.around();
        Statement statement = connection.createStatement()) {
      statement.execute("INSERT INTO talea_migration VALUES (2, 'later', 'x')");
      SqlStoreException newer = assertThrows(SqlStoreException.class, ledger::look);
      assertTrue(String.valueOf(newer.getMessage()).contains("use a newer one"), newer::getMessage);
      statement.execute("DELETE FROM talea_migration");
      SqlStoreException older = assertThrows(SqlStoreException.class, ledger::look);
      assertTrue(
          String.valueOf(older.getMessage()).contains("brought up to date with 'talea init'"),
          older::getMessage);
    }
  }

  @Test
  void aFileAtRestIsLeftAsItIs() throws Exception {
    Backends.Ledger ledger = Backends.SQLITE.fresh(directory);
    try (SqlLedgerStore store = ledger.open()) {
      AllKinds.tell(store);
    }
    List<String> before = files();
    assertEquals(1, before.size());
    Path file = directory.resolve(before.get(0));
    Object time = Files.getLastModifiedTime(file);
    try (SqlSnapshot look = ledger.look()) {
      look.check(book -> true, events -> {});
      assertEquals(before, files());
    }
    assertEquals(before, files());
    assertEquals(time, Files.getLastModifiedTime(file));
  }

  /** It is read as one that does not change; if it does, nothing that was read counts. */
  @Test
  void aFileThatIsWrittenToAfterAllIsNotBelieved() {
    Backends.Ledger ledger = Backends.SQLITE.fresh(directory);
    try (SqlLedgerStore store = ledger.open()) {
      AllKinds.tell(store);
    }
    try (SqlSnapshot look = ledger.look()) {
      assertEquals(4, look.reads().cut().seqs().size());
      try (SqlLedgerStore store = ledger.open()) {
        store.registerAsset(Drafts.fiat("more")).join();
      }
      SqlStoreException changed =
          assertThrows(SqlStoreException.class, () -> look.reads().lastSeq(AllKinds.BOOK));
      assertTrue(
          String.valueOf(changed.getMessage()).contains("was written to while it was read"),
          changed::getMessage);
      assertThrows(SqlStoreException.class, () -> look.check(book -> true, events -> {}));
    }
  }
}
