// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DraftLinesTest {
  @Test
  void linesAreNumberedFromOneAndTheLastOneNeedsNoEnd() throws IOException {
    assertEquals(List.of("1=a", "2=", "3=b\r", "4=c"), lines("a\n\nb\r\nc"));
    assertEquals(List.of("1=a"), lines("a\n"));
    assertEquals(List.of(), lines(""));
    assertEquals(List.of("1="), lines("\n"));
  }

  @Test
  void linesThatCrossTheBufferAreWhole() throws IOException {
    String text = ("x".repeat(40_000) + "\n").repeat(10);
    DraftLines lines = new DraftLines(stream(text));
    for (int number = 1; number <= 10; number++) {
      DraftLines.Line line = lines.next();
      assertNotNull(line);
      assertEquals(40_000, line.text().length);
      assertEquals(40_001L * number, line.endOffset());
    }
    assertNull(lines.next());
  }

  @Test
  void aLineTooLongToBeADraftDoesNotFillTheMemoryAndTheNextOneIsFine() throws IOException {
    long length = 20L * DraftLines.LINE_BYTES_MAX;
    DraftLines lines =
        new DraftLines(new SequenceInputStream(new Zeros(length), stream("\nnext\n")));
    DraftLines.Line overlong = lines.next();
    assertNotNull(overlong);
    assertTrue(overlong.isOverlong());
    assertEquals(length, overlong.length());
    assertEquals(DraftLines.LINE_BYTES_MAX, overlong.text().length);
    DraftLines.Line next = lines.next();
    assertNotNull(next);
    assertEquals("next", new String(next.text(), StandardCharsets.UTF_8));
    assertEquals(2, next.number());
    assertEquals(length + 6, next.endOffset());
  }

  private static List<String> lines(String text) throws IOException {
    List<String> found = new ArrayList<>();
    DraftLines lines = new DraftLines(stream(text));
    for (DraftLines.Line line = lines.next(); line != null; line = lines.next()) {
      found.add(line.number() + "=" + new String(line.text(), StandardCharsets.UTF_8));
    }
    return found;
  }

  private static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Many bytes that cost nothing. */
  private static final class Zeros extends InputStream {
    private long left;

    Zeros(long left) {
      this.left = left;
    }

    @Override
    public int read() {
      return left-- > 0 ? 0 : -1;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) {
      if (left <= 0) {
        return -1;
      }
      int count = (int) Math.min(left, length);
      left -= count;
      return count;
    }
  }
}
