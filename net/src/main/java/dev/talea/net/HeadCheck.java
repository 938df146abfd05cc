// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a decoded request head may be trusted, and turns it into a {@link RequestHead}.
 * Stateless.
 *
 * <p>The decoder marks what it could not parse and hands it on looking like a request, and it lets
 * through things that HTTP forbids; both are caught here, in one place, before any handler looks.
 */
final class HeadCheck {
  private static final int DETAIL_CHARS_MAX = 200;

  /** The codec limits the bytes of all header lines; two-byte lines would still be thousands. */
  private static final int HEADERS_MAX = 128;

  private static final String SCHEME_END = "://";

  private HeadCheck() {}

  /** Either a head or what is wrong with it. */
  sealed interface Result {
    record Good(RequestHead head) implements Result {}

    record Bad(ProtocolError error, String detail) implements Result {}
  }

  static Result check(HttpRequest request, InetSocketAddress remoteAddress) {
    if (request.decoderResult().isFailure()) {
      return undecodable(request.decoderResult().cause(), false);
    }
    if (request.headers().size() > HEADERS_MAX) {
      return new Result.Bad(
          ProtocolError.HEADERS_TOO_LARGE,
          "There are more than " + HEADERS_MAX + " header lines; send fewer");
    }
    HttpVersion version = request.protocolVersion();
    if (!version.protocolName().equals("HTTP")
        || version.majorVersion() != 1
        || version.minorVersion() > 1) {
      return new Result.Bad(
          ProtocolError.VERSION_NOT_SUPPORTED,
          "This server speaks HTTP/1.1 and HTTP/1.0, not " + printable(version.text()));
    }
    Headers headers = Headers.decoded(request.headers());
    String wrong = wrongHost(headers, version);
    if (wrong == null) {
      wrong = wrongFraming(headers, version);
    }
    if (wrong == null && !isToken(request.method().name())) {
      wrong = "The method is not a token";
    }
    if (wrong == null) {
      return target(request, headers, remoteAddress);
    }
    return new Result.Bad(ProtocolError.MALFORMED_REQUEST, wrong);
  }

  /**
   * What to answer when something could not be decoded.
   *
   * @param inBody it is a piece of the body, or the trailer
   */
  static Result.Bad undecodable(Throwable cause, boolean inBody) {
    if (cause instanceof TooLongHttpLineException && inBody) {
      return new Result.Bad(
          ProtocolError.MALFORMED_REQUEST,
          "The size line of a chunk is too long; send no extension");
    }
    if (cause instanceof TooLongHttpLineException) {
      return new Result.Bad(
          ProtocolError.REQUEST_LINE_TOO_LONG, "The request line is too long; shorten the target");
    }
    if (cause instanceof TooLongHttpHeaderException) {
      return new Result.Bad(
          ProtocolError.HEADERS_TOO_LARGE, "The header lines are too long together; send fewer");
    }
    String message = cause.getMessage();
    return new Result.Bad(
        ProtocolError.MALFORMED_REQUEST,
        "The request is not well-formed HTTP/1.1: "
            + printable(message == null ? cause.getClass().getSimpleName() : message));
  }

  private static @Nullable String wrongHost(Headers headers, HttpVersion version) {
    List<String> hosts = headers.all("Host");
    if (hosts.size() > 1) {
      return "The request has " + hosts.size() + " Host headers; send one";
    }
    if (hosts.isEmpty()) {
      return version.minorVersion() == 0 ? null : "The request has no Host header; send one";
    }
    String host = hosts.get(0);
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      if (c <= ' ' || c >= 0x7f || "/\\?#@,".indexOf(c) >= 0) {
        return "The Host header is not a host and a port";
      }
    }
    return null;
  }

  private static @Nullable String wrongFraming(Headers headers, HttpVersion version) {
    List<String> codings = headers.all("Transfer-Encoding");
    if (!codings.isEmpty()) {
      if (version.minorVersion() == 0) {
        return "HTTP/1.0 has no Transfer-Encoding; send a Content-Length";
      }
      if (codings.size() > 1 || !codings.get(0).trim().equalsIgnoreCase("chunked")) {
        return "The only Transfer-Encoding understood is 'chunked'";
      }
    }
    if (headers.all("Content-Length").size() > 1) {
      return "The request has several Content-Length headers; send one";
    }
    // The decoder still knows a WebSocket draft in which these two announce eight bytes of body
    // that no length speaks of; a proxy that does not know the draft sees the next request there.
    if (headers.contains("Sec-WebSocket-Key1") || headers.contains("Sec-WebSocket-Key2")) {
      return "WebSocket drafts are not spoken here";
    }
    return null;
  }

  private static Result target(
      HttpRequest request, Headers headers, InetSocketAddress remoteAddress) {
    String method = request.method().name();
    String target = request.uri();
    for (int i = 0; i < target.length(); i++) {
      char c = target.charAt(i);
      if (c <= ' ' || c >= 0x7f || c == '#') {
        return malformedTarget("character " + i + " needs percent-encoding");
      }
    }
    String pathAndQuery = target;
    if (!target.startsWith("/") && !target.equals("*")) {
      int authority = target.indexOf(SCHEME_END);
      if (authority <= 0 || !isHttpScheme(target.substring(0, authority))) {
        return malformedTarget("it starts with neither '/' nor 'http://'");
      }
      pathAndQuery = afterAuthority(target, authority + SCHEME_END.length());
    } else if (target.equals("*") && !method.equals("OPTIONS")) {
      return malformedTarget("'*' is for OPTIONS only");
    }
    int question = pathAndQuery.indexOf('?');
    return new Result.Good(
        new RequestHead(
            method,
            target,
            question < 0 ? pathAndQuery : pathAndQuery.substring(0, question),
            question < 0 ? null : pathAndQuery.substring(question + 1),
            headers,
            remoteAddress));
  }

  private static String afterAuthority(String target, int start) {
    for (int i = start; i < target.length(); i++) {
      char c = target.charAt(i);
      if (c == '/') {
        return target.substring(i);
      }
      if (c == '?') {
        return "/" + target.substring(i);
      }
    }
    return "/";
  }

  private static boolean isHttpScheme(String scheme) {
    return scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https");
  }

  private static Result malformedTarget(String why) {
    return new Result.Bad(
        ProtocolError.MALFORMED_REQUEST, "The request target is malformed: " + why);
  }

  private static boolean isToken(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean letterOrDigit =
          (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
      if (!letterOrDigit && "!#$%&'*+-.^_`|~".indexOf(c) < 0) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  /** Text that came from outside, made fit for an answer and a log line. */
  private static String printable(String text) {
    StringBuilder printable = new StringBuilder();
    for (int i = 0; i < text.length() && i < DETAIL_CHARS_MAX; i++) {
      char c = text.charAt(i);
      printable.append(c < ' ' || c >= 0x7f ? '?' : c);
    }
    return printable.toString();
  }
}
