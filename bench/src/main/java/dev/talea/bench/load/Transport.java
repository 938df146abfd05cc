// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;

/**
 * How the generator talks to the kernel. epoll where it is available, because its timer keeps
 * microseconds: the selector of the JDK sleeps whole milliseconds, and an open loop would send its
 * requests in bunches and late.
 */
enum Transport {
  EPOLL,
  NIO;

  /** What this machine can do. */
  static final Transport HERE = Epoll.isAvailable() ? EPOLL : NIO;

  IoHandlerFactory handlerFactory() {
    return this == EPOLL ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
  }

  SocketChannel newChannel() {
    return this == EPOLL ? new EpollSocketChannel() : new NioSocketChannel();
  }
}
