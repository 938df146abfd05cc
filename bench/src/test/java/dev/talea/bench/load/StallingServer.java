// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server that answers every GET at once with what it was told to say, except for one request,
 * which it and all that come meanwhile have to wait for: some time, or until {@link #goOn}. One
 * thread serves one connection after the other, so that one stall stalls all of them.
 */
final class StallingServer implements AutoCloseable {
  private static final long UNTIL_TOLD = -1;

  private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final byte[] answer;
  private final int stallAt;
  private final long stallMillis;
  private final AtomicInteger answered = new AtomicInteger();
  private final CountDownLatch release = new CountDownLatch(1);
  private volatile long stalledNanos;
  private volatile long releasedNanos;
  private final Thread thread = new Thread(this::serve, "stalling-server");

  /**
   * @param answer whole, as it goes over the wire; empty cuts the connection instead
   * @param stallAt number of the request that takes its time, from 1; 0 for none
   */
  StallingServer(String answer, int stallAt, long stallMillis) throws IOException {
    this.answer = answer.getBytes(StandardCharsets.US_ASCII);
    this.stallAt = stallAt;
    this.stallMillis = stallMillis;
    thread.setDaemon(true);
    thread.start();
  }

  /** One that stalls until it is told to go on. */
  static StallingServer untilToldToGoOn(String answer, int stallAt) throws IOException {
    return new StallingServer(answer, stallAt, UNTIL_TOLD);
  }

  /** Ends the stall if it has begun; otherwise does nothing. */
  void goOn() {
    if (stalledNanos != 0 && releasedNanos == 0) {
      releasedNanos = System.nanoTime();
      release.countDown();
    }
  }

  /** When the stall began, on the clock of {@link System#nanoTime}; 0 if it has not. */
  long stalledNanos() {
    return stalledNanos;
  }

  /** When it was ended by {@link #goOn}, on the same clock; 0 if it has not been. */
  long releasedNanos() {
    return releasedNanos;
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  int answered() {
    return answered.get();
  }

  private void serve() {
    while (!listener.isClosed()) {
      try (Socket socket = listener.accept()) {
        socket.setTcpNoDelay(true);
        serve(socket);
      } catch (IOException e) {
        // The peer has gone, or this server was closed.
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) throws IOException, InterruptedException {
    InputStream in = socket.getInputStream();
    int newlines = 0;
    for (int c = in.read(); c >= 0; c = in.read()) {
      newlines = c == '\n' ? newlines + 1 : c == '\r' ? newlines : 0;
      if (newlines == 2) {
        newlines = 0;
        if (answered.incrementAndGet() == stallAt) {
          stalledNanos = System.nanoTime();
          if (stallMillis == UNTIL_TOLD) {
            release.await();
          } else {
            Thread.sleep(stallMillis);
          }
        }
        if (answer.length == 0) {
          return;
        }
        socket.getOutputStream().write(answer);
      }
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    thread.interrupt();
  }
}
