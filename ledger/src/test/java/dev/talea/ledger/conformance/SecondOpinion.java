// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.conformance;

import static java.util.Objects.requireNonNull;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.Asset;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.AlreadyExists;
import dev.talea.ledger.LedgerError.AssetMismatch;
import dev.talea.ledger.LedgerError.ConstraintViolation;
import dev.talea.ledger.LedgerError.IdempotencyConflict;
import dev.talea.ledger.LedgerError.InvalidAmount;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.UnknownAccount;
import dev.talea.ledger.LedgerError.UnknownAsset;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TrialBalance;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a ledger has to answer, worked out a second time and as plainly as it can be said: lists of
 * what was posted, walked from the first to the last for every question, exact sums of {@link
 * BigInteger}, and a copy of the book before a batch that may fail. Shares no line with {@code
 * dev.talea.ledger.rules}, which every store and the model ask: a fault there is the same in all of
 * them, and is found here. Only the form of a single draft is left to {@link DraftRules}.
 *
 * <p>Ids and commit times are the ledger's to choose: those of its answer are taken over once they
 * have been looked at.
 *
 * <p>One thread.
 */
final class SecondOpinion {
  private record Transaction(Posted receipt, TransactionDraft draft) {}

  private static final class Book {
    final List<Account> accounts = new ArrayList<>();
    final List<Transaction> transactions = new ArrayList<>();

    Book copy() {
      Book copy = new Book();
      copy.accounts.addAll(accounts);
      copy.transactions.addAll(transactions);
      return copy;
    }

    long lastSeq() {
      return (long) accounts.size() + transactions.size();
    }

    @Nullable Account account(String path) {
      for (Account account : accounts) {
        if (account.id().path().equals(path)) {
          return account;
        }
      }
      return null;
    }
  }

  private final List<Asset> assets = new ArrayList<>();
  private final Map<String, Book> books = new HashMap<>();

  private Book book(String name) {
    return books.computeIfAbsent(name, n -> new Book());
  }

  private @Nullable Asset asset(String id) {
    for (Asset asset : assets) {
      if (asset.id().equals(id)) {
        return asset;
      }
    }
    return null;
  }

  // ---- writes

  @Nullable Object registers(Asset asset) {
    LedgerError fault = DraftRules.checkNew(asset);
    if (fault != null) {
      return fault;
    }
    Asset known = asset(asset.id());
    if (known == null) {
      assets.add(asset);
      return null;
    }
    return known.equals(asset) ? null : new AlreadyExists("asset " + asset.id());
  }

  @Nullable Object opens(Account account) {
    LedgerError fault = DraftRules.check(account);
    if (fault != null) {
      return fault;
    }
    if (asset(account.asset()) == null) {
      return new UnknownAsset(account.asset());
    }
    Book book = book(account.id().book());
    Account known = book.account(account.id().path());
    if (known == null) {
      book.accounts.add(account);
      return null;
    }
    return known.equals(account) ? null : new AlreadyExists("account " + account.id().key());
  }

  /**
   * The answer to a draft.
   *
   * @param actual the ledger's, which says what its id and its time are if it is posted
   */
  Object posts(TransactionDraft draft, @Nullable Object actual) {
    LedgerError fault = DraftRules.checkNew(draft);
    if (fault != null) {
      return fault;
    }
    Book book = book(draft.book());
    for (Transaction earlier : book.transactions) {
      if (earlier.draft.idempotencyKey().equals(draft.idempotencyKey())) {
        Posted first = earlier.receipt;
        return sameMoney(earlier.draft.postings(), draft.postings())
            ? new Posted(first.txId(), first.seq(), first.at(), true)
            : new IdempotencyConflict(draft.idempotencyKey(), first.txId());
      }
    }
    LedgerError refusal = refusal(book, draft);
    return refusal == null ? accepted(book, draft, actual) : refusal;
  }

  /** The answer to an atomic batch: a list of receipts, or one refusal. */
  Object postsAll(List<TransactionDraft> drafts, @Nullable Object actual) {
    for (TransactionDraft draft : drafts) {
      LedgerError fault = DraftRules.checkNew(draft);
      if (fault != null) {
        return fault;
      }
      if (!draft.book().equals(drafts.get(0).book())) {
        return new InvalidDraft("book", "");
      }
    }
    for (TransactionDraft one : drafts) {
      for (TransactionDraft other : drafts) {
        if (one.idempotencyKey().equals(other.idempotencyKey())
            && !sameMoney(one.postings(), other.postings())) {
          return new InvalidDraft("idempotency_key", "");
        }
      }
    }
    List<Object> answers = new ArrayList<>();
    List<?> receipts = actual instanceof List<?> list ? list : List.of();
    Book before = drafts.isEmpty() ? new Book() : book(drafts.get(0).book()).copy();
    for (TransactionDraft draft : drafts) {
      boolean told = answers.size() < receipts.size();
      Object answer = posts(draft, told ? receipts.get(answers.size()) : null);
      if (answer instanceof LedgerError) {
        books.put(draft.book(), before);
        return answer;
      }
      answers.add(answer);
    }
    return answers;
  }

  private static boolean sameMoney(List<Posting> one, List<Posting> other) {
    List<Posting> left = new ArrayList<>(one);
    for (Posting posting : other) {
      if (!left.remove(posting)) {
        return false;
      }
    }
    return left.isEmpty();
  }

  private static @Nullable LedgerError refusal(Book book, TransactionDraft draft) {
    for (Posting posting : draft.postings()) {
      String key = new AccountId(draft.book(), posting.account()).key();
      Account account = book.account(posting.account());
      if (account == null) {
        return new UnknownAccount(key);
      }
      if (!account.asset().equals(posting.asset())) {
        return new AssetMismatch(key, account.asset(), posting.asset());
      }
    }
    for (Posting posting : draft.postings()) {
      if (Int128.of(after(book, draft, posting.account())) == null) {
        return new InvalidAmount(posting.minor());
      }
    }
    ConstraintViolation lowest = null;
    for (Posting posting : draft.postings()) {
      Account account = requireNonNull(book.account(posting.account()));
      BigInteger effective = effective(account, after(book, draft, posting.account()));
      Int128 floor = account.minBalance();
      if (floor != null && effective.compareTo(floor.toBigInteger()) < 0) {
        String key = account.id().key();
        if (lowest == null || bytewise(key, lowest.account()) < 0) {
          lowest = new ConstraintViolation(key, floor, exact(effective));
        }
      }
    }
    return lowest;
  }

  private Object accepted(Book book, TransactionDraft draft, @Nullable Object actual) {
    long seq = book.lastSeq() + 1;
    UUID id = new UUID(0, 0);
    Instant at = Instant.EPOCH;
    if (actual instanceof Posted posted) {
      id = posted.txId();
      at = posted.at();
      for (Book each : books.values()) {
        for (Transaction earlier : each.transactions) {
          if (earlier.receipt.txId().equals(id)) {
            return "an id that is not the one of " + earlier;
          }
          if (each == book && earlier.receipt.at().isAfter(at)) {
            return "a commit time that is not before the one of " + earlier;
          }
        }
      }
    }
    Posted receipt = new Posted(id, seq, at, false);
    book.transactions.add(new Transaction(receipt, draft));
    return receipt;
  }

  /** The raw balance of an account once the draft is posted. */
  private static BigInteger after(Book book, TransactionDraft draft, String path) {
    BigInteger raw = raw(book, path, null);
    for (Posting posting : draft.postings()) {
      raw = posting.account().equals(path) ? raw.add(signed(posting)) : raw;
    }
    return raw;
  }

  // ---- reads

  Object balance(AccountId id, @Nullable Instant asOf) {
    Book book = book(id.book());
    Account account = book.account(id.path());
    if (account == null) {
      return new UnknownAccount(id.key());
    }
    long updatedSeq = 0;
    for (Transaction transaction : book.transactions) {
      for (Posting posting : transaction.draft.postings()) {
        if (isBy(transaction, asOf) && posting.account().equals(id.path())) {
          updatedSeq = transaction.receipt.seq();
        }
      }
    }
    Int128 effective = exact(effective(account, raw(book, id.path(), asOf)));
    int precision = requireNonNull(asset(account.asset())).precision();
    return new BalanceView(id, account.asset(), precision, effective, asOf, updatedSeq);
  }

  TrialBalance trialBalance(String name, @Nullable Instant asOf) {
    Book book = book(name);
    Set<String> moved = new LinkedHashSet<>();
    for (Transaction transaction : book.transactions) {
      for (Posting posting : transaction.draft.postings()) {
        if (isBy(transaction, asOf)) {
          moved.add(posting.asset());
        }
      }
    }
    List<TrialBalance.Line> lines = new ArrayList<>();
    for (String asset : moved) {
      lines.add(
          new TrialBalance.Line(
              asset, sum(book, asset, Side.DEBIT, asOf), sum(book, asset, Side.CREDIT, asOf)));
    }
    lines.sort((one, other) -> bytewise(one.asset(), other.asset()));
    return new TrialBalance(name, asOf, lines);
  }

  private static BigInteger sum(Book book, String asset, Side side, @Nullable Instant asOf) {
    BigInteger sum = BigInteger.ZERO;
    for (Transaction transaction : book.transactions) {
      for (Posting posting : transaction.draft.postings()) {
        if (isBy(transaction, asOf)
            && posting.asset().equals(asset)
            && posting.direction() == side) {
          sum = sum.add(posting.minor().toBigInteger());
        }
      }
    }
    return sum;
  }

  private static BigInteger raw(Book book, String path, @Nullable Instant asOf) {
    BigInteger raw = BigInteger.ZERO;
    for (Transaction transaction : book.transactions) {
      for (Posting posting : transaction.draft.postings()) {
        if (isBy(transaction, asOf) && posting.account().equals(path)) {
          raw = raw.add(signed(posting));
        }
      }
    }
    return raw;
  }

  private static boolean isBy(Transaction transaction, @Nullable Instant asOf) {
    return asOf == null || !transaction.receipt.at().isAfter(asOf);
  }

  private static BigInteger signed(Posting posting) {
    BigInteger minor = posting.minor().toBigInteger();
    return posting.direction() == Side.DEBIT ? minor : minor.negate();
  }

  private static BigInteger effective(Account account, BigInteger raw) {
    return account.normalSide() == Side.CREDIT ? raw.negate() : raw;
  }

  private static Int128 exact(BigInteger value) {
    return requireNonNull(Int128.of(value), () -> value + " is out of range");
  }

  private static int bytewise(String one, String other) {
    return Arrays.compareUnsigned(
        one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
  }
}
