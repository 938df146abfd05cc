// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.embedded;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import java.util.ArrayList;
import java.util.List;

/**
 * What is posted: the nth transaction is a function of n alone, so that any process can ask for it
 * again by its key.
 *
 * <p>Transactions go round the books. Each has two postings: one to the account {@code cash} of its
 * book, whose chain therefore becomes as long as the book, and one to one of the other accounts,
 * chosen evenly. Keys have 36 characters. Immutable; any thread may ask.
 *
 * @param books how many
 * @param accountsPerBook at least two, {@code cash} among them
 */
public record Load(int books, int accountsPerBook) {
  /** The account that every transaction of a book touches. */
  public static final String CASH = "cash";

  private static final String ASSET = "EUR";
  private static final int KEY_LENGTH = 36;
  private static final String KEY_PREFIX = "0f8fad5b-d9cb-469f-a165-";
  private static final int AMOUNTS = 1000;

  public Load {
    if (books < 1 || accountsPerBook < 2) {
      throw new IllegalArgumentException(
          "a load needs a book and two accounts in it, not " + books + " and " + accountsPerBook);
    }
  }

  /** What has to be registered first. */
  public static Asset asset() {
    return new Asset(ASSET, AssetClass.FIAT, 2, "Euro");
  }

  /** Name of a book. */
  public static String book(int index) {
    return "book-" + index;
  }

  /** Name of the book of the nth transaction. */
  public String bookOf(long n) {
    return book((int) (n % books));
  }

  /** The accounts of a book. */
  public List<Account> accounts(int book) {
    List<Account> accounts = new ArrayList<>(accountsPerBook);
    accounts.add(account(book, CASH, AccountKind.ASSET, Side.DEBIT));
    for (int i = 1; i < accountsPerBook; i++) {
      accounts.add(account(book, path(i), AccountKind.INCOME, Side.CREDIT));
    }
    return accounts;
  }

  private static Account account(int book, String path, AccountKind kind, Side side) {
    return new Account(new AccountId(book(book), path), ASSET, kind, side, null);
  }

  /** The nth transaction. */
  public TransactionDraft draft(long n) {
    Int128 amount = Int128.of(1 + n % AMOUNTS);
    return new TransactionDraft(
        bookOf(n),
        key(n),
        List.of(
            new Posting(CASH, amount, ASSET, Side.DEBIT),
            new Posting(otherAccount(n), amount, ASSET, Side.CREDIT)),
        List.of(),
        null,
        null);
  }

  /** Path of the account that the nth transaction touches besides {@link #CASH}. */
  public String otherAccount(long n) {
    return path((int) (1 + Long.remainderUnsigned(mix(n), accountsPerBook - 1)));
  }

  private static String path(int account) {
    return "account-" + account;
  }

  /** A key of 36 characters that tells n. */
  static String key(long n) {
    char[] key = new char[KEY_LENGTH];
    KEY_PREFIX.getChars(0, KEY_PREFIX.length(), key, 0);
    for (int i = KEY_LENGTH - 1, shift = 0; i >= KEY_PREFIX.length(); i--, shift += 4) {
      key[i] = Character.forDigit((int) (n >>> shift) & 15, 16);
    }
    return new String(key);
  }

  /** Spreads neighbouring numbers: the finalizer of SplitMix64. */
  static long mix(long n) {
    long z = n + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
