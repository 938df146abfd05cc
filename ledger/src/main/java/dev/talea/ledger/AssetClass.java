// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/** What kind of thing an asset is: money issued by a state, or a token on a network. */
public sealed interface AssetClass {

  /** State-issued money. */
  record Fiat() implements AssetClass {}

  /**
   * A token.
   *
   * @param network the chain it lives on, for example {@code ethereum}
   * @param nativeId its address on that chain; null for the chain's own coin
   */
  record Crypto(String network, @Nullable String nativeId) implements AssetClass {
    public Crypto {
      requireNonNull(network, "network");
    }
  }

  /** The one fiat value. */
  AssetClass FIAT = new Fiat();
}
