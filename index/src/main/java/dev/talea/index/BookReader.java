// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.index.record.Chain;
import dev.talea.index.record.ChainReader;
import dev.talea.index.record.EntryKind;
import dev.talea.index.record.LedgerRecord;
import dev.talea.index.record.RecordLayout;
import dev.talea.index.record.Ref;
import dev.talea.index.record.TransactionRecord;
import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerError.UnknownAccount;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Micros;
import dev.talea.ledger.Page;
import dev.talea.ledger.PageFill;
import dev.talea.ledger.PostingView;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TrialBalance;
import dev.talea.ledger.TxId;
import dev.talea.log.LogReader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Answers questions about one book from what its writer has published: heads of chains, and the log
 * behind them.
 *
 * <p>Any thread; takes no lock. What an answer is made of never changes, so it cannot be torn.
 */
final class BookReader {
  /** Transactions in the first piece of a page of history; the largest take 10 MB together. */
  private static final int FIRST_PIECE = 16;

  /** Bytes of records that a later piece is to take, if they are as large as those before. */
  private static final long PIECE_BYTES_MAX = 1 << 20;

  private final LogReader log;
  private final AccountTable accounts;

  BookReader(LogReader log, AccountTable accounts) {
    this.log = log;
    this.accounts = accounts;
  }

  BalanceView balance(AccountId id, @Nullable Instant asOf) {
    long until = asOf == null ? Long.MAX_VALUE : Micros.floor(asOf);
    return balance(account(id), asOf, (seq, at) -> at <= until);
  }

  /**
   * @param upTo a durable seq
   */
  BalanceView balanceAt(AccountId id, long upTo) {
    return balance(account(id), null, (seq, at) -> seq <= upTo);
  }

  private BalanceView balance(AccountEntry entry, @Nullable Instant asOf, ChainReader.Until until) {
    ChainReader chain = chain(entry);
    if (chain == null || !chain.backTo(until)) {
      return view(entry, asOf, Int128.ZERO, 0);
    }
    return view(entry, asOf, chain.record().balance(chain.index()), chain.record().seq());
  }

  private static BalanceView view(
      AccountEntry entry, @Nullable Instant asOf, Int128 raw, long updatedSeq) {
    Account account = entry.definition();
    Int128 effective = account.creditNormal() ? raw.negated() : raw;
    return new BalanceView(
        account.id(), account.asset(), entry.asset.precision, effective, asOf, updatedSeq);
  }

  /**
   * A page of an account's postings. Pages are made of whole records, and a transaction is one
   * record, so none is ever split.
   *
   * <p>Records are gathered from the newest of a piece back to its oldest, so a whole piece is in
   * memory at once. The first is small, the next as many as are likely to fill the page.
   */
  HistoryPage history(AccountId id, long afterSeq, int limit, int bytesMax) {
    AccountEntry entry = account(id);
    ChainReader newest = chain(entry);
    if (newest == null) {
      return new HistoryPage(List.of(), null);
    }
    long end = newest.ordinal();
    long head = Ref.of(newest.record().position(), newest.index());
    long done = newest.backTo((seq, at) -> seq <= afterSeq) ? newest.ordinal() : 0;
    List<PostingView> items = new ArrayList<>();
    PageFill page = new PageFill(bytesMax);
    long lastSeq = afterSeq;
    int transactions = 0;
    long recordBytes = 0;
    int piece = FIRST_PIECE;
    while (transactions < limit && done < end) {
      // At most as many transactions as postings: this many postings further is never too far.
      long upTo = Math.min(end, done + Math.min(piece, limit - transactions));
      for (TransactionRecord record : records(entry, head, done, upTo)) {
        List<PostingView> rows = rows(record, entry);
        if (!page.takes(PageFill.bytes(rows))) {
          return new HistoryPage(items, lastSeq);
        }
        items.addAll(rows);
        done += rows.size();
        lastSeq = record.seq();
        transactions++;
        recordBytes += record.length();
      }
      piece = (int) Math.min(limit, 1 + PIECE_BYTES_MAX * transactions / recordBytes);
    }
    return new HistoryPage(items, done < end ? lastSeq : null);
  }

  /** The records that hold the postings after..upTo of an account, oldest first. */
  private List<TransactionRecord> records(AccountEntry entry, long head, long after, long upTo) {
    ChainReader chain = new ChainReader(log, EntryKind.POSTING, entry.number, head);
    List<TransactionRecord> records = new ArrayList<>();
    long ordinal = upTo;
    while (ordinal > after) {
      chain.backTo(ordinal);
      if (records.isEmpty() || records.get(records.size() - 1) != chain.record()) {
        records.add(chain.record());
      }
      ordinal--;
    }
    Collections.reverse(records);
    return records;
  }

  /** All postings of the account in a record. */
  private static List<PostingView> rows(TransactionRecord record, AccountEntry entry) {
    List<PostingView> rows = new ArrayList<>();
    for (int i = 0; i < record.postings(); i++) {
      if (record.account(i) == entry.number) {
        rows.add(PostedTransaction.view(record, i, entry));
      }
    }
    return rows;
  }

  /**
   * Debits and credits per asset. All assets are cut at one durable seq, read first, so the lines
   * fit each other however busy the writer is.
   */
  TrialBalance trialBalance(@Nullable Instant asOf) {
    long until = asOf == null ? Long.MAX_VALUE : Micros.floor(asOf);
    long upTo = log.durableSeq();
    return trialBalance(asOf, (seq, at) -> seq <= upTo && at <= until);
  }

  /**
   * @param upTo a durable seq
   */
  TrialBalance trialBalanceAt(long upTo) {
    return trialBalance(null, (seq, at) -> seq <= upTo);
  }

  private TrialBalance trialBalance(@Nullable Instant asOf, ChainReader.Until until) {
    List<TrialBalance.Line> lines = new ArrayList<>();
    for (AssetEntry asset : accounts.assets()) {
      long head = asset.chain.head();
      if (head != Ref.NONE && head != Chain.HIDDEN) {
        ChainReader chain = new ChainReader(log, EntryKind.TOTALS, asset.number, head);
        if (chain.backTo(until)) {
          lines.add(
              new TrialBalance.Line(
                  asset.id,
                  chain.record().debits(chain.index()).toBigInteger(),
                  chain.record().credits(chain.index()).toBigInteger()));
        }
      }
    }
    lines.sort((a, b) -> DraftRules.BYTEWISE.compare(a.asset(), b.asset()));
    return new TrialBalance(log.name(), asOf, lines);
  }

  /**
   * The transaction with this id, if it is in this book. The id gives the lower half of the seq;
   * the id stored in the record decides.
   */
  @Nullable TransactionView transaction(UUID id) {
    long last = log.durableSeq();
    for (long seq = TxId.seqLow(id); seq <= last; seq += 1L << 32) {
      if (seq > 0) {
        LedgerRecord record = LedgerRecord.of(log.name(), log.record(log.positionOf(seq)));
        if (record.type() == RecordLayout.TRANSACTION_POSTED) {
          TransactionRecord posted = new TransactionRecord(record);
          if (posted.id().equals(id)) {
            return PostedTransaction.view(log.name(), posted, accounts);
          }
        }
      }
    }
    return null;
  }

  /** See {@link dev.talea.ledger.StoreReader#accounts}. */
  Page<AccountView, String> accounts(String prefix, @Nullable String after, int limit) {
    List<AccountEntry> found = accounts.list(prefix, after, limit + 1);
    List<AccountView> items = new ArrayList<>();
    for (AccountEntry entry : found.subList(0, Math.min(limit, found.size()))) {
      items.add(accountView(entry));
    }
    return new Page<>(items, found.size() > limit ? found.get(limit - 1).path : null);
  }

  AccountView accountView(AccountId id) {
    return accountView(account(id));
  }

  private AccountView accountView(AccountEntry entry) {
    ChainReader chain = chain(entry);
    Int128 raw = chain == null ? Int128.ZERO : chain.record().balance(chain.index());
    Account account = entry.definition();
    return new AccountView(
        account,
        entry.asset.precision,
        account.creditNormal() ? raw.negated() : raw,
        chain == null ? 0 : chain.record().seq());
  }

  /** See {@link dev.talea.ledger.StoreReader#transactions}. */
  Page<TransactionView, Long> transactions(long afterSeq, int limit, int bytesMax) {
    return new TransactionPages(log, accounts).after(afterSeq, limit, bytesMax);
  }

  private AccountEntry account(AccountId id) {
    AccountEntry entry = accounts.find(id.path());
    if (entry == null || !entry.visible()) {
      throw new LedgerException(new UnknownAccount(id.key()));
    }
    return entry;
  }

  /** The chain of an account from its published head, or null if it has no postings. */
  private @Nullable ChainReader chain(AccountEntry entry) {
    long head = entry.chain.head();
    return head == Ref.NONE ? null : new ChainReader(log, EntryKind.POSTING, entry.number, head);
  }
}
