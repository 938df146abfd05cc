// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import static java.util.Objects.requireNonNull;

/**
 * An asset and, since a registration is its whole definition, also the draft of one.
 *
 * @param id global over all books, immutable, 1 to 64 bytes of UTF-8
 * @param assetClass fiat or crypto
 * @param precision number of fraction digits of the major unit, 0 to 255: minor units per major
 *     unit are ten to this power
 * @param name for people
 */
public record Asset(String id, AssetClass assetClass, int precision, String name) {
  /** Null is no value, and is refused here: every ledger answers to it alike. */
  public Asset {
    requireNonNull(id, "id");
    requireNonNull(assetClass, "assetClass");
    requireNonNull(name, "name");
  }
}
