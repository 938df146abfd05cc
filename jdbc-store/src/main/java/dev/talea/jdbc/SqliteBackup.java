// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.jdbc.SqlSnapshot.Checked;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Copies a ledger in a SQLite file into another file, beside a server that goes on writing: as it
 * is at one moment, checked from its first event on, and under its name only when it is on disk.
 *
 * <p>SQLite copies it ({@code VACUUM INTO}) within one transaction that reads. Its backup of pages,
 * step by step, begins anew whenever another process writes, and beside a busy server never ends.
 *
 * <p>Stateless; the calling thread waits.
 */
public final class SqliteBackup {
  private SqliteBackup() {}

  /**
   * Makes the copy. If it fails nothing is left of it; a process that is killed leaves {@code
   * to.part}.
   *
   * @param to not there yet; its owner's alone
   * @param passed told how many events have been checked
   * @return what checking the copy came to; if anything is wrong with it, it has no name
   * @throws SqlStoreException if it cannot be made
   */
  public static Checked copy(Path file, Path to, LongConsumer passed) {
    Path part = to.resolveSibling(to.getFileName() + ".part");
    if (SystemFiles.exists(to)) {
      throw new SqlStoreException(to + " is there already: a backup is made under a new name");
    }
    Path journal = part.resolveSibling(part.getFileName() + "-journal");
    for (Path left : List.of(part, journal)) {
      if (SystemFiles.exists(left)) {
        throw new SqlStoreException(
            left + " is there, of a backup that was not finished: remove it, and begin again");
      }
    }
    SqliteDatabase.requireFolder(to);
    boolean whole = false;
    try {
      SystemFiles.createPrivately(part);
      OneTransaction.copySqlite(file, part);
      SystemFiles.sync(part);
      Checked checked;
      try (SqlSnapshot copy = SqlSnapshot.ofSqlite(part)) {
        checked = copy.check(book -> true, passed);
      }
      if (checked.isRight()) {
        SystemFiles.rename(part, to);
        whole = true;
      }
      return checked;
    } catch (SQLException | IOException e) {
      throw new SqlStoreException(
          "The copy could not be written to " + part + ": " + SqlLedgerStore.reason(e), e);
    } finally {
      if (!whole) {
        SystemFiles.removeIfThere(part);
        SystemFiles.removeIfThere(journal); // SQLite leaves it when the disk is full
      }
    }
  }
}
