// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.index.record.Chain;
import dev.talea.index.record.TotalSoFar;

/**
 * An asset as one book knows it: its number there, and the chain of totals lines.
 *
 * <p>The book's writer owns the totals; readers use the immutable part and the head of the chain.
 */
final class AssetEntry {
  final String id;
  final int number;
  final int precision;
  final Chain chain = new Chain();

  /** Running totals of the book in this asset, with everything accepted so far. */
  final TotalSoFar debits = new TotalSoFar();

  final TotalSoFar credits = new TotalSoFar();

  /** The last seq that touched the asset: tells the first posting of a transaction in it. */
  long touchedBySeq;

  AssetEntry(String id, int number, int precision) {
    this.id = id;
    this.number = number;
    this.precision = precision;
  }
}
