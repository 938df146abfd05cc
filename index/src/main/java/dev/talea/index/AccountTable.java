// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.index.keys.KeyHash;
import dev.talea.index.record.Chain;
import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The accounts and assets of one book, by name, by number and in the order of their names.
 *
 * <p>The book's writer adds; any thread looks up, and never waits. What is not on disk yet is in
 * here already, for the writer; readers tell by {@link AccountEntry#visible} and {@link
 * Chain#head}. Look-up by number is for numbers that stand in durable records: these were added
 * before the record became durable, and a reader that has seen the durable seq or a head sees the
 * addition too.
 *
 * <p>Names are found in a hash table with open addressing: an account, and beside it a byte of its
 * hash, so that hardly any look at an account that is not the one. Nothing is ever removed, which
 * makes reading beside the writer simple: the byte of a slot goes from 0 to its final value once
 * the account is in place, and a full table is replaced by a larger one that holds the same. An
 * account costs 10 to 20 bytes in here; the maps of the JDK take 40 and more.
 */
final class AccountTable {
  private static final VarHandle TAGS = MethodHandles.arrayElementVarHandle(byte[].class);
  private static final int SLOTS_MIN = 16;
  private static final AccountEntry[] NO_ACCOUNTS = {};
  private static final AssetEntry[] NO_ASSETS = {};

  private final long secret;
  private final long multiplier;

  /** Never more than three quarters full. */
  private volatile Slots slots = new Slots(SLOTS_MIN);

  /** Longer than there are accounts. Replaced when it is full; what is in it stays. */
  private volatile AccountEntry[] byNumber = NO_ACCOUNTS;

  private volatile int accounts;

  private final AccountOrder order = new AccountOrder(this);
  private final Map<String, AssetEntry> assetsById = new HashMap<>();

  /** Exactly as long as there are assets; replaced whole, since books hold few of them. */
  private volatile AssetEntry[] assets = NO_ASSETS;

  /**
   * @param hash lends its secret: a client that could choose paths that collide could slow the
   *     writer down
   */
  AccountTable(KeyHash hash) {
    this.secret = hash.of(new byte[] {0});
    this.multiplier = hash.of(new byte[] {1}) | 1;
  }

  /** Adds an account under a path that is not there, with the number {@link #size}. */
  void add(AccountEntry entry) {
    int number = accounts;
    if (entry.number != number) {
      throw new IllegalArgumentException(
          "account number " + entry.number + " comes after " + number + " accounts");
    }
    AccountEntry[] numbered = byNumber;
    if (number == numbered.length) {
      numbered = Arrays.copyOf(numbered, Math.max(8, number + number / 2));
      byNumber = numbered;
    }
    numbered[number] = entry;
    accounts = number + 1;
    Slots table = slots;
    if (number + 1 > table.length() / 4 * 3) {
      table = new Slots(2 * table.length());
      for (int i = 0; i <= number; i++) {
        table.insert(hash(numbered[i].path), numbered[i]);
      }
      slots = table;
    } else {
      table.insert(hash(entry.path), entry);
    }
  }

  /** Also finds accounts that readers may not know of yet. Allocates nothing. */
  @Nullable AccountEntry find(String path) {
    return slots.find(hash(path), path);
  }

  /** The hash table in one of its sizes, a power of two. */
  private static final class Slots {
    private final byte[] tags;
    private final @Nullable AccountEntry[] entries;

    Slots(int length) {
      this.tags = new byte[length];
      this.entries = new AccountEntry[length];
    }

    int length() {
      return tags.length;
    }

    void insert(long hash, AccountEntry entry) {
      int mask = tags.length - 1;
      int slot = (int) hash & mask;
      while (tags[slot] != 0) {
        slot = (slot + 1) & mask;
      }
      entries[slot] = entry;
      TAGS.setRelease(tags, slot, tag(hash));
    }

    @Nullable AccountEntry find(long hash, String path) {
      int mask = tags.length - 1;
      byte wanted = tag(hash);
      int slot = (int) hash & mask;
      byte tag = (byte) TAGS.getAcquire(tags, slot);
      while (tag != 0) {
        if (tag == wanted) {
          AccountEntry entry = entries[slot];
          if (entry != null && entry.path.equals(path)) {
            return entry;
          }
        }
        slot = (slot + 1) & mask;
        tag = (byte) TAGS.getAcquire(tags, slot);
      }
      return null;
    }

    /** Never 0, which is a free slot; of other bits of the hash than those that chose the slot. */
    private static byte tag(long hash) {
      return (byte) (hash >>> 56 | 1);
    }
  }

  /** Four chars at a time: xored in, multiplied, and the high bits brought down again. */
  private long hash(String path) {
    int length = path.length();
    long hash = secret + length;
    int i = 0;
    for (; i + 4 <= length; i += 4) {
      long word =
          path.charAt(i)
              | (long) path.charAt(i + 1) << 16
              | (long) path.charAt(i + 2) << 32
              | (long) path.charAt(i + 3) << 48;
      hash = (hash ^ word) * multiplier;
      hash ^= hash >>> 29;
    }
    long rest = 0;
    for (; i < length; i++) {
      rest = rest << 16 | path.charAt(i);
    }
    hash = (hash ^ rest) * multiplier;
    hash ^= hash >>> 32;
    hash *= multiplier;
    return hash ^ hash >>> 32;
  }

  /** The account with this number, or null if no record gave it away. */
  @Nullable AccountEntry numbered(int number) {
    AccountEntry[] numbered = byNumber;
    return number >= 0 && number < numbered.length ? numbered[number] : null;
  }

  /** How many accounts there are, with those that readers may not know of yet. */
  int size() {
    return accounts;
  }

  /** How many accounts readers may know of. */
  int visibleSize() {
    int visible = accounts;
    // They become visible in the order of their numbers, and few are under way at a time.
    while (visible > 0 && !entry(visible - 1).visible()) {
      visible--;
    }
    return visible;
  }

  /** One of the first {@link #size} accounts. */
  AccountEntry entry(int number) {
    return byNumber[number];
  }

  /**
   * Visible accounts in bytewise order of their paths.
   *
   * @param prefix what their paths begin with
   * @param after only those behind this path; null for all
   * @param limit how many at most
   */
  List<AccountEntry> list(String prefix, @Nullable String after, int limit) {
    return order.list(prefix, after, limit);
  }

  /**
   * The same definition with the names of book and asset that are in memory already: those that
   * come with a request or a record are copies of their own, a hundred bytes an account.
   *
   * @param asset the account's
   */
  Account sharingNames(Account account, AssetEntry asset) {
    String book = accounts == 0 ? account.id().book() : entry(0).definition().id().book();
    return new Account(
        new AccountId(book, account.id().path()),
        asset.id,
        account.kind(),
        account.normalSide(),
        account.minBalance());
  }

  AssetEntry addAsset(String id, int precision) {
    AssetEntry[] before = assets;
    AssetEntry added = new AssetEntry(id, before.length, precision);
    AssetEntry[] after = Arrays.copyOf(before, before.length + 1);
    after[before.length] = added;
    assets = after;
    assetsById.put(id, added);
    return added;
  }

  /** The book's entry for an asset, or null; for the writer. */
  @Nullable AssetEntry asset(String id) {
    return assetsById.get(id);
  }

  /** All assets by number. Not to be changed. */
  AssetEntry[] assets() {
    return assets;
  }
}
