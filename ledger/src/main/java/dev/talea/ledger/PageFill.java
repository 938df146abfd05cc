// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.util.List;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Decides where a page ends that is bounded in bytes: before the item that would take it over the
 * bound, but never before the first. Bytes are those of the JSON form, about: names and amounts are
 * counted by their characters, what stands around them by a constant.
 *
 * <p>Apart from the stores so that a page ends at the same item whichever store it comes from.
 * Belongs to one read and its thread.
 */
public final class PageFill {
  /** A posting's row beside its names: field names, seq, transaction id, amount, time. */
  private static final int ROW_BYTES = 190;

  /** A posting of an event beside its names: field names and amount. */
  private static final int POSTING_BYTES = 110;

  /** An envelope or a transaction beside its parts. */
  private static final int ITEM_BYTES = 300;

  private final long bytesMax;
  private long bytes;
  private boolean any;

  /**
   * @param bytesMax above 0
   */
  public PageFill(int bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** Whether an item of this size is still for this page; counts it if so. */
  public boolean takes(int itemBytes) {
    if (any && bytes + itemBytes > bytesMax) {
      return false;
    }
    any = true;
    bytes += itemBytes;
    return true;
  }

  /** Bytes that are left; 0 or less if the page is full. */
  public long left() {
    return bytesMax - bytes;
  }

  /** About how long these rows are as JSON. */
  public static int bytes(List<PostingView> rows) {
    long sum = 0;
    for (PostingView row : rows) {
      AccountId account = row.account();
      sum += ROW_BYTES + account.book().length() + account.path().length() + row.asset().length();
    }
    return clamped(sum);
  }

  /** About how long a transaction is as JSON. */
  public static int bytes(TransactionView transaction) {
    return clamped(
        ITEM_BYTES
            + (long) bytes(transaction.postings())
            + refs(transaction.externalRefs())
            + text(transaction.metadata()));
  }

  /** About how long an event is as JSON. */
  public static int bytes(Event event) {
    return switch (event.payload().kind()) {
      case TRANSACTION_POSTED -> bytes(((Event.TransactionPosted) event.payload()).draft());
      case ASSET_REGISTERED, ACCOUNT_OPENED -> 2 * ITEM_BYTES;
    };
  }

  /** About how long a draft is as JSON, and how much memory it takes. */
  public static int bytes(TransactionDraft draft) {
    long sum = (long) ITEM_BYTES + draft.idempotencyKey().length();
    for (Posting posting : draft.postings()) {
      sum +=
          POSTING_BYTES
              + draft.book().length()
              + posting.account().length()
              + posting.asset().length();
    }
    return clamped(sum + refs(draft.externalRefs()) + text(draft.metadata()));
  }

  /** About how long an asset is as JSON. */
  public static int bytes(Asset asset) {
    long sum = (long) ITEM_BYTES + asset.id().length() + asset.name().length();
    if (asset.assetClass() instanceof AssetClass.Crypto crypto) {
      String nativeId = crypto.nativeId();
      sum += crypto.network().length() + (nativeId == null ? 0 : nativeId.length());
    }
    return clamped(sum);
  }

  /** About how long a book at a glance is as JSON. */
  public static int bytes(BookView book) {
    String unavailable = book.unavailable();
    return clamped(
        ITEM_BYTES
            + (long) book.book().length()
            + (unavailable == null ? 0 : unavailable.length()));
  }

  /** About how long an account with its balance is as JSON. */
  public static int bytes(AccountView account) {
    AccountId id = account.account().id();
    return clamped(ITEM_BYTES + (long) id.book().length() + id.path().length());
  }

  /**
   * The front of a page of names, up to the bound.
   *
   * @param name what the page is ordered by
   */
  public static <T> Page<T, String> bounded(
      Page<T, String> page, int bytesMax, ToIntFunction<T> bytes, Function<T, String> name) {
    PageFill fill = new PageFill(bytesMax);
    List<T> items = page.items();
    for (int i = 0; i < items.size(); i++) {
      if (!fill.takes(bytes.applyAsInt(items.get(i)))) {
        return new Page<>(items.subList(0, i), name.apply(items.get(i - 1)));
      }
    }
    return page;
  }

  private static long refs(List<ExternalRef> refs) {
    long sum = 0;
    for (ExternalRef ref : refs) {
      sum += 24 + ref.kind().length() + ref.value().length();
    }
    return sum;
  }

  private static int text(@Nullable JsonText text) {
    return text == null ? 0 : text.text().length();
  }

  private static int clamped(long bytes) {
    return (int) Math.min(bytes, Integer.MAX_VALUE);
  }
}
