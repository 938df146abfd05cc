// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A client of one server, with a pool of connections that are kept alive between requests.
 *
 * <p>It sends each request once. Whether to send again is the caller's decision, for which {@link
 * TransportException} says what is known. All methods may be called from any thread; futures are
 * completed on event loops, so what depends on them directly must not block.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what comes of them is told to the caller's futures
public final class HttpClient implements AutoCloseable {
  private static final long SHUTDOWN_SECONDS_MAX = 5;

  private final EventLoopGroup group;
  private final ExecutorService resolver;
  private final ClientConnector connector;
  private final List<ClientPool> pools;
  private final AtomicInteger turn = new AtomicInteger();
  private final Set<PulledStream> streams = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean closed = new AtomicBoolean();

  private HttpClient(
      EventLoopGroup group,
      ExecutorService resolver,
      ClientConnector connector,
      List<ClientPool> pools) {
    this.group = group;
    this.resolver = resolver;
    this.connector = connector;
    this.pools = pools;
  }

  /**
   * A client of the server at {@code http://host:port} or {@code https://host:port}; it connects
   * when there is something to send.
   *
   * @throws IllegalArgumentException if the URI is something else
   */
  public static HttpClient to(URI origin, HttpClientSettings settings) {
    ClientOrigin checked = ClientOrigin.of(origin);
    ExecutorService resolver =
        Executors.newSingleThreadExecutor(
            new DefaultThreadFactory(settings.threadName() + "-resolver", true));
    ClientConnector connector = new ClientConnector(checked, settings, resolver);
    EventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            settings.eventLoops(),
            new DefaultThreadFactory(settings.threadName(), true),
            NioIoHandler.newFactory());
    List<ClientPool> pools = new ArrayList<>();
    int share = Math.max(1, settings.connectionsMax() / settings.eventLoops());
    for (EventExecutor executor : group) {
      pools.add(new ClientPool((EventLoop) executor, connector, NetTime.system().steady(), share));
    }
    return new HttpClient(group, resolver, connector, List.copyOf(pools));
  }

  /**
   * Sends a request and collects its whole answer, whatever the status.
   *
   * @param timeout for everything, waiting for a connection included
   * @return fails with a {@link TransportException}
   */
  public CompletableFuture<HttpResponse> send(ClientRequest request, Duration timeout) {
    CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
    ClientCall call = new ClientCall(request, answer);
    ClientPool pool = nextPool();
    try {
      pool.eventLoop().execute(() -> pool.submit(call, timeout));
    } catch (RejectedExecutionException e) {
      call.fail(ClientPool.clientClosed(false));
    }
    return answer;
  }

  /**
   * Sends a request and hands over its answer as soon as its head is there. The connection is the
   * stream's own.
   *
   * @param headTimeout until the head of the answer
   * @return fails with a {@link TransportException}
   */
  public CompletableFuture<ClientStream> stream(ClientRequest request, Duration headTimeout) {
    EventLoop eventLoop = nextPool().eventLoop();
    PulledStream stream = new PulledStream(eventLoop, connector.origin(), request);
    try {
      eventLoop.execute(() -> open(stream, eventLoop, headTimeout));
    } catch (RejectedExecutionException e) {
      stream.started().completeExceptionally(ClientPool.clientClosed(false));
    }
    return stream.started();
  }

  private void open(PulledStream stream, EventLoop eventLoop, Duration headTimeout) {
    streams.add(stream);
    if (closed.get()) {
      streams.remove(stream);
      stream.fail(ClientPool.clientClosed(false));
      return;
    }
    stream.arm(headTimeout);
    connector
        .open(eventLoop, stream, false)
        .whenComplete(
            (channel, failure) -> {
              if (failure != null) {
                streams.remove(stream);
                stream.fail((TransportException) failure);
              } else {
                channel.closeFuture().addListener(end -> streams.remove(stream));
              }
            });
  }

  private ClientPool nextPool() {
    return pools.size() == 1
        ? pools.get(0)
        : pools.get(Math.floorMod(turn.getAndIncrement(), pools.size()));
  }

  /** Closes all connections; what is under way fails. Blocks until it is done; harmless twice. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    for (ClientPool pool : pools) {
      pool.eventLoop().execute(pool::close);
    }
    streams.forEach(PulledStream::close);
    resolver.shutdown();
    group
        .shutdownGracefully(0, SHUTDOWN_SECONDS_MAX, TimeUnit.SECONDS)
        .awaitUninterruptibly(2 * SHUTDOWN_SECONDS_MAX, TimeUnit.SECONDS);
  }
}
