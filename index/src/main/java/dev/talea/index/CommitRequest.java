// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.ledger.LedgerError;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.log.BlockBuilder;
import dev.talea.log.LogUnavailableException;
import java.util.Arrays;
import java.util.List;

/**
 * Wants drafts of one book committed. Remembers how far the writer has come, because a long batch
 * that is not atomic may span several group commits.
 */
final class CommitRequest extends BookRequest<List<PostResult>> {
  final List<PreparedDraft> drafts;
  final boolean atomic;

  private final PostResult[] results;

  /** Slots decided, from the first on. */
  private int decided;

  /** Slots whose results hold whatever happens: durable, or nothing that would have to be. */
  private int settled;

  CommitRequest(List<PreparedDraft> drafts, boolean atomic) {
    this.drafts = drafts;
    this.atomic = atomic;
    this.results = new PostResult[drafts.size()];
  }

  boolean hasNext() {
    return decided < results.length;
  }

  /** How many drafts have a result: the first ones. */
  int decided() {
    return decided;
  }

  /** The first draft without a result. */
  PreparedDraft next() {
    return drafts.get(decided);
  }

  void decide(PostResult result) {
    results[decided++] = result;
  }

  /** Gives all slots one refusal: an atomic batch fails as a whole. */
  void decideAll(LedgerError error) {
    Arrays.fill(results, new Refused(error));
    decided = results.length;
  }

  /** What has been decided so far stands. */
  void settle() {
    settled = decided;
  }

  @Override
  int decideBy(BookWriter writer, BlockBuilder block) {
    return writer.commit(this, block);
  }

  @Override
  void answer() {
    future.complete(Arrays.asList(results));
  }

  @Override
  void refuse(LogUnavailableException why) {
    if (settled == 0) {
      super.refuse(why);
      return;
    }
    Arrays.fill(results, settled, results.length, new Refused(unavailable(why).error()));
    answer();
  }
}
