// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A way to a server that can be shut and opened again: while it is shut, nobody listens, and
 * whoever was connected is cut off. Any thread.
 */
final class TcpGate implements AutoCloseable {
  private final int target;
  private final int port;
  private final List<Socket> sockets = new ArrayList<>();
  private @Nullable ServerSocket door;
  private @Nullable Thread doorkeeper;

  /**
   * Shut at first.
   *
   * @param target port on this machine
   */
  TcpGate(int target) throws IOException {
    this.target = target;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      this.port = free.getLocalPort();
    }
  }

  int port() {
    return port;
  }

  synchronized void open() throws IOException {
    ServerSocket opened = new ServerSocket();
    opened.setReuseAddress(true);
    opened.bind(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    door = opened;
    doorkeeper = start(() -> accept(opened));
  }

  void shut() throws IOException, InterruptedException {
    Thread accepting;
    synchronized (this) {
      if (door != null) {
        door.close();
        door = null;
      }
      accepting = doorkeeper;
    }
    if (accepting != null) {
      // As long as a thread sits in accept, the kernel keeps the port open.
      accepting.join();
    }
    cut();
  }

  /** Cuts off who is connected; the gate stays open. */
  synchronized void cut() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    sockets.clear();
  }

  private void accept(ServerSocket opened) {
    try {
      while (true) {
        Socket in = opened.accept();
        Socket out;
        try {
          out = new Socket(InetAddress.getLoopbackAddress(), target);
        } catch (IOException e) {
          in.close(); // The target is away.
          continue;
        }
        synchronized (this) {
          sockets.add(in);
          sockets.add(out);
        }
        start(() -> pump(in, out));
        start(() -> pump(out, in));
      }
    } catch (IOException e) {
      // Shut.
    }
  }

  private static void pump(Socket from, Socket to) {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      // Either side has gone, or the gate was shut.
    }
  }

  private static Thread start(Runnable work) {
    Thread thread = new Thread(work, "tcp-gate");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  @Override
  public void close() {
    try {
      shut();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
