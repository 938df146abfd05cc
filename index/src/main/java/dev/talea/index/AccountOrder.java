// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.ledger.DraftRules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The accounts of a book in bytewise order of their paths, for listings. Separate from {@link
 * AccountTable} because it belongs to the readers: the writer neither feeds it nor waits for it,
 * and a book that is never listed has none.
 *
 * <p>The accounts lie in a few sorted arrays, each at least four times as long as the next, which
 * hold the accounts 0, 1, 2, ... up to some number. A listing sorts those that came since into one
 * more array and merges arrays until that is so again, as a merge tree does with its levels: each
 * account is moved O(log n) times in its life, and a page is found by a binary search in each of
 * O(log n) arrays. It takes four bytes an account; a tree would take a hundred.
 *
 * <p>Any thread; one at a time brings it up to date, the others wait for it. The arrays never
 * change.
 */
final class AccountOrder {
  private static final Comparator<AccountEntry> BY_PATH =
      (a, b) -> DraftRules.BYTEWISE.compare(a.path, b.path);

  /** So much longer is each array than the one after it. */
  private static final int RATIO = 4;

  private final AccountTable accounts;

  /** Sorted arrays, the longest first. Together they hold the accounts 0 to their number - 1. */
  private volatile List<AccountEntry[]> runs = List.of();

  AccountOrder(AccountTable accounts) {
    this.accounts = accounts;
  }

  /** See {@link AccountTable#list}. */
  List<AccountEntry> list(String prefix, @Nullable String after, int limit) {
    List<AccountEntry[]> sorted = upToDate();
    int[] next = new int[sorted.size()];
    for (int i = 0; i < next.length; i++) {
      next[i] = start(sorted.get(i), prefix, after);
    }
    List<AccountEntry> page = new ArrayList<>(Math.min(limit, 100));
    while (page.size() < limit) {
      int least = -1;
      for (int i = 0; i < next.length; i++) {
        if (next[i] < sorted.get(i).length
            && (least < 0
                || BY_PATH.compare(sorted.get(i)[next[i]], sorted.get(least)[next[least]]) < 0)) {
          least = i;
        }
      }
      // Those that begin with the prefix stand together, so the first that does not is the end.
      if (least < 0 || !sorted.get(least)[next[least]].path.startsWith(prefix)) {
        return page;
      }
      AccountEntry entry = sorted.get(least)[next[least]++];
      if (entry.visible()) {
        page.add(entry);
      }
    }
    return page;
  }

  /** The first place in a sorted array that is not before the prefix and is behind the other. */
  private static int start(AccountEntry[] sorted, String prefix, @Nullable String after) {
    boolean behind = after != null && DraftRules.BYTEWISE.compare(after, prefix) >= 0;
    String bound = after != null && behind ? after : prefix;
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      int order = DraftRules.BYTEWISE.compare(sorted[middle].path, bound);
      if (order < 0 || (order == 0 && behind)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private List<AccountEntry[]> upToDate() {
    List<AccountEntry[]> current = runs;
    return count(current) == accounts.size() ? current : update();
  }

  private synchronized List<AccountEntry[]> update() {
    List<AccountEntry[]> sorted = new ArrayList<>(runs);
    int from = count(sorted);
    AccountEntry[] added = new AccountEntry[accounts.size() - from];
    for (int i = 0; i < added.length; i++) {
      added[i] = accounts.entry(from + i);
    }
    if (added.length > 0) {
      Arrays.sort(added, BY_PATH);
      while (!sorted.isEmpty() && sorted.get(sorted.size() - 1).length < RATIO * added.length) {
        added = merged(sorted.remove(sorted.size() - 1), added);
      }
      sorted.add(added);
      runs = List.copyOf(sorted);
    }
    return sorted;
  }

  private static AccountEntry[] merged(AccountEntry[] a, AccountEntry[] b) {
    AccountEntry[] all = new AccountEntry[a.length + b.length];
    int i = 0;
    int j = 0;
    for (int k = 0; k < all.length; k++) {
      boolean fromA = j == b.length || (i < a.length && BY_PATH.compare(a[i], b[j]) < 0);
      all[k] = fromA ? a[i++] : b[j++];
    }
    return all;
  }

  private static int count(List<AccountEntry[]> sorted) {
    int count = 0;
    for (AccountEntry[] run : sorted) {
      count += run.length;
    }
    return count;
  }
}
