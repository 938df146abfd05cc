// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way to a whole answer. Belongs to the event loop of its pool; only the future
 * is seen by others.
 */
final class ClientCall {
  private final ClientRequest request;
  private final CompletableFuture<HttpResponse> answer;
  private @Nullable ScheduledFuture<?> timer;
  private @Nullable ClientConnection connection;

  ClientCall(ClientRequest request, CompletableFuture<HttpResponse> answer) {
    this.request = request;
    this.answer = answer;
  }

  ClientRequest request() {
    return request;
  }

  /** Starts the clock; when it runs out the call fails wherever it is. */
  void arm(EventLoop eventLoop, Duration timeout, Runnable onTimeout) {
    timer =
        eventLoop.schedule(
            () -> {
              boolean sent = connection != null;
              fail(
                  new TransportException(
                      TransportException.Kind.TIMED_OUT,
                      sent,
                      request
                          + " got no answer within "
                          + timeout
                          + (sent ? "" : "; it was still waiting for a connection")));
              onTimeout.run();
            },
            timeout.toNanos(),
            TimeUnit.NANOSECONDS);
  }

  void startedOn(ClientConnection started) {
    connection = started;
  }

  /** The connection it was sent on; null while it waits for one. */
  @Nullable ClientConnection connection() {
    return connection;
  }

  boolean isDone() {
    return answer.isDone();
  }

  void complete(HttpResponse response) {
    disarm();
    answer.complete(response);
  }

  void fail(TransportException failure) {
    disarm();
    answer.completeExceptionally(failure);
  }

  private void disarm() {
    ScheduledFuture<?> armed = timer;
    if (armed != null) {
      timer = null;
      armed.cancel(false);
    }
  }
}
