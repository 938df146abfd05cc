// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream into lines without ever holding more than one, whose length is bounded: a file that
 * is no text at all must not fill the memory.
 *
 * <p>One thread.
 */
final class DraftLines {
  /** No draft is longer than a request may be. */
  static final int LINE_BYTES_MAX = 2 * 1024 * 1024;

  /** A line. Its text is shared, not copied, and must not be written to. */
  static final class Line {
    private final long number;
    private final byte[] text;
    private final long length;
    private final long endOffset;

    private Line(long number, byte[] text, long length, long endOffset) {
      this.number = number;
      this.text = text;
      this.length = length;
      this.endOffset = endOffset;
    }

    /** From 1. */
    long number() {
      return number;
    }

    /** Without its line end; only the beginning of an overlong one. */
    byte[] text() {
      return text;
    }

    /** How long it really is, in bytes. */
    long length() {
      return length;
    }

    /** Bytes of the stream up to and including its line end. */
    long endOffset() {
      return endOffset;
    }

    boolean isOverlong() {
      return length > LINE_BYTES_MAX;
    }

    boolean isBlank() {
      for (byte b : text) {
        if (b != ' ' && b != '\t' && b != '\r') {
          return false;
        }
      }
      return true;
    }
  }

  private final InputStream in;
  private final byte[] buffer = new byte[64 * 1024];
  private int position;
  private int limit;
  private long number;
  private long offset;

  DraftLines(InputStream in) {
    this.in = in;
  }

  /** The next line, the last one with or without a line end; null at the end of the stream. */
  @Nullable Line next() throws IOException {
    byte[] text = new byte[0];
    long length = 0;
    boolean any = false;
    while (position < limit || fill()) {
      any = true;
      int end = position;
      while (end < limit && buffer[end] != '\n') {
        end++;
      }
      int keep = (int) Math.min(end - position, LINE_BYTES_MAX - (long) text.length);
      int had = text.length;
      text = Arrays.copyOf(text, had + keep);
      System.arraycopy(buffer, position, text, had, keep);
      length += end - position;
      boolean lineEnds = end < limit;
      int taken = end - position + (lineEnds ? 1 : 0);
      offset += taken;
      position += taken;
      if (lineEnds) {
        break;
      }
    }
    return any ? new Line(++number, text, length, offset) : null;
  }

  private boolean fill() throws IOException {
    position = 0;
    limit = Math.max(in.read(buffer), 0);
    return limit > 0;
  }
}
