// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a store and a PostgreSQL server, and loses what it is told to lose: every answer,
 * or just the answer to a COMMIT that the server has executed. For that it reads the messages of
 * the client (PostgreSQL's manual, chapter "Frontend/Backend Protocol"), and answers that there is
 * no encryption.
 */
final class TcpProxy implements AutoCloseable {
  /** Instead of the version: a client asks whether the server knows TLS. */
  private static final int TLS_REQUEST = 80877103;

  private final ServerSocket server;
  private final int target;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  /** Answers to so many commits are still to be lost. */
  private final AtomicInteger cuts = new AtomicInteger();

  private final AtomicInteger cutsDone = new AtomicInteger();
  private final AtomicLong passedBack = new AtomicLong();
  private final AtomicLong longestAnswer = new AtomicLong();
  private volatile boolean silent;

  TcpProxy(int target) throws IOException {
    this.target = target;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    thread(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  /** The answers to the next commits get lost, and their connections with them. */
  void cutCommits(int count) {
    cuts.set(count);
  }

  int cutsDone() {
    return cutsDone.get();
  }

  /** Bytes of the server's answers so far. */
  long passedBack() {
    return passedBack.get();
  }

  /**
   * Most bytes that the server has sent before a client said anything more, since the last call.
   */
  long longestAnswer() {
    return longestAnswer.getAndSet(0);
  }

  /** From now on nothing gets through, and neither side is told. */
  void fallSilent() {
    silent = true;
  }

  /** Everything gets through again, over new connections. */
  void speak() {
    silent = false;
    open.forEach(TcpProxy::close);
  }

  private static void thread(Runnable task) {
    Thread thread = new Thread(task, "proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        open.add(client);
        if (silent) {
          thread(() -> swallow(client));
          continue;
        }
        Socket backend = new Socket(InetAddress.getLoopbackAddress(), target);
        client.setTcpNoDelay(true);
        backend.setTcpNoDelay(true);
        open.add(backend);
        Pair pair = new Pair(client, backend);
        thread(pair::forth);
        thread(pair::back);
      } catch (IOException e) {
        // the proxy was closed, or the server is down: then the client has to come again
      }
    }
  }

  private void swallow(Socket socket) {
    try (InputStream in = socket.getInputStream()) {
      in.transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      // closed
    } finally {
      open.remove(socket);
    }
  }

  /** One connection. */
  private final class Pair {
    private final Socket client;
    private final Socket backend;
    private volatile boolean cut;

    /** Bytes that came back since the client last said something. */
    private final AtomicLong answer = new AtomicLong();

    Pair(Socket client, Socket backend) {
      this.client = client;
      this.backend = backend;
    }

    void forth() {
      Set<String> commitStatements = new HashSet<>();
      try (Socket from = client;
          Socket to = backend) {
        DataInputStream in = new DataInputStream(from.getInputStream());
        OutputStream out = to.getOutputStream();
        boolean greeting = true;
        while (true) {
          byte type = greeting ? 0 : in.readByte();
          int length = in.readInt();
          byte[] body = in.readNBytes(length - 4);
          if (greeting && length == 8 && ByteBuffer.wrap(body).getInt() == TLS_REQUEST) {
            from.getOutputStream().write('N'); // what is encrypted cannot be read here
            continue;
          }
          ByteBuffer whole = ByteBuffer.allocate(length + (greeting ? 0 : 1));
          if (!greeting) {
            whole.put(type);
          }
          whole.putInt(length).put(body);
          if (isCommit(type, body, commitStatements)
              && cuts.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
            cut = true;
          }
          answer.set(0);
          if (!silent) {
            out.write(whole.array());
            out.flush();
          }
          greeting = false;
        }
      } catch (IOException e) {
        // one of them went
      } finally {
        open.remove(client);
        open.remove(backend);
      }
    }

    void back() {
      byte[] bytes = new byte[8192];
      try (Socket from = backend;
          Socket to = client) {
        InputStream in = from.getInputStream();
        for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
          if (cut) {
            // The first thing the server says after a COMMIT is that it is done.
            cutsDone.incrementAndGet();
            return;
          }
          if (!silent) {
            passedBack.addAndGet(n);
            longestAnswer.accumulateAndGet(answer.addAndGet(n), Math::max);
            to.getOutputStream().write(bytes, 0, n);
          }
        }
      } catch (IOException e) {
        // one of them went
      }
    }
  }

  /** A COMMIT is sent as text (Q), or parsed once under a name (P) and then bound by it (B). */
  private static boolean isCommit(byte type, byte[] body, Set<String> commitStatements) {
    if (type == 'Q') {
      return text(body, 0).equalsIgnoreCase("COMMIT");
    }
    if (type == 'P') {
      String name = text(body, 0);
      String sql = text(body, name.getBytes(StandardCharsets.UTF_8).length + 1);
      commitStatements.remove(name);
      if (sql.equalsIgnoreCase("COMMIT")) {
        commitStatements.add(name);
      }
    } else if (type == 'B') {
      String portal = text(body, 0);
      return commitStatements.contains(
          text(body, portal.getBytes(StandardCharsets.UTF_8).length + 1));
    }
    return false;
  }

  private static String text(byte[] body, int from) {
    int end = from;
    while (end < body.length && body[end] != 0) {
      end++;
    }
    return new String(body, from, end - from, StandardCharsets.UTF_8);
  }

  private static void close(@Nullable Socket socket) {
    try {
      if (socket != null) {
        socket.close();
      }
    } catch (IOException e) {
      // closed enough
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    open.forEach(TcpProxy::close);
  }
}
