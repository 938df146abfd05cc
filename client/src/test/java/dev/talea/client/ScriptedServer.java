// SPDX-License-Identifier: Apache-2.0
package dev.talea.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A server that does to its clients exactly what a test tells it to, over real sockets: answers,
 * breaks off in the middle, says nothing, goes away and comes back on the same port. It reads
 * requests with a few lines of its own, so what the client really sends is what a test sees.
 */
final class ScriptedServer implements AutoCloseable {
  /** A request as it came. */
  record Request(String line, String head, String body) {
    String header(String name) {
      for (String line : head.lines().toList()) {
        int colon = line.indexOf(':');
        if (colon > 0 && line.substring(0, colon).equalsIgnoreCase(name)) {
          return line.substring(colon + 1).strip();
        }
      }
      return "";
    }
  }

  /** What is done about one request. The connection closes unless it returns true. */
  interface Reaction {
    boolean answer(OutputStream out) throws IOException, InterruptedException;
  }

  private final Queue<Reaction> reactions = new ConcurrentLinkedQueue<>();
  private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
  private final int port;
  private volatile ServerSocket listener;
  private volatile Thread acceptor;

  ScriptedServer() throws IOException {
    listener = listen(0);
    port = listener.getLocalPort();
    acceptor = accept(listener);
  }

  private static ServerSocket listen(int port) throws IOException {
    ServerSocket socket = new ServerSocket();
    socket.setReuseAddress(true);
    socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return socket;
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  /** The next request that nobody else reacts to is treated like this. */
  ScriptedServer then(Reaction reaction) {
    reactions.add(reaction);
    return this;
  }

  /** A whole answer over a connection that stays open. */
  ScriptedServer then(int status, String body, String... headerLines) {
    return then(
        out -> {
          out.write(answer(status, body, headerLines).getBytes(StandardCharsets.UTF_8));
          out.flush();
          return true;
        });
  }

  /** An event stream with these bytes, which then ends. */
  ScriptedServer thenStream(String frames) {
    return thenStream(
        out -> {
          out.write(frames.getBytes(StandardCharsets.UTF_8));
          out.flush();
          return false;
        });
  }

  /** An event stream that goes on as the reaction says. */
  ScriptedServer thenStream(Reaction reaction) {
    return then(
        out -> {
          out.write(
              "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.UTF_8));
          out.flush();
          return reaction.answer(out);
        });
  }

  static String answer(int status, String body, String... headerLines) {
    StringBuilder text = new StringBuilder("HTTP/1.1 " + status + " Whatever\r\n");
    for (String line : headerLines) {
      text.append(line).append("\r\n");
    }
    if (status != 204) {
      text.append("Content-Type: application/json\r\nContent-Length: ");
      text.append(body.getBytes(StandardCharsets.UTF_8).length).append("\r\n");
    }
    return text.append("\r\n").append(body).toString();
  }

  /** The next request that came; waits for it. */
  Request request() throws InterruptedException {
    Request request = requests.poll(10, TimeUnit.SECONDS);
    if (request == null) {
      throw new AssertionError("no request came within 10 s");
    }
    return request;
  }

  int requestsLeft() {
    return requests.size();
  }

  /** Refuses connections from now on and breaks those that are open. */
  void goAway() throws IOException {
    listener.close();
    try {
      // As long as a thread sits in accept, the kernel keeps the port open.
      acceptor.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Socket connection : connections) {
      connection.close();
    }
  }

  /** Listens again where it did before. */
  void comeBack() throws IOException {
    listener = listen(port);
    acceptor = accept(listener);
  }

  private Thread accept(ServerSocket socket) {
    return start(
        () -> {
          while (true) {
            Socket connection = socket.accept();
            connections.add(connection);
            Thread unused = start(() -> serve(connection));
          }
        });
  }

  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private static Thread start(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // The test closed the socket, or the client did; either way it is over.
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "scripted-server");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private void serve(Socket connection) throws IOException, InterruptedException {
    try (connection) {
      InputStream in = connection.getInputStream();
      boolean open = true;
      while (open) {
        Request request = read(in);
        requests.add(request);
        Reaction reaction = reactions.poll();
        if (reaction == null) {
          reaction =
              out -> {
                out.write(
                    answer(500, "{\"error\":\"internal\",\"message\":\"not in the script\"}")
                        .getBytes(StandardCharsets.UTF_8));
                return false;
              };
        }
        open = reaction.answer(connection.getOutputStream());
      }
    } finally {
      connections.remove(connection);
    }
  }

  private static Request read(InputStream in) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    while (!bytes.toString(StandardCharsets.UTF_8).endsWith("\r\n\r\n")) {
      int b = in.read();
      if (b < 0) {
        throw new IOException("the client closed");
      }
      bytes.write(b);
    }
    String head = bytes.toString(StandardCharsets.UTF_8);
    Request bare = new Request(head.substring(0, head.indexOf("\r\n")), head, "");
    String length = bare.header("content-length").toLowerCase(Locale.ROOT);
    byte[] body = in.readNBytes(length.isEmpty() ? 0 : Integer.parseInt(length));
    return new Request(bare.line(), head, new String(body, StandardCharsets.UTF_8));
  }

  @Override
  public void close() throws IOException {
    goAway();
  }
}
