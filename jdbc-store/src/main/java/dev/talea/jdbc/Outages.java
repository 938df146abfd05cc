// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.Outage;
import dev.talea.ledger.Outage.Cause;
import java.sql.SQLException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteException;

/**
 * What a database's exception says about the whole store, in words for clients, who learn neither
 * paths nor hosts, and for the operator's log.
 *
 * <p>Apart from {@link SqlFailure}, which says what is to be done with one request. Stateless; any
 * thread.
 */
final class Outages {
  private static final Pattern LINE_END = Pattern.compile("\\s*\\R\\s*");

  private Outages() {}

  /** Why the store takes no writes; null if the exception says nothing about others' writes. */
  static @Nullable Outage ofWrite(Throwable cause) {
    Outage told = OutageException.in(cause);
    if (told != null) {
      return told;
    }
    if (!(cause instanceof SQLException || cause instanceof SqlStoreException)) {
      return null;
    }
    SqlFailure failure = SqlFailure.of((Exception) cause);
    // A lock that one book's writers wait for keeps no other book from being written to.
    boolean oneOfUs =
        failure == SqlFailure.DATA || failure == SqlFailure.BUG || failure == SqlFailure.DAMAGE;
    return oneOfUs || SqlFailure.isTimeLimit(cause) ? null : outage(cause);
  }

  /** Why the database is unreachable; null if the exception does not say that. */
  static @Nullable Outage ofRead(Throwable cause) {
    Outage told = OutageException.in(cause);
    if (told != null) {
      return told;
    }
    String state = cause instanceof SQLException sql ? SqlFailure.state(sql) : null;
    boolean away =
        SqlFailure.breaksConnections(cause)
            || (state != null && (state.startsWith("28") || state.startsWith("3D")));
    return away ? outage(cause) : null;
  }

  /** All hosts that answer are standbys: the driver has no state for that, only words. */
  private static boolean findsNoPrimary(Throwable cause) {
    return SqlLedgerStore.reason(cause).contains("targetServerType");
  }

  private static Outage outage(Throwable cause) {
    Kind kind =
        cause instanceof SQLiteException sqlite
            ? ofSqlite(sqlite)
            : ofState(
                findsNoPrimary(cause)
                    ? "25006"
                    : cause instanceof SQLException sql ? SqlFailure.state(sql) : null);
    String words = LINE_END.matcher(SqlLedgerStore.reason(cause)).replaceAll(" ");
    return new Outage(kind.cause, kind.reason, kind.reason + ": " + words);
  }

  private record Kind(Cause cause, String reason) {}

  private static Kind ofSqlite(SQLiteException e) {
    return switch (e.getResultCode().code & 0xff) {
      case 3, 8, 14, 23 ->
          new Kind(Cause.PERMISSION, "the file of the ledger must not be written to");
      case 5, 6 -> new Kind(Cause.DATABASE, "another process holds the file of the ledger");
      case 7 -> new Kind(Cause.SHORTAGE, "memory is short");
      case 10 -> new Kind(Cause.DATABASE, "the file of the ledger cannot be read or written");
      case 11, 26 -> new Kind(Cause.DAMAGE, "the file of the ledger is damaged");
      case 13 -> new Kind(Cause.SPACE, "there is no space left for the file of the ledger");
      default -> new Kind(Cause.DATABASE, "the database does not take what it should");
    };
  }

  private static Kind ofState(@Nullable String state) {
    if (state == null) {
      return new Kind(Cause.DATABASE, "no connection to the database is available");
    }
    return switch (state) {
      case "53100" -> new Kind(Cause.SPACE, "the disk of the database is full");
      case "53200", "53300" -> new Kind(Cause.SHORTAGE, "the database is short of resources");
      case "25006" -> new Kind(Cause.DATABASE, "the database takes no writes, it is read-only");
      case "42501" -> new Kind(Cause.PERMISSION, "the database does not allow it");
      case "42P01", "3F000" ->
          new Kind(Cause.DATABASE, "the tables of the ledger are not in the database");
      case "XX001", "XX002" -> new Kind(Cause.DAMAGE, "the database says that it is damaged");
      default ->
          switch (state.substring(0, 2)) {
            case "28", "3D" -> new Kind(Cause.PERMISSION, "the database does not let us in");
            case "08", "57" -> new Kind(Cause.DATABASE, "the database is not to be reached");
            default -> new Kind(Cause.DATABASE, "the database does not take what it should");
          };
    };
  }
}
