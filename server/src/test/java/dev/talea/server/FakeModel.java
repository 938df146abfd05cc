// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.talea.reconcile.run.JsonTree;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A server in the place of a language model: it keeps what it was sent, and misbehaves. */
public final class FakeModel implements AutoCloseable {
  /** What it does with a request. */
  @FunctionalInterface
  public interface Way {
    /** Answers, or not. */
    void answer(HttpExchange exchange) throws IOException;
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch end = new CountDownLatch(1);
  private final List<String> bodies = new CopyOnWriteArrayList<>();
  private final List<Headers> heads = new CopyOnWriteArrayList<>();
  private volatile Way way = saying("{}");

  /** Listens on this machine alone. */
  public FakeModel() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          heads.add(exchange.getRequestHeaders());
          bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          try {
            way.answer(exchange);
          } finally {
            exchange.close();
          }
        });
    server.start();
  }

  /** Where it is. */
  public URI base() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** From now on it does this. */
  public void does(Way other) {
    way = other;
  }

  /** An answer of the interface with this text in it. */
  public static Way saying(String text) {
    byte[] body =
        JsonTree.bytes(
            Map.of("content", List.of(Map.of("type", "text", "text", text)), "role", "assistant"));
    return with(200, body);
  }

  /** An answer. */
  public static Way with(int status, byte[] body) {
    return exchange -> {
      exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    };
  }

  /** Begins an answer and never ends it; without a beginning not even that. */
  public Way hanging(boolean begun) {
    return exchange -> {
      if (begun) {
        exchange.sendResponseHeaders(200, 1_000);
        exchange.getResponseBody().write('{');
        exchange.getResponseBody().flush();
      }
      try {
        end.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    };
  }

  /** What it was sent. */
  public List<String> bodies() {
    return bodies;
  }

  /** The heads of that. */
  public List<Headers> heads() {
    return heads;
  }

  @Override
  public void close() {
    end.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
