// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.index.record.Chain;
import dev.talea.index.record.ChainReader;
import dev.talea.index.record.EntryKind;
import dev.talea.index.record.LedgerRecord;
import dev.talea.index.record.RecordLayout;
import dev.talea.index.record.Ref;
import dev.talea.index.record.TransactionRecord;
import dev.talea.ledger.Page;
import dev.talea.ledger.PageFill;
import dev.talea.ledger.TransactionView;
import dev.talea.log.LogCursor;
import dev.talea.log.LogReader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lists the transactions of a book in seq order.
 *
 * <p>Between them the log holds the openings of accounts, maybe a million in a row. A cursor passes
 * over a few; when there are more, the chains of totals, which lead through transactions only, tell
 * where the next one is. It passes over as many openings as asking the chains would cost in reads,
 * so whatever the mixture, a page takes at most about twice as long as the better way alone.
 *
 * <p>Belongs to one read and its thread.
 */
final class TransactionPages {
  /** About as many records as it takes to find a node in one chain of totals. */
  private static final int CHAIN_READS = 32;

  private final LogReader log;
  private final AccountTable accounts;

  /** What was durable at the start: heads of chains may lead further by the time they are read. */
  private final long end;

  private @Nullable LogCursor cursor;

  /** Seq of the record the cursor is to give next. */
  private long seq;

  TransactionPages(LogReader log, AccountTable accounts) {
    this.log = log;
    this.accounts = accounts;
    this.end = log.durableSeq();
  }

  /** See {@link dev.talea.ledger.StoreReader#transactions}. */
  Page<TransactionView, Long> after(long afterSeq, int limit, int bytesMax) {
    List<TransactionView> items = new ArrayList<>();
    seq = afterSeq < end ? Math.max(afterSeq, 0) + 1 : end + 1;
    long last = afterSeq;
    PageFill page = new PageFill(bytesMax);
    for (LedgerRecord record = next(); record != null; record = next()) {
      if (items.size() == limit) {
        return new Page<>(items, last);
      }
      TransactionView view =
          PostedTransaction.view(log.name(), new TransactionRecord(record), accounts);
      if (!page.takes(PageFill.bytes(view))) {
        return new Page<>(items, last);
      }
      items.add(view);
      last = record.seq;
    }
    return new Page<>(items, null);
  }

  /** The next transaction, or null if there is none. */
  private @Nullable LedgerRecord next() {
    int patience = CHAIN_READS * Math.max(1, accounts.assets().length);
    while (seq <= end) {
      if (cursor == null) {
        cursor = log.cursor(seq);
      }
      if (!cursor.next()) {
        return null;
      }
      seq = cursor.seq() + 1;
      LedgerRecord record = LedgerRecord.of(log.name(), cursor);
      if (record.type() == RecordLayout.TRANSACTION_POSTED) {
        return record;
      }
      if (--patience == 0) {
        seq = firstFrom(seq);
        cursor = null;
      }
    }
    return null;
  }

  /** Seq of the first transaction from this seq on; beyond the end if there is none. */
  private long firstFrom(long from) {
    long first = end + 1;
    for (AssetEntry asset : accounts.assets()) {
      long head = asset.chain.head();
      if (head != Ref.NONE && head != Chain.HIDDEN) {
        ChainReader chain = new ChainReader(log, EntryKind.TOTALS, asset.number, head);
        if (chain.record().seq() >= from) {
          long before = chain.backTo((s, at) -> s < from) ? chain.ordinal() : 0;
          ChainReader wanted = new ChainReader(log, EntryKind.TOTALS, asset.number, head);
          wanted.backTo(before + 1);
          first = Math.min(first, wanted.record().seq());
        }
      }
    }
    return first;
  }
}
