// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Makes characters of bytes. What is no character of the encoding becomes {@link #NONE}, which is
 * no character either, so that the row it is in can be rejected instead of holding a replacement
 * that looks like text.
 *
 * <p>One thread.
 */
final class CharFeed {
  /** U+FFFF, which Unicode guarantees never to be a character. */
  static final char NONE = '\uFFFF';

  private static final int BUFFER_BYTES = 64 * 1024;

  private final InputStream in;
  private final CharsetDecoder decoder;
  private final ByteBuffer bytes = ByteBuffer.allocate(BUFFER_BYTES).flip();
  private boolean ended;

  CharFeed(InputStream in, String encoding) throws IOException {
    this.in = in;
    fill();
    Charset charset = mark(encoding);
    decoder =
        charset
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
  }

  /** Passes over a byte order mark, and says what the bytes are in. */
  private Charset mark(String encoding) throws IOException {
    String marked = marked(bytes.array(), bytes.limit());
    if (marked == null) {
      if (encoding.equals("UTF-16")) {
        throw new IOException(
            "the file has no byte order mark, which UTF-16 needs; expected UTF-16LE or UTF-16BE in"
                + " the profile");
      }
      return Charset.forName(encoding);
    }
    boolean agrees =
        marked.equals(encoding) || (encoding.equals("UTF-16") && !marked.equals("UTF-8"));
    if (!agrees) {
      throw new IOException(
          "the file begins with the byte order mark of "
              + marked
              + ", the profile says "
              + encoding);
    }
    bytes.position(marked.equals("UTF-8") ? 3 : 2);
    return marked.equals("UTF-8") ? StandardCharsets.UTF_8 : Charset.forName(marked);
  }

  /** The encoding whose byte order mark is the first of so many bytes; null if there is none. */
  static @Nullable String marked(byte[] bytes, int length) {
    return begin(bytes, length, 0xEF, 0xBB, 0xBF)
        ? "UTF-8"
        : begin(bytes, length, 0xFF, 0xFE)
            ? "UTF-16LE"
            : begin(bytes, length, 0xFE, 0xFF) ? "UTF-16BE" : null;
  }

  private static boolean begin(byte[] bytes, int length, int... mark) {
    for (int i = 0; i < mark.length; i++) {
      if (i >= length || (bytes[i] & 0xff) != mark[i]) {
        return false;
      }
    }
    return true;
  }

  /** Adds what follows to what is left; ended when nothing does. */
  private void fill() throws IOException {
    bytes.compact();
    int count;
    do {
      count = in.read(bytes.array(), bytes.position(), bytes.remaining());
      if (count > 0) {
        bytes.position(bytes.position() + count);
      }
    } while (count >= 0 && bytes.position() < 4); // enough for any mark and any character
    ended = count < 0;
    bytes.flip();
  }

  /** Fills the array from its start with what follows; -1 at the end. */
  int read(char[] into) throws IOException {
    CharBuffer chars = CharBuffer.wrap(into);
    while (chars.position() == 0) {
      CoderResult result = decoder.decode(bytes, chars, ended);
      if (result.isError()) {
        if (!chars.hasRemaining()) {
          break;
        }
        bytes.position(bytes.position() + result.length());
        chars.put(NONE);
      } else if (result.isUnderflow()) {
        if (chars.position() > 0) {
          break;
        }
        if (ended) {
          return -1;
        }
        fill();
      }
    }
    return chars.position();
  }
}
