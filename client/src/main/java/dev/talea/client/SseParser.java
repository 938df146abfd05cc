// SPDX-License-Identifier: Apache-2.0
package dev.talea.client;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the bytes of an event stream into frames, however the network cut them into pieces.
 *
 * <p>Understands the whole grammar and not only what our server writes, because proxies rewrite
 * line ends: lines end with LF, CR or CRLF; a line starting with {@code :} is a comment; several
 * {@code data} lines of one frame are joined with LF; one space after the colon is not part of the
 * value; unknown fields are skipped. A frame without data is no frame, so a stream that is cut in
 * the middle of one yields nothing for it.
 *
 * <p>One parser per connection, fed by one thread at a time. Separate from {@link UnbrokenStream}
 * so that every cut of every input can be tried without a socket.
 */
final class SseParser {
  /**
   * The longest frame that is believed. A transaction fits a request of 2 MiB; as an event it grows
   * by the name of its book at each of at most 8,192 postings, so four times that is generous.
   */
  static final int FRAME_BYTES_MAX = 8 * 1024 * 1024;

  /**
   * One frame.
   *
   * @param event the value of its {@code event:} line, empty if it has none
   * @param id the value of its {@code id:} line, null if it has none
   * @param data its data lines, joined with LF
   */
  record Frame(String event, @Nullable String id, String data) {}

  private final Consumer<Frame> frames;
  private final Runnable comments;

  private byte[] line = new byte[512];
  private int lineLength;
  private boolean afterCarriageReturn;
  private boolean firstLine = true;

  private String event = "";
  private @Nullable String id;
  private @Nullable StringBuilder data;
  private int frameBytes;

  /**
   * @param frames gets each complete frame
   * @param comments called for each comment, which is how a server with nothing to say says it
   */
  SseParser(Consumer<Frame> frames, Runnable comments) {
    this.frames = frames;
    this.comments = comments;
  }

  /**
   * Takes the next bytes of the stream.
   *
   * @throws IllegalStateException if a frame grows beyond {@link #FRAME_BYTES_MAX}; the parser is
   *     then of no further use
   */
  void feed(byte[] bytes, int offset, int length) {
    for (int i = offset; i < offset + length; i++) {
      byte b = bytes[i];
      if (b == '\n' && afterCarriageReturn) {
        // The second half of a CRLF, possibly in the next piece.
        afterCarriageReturn = false;
      } else if (b == '\n' || b == '\r') {
        afterCarriageReturn = b == '\r';
        endOfLine();
      } else {
        afterCarriageReturn = false;
        append(b);
      }
    }
  }

  private void append(byte b) {
    if (frameBytes++ >= FRAME_BYTES_MAX) {
      throw new IllegalStateException(
          "a frame of the event stream is longer than " + FRAME_BYTES_MAX + " bytes");
    }
    if (lineLength == line.length) {
      line = Arrays.copyOf(line, lineLength * 2);
    }
    line[lineLength++] = b;
  }

  private void endOfLine() {
    String text = new String(line, 0, lineLength, StandardCharsets.UTF_8);
    int textBytes = lineLength;
    lineLength = 0;
    if (firstLine) {
      firstLine = false;
      // A byte order mark may open the stream; it is no part of the first line.
      text = text.startsWith("\uFEFF") ? text.substring(1) : text;
    }
    if (text.isEmpty()) {
      endOfFrame();
      return;
    }
    int colon = text.indexOf(':');
    if (colon == 0) {
      // Comments are no part of a frame: a book silent for years sends nothing else.
      frameBytes -= textBytes;
      comments.run();
      return;
    }
    String field = colon < 0 ? text : text.substring(0, colon);
    String value = colon < 0 ? "" : text.substring(colon + 1);
    value = value.startsWith(" ") ? value.substring(1) : value;
    switch (field) {
      case "event" -> event = value;
      case "id" -> id = value;
      case "data" ->
          data = data == null ? new StringBuilder(value) : data.append('\n').append(value);
      default -> {
        // Unknown fields are skipped, so that the format can grow.
      }
    }
  }

  private void endOfFrame() {
    Frame frame = data == null ? null : new Frame(event, id, data.toString());
    event = "";
    id = null;
    data = null;
    frameBytes = 0;
    if (line.length > 64 * 1024) {
      // One huge event should not pin its buffer for the life of the connection.
      line = new byte[512];
    }
    if (frame != null) {
      frames.accept(frame);
    }
  }
}
