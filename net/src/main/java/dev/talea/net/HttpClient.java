package dev.talea.net;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** A client of one server. */
@SuppressWarnings("DoNotCallSuggester")
public final class HttpClient implements AutoCloseable {
  private HttpClient() {}

  /**
   * A client of the server at {@code http://host:port} or {@code https://host:port}; it connects
   * when there is something to send.
   */
  public static HttpClient to(URI origin, HttpClientSettings settings) {
    throw new UnsupportedOperationException();
  }

  /**
   * Sends a request and collects its whole answer, whatever the status. Any thread may call; the
   * future is completed on an event loop, so what depends on it must not block.
   *
   * @param timeout for everything, waiting for a connection included
   * @return fails with a {@link TransportException}
   */
  public CompletableFuture<HttpResponse> send(ClientRequest request, Duration timeout) {
    throw new UnsupportedOperationException();
  }

  /**
   * Sends a request and hands over its answer as soon as its head is there. The connection is the
   * stream's own.
   *
   * @param headTimeout until the head of the answer
   * @return fails with a {@link TransportException}
   */
  public CompletableFuture<ClientStream> stream(ClientRequest request, Duration headTimeout) {
    throw new UnsupportedOperationException();
  }

  /** Closes all connections; what is under way fails. */
  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
