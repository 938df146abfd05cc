// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listening HTTP/1.1 server: it owns the socket, the event loops and their end.
 *
 * <p>Its methods may be called from any thread but the event loops. What happens on a connection is
 * {@link ServerConnection}'s business; what connections of one event loop share is {@link
 * ServerLoop}'s.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails is reported to the connection's handler
public final class HttpServer {
  private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);
  private static final long SHUTDOWN_SECONDS_MAX = 5;

  private final List<EventLoopGroup> groups;
  private final Map<EventLoop, ServerLoop> loops;
  private final Door door;
  private final ServerLoop doorLoop;
  private final Channel listener;
  private final ServerContext context;
  private final AtomicBoolean closed = new AtomicBoolean();

  private HttpServer(
      List<EventLoopGroup> groups,
      Map<EventLoop, ServerLoop> loops,
      Door door,
      ServerLoop doorLoop,
      Channel listener,
      ServerContext context) {
    this.groups = groups;
    this.loops = loops;
    this.door = door;
    this.doorLoop = doorLoop;
    this.listener = listener;
    this.context = context;
  }

  /**
   * Binds and serves.
   *
   * @throws BindFailedException if the address cannot be taken
   */
  public static HttpServer start(
      HttpServerSettings settings, HttpHandler handler, ErrorBodies errorBodies) {
    return start(settings, handler, errorBodies, NetTime.system());
  }

  static HttpServer start(
      HttpServerSettings settings, HttpHandler handler, ErrorBodies errorBodies, NetTime time) {
    EventLoopGroup group = loops(settings.eventLoops(), settings.threadName());
    EventLoopGroup doorGroup = loops(1, settings.threadName() + "-door");
    Map<EventLoop, ServerLoop> loops = new HashMap<>();
    for (EventExecutor executor : group) {
      EventLoop eventLoop = (EventLoop) executor;
      loops.put(eventLoop, new ServerLoop(eventLoop, settings, time));
    }
    EventLoop doorLoop = doorGroup.next();
    ServerLoop doorServerLoop = new ServerLoop(doorLoop, settings, time);
    ServerContext context =
        new ServerContext(
            settings,
            handler,
            errorBodies,
            new ConnectionLimits(settings.connectionsMax(), settings.connectionsPerAddressMax()),
            new Holdings(settings.incompleteBounds()),
            new Holdings(settings.unsentBounds()),
            new AtomicInteger());
    Door door = new Door(context, doorServerLoop, group, Map.copyOf(loops));
    loops.put(doorLoop, doorServerLoop);
    try {
      Channel listener = bind(settings, doorGroup, door);
      return new HttpServer(
          List.of(doorGroup, group), loops, door, doorServerLoop, listener, context);
    } catch (BindFailedException e) {
      doorGroup.shutdownGracefully(0, SHUTDOWN_SECONDS_MAX, TimeUnit.SECONDS);
      group.shutdownGracefully(0, SHUTDOWN_SECONDS_MAX, TimeUnit.SECONDS);
      throw e;
    }
  }

  private static EventLoopGroup loops(int threads, String name) {
    return new MultiThreadIoEventLoopGroup(
        threads, new DefaultThreadFactory(name, true), NioIoHandler.newFactory());
  }

  private static Channel bind(HttpServerSettings settings, EventLoopGroup group, Door door) {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, settings.acceptBacklog())
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            // A peer may end its half and still read: scripts that pipe a request in do just that.
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(
                    settings.writeBufferLowBytes(), settings.writeBufferHighBytes()))
            .childOption(ChannelOption.SO_SNDBUF, settings.sendBufferBytes())
            .childHandler(door);
    ChannelFuture bound = bootstrap.bind(settings.bind()).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw bindFailed(settings.bind(), bound.cause());
    }
    return bound.channel();
  }

  private static BindFailedException bindFailed(InetSocketAddress address, Throwable cause) {
    String where = address.getHostString() + ":" + address.getPort();
    String message;
    if (address.isUnresolved()) {
      message = "Cannot listen on " + where + ": the host name does not resolve; name an address";
    } else if (cause instanceof BindException) {
      message =
          "Cannot listen on "
              + where
              + " ("
              + cause.getMessage()
              + "): stop the process that has the port, or choose another address or port";
    } else {
      message = "Cannot listen on " + where + ": " + cause;
    }
    return new BindFailedException(address, message, cause);
  }

  /** The address taken; its port is the real one when port 0 was asked for. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  public HttpServerStats stats() {
    return new HttpServerStats(
        context.limits().open(),
        context.limits().refused(),
        context.streamsOpen().get(),
        context.incomplete().count(),
        context.incomplete().bytes(),
        context.unsent().bytes(),
        context.incomplete().evictions() + context.unsent().evictions());
  }

  /**
   * Stops accepting, answers what is in flight, ends the streams, and at the bound closes what is
   * left. Blocks; not for event loops.
   *
   * @return true if nothing had to be cut off; true at once for a server that is closed already
   */
  public boolean close(Duration bound) {
    if (!closed.compareAndSet(false, true)) {
      return true;
    }
    listener.close().awaitUninterruptibly();
    doorLoop.execute(door::close);
    loops.values().forEach(loop -> loop.execute(loop::drainAll));
    CompletableFuture<Void> allClosed = context.limits().whenAllClosed();
    boolean inTime = await(allClosed, bound);
    if (!inTime) {
      LOG.warn(
          "Cutting off {} connections that did not end within {}", context.limits().open(), bound);
      loops.values().forEach(loop -> loop.execute(loop::cutAll));
      await(allClosed, Duration.ofSeconds(SHUTDOWN_SECONDS_MAX));
    }
    for (EventLoopGroup group : groups) {
      group
          .shutdownGracefully(0, SHUTDOWN_SECONDS_MAX, TimeUnit.SECONDS)
          .awaitUninterruptibly(2 * SHUTDOWN_SECONDS_MAX, TimeUnit.SECONDS);
    }
    return inTime;
  }

  private static boolean await(CompletableFuture<Void> future, Duration bound) {
    try {
      future.get(bound.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      // An interrupt during a graceful stop asks for an immediate one.
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("Counting connections cannot fail", e);
    }
  }
}
