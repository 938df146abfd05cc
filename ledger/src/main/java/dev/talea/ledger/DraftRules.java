// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import dev.talea.ledger.LedgerError.InvalidAmount;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.Unbalanced;
import dev.talea.ledger.json.JsonTexts;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What can be said about a draft without looking at any account: names, shape, balance. The first
 * failure in the contract's order wins. {@link dev.talea.ledger.rules.GroupRules} says the rest.
 *
 * <p>Stateless; any thread.
 */
public final class DraftRules {
  /** The book that holds the asset registrations. */
  public static final String SYSTEM_BOOK = "_system";

  /** Bytewise order of the UTF-8 forms, which is the order of code points, not of chars. */
  public static final Comparator<String> BYTEWISE = DraftRules::compareCodePoints;

  private DraftRules() {}

  /** Whether only the ledger itself may write to this book. */
  public static boolean isReserved(String book) {
    return book.startsWith("_");
  }

  /** What is wrong with the id of an asset to be registered, or null. */
  public static @Nullable LedgerError checkAssetId(String id) {
    return name("id", id, Limits.ASSET_ID_BYTES_MAX);
  }

  /**
   * As {@link #check(Asset)} for one that has not been registered yet: its name must not hold
   * control characters. Those that were registered before this was a rule stay.
   */
  public static @Nullable LedgerError checkNew(Asset asset) {
    LedgerError fault = check(asset);
    return fault != null ? fault : printable("name", asset.name());
  }

  /**
   * As {@link #check(TransactionDraft)} for one that has not been posted yet: its external
   * references must not hold control characters. Those that were posted before this was a rule
   * stay.
   */
  public static @Nullable LedgerError checkNew(TransactionDraft draft) {
    LedgerError fault = check(draft);
    for (int i = 0; fault == null && i < draft.externalRefs().size(); i++) {
      ExternalRef ref = draft.externalRefs().get(i);
      fault = printable("external_refs.kind", ref.kind());
      fault = fault != null ? fault : printable("external_refs.value", ref.value());
    }
    return fault;
  }

  /** What is wrong with the books of a subscription, null for all of them; or null. */
  public static @Nullable LedgerError checkBooks(@Nullable Set<String> books) {
    return books == null ? null : count("books", books.size(), 0, Limits.SUBSCRIPTION_BOOKS_MAX);
  }

  /** What is wrong with an asset registration, or null. */
  public static @Nullable LedgerError check(Asset asset) {
    LedgerError fault = checkAssetId(asset.id());
    if (fault == null && (asset.precision() < 0 || asset.precision() > Limits.PRECISION_MAX)) {
      fault =
          new InvalidDraft(
              "precision", "is " + asset.precision() + ", must be 0 to " + Limits.PRECISION_MAX);
    }
    if (fault == null) {
      fault = text("name", asset.name(), Limits.TEXT_BYTES_MAX);
    }
    if (fault == null && asset.assetClass() instanceof AssetClass.Crypto crypto) {
      fault = name("network", crypto.network(), Limits.TEXT_BYTES_MAX);
      if (fault == null && crypto.nativeId() != null) {
        fault = name("native_id", crypto.nativeId(), Limits.TEXT_BYTES_MAX);
      }
    }
    return fault;
  }

  /** What is wrong with the book and path of an account to be opened, or null. */
  public static @Nullable LedgerError checkPlace(AccountId id) {
    LedgerError fault = writableBook(id.book());
    return fault != null ? fault : name("path", id.path(), Limits.PATH_BYTES_MAX);
  }

  /**
   * What is wrong with an account opening, before its asset is looked at, or null. An empty asset
   * is one that is not registered.
   */
  public static @Nullable LedgerError check(Account account) {
    LedgerError fault = checkPlace(account.id());
    return fault != null ? fault : assetName("asset", account.asset());
  }

  /** What is wrong with a draft, or null: names and sizes, amounts above zero, debits = credits. */
  public static @Nullable LedgerError check(TransactionDraft draft) {
    LedgerError fault = writableBook(draft.book());
    if (fault == null) {
      fault = name("idempotency_key", draft.idempotencyKey(), Limits.KEY_BYTES_MAX);
    }
    if (fault == null) {
      fault = count("postings", draft.postings().size(), 1, Limits.POSTINGS_MAX);
    }
    if (fault == null) {
      fault = postings(draft.postings(), true);
    }
    if (fault == null) {
      fault = count("external_refs", draft.externalRefs().size(), 0, Limits.REFS_MAX);
    }
    for (int i = 0; fault == null && i < draft.externalRefs().size(); i++) {
      ExternalRef ref = draft.externalRefs().get(i);
      fault = text("external_refs.kind", ref.kind(), Limits.TEXT_BYTES_MAX);
      if (fault == null) {
        fault = text("external_refs.value", ref.value(), Limits.TEXT_BYTES_MAX);
      }
    }
    if (fault == null && draft.metadata() != null) {
      fault = text("metadata", draft.metadata().text(), Limits.METADATA_BYTES_MAX);
      fault = fault != null ? fault : named("metadata", JsonTexts.fault(draft.metadata()));
    }
    if (fault == null && draft.occurredAt() != null && !Timestamps.isInRange(draft.occurredAt())) {
      fault = new InvalidDraft("occurred_at", "must be in a year from 0 to 9999");
    }
    return fault;
  }

  /**
   * What is wrong with the money of a transaction that was posted once, or null: amounts above
   * zero, debits equal to credits. Names, texts and sizes are not looked at: the limits of today
   * are for new drafts.
   */
  public static @Nullable LedgerError checkMoney(List<Posting> postings) {
    return postings.isEmpty()
        ? count("postings", 0, 1, Limits.POSTINGS_MAX)
        : postings(postings, false);
  }

  private static @Nullable LedgerError postings(List<Posting> postings, boolean names) {
    // One asset is the rule; the map is only built for more.
    String onlyAsset = postings.get(0).asset();
    Int128 debits = Int128.ZERO;
    Int128 credits = Int128.ZERO;
    for (Posting posting : postings) {
      if (!posting.asset().equals(onlyAsset)) {
        return postingsOfSeveralAssets(postings, names);
      }
      LedgerError fault = posting(posting, names);
      if (fault != null) {
        return fault;
      }
      boolean debit = posting.direction() == Side.DEBIT;
      Int128 total = (debit ? debits : credits).plus(posting.minor());
      if (total == null) {
        return new InvalidAmount(posting.minor());
      }
      if (debit) {
        debits = total;
      } else {
        credits = total;
      }
    }
    return debits.equals(credits) ? null : new Unbalanced(onlyAsset, debits, credits);
  }

  private static @Nullable LedgerError postingsOfSeveralAssets(
      List<Posting> postings, boolean names) {
    Map<String, Map<Side, Int128>> totals = new TreeMap<>(BYTEWISE);
    for (Posting posting : postings) {
      LedgerError fault = posting(posting, names);
      if (fault != null) {
        return fault;
      }
      Map<Side, Int128> sides =
          totals.computeIfAbsent(posting.asset(), a -> new EnumMap<>(Side.class));
      Int128 total = sides.getOrDefault(posting.direction(), Int128.ZERO).plus(posting.minor());
      if (total == null) {
        return new InvalidAmount(posting.minor());
      }
      sides.put(posting.direction(), total);
    }
    for (Map.Entry<String, Map<Side, Int128>> total : totals.entrySet()) {
      Int128 debits = total.getValue().getOrDefault(Side.DEBIT, Int128.ZERO);
      Int128 credits = total.getValue().getOrDefault(Side.CREDIT, Int128.ZERO);
      if (!debits.equals(credits)) {
        return new Unbalanced(total.getKey(), debits, credits);
      }
    }
    return null;
  }

  private static @Nullable LedgerError posting(Posting posting, boolean names) {
    if (posting.minor().signum() <= 0) {
      return new InvalidAmount(posting.minor());
    }
    if (!names) {
      return null;
    }
    LedgerError fault = name("postings.account", posting.account(), Limits.PATH_BYTES_MAX);
    return fault != null ? fault : assetName("postings.amount.asset", posting.asset());
  }

  /** An asset that is named, and which may not be registered: an empty one never is. */
  private static @Nullable LedgerError assetName(String field, String asset) {
    return named(field, Limits.textFault(asset, Limits.ASSET_ID_BYTES_MAX, true));
  }

  private static @Nullable LedgerError writableBook(String book) {
    LedgerError fault = name("book", book, Limits.BOOK_BYTES_MAX);
    if (fault == null && isReserved(book)) {
      fault = new InvalidDraft("book", "names starting with '_' are reserved for the ledger");
    }
    return fault;
  }

  private static @Nullable LedgerError name(String field, String name, int bytesMax) {
    return named(field, Limits.nameFault(name, bytesMax));
  }

  private static @Nullable LedgerError printable(String field, String text) {
    return named(field, Limits.textFault(text, Limits.TEXT_BYTES_MAX, true));
  }

  private static @Nullable LedgerError text(String field, String text, int bytesMax) {
    return named(field, Limits.textFault(text, bytesMax, false));
  }

  private static @Nullable LedgerError count(String field, int count, int min, int max) {
    if (count < min) {
      return new InvalidDraft(field, "must not be empty");
    }
    return count > max
        ? new InvalidDraft(field, "has " + count + " entries, at most " + max + " fit")
        : null;
  }

  private static @Nullable LedgerError named(String field, @Nullable String fault) {
    return fault == null ? null : new InvalidDraft(field, fault);
  }

  private static int compareCodePoints(String a, String b) {
    int common = Math.min(a.length(), b.length());
    for (int i = 0; i < common; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        // A surrogate stands for a code point above every other char's.
        boolean sameClass = Character.isSurrogate(x) == Character.isSurrogate(y);
        return sameClass ? Character.compare(x, y) : Character.isSurrogate(x) ? 1 : -1;
      }
    }
    return Integer.compare(a.length(), b.length());
  }
}
