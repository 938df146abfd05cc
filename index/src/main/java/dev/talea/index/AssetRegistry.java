// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.index.failure.BrokenRecordException;
import dev.talea.index.record.AssetRecord;
import dev.talea.index.record.LedgerRecord;
import dev.talea.index.record.RecordCheck;
import dev.talea.index.record.RecordLayout;
import dev.talea.ledger.Asset;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Page;
import dev.talea.log.LogReader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * The registered assets, as the log of the book {@code _system} says.
 *
 * <p>The log's writer adds and publishes; any thread looks up what is published.
 */
final class AssetRegistry {
  private final ConcurrentNavigableMap<String, Asset> published =
      new ConcurrentSkipListMap<>(DraftRules.BYTEWISE);

  /** Accepted, not yet on disk; the writer's alone. */
  private final List<Asset> pending = new ArrayList<>();

  /** A registered asset, or null. */
  @Nullable Asset find(String id) {
    return published.get(id);
  }

  /** See {@link dev.talea.ledger.StoreReader#assets}. */
  Page<Asset, String> list(@Nullable String after, int limit) {
    List<Asset> items = new ArrayList<>();
    for (Asset asset : (after == null ? published : published.tailMap(after, false)).values()) {
      if (items.size() == limit) {
        return new Page<>(items, items.get(limit - 1).id());
      }
      items.add(asset);
    }
    return new Page<>(items, null);
  }

  /** Also finds what is not on disk yet; for the writer. */
  @Nullable Asset findAccepted(String id) {
    for (Asset asset : pending) {
      if (asset.id().equals(id)) {
        return asset;
      }
    }
    return published.get(id);
  }

  void accept(Asset asset) {
    pending.add(asset);
  }

  boolean hasUnpublished() {
    return !pending.isEmpty();
  }

  /** Shows readers what has been accepted; it must be on disk. */
  void publish() {
    for (Asset asset : pending) {
      published.put(asset.id(), asset);
    }
    pending.clear();
  }

  /**
   * Fills an empty registry from its log.
   *
   * @throws BrokenRecordException at the first record that cannot be
   */
  void replay(LogReader log) {
    RecordCheck.run(log, this::apply);
  }

  private void apply(LedgerRecord record, RecordCheck expected) {
    if (record.type() != RecordLayout.ASSET_REGISTERED) {
      throw record.broken("is of type " + record.type() + ", which is no asset registration");
    }
    Asset asset = AssetRecord.decode(record);
    if (published.putIfAbsent(asset.id(), asset) != null) {
      throw record.broken("registers asset '" + asset.id() + "' a second time");
    }
    AssetRecord.encode(expected.begin(AssetRecord.bytesMax(asset)), asset, record.at());
  }
}
