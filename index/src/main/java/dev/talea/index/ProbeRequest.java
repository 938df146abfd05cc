// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.log.BlockBuilder;
import dev.talea.log.CommitHandler;

/**
 * Asks the writer of a book, or of the registry, whether the log has room again, and wants nothing
 * else.
 */
final class ProbeRequest extends BookRequest<Void> {
  /** More than what may be left of space that was taken earlier, less than a small disk has. */
  static final int BYTES = 16 << 10;

  /** The room it asks for is all there is to it; {@link GroupHandler} looks after that. */
  @Override
  int decideBy(BookWriter writer, BlockBuilder block) {
    return CommitHandler.DONE;
  }

  @Override
  void answer() {
    future.complete(null);
  }

  @Override
  int probedBytes() {
    return BYTES;
  }
}
