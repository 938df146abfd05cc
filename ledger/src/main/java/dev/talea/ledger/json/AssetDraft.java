// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerException;
import org.jspecify.annotations.Nullable;

/**
 * The body of a registration as it was read: of the right shape, its words not yet looked at.
 * Between reading and {@link #asset} a server asks whether the caller may register assets at all.
 */
public record AssetDraft(
    String id,
    String assetClass,
    @Nullable String network,
    @Nullable String nativeId,
    int precision,
    String name) {

  /**
   * What is to be registered.
   *
   * @throws LedgerException {@link InvalidDraft} if there is no such class, or what belongs to it
   *     is missing or too much
   */
  public Asset asset() {
    return new Asset(id, parsedClass(), precision, name);
  }

  private AssetClass parsedClass() {
    if (assetClass.equals("fiat")) {
      if (network != null || nativeId != null) {
        throw refused("network", "and native_id must be absent or null for a fiat asset");
      }
      return AssetClass.FIAT;
    }
    if (!assetClass.equals("crypto")) {
      throw refused("class", "is not one of fiat, crypto");
    }
    if (network == null) {
      throw refused("network", "is missing, a crypto asset lives on one");
    }
    return new AssetClass.Crypto(network, nativeId);
  }

  private static LedgerException refused(String field, String reason) {
    return new LedgerException(new InvalidDraft(field, reason));
  }
}
