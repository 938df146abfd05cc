// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.Internal;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Outage;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * What a database's exception means for the caller that waits for an answer. The classes of
 * SQLSTATE are those of PostgreSQL's manual, appendix A.
 *
 * <p>Stateless; any thread.
 */
enum SqlFailure {
  /**
   * The same again, on another connection, may well succeed: it was about who came first or went.
   */
  PASSING,

  /**
   * The database is unreachable, or cannot take more; the operator has to do something about it.
   */
  LASTING,

  /** A row that is needed holds what we have never written. */
  DAMAGE,

  /** The database refuses this very data; other data would have passed. */
  DATA,

  /** Our own mistake. */
  BUG;

  private static final String TWICE_PREPARED = "42P05";

  /** What an attempt ended with. */
  static SqlFailure of(Exception e) {
    if (OutageException.in(e) != null || e instanceof SqlStoreException) {
      return LASTING;
    }
    return e instanceof SQLException sql
        ? of(sql)
        : e instanceof DamagedRowException ? DAMAGE : BUG;
  }

  private static SqlFailure of(SQLException e) {
    if (e instanceof SQLiteException sqlite) {
      return ofSqlite(sqlite.getResultCode());
    }
    String state = state(e);
    if (state == null) {
      return PASSING; // the pool's own: it could not get a connection in time
    }
    String kind = state.substring(0, Math.min(2, state.length()));
    return switch (kind) {
      // Connection exceptions, operator intervention, rollbacks to resolve a conflict.
      case "08", "57", "40" -> PASSING;
      // Statements prepared under a name that a pooler or a migration has made mean nothing.
      case "26", "0A" -> PASSING;
      case "55" -> state.equals("55P03") ? PASSING : LASTING;
      // Too many connections may be over in a moment; a full disk is not.
      case "53" -> state.equals("53300") ? PASSING : LASTING;
      // Of the states of a transaction one says that the server would not wait for us any longer.
      case "25" -> state.equals("25P03") ? PASSING : LASTING;
      // No access, no database, the system below, damaged pages.
      case "28", "3D", "3F", "58", "F0" -> LASTING;
      case "42" ->
          switch (state) {
            // No right to it, or the tables are not where they were: a search path was changed, or
            // a backup is being restored over them.
            case "42501", "42P01" -> LASTING;
            case TWICE_PREPARED -> PASSING;
            default -> BUG;
          };
      case "XX" -> state.equals("XX000") ? BUG : LASTING;
      case "22", "23", "54" -> DATA;
      default -> BUG;
    };
  }

  /** Whether it says that connections to this server may be worth nothing any more. */
  static boolean breaksConnections(Throwable e) {
    if (!(e instanceof SQLException sql) || e instanceof SQLiteException) {
      return false;
    }
    String state = state(sql);
    // Lost or ended by an administrator, or to a server that has become a standby meanwhile.
    return state != null
        && (state.startsWith("08")
            || state.startsWith("57P")
            || state.equals("25006")
            || isPoolersDoing(sql));
  }

  /**
   * Whether a statement that was prepared by name is unknown to the connection, or known already:
   * it is not the connection it was, because a pooler hands them out per transaction.
   */
  static boolean isPoolersDoing(Throwable e) {
    if (!(e instanceof SQLException sql) || e instanceof SQLiteException) {
      return false;
    }
    String state = state(sql);
    return state != null && (state.startsWith("26") || state.equals(TWICE_PREPARED));
  }

  /** Whether the database ended a statement because it took, or waited for a lock, too long. */
  static boolean isTimeLimit(Throwable e) {
    String state = e instanceof SQLException sql ? state(sql) : null;
    return "57014".equals(state) || "55P03".equals(state);
  }

  /**
   * Whether a caller that asked for a connection learned from it that the database is unreachable.
   * One that only waited in vain because others had them all learned nothing of the kind.
   */
  static boolean isOutage(SQLException e) {
    return !(e instanceof SQLiteException) && state(e) != null;
  }

  private static SqlFailure ofSqlite(SQLiteErrorCode code) {
    // The lower byte is the kind, the rest says more about it.
    return switch (code.code & 0xff) {
      case 5, 6, 9, 15 -> PASSING; // busy, locked, interrupted, locking protocol
      case 3, 8, 10, 11, 13, 14, 26 -> LASTING; // perm, readonly, ioerr, corrupt, full, cantopen
      case 18, 19, 20 -> DATA; // too big, constraint, mismatch
      default -> BUG;
    };
  }

  /** The first SQLSTATE of the exception or of what caused it. */
  static @Nullable String state(SQLException e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof SQLException sql && sql.getSQLState() != null) {
        return sql.getSQLState();
      }
    }
    return null;
  }

  /** The answer for a caller. Details of the database stay out of it: they go to the log. */
  LedgerError answer(Throwable cause) {
    Outage told = OutageException.in(cause);
    if (told != null) {
      return new Unavailable(told.reason());
    }
    return switch (this) {
      case PASSING -> new Unavailable("the database did not answer");
      case LASTING -> {
        // As the health of the store has it: a caller may know whom to tell of a full disk.
        Outage outage = Outages.ofWrite(cause);
        yield new Unavailable(
            outage == null ? "the database cannot take or give anything now" : outage.reason());
      }
      case DAMAGE -> new Unavailable(DamagedRowException.REASON);
      case DATA, BUG -> new Internal(LedgerErrors.INTERNAL_MESSAGE);
    };
  }

  LedgerException exception(Throwable cause) {
    return new LedgerException(answer(cause), cause);
  }
}
