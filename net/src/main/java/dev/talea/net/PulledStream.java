// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A streamed answer on a connection of its own, which reads only when it is asked to. Its state
 * belongs to the event loop; status and headers are set before the stream is handed out.
 *
 * <p>A read can decode into several pieces; they wait in {@code pieces}, which therefore never
 * holds more than one read.
 */
@SuppressWarnings("FutureReturnValueIgnored") // failed writes and closes end the connection
final class PulledStream extends ChannelInboundHandlerAdapter implements ClientStream {
  private final EventLoop eventLoop;
  private final ClientOrigin origin;
  private final ClientRequest request;
  private final CompletableFuture<ClientStream> started = new CompletableFuture<>();
  private final ArrayDeque<byte[]> pieces = new ArrayDeque<>();
  private @Nullable ChannelHandlerContext ctx;
  private @Nullable ScheduledFuture<?> timer;
  private @Nullable CompletableFuture<byte @Nullable []> wanted;
  private @Nullable TransportException failure;
  private @Nullable Throwable brokenBy;
  private boolean sent;
  private boolean ended;
  private volatile int status;
  private volatile Headers headers = Headers.NONE;

  PulledStream(EventLoop eventLoop, ClientOrigin origin, ClientRequest request) {
    this.eventLoop = eventLoop;
    this.origin = origin;
    this.request = request;
  }

  /** Completed with this stream once the head of the answer is there. */
  CompletableFuture<ClientStream> started() {
    return started;
  }

  // --- face --------------------------------------------------------------------------------------

  @Override
  public int status() {
    return status;
  }

  @Override
  public Headers headers() {
    return headers;
  }

  @Override
  public CompletableFuture<byte @Nullable []> next() {
    CompletableFuture<byte @Nullable []> piece = new CompletableFuture<>();
    try {
      eventLoop.execute(() -> pull(piece));
    } catch (RejectedExecutionException e) {
      piece.completeExceptionally(ClientPool.clientClosed(true));
    }
    return piece;
  }

  @Override
  public void close() {
    try {
      eventLoop.execute(() -> fail(ClientPool.clientClosed(sent)));
    } catch (RejectedExecutionException e) {
      // The loop closed the connection before it went.
      return;
    }
  }

  // --- on the event loop -------------------------------------------------------------------------

  void arm(Duration headTimeout) {
    timer =
        eventLoop.schedule(
            () ->
                fail(
                    new TransportException(
                        TransportException.Kind.TIMED_OUT,
                        sent,
                        request + " got no answer within " + headTimeout)),
            headTimeout.toNanos(),
            TimeUnit.NANOSECONDS);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    this.ctx = context;
    if (failure != null) {
      context.close();
      return;
    }
    sent = true;
    HttpRequest encoded = RequestEncoder.encode(request, origin);
    encoded.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    context.writeAndFlush(encoded);
    context.read();
  }

  private void pull(CompletableFuture<byte @Nullable []> piece) {
    byte[] ready = pieces.poll();
    if (wanted != null) {
      piece.completeExceptionally(
          new IllegalStateException("The piece before has not come yet; ask for one at a time"));
    } else if (ready != null) {
      piece.complete(ready);
    } else if (ended) {
      piece.complete(null);
    } else if (failure != null) {
      piece.completeExceptionally(failure);
    } else {
      wanted = piece;
      readOn();
    }
  }

  private void readOn() {
    ChannelHandlerContext context = ctx;
    if (context != null) {
      context.read();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      if (((HttpObject) message).decoderResult().isFailure()) {
        brokenBy = ((HttpObject) message).decoderResult().cause();
        context.close();
      } else if (failure == null && !ended) {
        read(message);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void read(Object message) {
    if (message instanceof io.netty.handler.codec.http.HttpResponse response) {
      if (response.status().code() >= 200) {
        status = response.status().code();
        headers = Headers.decoded(response.headers());
      }
    }
    if (message instanceof HttpContent piece && status != 0) {
      byte[] bytes = new byte[piece.content().readableBytes()];
      piece.content().readBytes(bytes);
      if (bytes.length > 0) {
        pieces.add(bytes);
      }
      ended = piece instanceof LastHttpContent;
    }
    if (status != 0) {
      disarm();
      started.complete(this);
    }
    deliver();
  }

  private void deliver() {
    CompletableFuture<byte @Nullable []> asked = wanted;
    if (asked != null && (ended || !pieces.isEmpty())) {
      wanted = null;
      asked.complete(pieces.poll());
    }
    ChannelHandlerContext context = ctx;
    if (ended && context != null) {
      context.close();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (failure == null && !ended && (status == 0 || wanted != null)) {
      context.read();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    brokenBy = cause;
    context.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (ended) {
      return;
    }
    String how = brokenBy == null ? "" : " (" + brokenBy.getMessage() + ")";
    fail(
        status == 0
            ? new TransportException(
                TransportException.Kind.CLOSED_BEFORE_ANSWER,
                true,
                origin + " closed the connection before it answered" + how)
            : new TransportException(
                TransportException.Kind.BROKEN_ANSWER,
                true,
                origin + " closed the connection in the middle of its answer" + how));
  }

  /** The first failure is the one that every caller is told. */
  void fail(TransportException first) {
    if (failure == null && !ended) {
      failure = first;
      disarm();
      started.completeExceptionally(first);
      CompletableFuture<byte @Nullable []> asked = wanted;
      if (asked != null) {
        wanted = null;
        asked.completeExceptionally(first);
      }
    }
    ChannelHandlerContext context = ctx;
    if (context != null) {
      context.close();
    }
  }

  private void disarm() {
    ScheduledFuture<?> armed = timer;
    if (armed != null) {
      timer = null;
      armed.cancel(false);
    }
  }
}
