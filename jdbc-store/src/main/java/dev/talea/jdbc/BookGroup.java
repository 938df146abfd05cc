package dev.talea.jdbc;

import dev.talea.jdbc.BookChanges.NewPosting;
import dev.talea.jdbc.BookChanges.NewTransaction;
import dev.talea.jdbc.BookState.AccountRow;
import dev.talea.jdbc.BookState.AssetRow;
import dev.talea.jdbc.BookState.KnownTransaction;
import dev.talea.jdbc.BookState.Total;
import dev.talea.ledger.Account;
import dev.talea.ledger.Asset;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.AlreadyExists;
import dev.talea.ledger.LedgerError.IdempotencyConflict;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerError.UnknownAsset;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Micros;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.Posting;
import dev.talea.ledger.PostingRules;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TxId;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Decides the writes of one book that are committed together, one after the other, each on top of
 * those before it. Knows no SQL: it goes from what the database said ({@link BookState}) to what it
 * is to be told ({@link BookChanges}). Answers are kept until the commit is known to be durable.
 *
 * <p>Lives for one attempt on one writer thread.
 */
final class BookGroup {
  private static final LedgerError DAMAGED = new Unavailable(DamagedRowException.REASON);

  private final BookState state;
  private final BookChanges changes;
  private final List<Runnable> answers = new ArrayList<>();
  private final List<Runnable> promises = new ArrayList<>();

  private BookGroup(String book, BookState state, long answeredAsOf) {
    this.state = state;
    long at = Math.max(state.now, Math.max(state.lastAt, answeredAsOf) + 1);
    this.changes = new BookChanges(state.bookId, book, at, state.lastSeq);
  }

  /**
   * Decides all of them.
   *
   * @param answeredAsOf microseconds; no answer as of a moment up to this may change, so the group
   *     is committed later than that, and than the group before it
   */
  static BookGroup decide(
      String book, BookState state, long answeredAsOf, List<WriteRequest> requests) {
    BookGroup group = new BookGroup(book, state, answeredAsOf);
    for (WriteRequest request : requests) {
      if (request instanceof WriteRequest.Commit commit) {
        group.commit(commit);
      } else if (request instanceof WriteRequest.Open open) {
        LedgerError error = group.open(open.account);
        group.answers.add(() -> settle(open.future, error));
      } else if (request instanceof WriteRequest.Register register) {
        LedgerError error = group.register(register.asset);
        group.answers.add(() -> settle(register.future, error));
      }
    }
    return group;
  }

  private static void settle(CompletableFuture<Void> future, @Nullable LedgerError error) {
    if (error == null) {
      future.complete(null);
    } else {
      future.completeExceptionally(new LedgerException(error));
    }
  }

  BookState state() {
    return state;
  }

  BookChanges changes() {
    return changes;
  }

  /** The commit is about to be tried, and whether it succeeded may never be told. */
  void promise() {
    promises.forEach(Runnable::run);
  }

  /**
   * Whether everything that was to be written is there, each thing under the seq it was to have:
   * then this has been committed, and what it refused was refused for good. Books' seqs have no
   * gaps, so that another process that wrote the same to the same seqs had decided the same.
   *
   * @param now what the database says of each book, asked anew
   */
  boolean isIn(Map<String, BookState> now) {
    BookState there = now.get(changes.book);
    if (there == null) {
      return false;
    }
    for (NewTransaction row : changes.transactions) {
      KnownTransaction known = there.transactions.get(row.draft().idempotencyKey());
      if (known == null || !known.txId().equals(row.txId())) {
        return false;
      }
    }
    for (AccountRow row : changes.accounts) {
      AccountRow known = there.accounts.get(row.definition.id().path());
      if (known == null
          || known.accountSeq != row.accountSeq
          || !known.definition.equals(row.definition)) {
        return false;
      }
    }
    for (AssetRow row : changes.assets) {
      if (!row.equals(there.assets.get(row.asset().id()))) {
        return false;
      }
    }
    return true;
  }

  /** It is durable: everybody gets what was decided. */
  void answer() {
    answers.forEach(Runnable::run);
  }

  private @Nullable LedgerError register(Asset asset) {
    if (state.damage.assets.containsKey(asset.id())) {
      return DAMAGED;
    }
    AssetRow known = state.assets.get(asset.id());
    if (known != null) {
      return known.asset().equals(asset) ? null : new AlreadyExists("asset " + asset.id());
    }
    AssetRow row = new AssetRow(asset, ++changes.lastSeq);
    state.assets.put(asset.id(), row);
    changes.assets.add(row);
    return null;
  }

  private @Nullable LedgerError open(Account account) {
    if (state.damage.assets.containsKey(account.asset())
        || state.damage.accounts.containsKey(account.id().path())) {
      return DAMAGED;
    }
    AssetRow asset = state.assets.get(account.asset());
    if (asset == null) {
      return new UnknownAsset(account.asset());
    }
    AccountRow known = state.accounts.get(account.id().path());
    if (known != null) {
      return known.definition.equals(account)
          ? null
          : new AlreadyExists("account " + account.id().key());
    }
    AccountRow row = new AccountRow(account, ++changes.lastSeq, asset.assetSeq(), Int128.ZERO);
    state.accounts.put(account.id().path(), row);
    changes.accounts.add(row);
    return null;
  }

  private void commit(WriteRequest.Commit request) {
    List<PostResult> results = new ArrayList<>(request.drafts.size());
    Set<String> claimed = new HashSet<>();
    Savepoint before = request.atomic ? new Savepoint() : null;
    for (TransactionDraft draft : request.drafts) {
      PostResult result = post(request, draft, claimed, before);
      if (before != null && result instanceof Refused) {
        before.restore();
        answers.add(
            () -> request.future.complete(Collections.nCopies(request.drafts.size(), result)));
        return;
      }
      results.add(result);
    }
    answers.add(() -> request.future.complete(results));
  }

  private PostResult post(
      WriteRequest.Commit request,
      TransactionDraft draft,
      Set<String> claimed,
      @Nullable Savepoint before) {
    String key = draft.idempotencyKey();
    KnownTransaction known = state.transactions.get(key);
    if (known != null) {
      if (!PostingRules.sameMoney(known.postings(), draft.postings())) {
        return new Refused(new IdempotencyConflict(key, known.txId()));
      }
      boolean ours = request.committed(key, known.txId()) && claimed.add(key);
      return new Posted(known.txId(), known.seq(), Micros.instant(known.at()), !ours);
    }
    if (needsDamaged(draft)) {
      return new Refused(DAMAGED);
    }
    PostingRules.Decision<AccountRow> decision = PostingRules.decide(draft, state.accounts::get);
    if (decision instanceof PostingRules.Refused<AccountRow> refused) {
      return new Refused(refused.error());
    }
    PostingRules.Accepted<AccountRow> accepted = (PostingRules.Accepted<AccountRow>) decision;
    long seq = ++changes.lastSeq;
    UUID txId = TxId.of(changes.at, changes.bookId, seq);
    changes.transactions.add(new NewTransaction(seq, txId, draft));
    List<Posting> postings = draft.postings();
    for (int i = 0; i < postings.size(); i++) {
      AccountRow account = accepted.accounts().get(i);
      Int128 after = accepted.balancesAfter().get(i);
      if (before != null) {
        before.remember(account);
      }
      account.balance = after;
      Posting posting = postings.get(i);
      boolean debit = posting.direction() == Side.DEBIT;
      changes.postings.add(
          new NewPosting(
              account.accountSeq,
              seq,
              i,
              debit ? posting.minor() : posting.minor().negated(),
              after));
      add(account.assetSeq, posting.minor().toBigInteger(), debit);
    }
    state.transactions.put(key, new KnownTransaction(txId, seq, changes.at, postings));
    claimed.add(key);
    if (before != null) {
      before.keys.add(key);
    }
    promises.add(() -> request.mayBecome(key, txId));
    return new Posted(txId, seq, Micros.instant(changes.at), false);
  }

  private boolean needsDamaged(TransactionDraft draft) {
    BookState.Damage damage = state.damage;
    if (damage.keys.containsKey(draft.idempotencyKey())) {
      return true;
    }
    if (damage.accounts.isEmpty() && damage.totals.isEmpty()) {
      return false;
    }
    for (Posting posting : draft.postings()) {
      AccountRow account = state.accounts.get(posting.account());
      if (damage.accounts.containsKey(posting.account())
          || (account != null && damage.totals.containsKey(account.assetSeq))) {
        return true;
      }
    }
    return false;
  }

  private void add(long assetSeq, BigInteger minor, boolean debit) {
    Total now = changes.totals.get(assetSeq);
    if (now == null) {
      now = state.totals.get(assetSeq);
    }
    if (now == null) {
      now = Total.NONE;
      changes.newTotals.add(assetSeq);
    }
    changes.totals.put(
        assetSeq,
        debit
            ? new Total(now.debits().add(minor), now.credits())
            : new Total(now.debits(), now.credits().add(minor)));
  }

  /** How things stood before an atomic batch, as far as the batch has changed them. */
  private final class Savepoint {
    private final long lastSeq = changes.lastSeq;
    private final int transactions = changes.transactions.size();
    private final int postings = changes.postings.size();
    private final int promised = promises.size();
    private final Map<Long, Total> totals = new HashMap<>(changes.totals);
    private final Set<Long> newTotals = new HashSet<>(changes.newTotals);
    private final Map<AccountRow, Int128> balances = new HashMap<>();
    final List<String> keys = new ArrayList<>();

    void remember(AccountRow account) {
      balances.putIfAbsent(account, account.balance);
    }

    void restore() {
      changes.lastSeq = lastSeq;
      truncate(changes.transactions, transactions);
      truncate(changes.postings, postings);
      truncate(promises, promised);
      changes.totals.clear();
      changes.totals.putAll(totals);
      changes.newTotals.clear();
      changes.newTotals.addAll(newTotals);
      balances.forEach((account, balance) -> account.balance = balance);
      state.transactions.keySet().removeAll(new HashSet<>(keys));
    }

    private static void truncate(List<?> list, int size) {
      list.subList(size, list.size()).clear();
    }
  }
}
