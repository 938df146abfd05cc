package dev.talea.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;

/**
 * Turns answers into Netty's messages and adds the framing: which answers have a body, how its end
 * is known, whether the connection stays. Stateless; used on event loops.
 */
final class AnswerEncoder {
  private static final DefaultHttpHeadersFactory UNCHECKED =
      DefaultHttpHeadersFactory.headersFactory().withValidation(false);

  private AnswerEncoder() {}

  /**
   * What of the request decides about the framing of its answer.
   *
   * @param toHead the answer is to a HEAD request
   * @param toHttp10 the peer speaks HTTP/1.0
   * @param close the connection closes after the answer
   */
  record Framing(boolean toHead, boolean toHttp10, boolean close) {}

  static DefaultFullHttpResponse whole(HttpResponse answer, Framing framing, CharSequence date) {
    boolean bodiless = answer.status() == 204 || answer.status() == 304;
    ByteBuf body =
        bodiless || framing.toHead ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(answer.body());
    HttpHeaders headers = headers(answer.headers(), framing, date);
    if (!bodiless) {
      headers.set(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(answer.body().length));
    }
    return new DefaultFullHttpResponse(
        HttpVersion.HTTP_1_1,
        HttpResponseStatus.valueOf(answer.status()),
        body,
        headers,
        EmptyHttpHeaders.INSTANCE);
  }

  /**
   * The head of a streamed answer: chunked, or up to the end of the connection for HTTP/1.0. To
   * HEAD the coding is left out, because the encoder would write the end of the chunks that are not
   * there.
   */
  static DefaultHttpResponse streamHead(
      int status, Headers given, Framing framing, CharSequence date) {
    HttpHeaders headers = headers(given, framing, date);
    if (!framing.toHttp10 && !framing.toHead) {
      headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    }
    return new DefaultHttpResponse(
        HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), headers);
  }

  static DefaultFullHttpResponse goOn() {
    return new DefaultFullHttpResponse(
        HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER);
  }

  /** The given fields were checked when they were made; framing fields among them are dropped. */
  private static HttpHeaders headers(Headers given, Framing framing, CharSequence date) {
    HttpHeaders headers = UNCHECKED.newHeaders();
    given.copyTo(headers);
    headers.remove(HttpHeaderNames.CONTENT_LENGTH);
    headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
    headers.set(HttpHeaderNames.DATE, date);
    if (framing.close) {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    } else if (framing.toHttp10) {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
    } else {
      headers.remove(HttpHeaderNames.CONNECTION);
    }
    return headers;
  }
}
