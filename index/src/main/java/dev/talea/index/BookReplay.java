// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.index.failure.BrokenRecordException;
import dev.talea.index.keys.SeenKeys;
import dev.talea.index.record.AccountRecord;
import dev.talea.index.record.LedgerRecord;
import dev.talea.index.record.RecordCheck;
import dev.talea.index.record.TransactionRecord;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.rules.PostingRules;
import dev.talea.log.LogReader;
import java.util.List;
import java.util.function.Consumer;

/**
 * Rebuilds the state of a book from its log, record by record, and believes nothing: each
 * transaction goes through the rules again and is encoded again, and the bytes must come out as
 * they are in the log. That one comparison covers balances, totals, ordinals, links and numbers.
 * Nearly all are narrow and their texts plain, and do that without a draft: see {@link
 * NarrowTransaction}. What that is not sure of takes the long way, which also says what is wrong.
 * What a draft may say besides, its names, texts and their sizes, is not looked at again: the
 * limits of today must not keep a book closed that was written under others.
 *
 * <p>Runs on the thread that opens the book, before there is a writer. Apart from the writer,
 * because the one decides and the other only checks.
 */
final class BookReplay implements RecordCheck.Replay {
  private final BookState state;
  private final long keysKnownTo;
  private final SeenKeys keys;
  private final NarrowTransaction narrow = new NarrowTransaction();

  private BookReplay(BookState state, long keysKnownTo, SeenKeys keys) {
    this.state = state;
    this.keysKnownTo = keysKnownTo;
    this.keys = keys;
  }

  /**
   * Brings a state up to the end of the log.
   *
   * @param fromSeq the first record the state lacks, 1 for an empty one
   * @param lastAt commit time of the record before
   * @param keysKnownTo keys of records up to this seq are known already
   * @param keys takes the keys of the others
   * @throws BrokenRecordException at the first record that cannot be
   */
  static void run(
      BookState state, LogReader log, long fromSeq, long lastAt, long keysKnownTo, SeenKeys keys) {
    run(state, log, fromSeq, lastAt, keysKnownTo, keys, record -> {});
  }

  /**
   * As above.
   *
   * @param before is shown each record before it is applied
   */
  static void run(
      BookState state,
      LogReader log,
      long fromSeq,
      long lastAt,
      long keysKnownTo,
      SeenKeys keys,
      Consumer<LedgerRecord> before) {
    BookReplay replay = new BookReplay(state, keysKnownTo, keys);
    try {
      RecordCheck.run(
          log,
          fromSeq,
          lastAt,
          (record, expected) -> {
            before.accept(record);
            replay.apply(record, expected);
          });
    } finally {
      // Keys lag behind: what is wrong with one of them is wrong with an earlier record than what
      // ended the replay, or was to be looked at earlier, and takes its place.
      keys.finish();
    }
    state.opened(log.durableSeq());
  }

  @Override
  public void apply(LedgerRecord record, RecordCheck expected) {
    switch (record.kind()) {
      case ASSET_REGISTERED -> throw record.broken("registers an asset, which is not for a book");
      case ACCOUNT_OPENED -> open(record, expected);
      case TRANSACTION_POSTED -> post(record, expected);
    }
  }

  private void open(LedgerRecord record, RecordCheck expected) {
    AccountRecord opened = AccountRecord.decode(record);
    String path = opened.account().id().path();
    if (state.accounts.find(path) != null) {
      throw record.broken("opens account '" + path + "' a second time");
    }
    if (record.seq == 1) {
      state.tag = opened.bookTag();
    }
    state.open(
        opened.account(),
        opened.precision(),
        record.at(),
        expected.begin(AccountRecord.bytesMax(opened.account())));
  }

  private void post(LedgerRecord record, RecordCheck expected) {
    TransactionRecord posted = new TransactionRecord(record);
    if (narrow.take(posted, state.accounts)) {
      state.prepare(narrow);
      note(record, state.keys.hash().of(posted.bytes(), posted.keyAt(), posted.keyLength()));
      state.post(
          narrow,
          posted,
          record.at(),
          record.seq,
          record.position,
          expected.begin(record.length()));
      return;
    }
    TransactionDraft draft = PostedTransaction.draft(state.book, posted, state.accounts);
    JsonText metadata = draft.metadata();
    if (metadata != null && metadata.text().isEmpty()) {
      throw record.broken("says that it has metadata, and has none");
    }
    LedgerError fault = DraftRules.checkMoney(draft.postings());
    if (fault != null) {
      throw record.broken("is no transaction that balances: " + fault);
    }
    List<AccountEntry> accounts = PostedTransaction.accounts(posted, state.accounts);
    PreparedDraft prepared = PreparedDraft.of(draft, state.keys.hash(), accounts);
    if (!(PostingRules.weigh(draft.postings(), accounts)
        instanceof PostingRules.Accepted<AccountEntry> accepted)) {
      throw record.broken("should have been refused by the rules");
    }
    state.prepare(accepted.accounts());
    note(record, prepared.keyHash());
    state.post(
        prepared,
        accepted,
        record.at(),
        record.seq,
        record.position,
        expected.begin(prepared.bytesMax()));
  }

  private void note(LedgerRecord record, long keyHash) {
    if (record.seq > keysKnownTo) {
      keys.add(keyHash, record.seq, record.position);
    }
  }
}
