package dev.talea.index;

import dev.talea.ledger.DraftRules;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.PostingRules;
import dev.talea.ledger.TransactionDraft;
import dev.talea.log.LogCursor;
import dev.talea.log.LogReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Rebuilds the state of a book from its log, record by record, and believes nothing: each
 * transaction goes through the rules again and is encoded again, and the bytes must come out as
 * they are in the log. That one comparison covers balances, totals, ordinals, links and numbers.
 *
 * <p>Runs on the thread that opens the book, before there is a writer. Apart from the writer,
 * because the one decides and the other only checks.
 */
final class BookReplay {
  private final BookState state;
  private final LogReader log;
  private ByteBuffer expected = buffer(4096);
  private long lastAt = Long.MIN_VALUE;

  private BookReplay(BookState state, LogReader log) {
    this.state = state;
    this.log = log;
  }

  /**
   * Brings an empty state up to the end of the log.
   *
   * @throws BrokenRecordException at the first record that cannot be
   */
  static void run(BookState state, LogReader log) {
    new BookReplay(state, log).run();
  }

  private void run() {
    LogCursor cursor = log.cursor(1);
    while (cursor.next()) {
      LedgerRecord record = LedgerRecord.of(state.book, cursor);
      if (record.at() != cursor.commitTime() || record.at() < lastAt) {
        throw record.broken(
            "has commit time "
                + record.at()
                + ", its block "
                + cursor.commitTime()
                + ", the record before "
                + lastAt);
      }
      lastAt = record.at();
      apply(record);
      compare(record);
    }
    state.publish();
  }

  private void apply(LedgerRecord record) {
    switch (record.type()) {
      case RecordLayout.ACCOUNT_OPENED -> open(AccountRecord.decode(record), record);
      case RecordLayout.TRANSACTION_POSTED -> post(new TransactionRecord(record), record);
      default -> throw record.broken("is of type " + record.type() + ", which no book holds");
    }
  }

  private void open(AccountRecord opened, LedgerRecord record) {
    String path = opened.account().id().path();
    if (state.accounts.find(path) != null) {
      throw record.broken("opens account '" + path + "' a second time");
    }
    if (record.seq == 1) {
      state.tag = opened.bookTag();
    }
    prepare(AccountRecord.bytesMax(opened.account()));
    state.open(opened.account(), opened.precision(), record.at(), expected);
  }

  private void post(TransactionRecord posted, LedgerRecord record) {
    TransactionDraft draft = PostedTransaction.event(state.book, posted, state.accounts).draft();
    PreparedDraft prepared = PreparedDraft.of(draft, state.keys.hash());
    LedgerError fault = DraftRules.check(draft);
    if (fault != null) {
      throw record.broken("is no well-formed transaction: " + fault);
    }
    PostingRules.Decision<AccountEntry> decision = PostingRules.decide(draft, state.accounts::find);
    if (!(decision instanceof PostingRules.Accepted<AccountEntry> accepted)) {
      throw record.broken("is against the rules: " + decision);
    }
    if (state.keys.contains(prepared)) {
      throw record.broken(
          "uses the idempotency key '" + draft.idempotencyKey() + "' a second time");
    }
    prepare(prepared.bytesMax());
    state.post(prepared, accepted, record.at(), record.seq, record.position, expected);
    state.keys.addDurable(prepared, record.position);
  }

  private void prepare(int bytesMax) {
    if (expected.capacity() < bytesMax) {
      expected = buffer(Math.max(bytesMax, 2 * expected.capacity()));
    }
    expected.clear();
  }

  private void compare(LedgerRecord record) {
    ByteBuffer computed = expected.flip();
    int at = computed.mismatch(record.bytes());
    if (at >= 0) {
      throw record.broken(
          "differs at byte "
              + at
              + " of its payload from what follows from the records before it (stored "
              + byteAt(record.bytes(), at)
              + ", recomputed "
              + byteAt(computed, at)
              + ")");
    }
  }

  private static String byteAt(ByteBuffer bytes, int at) {
    return at < bytes.limit() ? String.format("%02x", bytes.get(at)) : "nothing";
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
