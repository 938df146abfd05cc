// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.anchor;

import dev.talea.index.LogLedgerStore;
import dev.talea.log.LogException;
import dev.talea.log.TreeHead;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Anchors a ledger that this process serves: looks which books have advanced, and writes their
 * heads into {@code _anchors}. When to, its owner decides.
 *
 * <p>Never ahead of what is acknowledged: a head that it is given covers synced records only, and
 * is taken before the write begins. It touches no book, so whatever becomes of its own log, books
 * go on. One thread at a time.
 */
public final class Anchorer {
  private final LogLedgerStore ledger;
  private @Nullable AnchorLog log;

  /** Opens nothing yet. The log is closed with the store. */
  public Anchorer(LogLedgerStore ledger) {
    this.ledger = ledger;
  }

  /**
   * What a round came to.
   *
   * @param anchored how many books had advanced and are anchored now
   * @param contradictions books that are not anchored, because they are not what they were: a
   *     sentence each
   */
  public record Round(int anchored, List<String> contradictions) {
    public Round {
      contradictions = List.copyOf(contradictions);
    }
  }

  /**
   * Anchors what has changed since the last time, also in an earlier process.
   *
   * @throws LogException if that cannot be written or read; try again later
   * @throws dev.talea.audit.proof.MalformedException if the log is not one that this program knows
   */
  public Round round() {
    Map<String, TreeHead> heads = new TreeMap<>(ledger.heads());
    if (heads.isEmpty() && log == null) {
      return new Round(0, List.of()); // a ledger that nothing was ever written to stays as it is
    }
    AnchorLog to = open();
    List<AnchorRecord> records = new ArrayList<>();
    List<String> contradictions = new ArrayList<>();
    heads.forEach(
        (book, head) -> {
          TreeHead before = to.newest(book);
          if (before == null || head.size() > before.size()) {
            records.add(new AnchorRecord.Anchor(book, head));
          } else if (!head.equals(before)) {
            contradictions.add(
                "Book '%s' was anchored with %d records, and has %d that are not those: it was cut or exchanged without 'talea restore'"
                    .formatted(book, before.size(), head.size()));
          }
        });
    if (!records.isEmpty()) {
      to.append(records);
    }
    return new Round(records.size(), contradictions);
  }

  /** Whether a failed round needs no stack trace: its message says what to do. */
  public static boolean isExpected(RuntimeException e) {
    return e instanceof LogException;
  }

  private AnchorLog open() {
    AnchorLog open = log;
    if (open != null && open.failure() == null) {
      return open;
    }
    if (open != null) {
      log = null;
      open.close();
    }
    AnchorLog opened = AnchorLog.open(handler -> ledger.openBeside(AnchorLog.NAME, handler));
    log = opened;
    return opened;
  }
}
