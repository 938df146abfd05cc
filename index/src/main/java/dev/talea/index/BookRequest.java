// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.log.BlockBuilder;

/**
 * A write to a book.
 *
 * @param <T> what the future gets
 */
abstract sealed class BookRequest<T> extends Request<T>
    permits OpenRequest, CommitRequest, TidyRequest, ProbeRequest, HashedRequest {

  /**
   * Calls what the writer has for this kind of request; on the writer's thread.
   *
   * @return see {@link GroupHandler#decide}
   */
  abstract int decideBy(BookWriter writer, BlockBuilder block);
}
