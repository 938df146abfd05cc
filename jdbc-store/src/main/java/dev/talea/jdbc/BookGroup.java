// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.jdbc.BookChanges.NewTransaction;
import dev.talea.jdbc.BookState.AccountRow;
import dev.talea.jdbc.BookState.AssetRow;
import dev.talea.jdbc.BookState.KnownTransaction;
import dev.talea.ledger.Account;
import dev.talea.ledger.Asset;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerError.UnknownAsset;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Micros;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.Posting;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TxId;
import dev.talea.ledger.rules.DefinitionRules;
import dev.talea.ledger.rules.GroupRules;
import dev.talea.ledger.rules.GroupRules.Earlier;
import dev.talea.ledger.rules.PostingRules.Accepted;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Has the writes of one book that are committed together decided ({@link GroupRules}), one after
 * the other, each on top of those before it, and notes what is to be written. Knows no SQL: it goes
 * from what the database said ({@link BookState}, {@link StoredDrafts}) to what it is to be told
 * ({@link BookChanges}). Answers are kept until the commit is known to be durable.
 *
 * <p>Lives for one attempt on one writer thread.
 */
final class BookGroup implements GroupRules.Book<TransactionDraft, AccountRow> {
  private static final LedgerError DAMAGED = new Unavailable(DamagedRowException.REASON);

  /** The database failed while the rules were asking. */
  private static final class ReadFailedException extends RuntimeException {
    private static final long serialVersionUID = 1;
    final SQLException why;

    ReadFailedException(SQLException why) {
      super(why);
      this.why = why;
    }
  }

  private final BookState state;
  private final StoredDrafts stored;
  private final BookChanges changes;
  private final List<Runnable> answers = new ArrayList<>();
  private final List<Runnable> promises = new ArrayList<>();

  private BookGroup(String book, BookState state, StoredDrafts stored, long answeredAsOf) {
    this.state = state;
    this.stored = stored;
    long at = Math.max(state.now, Math.max(state.lastAt, answeredAsOf) + 1);
    this.changes = new BookChanges(state.bookId, book, at, state.lastSeq);
  }

  /**
   * Decides all of them.
   *
   * @param stored reads what the state left out
   * @param answeredAsOf microseconds; no answer as of a moment up to this may change, so the group
   *     is committed later than that, and than the group before it
   */
  static BookGroup decide(
      String book,
      BookState state,
      StoredDrafts stored,
      long answeredAsOf,
      List<WriteRequest> requests)
      throws SQLException {
    BookGroup group = new BookGroup(book, state, stored, answeredAsOf);
    try {
      group.decide(requests);
    } catch (ReadFailedException e) {
      throw e.why;
    }
    stored.letGo();
    return group;
  }

  private void decide(List<WriteRequest> requests) {
    for (WriteRequest request : requests) {
      if (request instanceof WriteRequest.Commit commit) {
        commit(commit);
      } else if (request instanceof WriteRequest.Open open) {
        LedgerError error = open(open.account);
        answers.add(() -> settle(open.future, error));
      } else if (request instanceof WriteRequest.Register register) {
        LedgerError error = register(register.asset);
        answers.add(() -> settle(register.future, error));
      }
    }
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
      return DefinitionRules.again(known.asset(), asset);
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
      return DefinitionRules.again(known.definition, account);
    }
    AccountRow row = new AccountRow(account, ++changes.lastSeq, asset.assetSeq(), Int128.ZERO);
    state.accounts.put(account.id().path(), row);
    changes.accounts.add(row);
    return null;
  }

  private void commit(WriteRequest.Commit request) {
    List<PostResult> results =
        GroupRules.commit(
            request.drafts,
            request.atomic,
            this,
            (draft, accepted) -> post(request, draft, accepted));
    List<PostResult> ours = withoutRetries(request, results);
    answers.add(() -> request.future.complete(ours));
  }

  /**
   * The results as the caller is to have them: what is known because an earlier attempt of this
   * request committed it was posted, not repeated, the first time that it is asked for.
   */
  private static List<PostResult> withoutRetries(
      WriteRequest.Commit request, List<PostResult> results) {
    List<PostResult> ours = new ArrayList<>(results.size());
    Set<String> claimed = new HashSet<>();
    for (int i = 0; i < results.size(); i++) {
      PostResult result = results.get(i);
      if (result instanceof Posted posted) {
        String key = request.drafts.get(i).idempotencyKey();
        boolean first = claimed.add(key);
        if (first && posted.deduplicated() && request.committed(key, posted.txId())) {
          result = new Posted(posted.txId(), posted.seq(), posted.at(), false);
        }
      }
      ours.add(result);
    }
    return ours;
  }

  @Override
  public TransactionDraft said(TransactionDraft draft) {
    return draft;
  }

  @Override
  public @Nullable Earlier earlier(TransactionDraft draft) {
    String key = draft.idempotencyKey();
    KnownTransaction known = state.transactions.get(key);
    if (known == null) {
      return null;
    }
    List<Posting> postings;
    try {
      postings = stored.postings(known, key);
    } catch (SQLException e) {
      throw new ReadFailedException(e);
    }
    return postings == null
        ? null // if it is damaged, that is the obstacle
        : new Earlier(
            postings, new Posted(known.txId(), known.seq(), Micros.instant(known.at()), false));
  }

  @Override
  public @Nullable AccountRow find(String path) {
    return state.accounts.get(path);
  }

  @Override
  public @Nullable LedgerError obstacle(TransactionDraft draft) {
    return needsDamaged(draft) ? DAMAGED : null;
  }

  private Posted post(
      WriteRequest.Commit request, TransactionDraft draft, Accepted<AccountRow> accepted) {
    String key = draft.idempotencyKey();
    long seq = ++changes.lastSeq;
    UUID txId = TxId.of(changes.at, changes.bookId, seq);
    changes.post(seq, txId, draft, accepted, state.totals);
    state.transactions.put(key, new KnownTransaction(txId, seq, changes.at, 0, draft.postings()));
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
}
