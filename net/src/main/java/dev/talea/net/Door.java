// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpResponseEncoder;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where connections come in: turns away what is too much, answers the first request of a connection
 * here if it is for a target of the door, and else hands the connection to a loop of those that do
 * the work.
 *
 * <p>All of it runs on an event loop of its own. The other loops may have a thousand connections to
 * read in one round; what asks whether the process lives at all must not stand behind them, nor
 * must those who wait to be accepted.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails closes the connection
final class Door extends ChannelInitializer<SocketChannel> {
  private static final Logger LOG = LoggerFactory.getLogger(Door.class);

  private final ServerContext server;
  private final ServerLoop own;
  private final EventLoopGroup workers;
  private final Map<EventLoop, ServerLoop> loops;
  private final List<byte[]> requestStarts = new ArrayList<>();

  /** Connections that have sent nothing yet, oldest first, with the end of patience with each. */
  private final LinkedHashMap<Channel, Long> silent = new LinkedHashMap<>();

  private boolean ticking;
  private boolean closing;

  Door(
      ServerContext server,
      ServerLoop own,
      EventLoopGroup workers,
      Map<EventLoop, ServerLoop> loops) {
    this.server = server;
    this.own = own;
    this.workers = workers;
    this.loops = loops;
    for (String target : server.settings().doorTargets()) {
      requestStarts.add(("GET " + target + " ").getBytes(StandardCharsets.US_ASCII));
      requestStarts.add(("HEAD " + target + " ").getBytes(StandardCharsets.US_ASCII));
    }
  }

  @Override
  protected void initChannel(SocketChannel channel) {
    InetSocketAddress remote = channel.remoteAddress();
    if (remote == null || !server.limits().take(remote.getAddress())) {
      LOG.debug("Turned away a connection of {}", remote);
      channel.close();
      return;
    }
    channel.closeFuture().addListener(end -> server.limits().giveBack(remote.getAddress()));
    if (closing) {
      channel.close();
      return;
    }
    channel.pipeline().addLast(new Newcomer(remote));
    silent.put(channel, own.nanoTime() + server.settings().idleTimeout().toNanos());
    tickLater();
  }

  /** Closes those that have asked for nothing; on the door's loop. */
  void close() {
    closing = true;
    List.copyOf(silent.keySet()).forEach(Channel::close);
  }

  private void tickLater() {
    if (!ticking && !silent.isEmpty()) {
      ticking = true;
      long nanos = server.settings().idleTimeout().toNanos() / 8;
      own.eventLoop().schedule(this::tick, nanos, TimeUnit.NANOSECONDS);
    }
  }

  private void tick() {
    ticking = false;
    long now = own.nanoTime();
    List<Channel> tooLong = new ArrayList<>();
    Iterator<Map.Entry<Channel, Long>> oldestFirst = silent.entrySet().iterator();
    while (oldestFirst.hasNext()) {
      Map.Entry<Channel, Long> oldest = oldestFirst.next();
      if (now - oldest.getValue() < 0) {
        break;
      }
      tooLong.add(oldest.getKey());
    }
    tooLong.forEach(Channel::close);
    tickLater();
  }

  private boolean isForTheDoor(ByteBuf bytes) {
    for (byte[] start : requestStarts) {
      if (startsWith(bytes, start)) {
        return true;
      }
    }
    return false;
  }

  private static boolean startsWith(ByteBuf bytes, byte[] start) {
    if (bytes.readableBytes() < start.length) {
      return false;
    }
    for (int i = 0; i < start.length; i++) {
      if (bytes.getByte(bytes.readerIndex() + i) != start[i]) {
        return false;
      }
    }
    return true;
  }

  /** A connection whose first bytes are waited for. */
  private final class Newcomer extends ChannelInboundHandlerAdapter {
    private final InetSocketAddress remote;
    private final ArrayDeque<ByteBuf> bytes = new ArrayDeque<>(1);
    private boolean leaving;

    Newcomer(InetSocketAddress remote) {
      this.remote = remote;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      bytes.add((ByteBuf) message);
      if (leaving) {
        return;
      }
      leaving = true;
      Channel channel = ctx.channel();
      silent.remove(channel);
      // Whatever else the peer has sent is read where the connection is going.
      channel.config().setAutoRead(false);
      if (isForTheDoor((ByteBuf) message)) {
        // Once this read is complete, as on the other loops.
        own.execute(() -> begin(channel, own));
      } else {
        channel.deregister().addListener((ChannelFuture left) -> handOver(left.channel()));
      }
    }

    private void handOver(Channel channel) {
      EventLoop worker = workers.next();
      ServerLoop loop = loops.get(worker);
      if (loop == null) {
        throw new IllegalStateException("an event loop of the group is not known");
      }
      // A channel that a loop no longer takes is closed by that; then nothing is left but bytes.
      worker
          .register(channel)
          .addListener(
              (ChannelFuture arrived) -> {
                if (arrived.isSuccess()) {
                  begin(channel, loop);
                } else {
                  release();
                }
              });
    }

    private void begin(Channel channel, ServerLoop loop) {
      if (!channel.isActive()) {
        release();
        return;
      }
      OutboundBytes outbound = new OutboundBytes();
      ServerConnection connection = new ServerConnection(server, loop, outbound, remote);
      channel
          .pipeline()
          .addLast(outbound)
          .addLast(new RequestDecoder(server.settings(), connection))
          .addLast(new HttpResponseEncoder())
          .addLast(connection)
          .remove(this);
      channel.config().setAutoRead(true);
      channel.pipeline().fireChannelActive();
      for (ByteBuf next = bytes.poll(); next != null; next = bytes.poll()) {
        channel.pipeline().fireChannelRead(next);
      }
      channel.pipeline().fireChannelReadComplete();
    }

    private void release() {
      for (ByteBuf next = bytes.poll(); next != null; next = bytes.poll()) {
        next.release();
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      if (!leaving) {
        silent.remove(ctx.channel());
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof ChannelInputShutdownEvent && !leaving) {
        ctx.close();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      LOG.debug("A new connection of {} broke: {}", remote, cause.toString());
      ctx.close();
    }
  }
}
