// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a request once its headers are complete: all but the body.
 *
 * <p>Immutable. The target is as it came, still percent-encoded: {@link Router} decodes the path,
 * {@link QueryParams} the query. For a target in absolute form ({@code http://host/path}) the path
 * is what follows the authority; for {@code OPTIONS *} it is {@code *}.
 */
public final class RequestHead {
  private final String method;
  private final String target;
  private final String rawPath;
  private final @Nullable String rawQuery;
  private final Headers headers;
  private final InetSocketAddress remoteAddress;

  RequestHead(
      String method,
      String target,
      String rawPath,
      @Nullable String rawQuery,
      Headers headers,
      InetSocketAddress remoteAddress) {
    this.method = method;
    this.target = target;
    this.rawPath = rawPath;
    this.rawQuery = rawQuery;
    this.headers = headers;
    this.remoteAddress = remoteAddress;
  }

  /** In the case it came: methods are case-sensitive. */
  public String method() {
    return method;
  }

  /** The request target exactly as it stood in the request line. */
  public String target() {
    return target;
  }

  public String rawPath() {
    return rawPath;
  }

  /** What followed the question mark; null when there was none. */
  public @Nullable String rawQuery() {
    return rawQuery;
  }

  public Headers headers() {
    return headers;
  }

  /** The first value of a header field, or null. */
  public @Nullable String header(String name) {
    return headers.first(name);
  }

  /** The other end of the connection; behind a proxy that is the proxy. */
  public InetSocketAddress remoteAddress() {
    return remoteAddress;
  }

  @Override
  public String toString() {
    return method + " " + rawPath;
  }
}
