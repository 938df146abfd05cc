// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.StoreHealth;
import dev.talea.ledger.StoreReader;
import dev.talea.ledger.Watches;
import java.math.BigInteger;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.Predicate;

/**
 * A ledger in a database as it is at one moment, for those who look at it beside whatever server
 * may be running: all of it in one transaction that only reads. Nothing is made, migrated or
 * locked; a ledger of an older version is refused.
 *
 * <p>While it is open SQLite's log of changes grows and PostgreSQL keeps old rows. One thread at a
 * time.
 */
public final class SqlSnapshot implements AutoCloseable {
  private final OneTransaction transaction;
  private final SqlHistory reads;

  private SqlSnapshot(OneTransaction transaction) {
    this.transaction = transaction;
    this.reads =
        new SqlHistory(
            transaction.sql,
            new SnapshotQuestions(transaction.connection, transaction::checkStillTheSame),
            new StoreHealth((worse, text) -> {}),
            new Watches((book, e) -> {}));
  }

  /**
   * Looks at a SQLite file.
   *
   * @throws SqlStoreException if it holds no ledger of this version, or cannot be read
   */
  public static SqlSnapshot ofSqlite(Path file) {
    return new SqlSnapshot(OneTransaction.lookAtSqlite(file));
  }

  /**
   * Looks at a PostgreSQL database.
   *
   * @throws SqlStoreException if it holds no ledger of this version, or does not answer
   */
  public static SqlSnapshot ofPostgres(PostgresTarget target) {
    return new SqlSnapshot(OneTransaction.lookAtPostgres(target));
  }

  /**
   * What can be read in it. A failure is a {@link SqlStoreException} that says all there is to say.
   */
  public StoreReader reads() {
    return reads;
  }

  /**
   * What checking the ledger came to.
   *
   * @param books in bytewise order of their names, the registry among them
   * @param findings about the ledger as a whole
   */
  public record Checked(List<CheckedBook> books, List<String> findings) {
    /** Whether nothing is wrong. */
    public boolean isRight() {
      return findings.isEmpty() && books.stream().allMatch(book -> book.findings().isEmpty());
    }
  }

  /**
   * What checking one book came to.
   *
   * @param events how many there are, which is its last seq
   * @param totals in each asset, by its id
   * @param findings what is wrong, with table, seq, and what is there against what should be
   */
  public record CheckedBook(
      String book,
      long events,
      long accounts,
      long transactions,
      Map<String, CheckedTotal> totals,
      List<String> findings) {}

  /** All that was posted in an asset, in minor units; debits equal credits. */
  public record CheckedTotal(int precision, BigInteger debits, BigInteger credits) {}

  /**
   * Goes over all events from the first on, and holds against them what else lies in the tables.
   *
   * @param books which to check; the registry is in any case
   * @param passed told how many events have been gone over; may pause
   * @throws SqlStoreException if it cannot be read
   */
  public Checked check(Predicate<String> books, LongConsumer passed) {
    try {
      return transaction.check(books, passed);
    } catch (SQLException e) {
      transaction.checkStillTheSame();
      throw new SqlStoreException("The ledger cannot be read: " + SqlLedgerStore.reason(e), e);
    }
  }

  /** How many events there are, about; for progress. */
  public long events() {
    return reads.cut().seqs().values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public void close() {
    transaction.close();
  }
}
