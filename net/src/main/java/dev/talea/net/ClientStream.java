// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A streamed answer, read in pull style: nothing is read from the socket before the caller asks for
 * it, so a slow reader slows the server down instead of filling memory.
 */
public interface ClientStream extends AutoCloseable {
  int status();

  Headers headers();

  /**
   * The next piece of the body, as long as the network made it; null at its proper end. One call at
   * a time: the next one waits for the one before to complete.
   *
   * @return fails with a {@link TransportException} if the connection went before the proper end
   */
  CompletableFuture<byte @Nullable []> next();

  /** Gives the stream up; a pending {@link #next} fails. Harmless when it has ended. */
  @Override
  void close();
}
