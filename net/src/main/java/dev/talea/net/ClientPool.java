// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a client on one event loop, and the calls that wait for one. Everything runs
 * on that loop, so there are no locks.
 *
 * <p>The connection used last is used first, so that the ones a lull leaves over grow old and are
 * closed.
 */
@SuppressWarnings("FutureReturnValueIgnored") // timers that run or are dropped with their loop
final class ClientPool {
  private final EventLoop eventLoop;
  private final ClientConnector connector;
  private final LongSupplier clock;
  private final int connectionsMax;
  private final long idleNanosMax;
  private final Set<ClientConnection> open = new HashSet<>();
  private final ArrayDeque<ClientConnection> idle = new ArrayDeque<>();
  private final LinkedHashSet<ClientCall> waiting = new LinkedHashSet<>();
  private int connecting;
  private boolean sweeping;
  private boolean closed;

  ClientPool(
      EventLoop eventLoop, ClientConnector connector, LongSupplier clock, int connectionsMax) {
    this.eventLoop = eventLoop;
    this.connector = connector;
    this.clock = clock;
    this.connectionsMax = connectionsMax;
    this.idleNanosMax = connector.settings().idleTimeout().toNanos();
  }

  EventLoop eventLoop() {
    return eventLoop;
  }

  void submit(ClientCall call, Duration timeout) {
    if (closed) {
      call.fail(clientClosed(false));
    } else if (waiting.size() >= connector.settings().waitingMax()) {
      call.fail(
          new TransportException(
              TransportException.Kind.POOL_EXHAUSTED,
              false,
              waiting.size()
                  + " requests already wait for one of "
                  + connectionsMax
                  + " connections to "
                  + connector.origin()));
    } else {
      call.arm(eventLoop, timeout, () -> timedOut(call));
      waiting.add(call);
      pump();
    }
  }

  private void timedOut(ClientCall call) {
    waiting.remove(call);
    ClientConnection connection = call.connection();
    if (connection != null) {
      // Its answer may still come, and no other call may get it.
      connection.close();
    }
  }

  /** Gives waiting calls to idle connections, and opens connections for the rest. */
  private void pump() {
    while (!waiting.isEmpty()) {
      ClientConnection connection = takeIdle();
      if (connection == null) {
        break;
      }
      Iterator<ClientCall> first = waiting.iterator();
      ClientCall call = first.next();
      first.remove();
      connection.send(call);
    }
    while (connecting < waiting.size() && open.size() + connecting < connectionsMax) {
      connect();
    }
  }

  private @Nullable ClientConnection takeIdle() {
    ClientConnection connection = idle.pollLast();
    while (connection != null && !connection.isUsable()) {
      connection = idle.pollLast();
    }
    return connection;
  }

  private void connect() {
    connecting++;
    ClientConnection connection =
        new ClientConnection(this, connector.origin(), connector.settings().answerBytesMax());
    connector
        .open(eventLoop, connection, true)
        .whenComplete((channel, failure) -> connected(connection, channel, failure));
  }

  private void connected(
      ClientConnection connection, @Nullable Channel channel, @Nullable Throwable failure) {
    connecting--;
    if (failure != null) {
      failFirst((TransportException) failure);
    } else if (closed && channel != null) {
      channel.close();
    } else {
      open.add(connection);
      released(connection);
    }
    pump();
  }

  /**
   * A failed attempt fails the call that has waited longest: each call costs one attempt, and none
   * waits out its time for a server that is not there.
   */
  private void failFirst(TransportException failure) {
    Iterator<ClientCall> first = waiting.iterator();
    if (first.hasNext()) {
      ClientCall call = first.next();
      first.remove();
      call.fail(failure);
    }
  }

  /** A connection is free for the next call. */
  void released(ClientConnection connection) {
    connection.idleSinceNanos = clock.getAsLong();
    idle.addLast(connection);
    sweepLater();
    pump();
  }

  void gone(ClientConnection connection) {
    open.remove(connection);
    idle.remove(connection);
    pump();
  }

  private void sweepLater() {
    if (!sweeping) {
      sweeping = true;
      eventLoop.schedule(this::sweep, idleNanosMax / 2 + 1, TimeUnit.NANOSECONDS);
    }
  }

  private void sweep() {
    sweeping = false;
    long now = clock.getAsLong();
    while (!idle.isEmpty() && now - idle.getFirst().idleSinceNanos >= idleNanosMax) {
      idle.removeFirst().close();
    }
    if (!idle.isEmpty()) {
      sweepLater();
    }
  }

  void close() {
    closed = true;
    for (ClientCall call : List.copyOf(waiting)) {
      call.fail(clientClosed(false));
    }
    waiting.clear();
    for (ClientConnection connection : List.copyOf(open)) {
      connection.close();
    }
  }

  static TransportException clientClosed(boolean mayHaveBeenSent) {
    return new TransportException(
        TransportException.Kind.CLIENT_CLOSED, mayHaveBeenSent, "The client is closed");
  }
}
