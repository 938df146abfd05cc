// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.time.Instant;
import java.util.UUID;

/** What became of one draft: it is posted, or it was refused and left no trace. */
public sealed interface PostResult {

  /**
   * The draft is in the ledger, on disk.
   *
   * @param txId UUIDv7 whose timestamp is the commit's
   * @param seq its place in the book, from 1, without gaps
   * @param at commit time, whole microseconds, never decreasing in seq order
   * @param deduplicated true if an earlier draft with the same key had already done it; the other
   *     fields are then that commit's
   */
  record Posted(UUID txId, long seq, Instant at, boolean deduplicated) implements PostResult {}

  /** The draft was not posted, for this reason. */
  record Refused(LedgerError error) implements PostResult {}

  /** The receipt, or the refusal thrown. */
  default Posted orThrow() {
    if (this instanceof Posted posted) {
      return posted;
    }
    throw new LedgerException(((Refused) this).error());
  }
}
