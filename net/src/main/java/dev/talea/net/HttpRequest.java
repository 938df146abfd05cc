// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A complete request as the server hands it to its handler: head and whole body.
 *
 * <p>The body array belongs to the request and is never touched again by the connection, so it may
 * be read on any thread for as long as the request is kept.
 */
public final class HttpRequest {
  private final RequestHead head;
  private final byte[] body;

  HttpRequest(RequestHead head, byte[] body) {
    this.head = head;
    this.body = body;
  }

  public RequestHead head() {
    return head;
  }

  public String method() {
    return head.method();
  }

  public String rawPath() {
    return head.rawPath();
  }

  public @Nullable String rawQuery() {
    return head.rawQuery();
  }

  public @Nullable String header(String name) {
    return head.header(name);
  }

  /** Empty when the request had none. */
  public byte[] body() {
    return body;
  }

  public String bodyText() {
    return new String(body, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return head + " (" + body.length + " bytes)";
  }
}
