// SPDX-License-Identifier: Apache-2.0
package dev.talea.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.talea.client.SseParser.Frame;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SseParserTest {
  private static final String STREAM =
      """
      : hello

      id: 1
      data: {"seq":1}

      :

      id:2
      data: {"seq":2,
      data: "name":"Łódź 🏦"}
      unknown: skipped
      retry

      event: error
      data: {"error":"internal"}

      id: 9

      """;

  private static final List<Frame> FRAMES =
      List.of(
          new Frame("", "1", "{\"seq\":1}"),
          new Frame("", "2", "{\"seq\":2,\n\"name\":\"Łódź 🏦\"}"),
          new Frame("error", null, "{\"error\":\"internal\"}"));

  @Test
  void framesAreTheSameWhereverTheNetworkCutsThem() {
    byte[] bytes = STREAM.getBytes(StandardCharsets.UTF_8);
    for (int cut = 0; cut <= bytes.length; cut++) {
      assertEquals(FRAMES, parse(bytes, cut), "cut at " + cut);
    }
    for (int piece = 1; piece < 10; piece++) {
      List<Frame> frames = new ArrayList<>();
      SseParser parser = new SseParser(frames::add, () -> {});
      for (int i = 0; i < bytes.length; i += piece) {
        parser.feed(bytes, i, Math.min(piece, bytes.length - i));
      }
      assertEquals(FRAMES, frames, "pieces of " + piece);
    }
  }

  @Test
  void everyLineEndOfTheGrammarWorks() {
    for (String lineEnd : List.of("\r\n", "\r", "\n")) {
      byte[] bytes = STREAM.replace("\n", lineEnd).getBytes(StandardCharsets.UTF_8);
      for (int cut = 0; cut <= bytes.length; cut++) {
        assertEquals(FRAMES, parse(bytes, cut));
      }
    }
  }

  @Test
  void aByteOrderMarkIsNotPartOfTheFirstField() {
    byte[] bytes = "\uFEFFdata: x\n\n".getBytes(StandardCharsets.UTF_8);
    assertEquals(List.of(new Frame("", null, "x")), parse(bytes, 2));
  }

  @Test
  void aFrameThatWasCutOffIsNoFrame() {
    byte[] bytes = "id: 1\ndata: whole\n\nid: 2\ndata: half\n".getBytes(StandardCharsets.UTF_8);
    assertEquals(List.of(new Frame("", "1", "whole")), parse(bytes, 0));
  }

  @Test
  void onlyOneSpaceAfterTheColonIsLayout() {
    byte[] bytes = "data:  two\ndata:\ndata\n\n".getBytes(StandardCharsets.UTF_8);
    assertEquals(List.of(new Frame("", null, " two\n\n")), parse(bytes, 0));
  }

  @Test
  void commentsAreCountedAndNeverAddUpToAFrame() {
    AtomicInteger comments = new AtomicInteger();
    SseParser parser = new SseParser(frame -> {}, comments::incrementAndGet);
    byte[] comment = (":" + "x".repeat(1023) + "\n").getBytes(StandardCharsets.UTF_8);
    int count = SseParser.FRAME_BYTES_MAX / comment.length * 2;
    for (int i = 0; i < count; i++) {
      parser.feed(comment, 0, comment.length);
    }
    assertEquals(count, comments.get());
  }

  @Test
  void aFrameWithoutEndIsGivenUpBeforeItFillsTheMemory() {
    SseParser parser = new SseParser(frame -> {}, () -> {});
    byte[] piece = "data: 0123456789".repeat(4096).getBytes(StandardCharsets.UTF_8);
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class,
            () -> {
              for (int fed = 0; fed <= SseParser.FRAME_BYTES_MAX; fed += piece.length) {
                parser.feed(piece, 0, piece.length);
              }
            });
    assertEquals("a frame of the event stream is longer than 8388608 bytes", e.getMessage());
  }

  private static List<Frame> parse(byte[] bytes, int cut) {
    List<Frame> frames = new ArrayList<>();
    SseParser parser = new SseParser(frames::add, () -> {});
    parser.feed(bytes, 0, cut);
    parser.feed(bytes, cut, bytes.length - cut);
    return frames;
  }
}
