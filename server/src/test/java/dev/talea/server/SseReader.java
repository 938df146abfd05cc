// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads an event stream off a raw connection, frame by frame. */
final class SseReader implements AutoCloseable {
  private final RawHttp http;
  private final Answer head;
  private final boolean chunked;
  private final StringBuilder buffer = new StringBuilder();

  SseReader(TestDaemon daemon, String target, String... headers) throws IOException {
    this(daemon.connect(), target, headers);
  }

  SseReader(RawHttp http, String target, String... headers) throws IOException {
    this(http, http.request("GET", target, null, headers).read());
  }

  private SseReader(RawHttp http, Answer head) {
    this.http = http;
    this.head = head;
    this.chunked = "chunked".equals(head.header("Transfer-Encoding"));
  }

  /** A stream that is asked for with a body. */
  static SseReader posting(TestDaemon daemon, String target, String json, String... headers)
      throws IOException {
    RawHttp http = daemon.connect();
    List<String> all = new ArrayList<>(List.of(headers));
    all.add("Content-Type: application/json");
    return new SseReader(
        http, http.request("POST", target, json, all.toArray(String[]::new)).read());
  }

  Answer head() {
    return head;
  }

  /** The lines up to the next blank one; null at the end of the stream. */
  @Nullable List<String> frame() throws IOException {
    List<String> lines = new ArrayList<>();
    while (true) {
      String line = line();
      if (line == null) {
        return null;
      }
      if (line.isEmpty()) {
        return lines;
      }
      lines.add(line);
    }
  }

  /** The next frame that is not a heartbeat. */
  @Nullable List<String> event() throws IOException {
    List<String> frame = frame();
    while (frame != null && frame.get(0).startsWith(":")) {
      frame = frame();
    }
    return frame;
  }

  private @Nullable String line() throws IOException {
    int end = buffer.indexOf("\n");
    while (end < 0) {
      if (!more()) {
        return null;
      }
      end = buffer.indexOf("\n");
    }
    String line = buffer.substring(0, end);
    buffer.delete(0, end + 1);
    return line;
  }

  private boolean more() throws IOException {
    if (!chunked) {
      throw new AssertionError("the stream is not chunked: " + head);
    }
    int size = Integer.parseInt(http.line(), 16);
    buffer.append(new String(http.bytes(size), StandardCharsets.UTF_8));
    http.line();
    return size > 0;
  }

  RawHttp http() {
    return http;
  }

  @Override
  public void close() throws IOException {
    http.close();
  }
}
