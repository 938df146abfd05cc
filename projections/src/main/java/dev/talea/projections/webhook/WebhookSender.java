// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.webhook;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Takes a message to a receiver. Any thread; calls wait for the answer within a bound. */
public interface WebhookSender extends AutoCloseable {

  /**
   * What a receiver said.
   *
   * @param retryAfter what it asked to wait, or null
   * @param excerpt the beginning of its answer, printable
   */
  record Reply(int status, @Nullable Duration retryAfter, String excerpt) {}

  /** The receiver lies where nothing is sent; trying again would not help. */
  final class RefusedException extends IOException {
    RefusedException(String message) {
      super(message);
    }
  }

  /**
   * One POST.
   *
   * @throws RefusedException if nothing was sent because of the address
   * @throws IOException if there was no answer in time, or none at all
   */
  Reply post(URI url, Map<String, String> headers, byte[] body) throws IOException;

  /** Ends what is under way. */
  @Override
  void close();
}
