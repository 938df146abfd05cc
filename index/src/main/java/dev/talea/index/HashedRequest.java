// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.log.BlockBuilder;
import dev.talea.log.CommitHandler;
import dev.talea.log.LogUnavailableException;

/**
 * Waits until the writer of a book, or of the registry, has hashed what was durable when this was
 * asked: it does so behind its answers, and before it takes the next request. Wants nothing else.
 */
final class HashedRequest extends BookRequest<Void> {
  /** {@link GroupHandler} passes it by. */
  @Override
  int decideBy(BookWriter writer, BlockBuilder block) {
    return CommitHandler.DONE;
  }

  @Override
  void answer() {
    future.complete(null);
  }

  /** What a log has hashed that takes no more requests, it has hashed. */
  @Override
  void refuse(LogUnavailableException why) {
    future.complete(null);
  }
}
