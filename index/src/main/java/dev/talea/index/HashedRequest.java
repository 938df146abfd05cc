// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.log.BlockBuilder;
import dev.talea.log.CommitHandler;
import dev.talea.log.Log;
import dev.talea.log.LogUnavailableException;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits until the writer of a book, or of the registry, has hashed what was durable when this was
 * asked: it does so behind its answers, and before it takes the next request. Wants nothing else.
 */
final class HashedRequest extends BookRequest<Void> {
  private static final Logger LOG = LoggerFactory.getLogger(HashedRequest.class);

  /**
   * Begins to wait for a log; with one that has hashed everything, there is nothing to wait for.
   *
   * @return completed when its tree covers what is durable now, or all that it ever will; never
   *     exceptionally
   */
  static CompletableFuture<Void> of(Log<? super HashedRequest> log) {
    HashedRequest request = new HashedRequest();
    try {
      if (log.treeHead().size() < log.durableSeq() && log.submit(request, 0)) {
        return request.future;
      }
    } catch (LogUnavailableException e) {
      LOG.debug("'{}' has hashed what it will", log.name(), e);
    }
    return CompletableFuture.completedFuture(null);
  }

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
