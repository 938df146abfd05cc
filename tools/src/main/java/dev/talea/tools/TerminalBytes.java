// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * {@link Terminal} for bytes that may not even be UTF-8: those that are not stay as they are, so
 * that the line can be corrected by what it shows. Apart from it because decoding piece by piece is
 * another job.
 *
 * <p>Stateless.
 */
final class TerminalBytes {
  private TerminalBytes() {}

  /** A line with what a terminal would obey spelled out, and without a CR at its end. */
  static byte[] safe(byte[] line) {
    int length = line.length > 0 && line[line.length - 1] == '\r' ? line.length - 1 : line.length;
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(line, 0, length);
    CharBuffer piece = CharBuffer.allocate(length + 1);
    ByteArrayOutputStream out = new ByteArrayOutputStream(length);
    while (true) {
      CoderResult result = decoder.decode(in, piece, true);
      String text = Terminal.safeLines(piece.flip().toString());
      out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
      piece.clear();
      if (!result.isError()) {
        return out.toByteArray();
      }
      for (int i = 0; i < result.length(); i++) {
        out.write(in.get());
      }
      decoder.reset();
    }
  }
}
