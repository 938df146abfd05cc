// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import java.nio.charset.StandardCharsets;

/**
 * A whole answer: status, headers, body. Written by the server's handlers, read by the client's
 * callers.
 *
 * <p>Immutable as long as the body array is not changed. The array is handed on and never copied,
 * so a caller that has passed it in may not write to it again. The framing fields ({@code
 * Content-Length}, {@code Transfer-Encoding}, {@code Connection}, {@code Date}) are the
 * connection's business; a handler leaves them out.
 */
public final class HttpResponse {
  private static final byte[] NO_BODY = {};

  private final int status;
  private final Headers headers;
  private final byte[] body;
  private final Kind kind;

  private enum Kind {
    OWN_BODY,
    SHARED_BODY,
    STREAM_HEAD
  }

  private HttpResponse(int status, Headers headers, byte[] body) {
    this(status, headers, body, Kind.OWN_BODY);
  }

  private HttpResponse(int status, Headers headers, byte[] body, Kind kind) {
    if (status < 200 || status > 599) {
      throw new IllegalArgumentException("An answer's status is 200 to 599, not " + status);
    }
    this.status = status;
    this.headers = headers;
    this.body = body;
    this.kind = kind;
  }

  /** An answer without a body. */
  public static HttpResponse of(int status) {
    return new HttpResponse(status, Headers.NONE, NO_BODY);
  }

  public static HttpResponse of(int status, String contentType, byte[] body) {
    return new HttpResponse(status, Headers.of("Content-Type", contentType), body);
  }

  public static HttpResponse of(int status, Headers headers, byte[] body) {
    return new HttpResponse(status, headers, body);
  }

  /**
   * An answer whose body is kept in memory anyway, for many answers: while it waits for its reader
   * it is not counted.
   */
  public static HttpResponse ofShared(int status, Headers headers, byte[] body) {
    return new HttpResponse(status, headers, body, Kind.SHARED_BODY);
  }

  /** The answer to a HEAD of what a GET would stream: there is no length to name. */
  public static HttpResponse streamHead(int status, Headers headers) {
    return new HttpResponse(status, headers, NO_BODY, Kind.STREAM_HEAD);
  }

  /** Plain text in UTF-8. */
  public static HttpResponse text(int status, String text) {
    return of(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
  }

  /** The same answer with one more header field. */
  public HttpResponse with(String name, String value) {
    return new HttpResponse(status, headers.with(name, value), body, kind);
  }

  public int status() {
    return status;
  }

  public Headers headers() {
    return headers;
  }

  /** The body itself, not a copy. */
  public byte[] body() {
    return body;
  }

  /** What the body costs while it waits. */
  int ownBytes() {
    return kind == Kind.SHARED_BODY ? 0 : body.length;
  }

  /** Whether the length of the body is what HEAD is told. */
  boolean hasLength() {
    return kind != Kind.STREAM_HEAD;
  }

  public String bodyText() {
    return new String(body, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return "HttpResponse[" + status + ", " + headers + ", " + body.length + " bytes]";
  }
}
