// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerException;
import dev.talea.log.LogException;
import dev.talea.log.LogUnavailableException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A write on its way through the queue of a log, with the future that waits for it.
 *
 * <p>Made by the caller, then owned by the log's writer.
 *
 * @param <T> what the future gets
 */
abstract class Request<T> {
  final CompletableFuture<T> future = new CompletableFuture<>();

  /** Everything it wrote and saw is on disk: answer. */
  abstract void answer();

  /** It will not be finished: say so. */
  void refuse(LogUnavailableException why) {
    future.completeExceptionally(unavailable(why));
  }

  /** Completes a future that carries nothing but success or an error. */
  static void settle(CompletableFuture<Void> future, @Nullable LedgerError error) {
    if (error == null) {
      future.complete(null);
    } else {
      future.completeExceptionally(new LedgerException(error));
    }
  }

  /** What a caller is told if the log could not do it. */
  static LedgerException unavailable(LogException why) {
    return new LedgerException(new LedgerError.Unavailable(why.clientMessage()), why);
  }

  /** Bytes of room that the log is asked for, if that is all that is wanted; else 0. */
  int probedBytes() {
    return 0;
  }
}
