// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/** Counts the bytes given to a connection's write buffer. Owned by its event loop. */
@SuppressWarnings("FutureReturnValueIgnored") // failed writes and closes end the connection
final class OutboundBytes extends ChannelOutboundHandlerAdapter {
  private long written;

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (message instanceof ByteBuf bytes) {
      written += bytes.readableBytes();
    }
    ctx.write(message, promise);
  }

  long written() {
    return written;
  }

  /** Bytes not yet taken by the operating system, Netty's small charge per buffer included. */
  static long pending(ChannelHandlerContext ctx) {
    ChannelOutboundBuffer buffer = ctx.channel().unsafe().outboundBuffer();
    // A buffer that is half gone still counts whole in the total.
    return buffer == null ? 0 : buffer.totalPendingWriteBytes() - buffer.currentProgress();
  }
}
