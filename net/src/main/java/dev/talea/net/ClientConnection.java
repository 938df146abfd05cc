// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a client's pool, carrying one request at a time. Belongs to its event loop.
 *
 * <p>It goes back to the pool only when request and answer have both been transferred whole and the
 * answer did not ask for the end of the connection; in every other case, an unsolicited answer
 * included, it is closed. A connection in doubt could give one caller another caller's answer.
 */
@SuppressWarnings("FutureReturnValueIgnored") // failed writes and closes end the connection
final class ClientConnection extends ChannelInboundHandlerAdapter {
  private final ClientPool pool;
  private final ClientOrigin origin;
  private final int answerBytesMax;

  @SuppressWarnings("NullAway.Init") // set before any event arrives
  private ChannelHandlerContext ctx;

  private @Nullable ClientCall call;
  private io.netty.handler.codec.http.@Nullable HttpResponse head;
  private @Nullable BodyCollector body;
  private boolean requestWritten;
  private boolean interim;
  private @Nullable Throwable brokenBy;

  /** When it became idle; the pool's business. */
  long idleSinceNanos;

  ClientConnection(ClientPool pool, ClientOrigin origin, int answerBytesMax) {
    this.pool = pool;
    this.origin = origin;
    this.answerBytesMax = answerBytesMax;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    this.ctx = context;
  }

  boolean isUsable() {
    return ctx.channel().isActive() && call == null;
  }

  void send(ClientCall next) {
    call = next;
    next.startedOn(this);
    head = null;
    body = null;
    requestWritten = false;
    ctx.writeAndFlush(RequestEncoder.encode(next.request(), origin))
        .addListener(
            (ChannelFuture written) -> {
              if (!written.isSuccess()) {
                broken(written.cause());
              } else if (call == next) {
                requestWritten = true;
              }
            });
  }

  void close() {
    ctx.close();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      ClientCall current = call;
      if (current == null || current.isDone()) {
        ctx.close();
      } else if (((HttpObject) message).decoderResult().isFailure()) {
        broken(((HttpObject) message).decoderResult().cause());
      } else {
        read(current, message);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void read(ClientCall current, Object message) {
    if (message instanceof io.netty.handler.codec.http.HttpResponse response) {
      // Interim answers (1xx) announce the real one; they come with an end of their own.
      interim = response.status().code() < 200;
      if (!interim) {
        head = response;
        body = new BodyCollector(HttpUtil.getContentLength(response, -1L), answerBytesMax);
      }
    }
    if (message instanceof HttpContent piece && !interim) {
      BodyCollector collector = body;
      if (collector == null) {
        ctx.close();
      } else if (!collector.add(piece.content())) {
        fail(
            TransportException.Kind.ANSWER_TOO_LARGE,
            "The answer to " + current.request() + " is longer than " + answerBytesMax + " bytes");
      } else if (piece instanceof LastHttpContent) {
        answered(current, collector);
      }
    }
  }

  private void answered(ClientCall current, BodyCollector collector) {
    io.netty.handler.codec.http.HttpResponse response = head;
    if (response == null) {
      return;
    }
    HttpResponse answer;
    try {
      answer =
          HttpResponse.of(
              response.status().code(), Headers.decoded(response.headers()), collector.complete());
    } catch (IllegalArgumentException outlandishStatus) {
      broken(outlandishStatus);
      return;
    }
    call = null;
    head = null;
    body = null;
    if (requestWritten && HttpUtil.isKeepAlive(response)) {
      pool.released(this);
    } else {
      ctx.close();
    }
    current.complete(answer);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    broken(cause);
  }

  private void broken(Throwable cause) {
    brokenBy = cause;
    ctx.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (head == null) {
      fail(
          TransportException.Kind.CLOSED_BEFORE_ANSWER,
          origin + " closed the connection before it answered");
    } else {
      fail(
          TransportException.Kind.BROKEN_ANSWER,
          origin + " closed the connection in the middle of its answer");
    }
    pool.gone(this);
  }

  private void fail(TransportException.Kind kind, String message) {
    ClientCall failed = call;
    call = null;
    if (failed != null) {
      Throwable cause = brokenBy;
      TransportException.Kind real =
          cause != null && !(cause instanceof java.io.IOException)
              ? TransportException.Kind.BROKEN_ANSWER
              : kind;
      failed.fail(
          cause == null
              ? new TransportException(kind, true, message)
              : new TransportException(
                  real, true, message + " (" + cause.getMessage() + ")", cause));
    }
    ctx.close();
  }
}
