package dev.talea.net;

import java.net.InetSocketAddress;
import java.time.Duration;

/** A listening HTTP/1.1 server. */
@SuppressWarnings("DoNotCallSuggester")
public final class HttpServer {
  private HttpServer() {}

  /**
   * Binds and serves.
   *
   * @throws BindFailedException if the address cannot be taken
   */
  public static HttpServer start(
      HttpServerSettings settings, HttpHandler handler, ErrorBodies errorBodies) {
    throw new UnsupportedOperationException();
  }

  /** The address taken; its port is the real one when port 0 was asked for. */
  public InetSocketAddress address() {
    throw new UnsupportedOperationException();
  }

  public HttpServerStats stats() {
    throw new UnsupportedOperationException();
  }

  /**
   * Stops accepting, answers what is in flight, ends the streams, and at the bound closes what is
   * left. Blocks; not for event loops.
   *
   * @return true if nothing had to be cut off
   */
  public boolean close(Duration bound) {
    throw new UnsupportedOperationException();
  }
}
