// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

/**
 * A request for {@link HttpClient} to send. Immutable as long as the body array, which is not
 * copied, is not changed.
 */
public final class ClientRequest {
  private static final byte[] NO_BODY = {};

  private final String method;
  private final String target;
  private final Headers headers;
  private final byte[] body;

  /**
   * @param target path and query as they shall stand in the request line, percent-encoded already
   * @param headers without {@code Host}, {@code Content-Length} and {@code Connection}, which are
   *     the connection's business
   * @param body sent with its length
   */
  public ClientRequest(String method, String target, Headers headers, byte[] body) {
    if (!target.startsWith("/")) {
      throw new IllegalArgumentException("A request target starts with '/', unlike " + target);
    }
    for (int i = 0; i < target.length(); i++) {
      char c = target.charAt(i);
      if (c <= ' ' || c >= 0x7f) {
        throw new IllegalArgumentException(
            "Character " + i + " of the request target needs percent-encoding: " + target);
      }
    }
    this.method = method;
    this.target = target;
    this.headers = headers;
    this.body = body;
  }

  /** Length of its body. */
  public int bodyBytes() {
    return body.length;
  }

  public static ClientRequest get(String target, Headers headers) {
    return new ClientRequest("GET", target, headers, NO_BODY);
  }

  public static ClientRequest post(
      String target, Headers headers, String contentType, byte[] body) {
    return new ClientRequest("POST", target, headers.with("Content-Type", contentType), body);
  }

  public String method() {
    return method;
  }

  public String target() {
    return target;
  }

  public Headers headers() {
    return headers;
  }

  public byte[] body() {
    return body;
  }

  @Override
  public String toString() {
    return method + " " + target + " (" + body.length + " bytes)";
  }
}
