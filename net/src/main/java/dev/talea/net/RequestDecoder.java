// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.util.ReferenceCountUtil;
import java.util.List;

/**
 * Netty's request decoder with every setting spelled out, and with a gate in front: it decodes when
 * the connection wants requests, holds the bytes back when it does not, and throws them away once
 * the connection wants none any more.
 *
 * <p>The gate is here and not behind the decoder because a single read of 64 KiB can hold two
 * thousand requests: as bytes they cost what they are, as decoded objects twenty times that.
 * Switching automatic reading off alone would not stop what was read already.
 */
final class RequestDecoder extends HttpRequestDecoder {
  /** Pieces of a body come as long as a read makes them. */
  private static final int PIECE_BYTES_MAX = 64 * 1024;

  private final Gate gate;

  /** What the connection says about the bytes at hand. */
  enum Intake {
    DECODE,
    HOLD,
    DISCARD
  }

  /** The connection, as the decoder sees it; on the event loop. */
  interface Gate {
    /** Bytes were read; a read complete will follow. */
    void readBegins();

    /** What to do with the bytes at hand; asked before each step of decoding. */
    Intake intake();

    /** Nothing is to be read until further notice. */
    boolean isHolding();
  }

  RequestDecoder(HttpServerSettings settings, Gate gate) {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(settings.requestLineBytesMax())
            .setMaxHeaderSize(settings.headerBytesMax())
            .setMaxChunkSize(PIECE_BYTES_MAX)
            .setChunkedSupported(true)
            .setAllowPartialChunks(true)
            .setValidateHeaders(true)
            .setAllowDuplicateContentLengths(false)
            .setUseRfc9112TransferEncoding(true)
            .setStrictLineParsing(true));
    this.gate = gate;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    // Asked before the bytes join those held back: what is to be discarded must not pile up.
    gate.readBegins();
    if (((ByteBuf) message).isReadable() && gate.intake() == Intake.DISCARD) {
      ReferenceCountUtil.release(message);
    } else {
      super.channelRead(ctx, message);
    }
  }

  /** What is kept of bytes that are not decoded yet; the buffer counts, not what is in it. */
  int heldBytes() {
    return actualReadableBytes() == 0 ? 0 : internalBuffer().capacity();
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf buffer, List<Object> out)
      throws Exception {
    if (!buffer.isReadable()) {
      super.decode(ctx, buffer, out);
      return;
    }
    switch (gate.intake()) {
      case DECODE -> super.decode(ctx, buffer, out);
      case HOLD -> {}
      case DISCARD -> buffer.skipBytes(buffer.readableBytes());
    }
  }

  /**
   * The decoder Netty has wants every read to decode to something, and where automatic reading is
   * off it asks for one more when none did. A connection that holds its bytes back must not do
   * that.
   */
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    if (gate.isHolding()) {
      ctx.fireChannelReadComplete();
    } else {
      super.channelReadComplete(ctx);
    }
  }

  /** Two lengths for one body are how requests are smuggled past a proxy; never choose one. */
  @Override
  protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
    throw new IllegalArgumentException("both Transfer-Encoding and Content-Length");
  }
}
