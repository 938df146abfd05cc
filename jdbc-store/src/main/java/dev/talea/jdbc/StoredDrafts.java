// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.jdbc.BookState.KnownTransaction;
import dev.talea.ledger.Posting;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The stored drafts of known keys, as far as the question about the book left them out. A client
 * chooses which keys it sends, and so which drafts are compared: five hundred short drafts may name
 * five hundred stored ones of megabytes each. So the question brings the small ones along, and what
 * is larger is read when the rules ask for it, as many at a time as fit into a bound, and let go of
 * with the next.
 *
 * <p>Lives for one attempt on one writer thread, whose session must hold the book.
 */
final class StoredDrafts {
  /**
   * Bytes of stored drafts that are read at once for one group, in their stored form; parsed they
   * take about twice as much. Each writer thread may have so many, and a single draft may be
   * larger.
   */
  static final int BYTES_MAX = 1 << 20;

  private final WriteSession session;
  private final BookQuestion question;
  private final BookState state;
  private Map<String, KnownTransaction> atHand = Map.of();

  /** Keys of what was left out, in the order of the question; null until the first is wanted. */
  private @Nullable List<String> leftOut;

  StoredDrafts(WriteSession session, BookQuestion question, BookState state) {
    this.session = session;
    this.question = question;
    this.state = state;
  }

  /**
   * Up to which size a question may bring a stored draft along.
   *
   * @param keys that the group asks about, those of all its books
   */
  static int smallBytesMax(int keys) {
    return BYTES_MAX / Math.max(1, keys);
  }

  /**
   * The postings of a transaction that is known; null if its row is damaged, which the state notes,
   * or has gone.
   */
  @Nullable List<Posting> postings(KnownTransaction known, String key) throws SQLException {
    if (known.postings() != null) {
      return known.postings();
    }
    KnownTransaction read = atHand.get(key);
    if (read == null && !state.damage.keys.containsKey(key)) {
      letGo(); // before the next come, not after
      atHand = session.readDrafts(question.book(), state, from(key));
      read = atHand.get(key);
    }
    return read == null ? null : read.postings();
  }

  /** This one and those the rules will probably ask for next. */
  private Set<String> from(String key) {
    List<String> candidates = leftOut;
    if (candidates == null) {
      candidates = new ArrayList<>();
      for (String each : question.keys()) {
        KnownTransaction known = state.transactions.get(each);
        if (known != null && known.postings() == null) {
          candidates.add(each);
        }
      }
      leftOut = candidates;
    }
    Set<String> wanted = new HashSet<>();
    long bytes = 0;
    for (String each : candidates.subList(candidates.indexOf(key), candidates.size())) {
      KnownTransaction known = state.transactions.get(each);
      bytes += known == null ? 0 : known.draftBytes();
      if (bytes > BYTES_MAX && !wanted.isEmpty()) {
        break;
      }
      wanted.add(each);
    }
    return wanted;
  }

  /** Forgets what is at hand. */
  void letGo() {
    atHand = Map.of();
  }
}
