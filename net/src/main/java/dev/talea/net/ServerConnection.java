// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of the server: what is being read, how long it may take, and when the connection
 * ends. Everything here runs on the connection's event loop.
 *
 * <p>This is the reading half; it goes through {@link Reading} and puts an exchange into {@link
 * ConnectionOutput}, the writing half, for every request head. A connection that will read no more
 * requests ({@code lastRequestRead}) ends once the writing half is done: it shuts its output down
 * and lingers until the peer has done the same, because closing a socket with unread bytes in it
 * destroys answers that are still on their way.
 */
@SuppressWarnings("FutureReturnValueIgnored") // failed writes and closes end the connection
final class ServerConnection extends ChannelInboundHandlerAdapter implements RequestDecoder.Gate {
  private static final Logger LOG = LoggerFactory.getLogger(ServerConnection.class);
  private static final byte[] NO_BODY = {};

  /** What an incomplete request costs beside its bytes: the connection's objects. */
  private static final int REQUEST_BYTES = 2 * 1024;

  private static final HttpResponse OPTIONS_OF_SERVER =
      HttpResponse.of(204).with("Allow", "GET, HEAD, OPTIONS, POST");

  /** What the next bytes are. */
  private enum Reading {
    /** A request head, or nothing yet. */
    HEAD,
    /** The body of an admitted request. */
    BODY,
    /** The body of an admitted request that has no use for one. */
    UNWANTED_BODY,
    /** The body of a request that is answered already. */
    REFUSED_BODY,
    /** Nothing that matters. */
    NOTHING
  }

  private final ServerContext server;
  private final ServerLoop loop;
  private final ConnectionOutput output;
  private final InetSocketAddress remoteAddress;

  @SuppressWarnings("NullAway.Init") // set before any event arrives
  private ChannelHandlerContext ctx;

  @SuppressWarnings("NullAway.Init") // set before any event arrives
  private RequestDecoder decoder;

  private Reading reading = Reading.HEAD;
  private @Nullable ServerExchange current;
  private @Nullable BodyCollector body;
  private int discardBytesLeft;
  private boolean headBegun;
  private long requestBegunNanos;
  private final Holdings.Hold incomplete;
  private boolean incompleteCounted;
  private int requestPauses;

  private boolean lastRequestRead;
  private boolean inputEnded;
  private boolean lingering;
  private long lingerUntilNanos;

  private boolean paused;
  private boolean resumeScheduled;

  /** Place in the loop's list; the loop's business. */
  int registryIndex;

  ServerConnection(
      ServerContext server, ServerLoop loop, OutboundBytes outbound, InetSocketAddress remote) {
    this.server = server;
    this.loop = loop;
    this.output = new ConnectionOutput(server, loop, this, outbound, remote);
    this.remoteAddress = remote;
    this.incomplete =
        new Holdings.Hold(remote.getAddress(), () -> loop.executeNow(this::giveUpIncomplete));
  }

  // --- life of the channel -----------------------------------------------------------------------

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    ctx = context;
    decoder = context.pipeline().get(RequestDecoder.class);
    output.attach(context);
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    loop.opened(this);
    context.fireChannelActive();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    loop.closed(this);
    reading = Reading.NOTHING;
    lastRequestRead = true;
    body = null;
    incompleteCounted = false;
    server.incomplete().drop(incomplete);
    output.giveUpAll();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof IOException) {
      LOG.debug("Connection of {} broke: {}", remoteAddress, cause.toString());
    } else {
      LOG.warn("Closing the connection of {} after an unexpected error", remoteAddress, cause);
    }
    context.close();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      inputEnded();
    }
    context.fireUserEventTriggered(event);
  }

  /** The peer sends no more. It may still be reading answers to what it has sent completely. */
  private void inputEnded() {
    inputEnded = true;
    if (output.stream() != null || lingering) {
      cut();
      return;
    }
    ServerExchange unfinished = current;
    if (unfinished != null && isBodyAwaited()) {
      output.giveUp(unfinished);
    }
    readNoMore();
    endIfDone();
  }

  /** Closes at once; what was not written is lost. */
  void cut() {
    ctx.close();
  }

  /** Finishes the requests that were begun, then ends; a stream ends now. */
  void drain() {
    ServerStream open = output.stream();
    if (open != null) {
      open.close();
    } else if (isBodyAwaited() && current != null) {
      current.closeAfter = true;
    } else if (isIdle()) {
      cut();
    } else {
      readNoMore();
      endIfDone();
    }
  }

  // --- reading -----------------------------------------------------------------------------------

  @Override
  public void readBegins() {
    output.readBegins();
  }

  @Override
  public RequestDecoder.Intake intake() {
    if (reading == Reading.NOTHING) {
      return RequestDecoder.Intake.DISCARD;
    }
    if (reading == Reading.HEAD) {
      if (!headBegun && !mayTakeRequest()) {
        pause();
      }
      if (paused) {
        return RequestDecoder.Intake.HOLD;
      }
      if (!headBegun) {
        headBegun = true;
        requestBegunNanos = loop.nanoTime();
      }
    }
    return RequestDecoder.Intake.DECODE;
  }

  @Override
  public boolean isHolding() {
    return paused;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      if (reading == Reading.NOTHING) {
        return;
      }
      if (message instanceof HttpRequest request) {
        headBegun = false;
        headRead(request);
      } else if (message instanceof HttpContent piece) {
        pieceRead(piece);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    output.readComplete();
    countIncomplete();
    context.fireChannelReadComplete();
    loop.readDone();
  }

  private void headRead(HttpRequest request) {
    HeadCheck.Result result = HeadCheck.check(request, remoteAddress);
    if (result instanceof HeadCheck.Result.Good good) {
      begin(request, good.head());
    } else if (result instanceof HeadCheck.Result.Bad bad) {
      refuseUnseen(bad.error(), bad.detail());
    }
  }

  /** Answers a request that no handler has seen, and reads no more. */
  private void refuseUnseen(ProtocolError error, String detail) {
    LOG.debug("Refused a request of {}: {}", remoteAddress, detail);
    readNoMore();
    ServerExchange unseen = ServerExchange.unseen(output, remoteAddress);
    unseen.closeAfter = true;
    unseen.deadlineNanos = loop.nanoTime() + server.settings().lingerTimeout().toNanos();
    output.add(unseen);
    unseen.respond(server.errorBodies().answer(error, detail, null));
    output.writeReady();
  }

  private void begin(HttpRequest request, RequestHead head) {
    boolean http10 = request.protocolVersion().equals(HttpVersion.HTTP_1_0);
    ServerExchange exchange = new ServerExchange(output, head, http10);
    exchange.closeAfter = !HttpUtil.isKeepAlive(request);
    exchange.held = true;
    current = exchange;
    exchange.deadlineNanos = requestBegunNanos + server.settings().requestDeadline().toNanos();
    output.add(exchange);

    long length = HttpUtil.getContentLength(request, -1L);
    boolean chunked = HttpUtil.isTransferEncodingChunked(request);
    String expect = http10 ? null : request.headers().get(HttpHeaderNames.EXPECT);
    HttpResponse refusal = refusal(exchange, length, expect);
    if (refusal != null) {
      exchange.respond(refusal);
    }
    exchange.held = false;
    if (exchange.isSettled()) {
      // A client that waits for a 100 may, on seeing another answer, send the body or leave it out.
      // That cannot be told from here, so the connection cannot be kept; nor for a long body's
      // sake.
      if ((expect != null && (chunked || length > 0))
          || length > server.settings().discardBytesMax()) {
        exchange.closeAfter = true;
        readNoMore();
      } else {
        reading = Reading.REFUSED_BODY;
        discardBytesLeft = server.settings().discardBytesMax();
      }
      output.writeReady();
    } else {
      if (takesBody(exchange)) {
        reading = Reading.BODY;
        body = new BodyCollector(length, server.settings().bodyBytesMax());
      } else {
        reading = Reading.UNWANTED_BODY;
        discardBytesLeft = server.settings().discardBytesMax();
      }
      exchange.continueOwed = expect != null && (chunked || length > 0);
      output.writeReady();
    }
  }

  /** In the order that callers may rely on: the handler's reasons first, then the connection's. */
  private @Nullable HttpResponse refusal(
      ServerExchange exchange, long length, @Nullable String expect) {
    HttpResponse refusal;
    try {
      refusal = server.handler().admit(exchange.head(), exchange);
    } catch (Throwable t) {
      refusal = handlerFailed(exchange, t);
    }
    if (refusal != null) {
      return refusal;
    }
    if (expect != null && !expect.trim().equalsIgnoreCase("100-continue")) {
      return server
          .errorBodies()
          .answer(
              ProtocolError.EXPECTATION_FAILED,
              "The only expectation understood is 100-continue",
              exchange);
    }
    if (length > bodyBytesMax(exchange)) {
      return bodyTooLarge(exchange);
    }
    return exchange.head().rawPath().equals("*") ? OPTIONS_OF_SERVER : null;
  }

  private boolean takesBody(ServerExchange exchange) {
    return server.handler().takesBody(exchange.head(), exchange);
  }

  private int bodyBytesMax(ServerExchange exchange) {
    HttpServerSettings settings = server.settings();
    return takesBody(exchange)
        ? settings.bodyBytesMax()
        : Math.min(settings.discardBytesMax(), settings.bodyBytesMax());
  }

  private void pieceRead(HttpContent piece) {
    ServerExchange exchange = current;
    if (exchange == null) {
      return;
    }
    if (piece.decoderResult().isFailure()) {
      HeadCheck.Result.Bad bad = HeadCheck.undecodable(piece.decoderResult().cause(), true);
      refuse(exchange, server.errorBodies().answer(bad.error(), bad.detail(), exchange));
    } else if (reading == Reading.BODY) {
      bodyRead(exchange, piece);
    } else if (reading == Reading.UNWANTED_BODY) {
      unwantedRead(exchange, piece);
    } else {
      discardBytesLeft -= piece.content().readableBytes();
      if (discardBytesLeft < 0) {
        readNoMore();
        endIfDone();
      } else if (piece instanceof LastHttpContent) {
        requestRead(exchange);
      }
    }
  }

  private void bodyRead(ServerExchange exchange, HttpContent piece) {
    exchange.continueOwed = false;
    BodyCollector collector = body;
    if (collector == null || !collector.add(piece.content())) {
      refuse(exchange, bodyTooLarge(exchange));
    } else if (piece instanceof LastHttpContent) {
      body = null;
      requestRead(exchange);
      handle(exchange, collector.complete());
    }
  }

  private void unwantedRead(ServerExchange exchange, HttpContent piece) {
    exchange.continueOwed = false;
    discardBytesLeft -= piece.content().readableBytes();
    if (discardBytesLeft < 0) {
      refuse(exchange, bodyTooLarge(exchange));
    } else if (piece instanceof LastHttpContent) {
      requestRead(exchange);
      handle(exchange, NO_BODY);
    }
  }

  /** Ends the exchange of a request whose rest will not be read. */
  private void refuse(ServerExchange exchange, HttpResponse answer) {
    exchange.closeAfter = true;
    readNoMore();
    exchange.respond(answer);
    output.writeReady();
    endIfDone();
  }

  private void requestRead(ServerExchange exchange) {
    current = null;
    reading = Reading.HEAD;
    if (incompleteCounted) {
      // What comes next has not waited yet.
      incompleteCounted = false;
      server.incomplete().drop(incomplete);
    }
    if (exchange.closeAfter) {
      readNoMore();
      endIfDone();
    }
  }

  private void handle(ServerExchange exchange, byte[] bytes) {
    if (exchange.isSettled()) {
      return;
    }
    exchange.handling = true;
    try {
      server
          .handler()
          .handle(
              new dev.talea.net.HttpRequest(exchange.head(), bytes.length == 0 ? NO_BODY : bytes),
              exchange);
    } catch (Throwable t) {
      exchange.respond(handlerFailed(exchange, t));
    }
  }

  private HttpResponse handlerFailed(ServerExchange exchange, Throwable cause) {
    LOG.error("The handler of {} threw", exchange.head(), cause);
    return server
        .errorBodies()
        .answer(ProtocolError.HANDLER_FAILED, "The request could not be handled", exchange);
  }

  private HttpResponse bodyTooLarge(ServerExchange exchange) {
    return server
        .errorBodies()
        .answer(
            ProtocolError.BODY_TOO_LARGE,
            "The body is longer than " + bodyBytesMax(exchange) + " bytes",
            exchange);
  }

  void readNoMore() {
    reading = Reading.NOTHING;
    lastRequestRead = true;
    current = null;
    body = null;
    headBegun = false;
    if (incompleteCounted) {
      incompleteCounted = false;
      server.incomplete().drop(incomplete);
    }
    if (paused) {
      // Bytes are read and thrown away from now on, so that the end of the input is seen.
      paused = false;
      ctx.channel().config().setAutoRead(true);
    }
  }

  // --- requests that are still coming ------------------------------------------------------------

  /** The rest of the body of an admitted request is still to come. */
  private boolean isBodyAwaited() {
    return reading == Reading.BODY || reading == Reading.UNWANTED_BODY;
  }

  /** What is kept of bytes that are not decoded. */
  int heldBytes() {
    return decoder.heldBytes();
  }

  /** After each read, so that a request that arrives whole is never counted. */
  private void countIncomplete() {
    boolean waiting = headBegun || isBodyAwaited() || reading == Reading.REFUSED_BODY;
    if (waiting) {
      BodyCollector collector = body;
      int bodyBytes = collector == null ? 0 : collector.heldBytes();
      incompleteCounted = true;
      server.incomplete().keep(incomplete, REQUEST_BYTES + bodyBytes + heldBytes());
    } else if (incompleteCounted) {
      incompleteCounted = false;
      server.incomplete().drop(incomplete);
    }
  }

  /** Too many requests are incomplete, or too long together, and this one is the oldest. */
  private void giveUpIncomplete() {
    if (!server.incomplete().mustLetGo(incomplete) || !ctx.channel().isActive()) {
      return;
    }
    String detail = "Too many requests are incomplete, and this one has been for longest";
    ServerExchange exchange = current;
    if (exchange != null && isBodyAwaited()) {
      refuse(
          exchange, server.errorBodies().answer(ProtocolError.REQUEST_TOO_SLOW, detail, exchange));
    } else if (headBegun) {
      refuseUnseen(ProtocolError.REQUEST_TOO_SLOW, detail);
    } else {
      readNoMore();
      endIfDone();
    }
  }

  // --- pausing -----------------------------------------------------------------------------------

  private boolean mayTakeRequest() {
    return requestPauses == 0
        && output.size() < server.settings().pipelineDepthMax()
        && output.hasRoom();
  }

  /** See {@link HttpExchange#pauseRequests}. */
  Runnable pauseRequests() {
    requestPauses++;
    AtomicBoolean ended = new AtomicBoolean();
    return () -> {
      if (ended.compareAndSet(false, true)) {
        loop.execute(
            () -> {
              requestPauses--;
              resumeIfPossible();
            });
      }
    };
  }

  private void pause() {
    if (!paused) {
      paused = true;
      ctx.channel().config().setAutoRead(false);
    }
  }

  /** Goes on reading once half of the places are free, so that it does not stop and start. */
  void resumeIfPossible() {
    if (paused
        && !resumeScheduled
        && mayTakeRequest()
        && output.size() <= server.settings().pipelineDepthMax() / 2) {
      resumeScheduled = true;
      loop.execute(this::resume);
    }
  }

  private void resume() {
    resumeScheduled = false;
    if (!paused || !ctx.channel().isActive() || !mayTakeRequest()) {
      return;
    }
    paused = false;
    // An empty read makes the decoder go through the bytes it was holding.
    ctx.pipeline().fireChannelRead(Unpooled.EMPTY_BUFFER);
    ctx.pipeline().fireChannelReadComplete();
    if (!paused) {
      ctx.channel().config().setAutoRead(true);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (output.isWritable()) {
      ServerStream open = output.stream();
      if (open != null) {
        open.wake();
      }
      output.writableAgain();
      resumeIfPossible();
    }
    context.fireChannelWritabilityChanged();
  }

  // --- the end, and the end of patience ---------------------------------------------------

  /** Ends the connection if nothing is left to read and nothing to write. */
  void endIfDone() {
    if (!lastRequestRead || !output.isDone() || lingering || !ctx.channel().isActive()) {
      return;
    }
    if (inputEnded) {
      ctx.close();
      return;
    }
    lingering = true;
    lingerUntilNanos = loop.nanoTime() + server.settings().lingerTimeout().toNanos();
    ((DuplexChannel) ctx.channel()).shutdownOutput();
  }

  boolean isLastRequestRead() {
    return lastRequestRead;
  }

  /** Nothing is asked, nothing is owed. */
  private boolean isIdle() {
    return reading == Reading.HEAD && !headBegun && output.isDone();
  }

  void tick(long now) {
    if (lingering) {
      if (now - lingerUntilNanos >= 0) {
        cut();
      }
      return;
    }
    if (output.isStalled(now)) {
      LOG.debug("Closing the connection of {}: it does not take its answers", remoteAddress);
      cut();
      return;
    }
    output.answerLate(now);
    output.countUnsent();
    HttpServerSettings settings = server.settings();
    switch (reading) {
      case HEAD -> {
        if (headBegun && now - requestBegunNanos >= headerDeadline(settings).toNanos()) {
          refuseUnseen(
              ProtocolError.REQUEST_TOO_SLOW,
              "The headers did not arrive within " + headerDeadline(settings));
        } else if (isIdle() && now - output.idleSinceNanos() >= settings.idleTimeout().toNanos()) {
          cut();
        }
      }
      case BODY, UNWANTED_BODY -> {
        ServerExchange exchange = current;
        if (exchange != null && isOverdue(now)) {
          exchange.deadlineNanos = now + settings.lingerTimeout().toNanos();
          refuse(
              exchange,
              server
                  .errorBodies()
                  .answer(
                      ProtocolError.REQUEST_TOO_SLOW,
                      "The body did not arrive within " + settings.requestDeadline(),
                      exchange));
        }
      }
      case REFUSED_BODY -> {
        if (isOverdue(now)) {
          readNoMore();
          endIfDone();
        }
      }
      case NOTHING -> {}
    }
  }

  private boolean isOverdue(long now) {
    return now - requestBegunNanos >= server.settings().requestDeadline().toNanos();
  }

  private static Duration headerDeadline(HttpServerSettings settings) {
    return settings.headerDeadline().compareTo(settings.requestDeadline()) < 0
        ? settings.headerDeadline()
        : settings.requestDeadline();
  }
}
