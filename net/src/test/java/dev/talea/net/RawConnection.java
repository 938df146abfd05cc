// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A plain socket that says exactly what a test wants said, well-formed or not, and reads answers
 * with a parser that shares nothing with the code under test.
 */
final class RawConnection implements AutoCloseable {
  private static final int READ_MILLIS_MAX = 20_000;

  private final Socket socket;
  private final InputStream in;

  RawConnection(InetSocketAddress address) throws IOException {
    this(address, 0);
  }

  /**
   * @param receiveBytes size of the socket's receive buffer, or 0 for the system's choice
   */
  RawConnection(InetSocketAddress address, int receiveBytes) throws IOException {
    socket = new Socket();
    if (receiveBytes > 0) {
      socket.setReceiveBufferSize(receiveBytes);
    }
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(READ_MILLIS_MAX);
    socket.connect(address);
    in = new BufferedInputStream(socket.getInputStream());
  }

  /** One answer as it came. */
  @SuppressWarnings("ArrayRecordComponent") // never compared as a whole
  record Answer(int status, List<String> headerLines, byte[] body) {
    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }

    @Nullable String header(String name) {
      String prefix = name.toLowerCase(Locale.ROOT) + ":";
      for (String line : headerLines) {
        if (line.toLowerCase(Locale.ROOT).startsWith(prefix)) {
          return line.substring(prefix.length()).trim();
        }
      }
      return null;
    }

    boolean saysClose() {
      return "close".equals(header("Connection"));
    }
  }

  RawConnection send(String latin1) throws IOException {
    return send(latin1.getBytes(StandardCharsets.ISO_8859_1));
  }

  RawConnection send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
    return this;
  }

  RawConnection get(String target) throws IOException {
    return send("GET " + target + " HTTP/1.1\r\nHost: test\r\n\r\n");
  }

  Answer answer() throws IOException {
    return answer(true);
  }

  /** The answer to a HEAD request, which announces a body and has none. */
  Answer answerToHead() throws IOException {
    return answer(false);
  }

  private Answer answer(boolean withBody) throws IOException {
    String statusLine = line();
    if (!statusLine.startsWith("HTTP/1.1 ")) {
      throw new IOException("Not a status line: " + statusLine);
    }
    int status = Integer.parseInt(statusLine.substring(9, 12));
    List<String> headers = new ArrayList<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      headers.add(line);
    }
    Answer head = new Answer(status, headers, new byte[0]);
    String length = head.header("Content-Length");
    if (!withBody || status == 204 || status == 304 || status < 200) {
      return head;
    }
    if (length != null) {
      byte[] body = in.readNBytes(Integer.parseInt(length));
      if (body.length < Integer.parseInt(length)) {
        throw new EOFException("The body ended after " + body.length + " of " + length);
      }
      return new Answer(status, headers, body);
    }
    if ("chunked".equals(head.header("Transfer-Encoding"))) {
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      for (byte[] chunk = chunk(); chunk.length > 0; chunk = chunk()) {
        body.writeBytes(chunk);
      }
      return new Answer(status, headers, body.toByteArray());
    }
    return new Answer(status, headers, in.readAllBytes());
  }

  /** Status line and headers only. */
  Answer head() throws IOException {
    return answer(false);
  }

  /** One chunk of a streamed answer; empty at its end. */
  byte[] chunk() throws IOException {
    int size = Integer.parseInt(line(), 16);
    byte[] data = in.readNBytes(size);
    if (data.length < size || !line().isEmpty()) {
      throw new EOFException("A chunk of " + size + " bytes was cut");
    }
    return data;
  }

  private String line() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("The server closed after '" + bytes + "'");
      }
      bytes.write(b);
    }
    String line = bytes.toString(StandardCharsets.ISO_8859_1);
    if (!line.endsWith("\r")) {
      throw new IOException("A line without a carriage return: " + line);
    }
    return line.substring(0, line.length() - 1);
  }

  /** True once the server has closed; false if it says something instead. */
  boolean isClosedByServer() throws IOException {
    try {
      return in.read() < 0;
    } catch (java.net.SocketException reset) {
      return true;
    }
  }

  InputStream input() {
    return in;
  }

  void shutdownOutput() throws IOException {
    socket.shutdownOutput();
  }

  /** Ends the connection the polite way, before the test is done with it. */
  void hangUp() throws IOException {
    socket.close();
  }

  /** Ends the connection the rude way. */
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
