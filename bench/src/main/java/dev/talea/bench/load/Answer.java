// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Collects one answer of HTTP/1.1 and tells what a load generator asks of it: its status, whether
 * it says when to come back, its body. A class of its own, instead of Netty's codec, because on a
 * machine shared with the server every object made per answer is time that the server does not
 * have.
 *
 * <p>Only for answers with {@code Content-Length} or without a body, to one request at a time.
 * Owned by the event loop; used again for the next answer after {@link #clear}.
 */
public final class Answer {
  private static final int FIRST_BYTES = 4096;
  private static final int BYTES_MAX = 64 * 1024 * 1024;
  private static final int STATUS_AT = "HTTP/1.1 ".length();

  private byte[] bytes = new byte[FIRST_BYTES];
  private int length;
  private int scanned;
  private int headLength;
  private int contentLength;
  private int status;
  private boolean hasRetryAfter;
  private boolean closes;

  /** Status code. */
  public int status() {
    return status;
  }

  /** Whether there is a {@code Retry-After}. */
  public boolean hasRetryAfter() {
    return hasRetryAfter;
  }

  /** Whether the server closes the connection after it. */
  boolean closes() {
    return closes;
  }

  /** An array that holds the body among other bytes. */
  byte[] bytes() {
    return bytes;
  }

  /** Where in {@link #bytes} the body begins. */
  int bodyStart() {
    return headLength;
  }

  /** Where in {@link #bytes} the body ends, exclusive. */
  int bodyEnd() {
    return headLength + contentLength;
  }

  /** The body as text, for a person who has to see it. */
  String bodyText() {
    return new String(bytes, headLength, contentLength, StandardCharsets.UTF_8);
  }

  void clear() {
    length = 0;
    scanned = 0;
    headLength = 0;
    contentLength = 0;
    status = 0;
    hasRetryAfter = false;
    closes = false;
  }

  /**
   * Takes all that is readable.
   *
   * @return whether the answer is whole
   * @throws UnreadableAnswerException if this is not an answer that it can read
   */
  boolean read(ByteBuf in) throws UnreadableAnswerException {
    int more = in.readableBytes();
    if (length + more > BYTES_MAX) {
      throw new UnreadableAnswerException("an answer of more than " + BYTES_MAX + " bytes");
    }
    if (length + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(length + more, 2 * bytes.length));
    }
    in.readBytes(bytes, length, more);
    length += more;
    if (headLength == 0 && !findHead()) {
      return false;
    }
    if (length > headLength + contentLength) {
      throw new UnreadableAnswerException("more bytes than the answer announced");
    }
    return length == headLength + contentLength;
  }

  private boolean findHead() throws UnreadableAnswerException {
    for (int i = Math.max(0, scanned - 3); i + 3 < length; i++) {
      if (bytes[i] == '\r'
          && bytes[i + 1] == '\n'
          && bytes[i + 2] == '\r'
          && bytes[i + 3] == '\n') {
        headLength = i + 4;
        readHead();
        return true;
      }
    }
    scanned = length;
    return false;
  }

  private void readHead() throws UnreadableAnswerException {
    if (headLength < STATUS_AT + 3 || !startsWith(0, "http/1.1 ")) {
      throw new UnreadableAnswerException("not an answer of HTTP/1.1");
    }
    status = (int) digits(STATUS_AT, STATUS_AT + 3);
    int line = lineEnd(STATUS_AT) + 2;
    while (line < headLength - 2) {
      int end = lineEnd(line);
      switch (bytes[line] | 0x20) {
        case 'c' -> {
          if (startsWith(line, "content-length:")) {
            contentLength = (int) Math.min(BYTES_MAX, digits(line + 15, end));
          } else if (startsWith(line, "connection:")) {
            closes = contains(line, end, "close");
          }
        }
        case 'r' -> hasRetryAfter |= startsWith(line, "retry-after:");
        case 't' -> {
          if (startsWith(line, "transfer-encoding:")) {
            throw new UnreadableAnswerException(
                "a chunked answer; is there a proxy between the generator and talea?");
          }
        }
        default -> {}
      }
      line = end + 2;
    }
  }

  private int lineEnd(int from) {
    int at = from;
    while (bytes[at] != '\r') {
      at++;
    }
    return at;
  }

  /** Compares with text in lower case. */
  private boolean startsWith(int at, String lower) {
    for (int i = 0; i < lower.length(); i++) {
      char c = lower.charAt(i);
      int folded = c >= 'a' && c <= 'z' ? bytes[at + i] | 0x20 : bytes[at + i];
      if (at + i >= headLength || folded != c) {
        return false;
      }
    }
    return true;
  }

  private boolean contains(int from, int to, String lower) {
    for (int at = from; at + lower.length() <= to; at++) {
      if (startsWith(at, lower)) {
        return true;
      }
    }
    return false;
  }

  private long digits(int from, int to) throws UnreadableAnswerException {
    long value = 0;
    boolean any = false;
    for (int i = from; i < to; i++) {
      if (bytes[i] >= '0' && bytes[i] <= '9' && value < BYTES_MAX) {
        value = value * 10 + (bytes[i] - '0');
        any = true;
      } else if (bytes[i] != ' ') {
        throw new UnreadableAnswerException("a number in the head of an answer is none");
      }
    }
    if (!any) {
      throw new UnreadableAnswerException("a number in the head of an answer is missing");
    }
    return value;
  }
}
