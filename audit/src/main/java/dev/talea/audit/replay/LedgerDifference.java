// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.replay;

import dev.talea.audit.anchor.AnchorLog;
import dev.talea.ledger.DraftRules;
import dev.talea.log.LogCursor;
import dev.talea.log.disk.LogFiles;
import java.nio.ByteBuffer;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first event in which two ledgers differ, by the proven parts of their records: two that
 * hold the same events are the same, wherever their bytes lie. Stateless.
 */
public final class LedgerDifference {
  private LedgerDifference() {}

  /**
   * Where a book parts.
   *
   * @param seq the first event that is not the same
   * @param here whether the first ledger has an event of that seq
   * @param there whether the second has
   */
  public record Parting(String book, long seq, boolean here, boolean there) {}

  /**
   * The first difference, in bytewise order of the books; null if there is none.
   *
   * @throws dev.talea.log.LogException if one of them cannot be read up to there
   */
  public static @Nullable Parting first(LogFiles here, LogFiles there) {
    SortedSet<String> books = new TreeSet<>(DraftRules.BYTEWISE);
    books.addAll(here.names());
    books.addAll(there.names());
    books.remove(AnchorLog.NAME); // when heads were noted is none of the events
    for (String book : books) {
      Parting parting = first(here, there, book);
      if (parting != null) {
        return parting;
      }
    }
    return null;
  }

  private static @Nullable Parting first(LogFiles here, LogFiles there, String book) {
    LogCursor ours = here.exists(book) ? here.read(book).found().cursor(1) : null;
    LogCursor theirs = there.exists(book) ? there.read(book).found().cursor(1) : null;
    for (long seq = 1; ; seq++) {
      boolean isHere = ours != null && ours.next();
      boolean isThere = theirs != null && theirs.next();
      if (isHere != isThere) {
        return new Parting(book, seq, isHere, isThere);
      }
      if (ours == null || theirs == null || !isHere) {
        return null;
      }
      if (!proven(ours).equals(proven(theirs))) {
        return new Parting(book, seq, true, true);
      }
    }
  }

  private static ByteBuffer proven(LogCursor cursor) {
    return cursor.payload().slice(0, cursor.provenBytes());
  }
}
