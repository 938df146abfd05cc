// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import java.net.URI;
import java.util.Locale;

/**
 * The server a client talks to.
 *
 * @param secure https
 * @param host name or address, without brackets
 */
record ClientOrigin(boolean secure, String host, int port) {
  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;

  /**
   * @throws IllegalArgumentException if the URI is not {@code http(s)://host[:port]}
   */
  static ClientOrigin of(URI uri) {
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    String path = uri.getRawPath();
    boolean bare =
        (path == null || path.isEmpty() || path.equals("/"))
            && uri.getRawQuery() == null
            && uri.getRawFragment() == null
            && uri.getRawUserInfo() == null;
    if (!(scheme.equals("http") || scheme.equals("https")) || uri.getHost() == null || !bare) {
      // The text may hold a password, so it is not repeated.
      throw new IllegalArgumentException(
          "A server's URL is http://host:port or https://host:port, without user and path");
    }
    boolean secure = scheme.equals("https");
    int port = uri.getPort() >= 0 ? uri.getPort() : secure ? HTTPS_PORT : HTTP_PORT;
    String host = uri.getHost();
    return new ClientOrigin(
        secure, host.startsWith("[") ? host.substring(1, host.length() - 1) : host, port);
  }

  /** The value of the {@code Host} header. */
  String hostHeader() {
    String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return port == (secure ? HTTPS_PORT : HTTP_PORT) ? name : name + ":" + port;
  }

  @Override
  public String toString() {
    return (secure ? "https://" : "http://") + hostHeader();
  }
}
