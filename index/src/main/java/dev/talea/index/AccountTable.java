package dev.talea.index;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * The accounts and assets of one book, by name and by number.
 *
 * <p>The book's writer adds; any thread looks up. What is not on disk yet is in here already, for
 * the writer; readers tell by {@link AccountEntry#visible} and {@link Chain#head}. Look-up by
 * number is for numbers that stand in durable records: these were added before the record became
 * durable, and a reader that has seen the durable seq or a head sees the addition too.
 */
final class AccountTable {
  private static final AccountEntry[] NO_ACCOUNTS = {};
  private static final AssetEntry[] NO_ASSETS = {};

  private final ConcurrentMap<String, AccountEntry> byPath = new ConcurrentHashMap<>();
  private volatile AccountEntry[] byNumber = NO_ACCOUNTS;
  private int accounts;

  private final Map<String, AssetEntry> assetsById = new HashMap<>();

  /** Exactly as long as there are assets; replaced whole, since books hold few of them. */
  private volatile AssetEntry[] assets = NO_ASSETS;

  void add(AccountEntry entry) {
    AccountEntry[] numbered = byNumber;
    if (accounts == numbered.length) {
      numbered = Arrays.copyOf(numbered, Math.max(8, 2 * accounts));
    }
    numbered[accounts++] = entry;
    byNumber = numbered;
    byPath.put(entry.definition().id().path(), entry);
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

  /** Also finds accounts that readers may not know of yet. */
  @Nullable AccountEntry find(String path) {
    return byPath.get(path);
  }

  /** The account with this number, or null if no record gave it away. */
  @Nullable AccountEntry numbered(int number) {
    AccountEntry[] numbered = byNumber;
    return number >= 0 && number < numbered.length ? numbered[number] : null;
  }

  /** How many accounts there are, for the writer. */
  int size() {
    return accounts;
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
