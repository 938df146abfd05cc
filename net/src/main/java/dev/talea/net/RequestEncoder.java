// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;

/** Turns a client's request into Netty's message, framing fields included. Stateless. */
final class RequestEncoder {
  private RequestEncoder() {}

  static DefaultFullHttpRequest encode(ClientRequest request, ClientOrigin origin) {
    HttpHeaders headers = new DefaultHttpHeaders();
    request.headers().copyTo(headers);
    headers.set(HttpHeaderNames.HOST, origin.hostHeader());
    headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
    headers.remove(HttpHeaderNames.CONTENT_LENGTH);
    HttpMethod method = HttpMethod.valueOf(request.method());
    // A method that usually carries a body says so even when it is empty; others only if it is not.
    if (request.body().length > 0 || method.equals(HttpMethod.POST)) {
      headers.set(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(request.body().length));
    }
    return new DefaultFullHttpRequest(
        HttpVersion.HTTP_1_1,
        method,
        request.target(),
        Unpooled.wrappedBuffer(request.body()),
        headers,
        EmptyHttpHeaders.INSTANCE);
  }
}
