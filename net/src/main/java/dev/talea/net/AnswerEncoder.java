// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/**
 * Puts answers into the form in which they leave and adds the framing: which answers have a body,
 * how its end is known, whether the connection stays. Stateless; used on event loops.
 *
 * <p>A whole answer is written here byte by byte, because that is what happens with every request:
 * going through Netty's table of headers and its encoder takes three times as long. A stream has
 * one head and many pieces, so Netty's encoder does its chunks.
 */
final class AnswerEncoder {
  private static final DefaultHttpHeadersFactory UNCHECKED =
      DefaultHttpHeadersFactory.headersFactory().withValidation(false);

  /** What the connection says for itself; dropped where a handler says it, too. */
  private static final Set<String> FRAMING =
      Set.of("content-length", "transfer-encoding", "connection", "date");

  private static final int STATUS_MIN = 200;
  private static final byte[][] STATUS_LINES = new byte[400][];

  static {
    for (int i = 0; i < STATUS_LINES.length; i++) {
      STATUS_LINES[i] = ascii("HTTP/1.1 " + HttpResponseStatus.valueOf(STATUS_MIN + i) + "\r\n");
    }
  }

  private static final byte[] FIELD = ascii(": ");
  private static final byte[] LINE_END = ascii("\r\n");
  private static final byte[] DATE = ascii("date: ");
  private static final byte[] CONTENT_LENGTH = ascii("\r\ncontent-length: ");
  private static final byte[] CLOSE = ascii("\r\nconnection: close");
  private static final byte[] KEEP_ALIVE = ascii("\r\nconnection: keep-alive");
  private static final byte[] HEAD_END = ascii("\r\n\r\n");

  private AnswerEncoder() {}

  /**
   * What of the request decides about the framing of its answer.
   *
   * @param toHead the answer is to a HEAD request
   * @param toHttp10 the peer speaks HTTP/1.0
   * @param close the connection closes after the answer
   */
  record Framing(boolean toHead, boolean toHttp10, boolean close) {}

  /** Whether bytes follow the head. */
  static boolean hasBody(HttpResponse answer, Framing framing) {
    return answer.body().length > 0 && !framing.toHead && !isBodiless(answer);
  }

  private static boolean isBodiless(HttpResponse answer) {
    return answer.status() == 204 || answer.status() == 304;
  }

  /** Writes the head of a whole answer, whose given fields were checked when they were made. */
  static void writeHead(HttpResponse answer, Framing framing, AsciiString date, ByteBuf out) {
    out.writeBytes(STATUS_LINES[answer.status() - STATUS_MIN]);
    answer
        .headers()
        .forEach(
            (name, value) -> {
              if (!isFraming(name)) {
                ByteBufUtil.writeAscii(out, name);
                out.writeBytes(FIELD);
                ByteBufUtil.writeAscii(out, value);
                out.writeBytes(LINE_END);
              }
            });
    out.writeBytes(DATE);
    ByteBufUtil.writeAscii(out, date);
    // Without a body and to anything but HEAD, no length would mean up to the end of the
    // connection.
    if (!isBodiless(answer) && (answer.hasLength() || !framing.toHead)) {
      out.writeBytes(CONTENT_LENGTH);
      ByteBufUtil.writeAscii(out, Integer.toString(answer.body().length));
    }
    if (framing.close) {
      out.writeBytes(CLOSE);
    } else if (framing.toHttp10) {
      out.writeBytes(KEEP_ALIVE);
    }
    out.writeBytes(HEAD_END);
  }

  private static boolean isFraming(String name) {
    // The lengths of the four, so that the usual field is not looked up.
    return switch (name.length()) {
      case 4, 10, 14, 17 -> FRAMING.contains(name.toLowerCase(Locale.ROOT));
      default -> false;
    };
  }

  /**
   * The head of a streamed answer: of the length it names, or else chunked, or up to the end of the
   * connection for HTTP/1.0. To HEAD the coding is left out, because the encoder would write the
   * end of the chunks that are not there.
   */
  static DefaultHttpResponse streamHead(
      int status, Headers given, Framing framing, CharSequence date) {
    HttpHeaders headers = headers(given, framing, date);
    String length = given.first("Content-Length");
    if (length != null) {
      headers.set(HttpHeaderNames.CONTENT_LENGTH, length);
    } else if (!framing.toHttp10 && !framing.toHead) {
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

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
