// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import java.util.Map;

/**
 * Says what stands for a book as it was at one seq, so that evidence can be held against the ledger
 * later. Apart from {@code LedgerApi}, because only some ledgers keep hash trees, and whoever opens
 * one knows whether.
 *
 * <p>Any thread; may read a disk, and much of it.
 */
@FunctionalInterface
public interface BookHeads {
  /** Where nothing is known. */
  BookHeads NONE = (book, seq, looked) -> Map.of();

  /**
   * What stands for the first records of a book.
   *
   * @param looked called again and again while it is found out; what it throws ends that
   * @return {@code head}, the root over them in base64, as the head of the book says it; or, where
   *     there are no trees, {@code digest}, the SHA-256 of them as an export writes them
   * @throws dev.talea.ledger.LedgerException if it cannot be told
   */
  Map<String, String> at(String book, long seq, Runnable looked);
}
