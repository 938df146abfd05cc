// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.log.BlockBuilder;
import dev.talea.log.LogUnavailableException;

/**
 * Asks a book's writer to hand over what belongs into files. Writes nothing, sees nothing, and is
 * no commit; it goes through the queue because only the writer may let go of its tables.
 */
final class TidyRequest extends BookRequest<Void> {
  /** Whether the store is about to be closed. */
  final boolean last;

  TidyRequest(boolean last) {
    this.last = last;
  }

  @Override
  int decideBy(BookWriter writer, BlockBuilder block) {
    return writer.tidy(this);
  }

  /**
   * What was asked for is begun at the end of the group, see {@link BookMaintenance#afterGroup}.
   */
  @Override
  void answer() {}

  /** A log that takes no more requests has nothing more to tidy either. */
  @Override
  void refuse(LogUnavailableException why) {
    future.complete(null);
  }
}
