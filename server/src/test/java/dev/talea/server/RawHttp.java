// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a server, with nothing between the test and the bytes: what a well-behaved
 * library would never send can be sent.
 */
public final class RawHttp implements AutoCloseable {
  private static final int READ_TIMEOUT_MILLIS = 20_000;

  private final Socket socket;
  private final InputStream in;

  RawHttp(InetSocketAddress address) throws IOException {
    this(address, 0);
  }

  /**
   * @param receiveBytes size of the receive buffer, 0 for the system's choice
   */
  RawHttp(InetSocketAddress address, int receiveBytes) throws IOException {
    this.socket = new Socket();
    if (receiveBytes > 0) {
      socket.setReceiveBufferSize(receiveBytes);
    }
    socket.connect(address);
    socket.setSoTimeout(READ_TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    this.in = new BufferedInputStream(socket.getInputStream());
  }

  /** The lines of a head, and the empty one that ends it. */
  RawHttp head(String... lines) throws IOException {
    return send(String.join("\r\n", lines) + "\r\n\r\n");
  }

  RawHttp send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.UTF_8));
  }

  RawHttp send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
    return this;
  }

  /** A request with a body and the headers it needs. */
  public RawHttp request(String method, String target, @Nullable String body, String... headers)
      throws IOException {
    return send(bytes(method, target, body, headers));
  }

  static byte[] bytes(String method, String target, @Nullable String body, String... headers)
      throws IOException {
    StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: t\r\n");
    byte[] content = body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    if (body != null) {
      head.append("Content-Length: ").append(content.length).append("\r\n");
      if (!head.toString().contains("Content-Type:")) {
        head.append("Content-Type: application/json\r\n");
      }
    }
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.write(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
    whole.write(content);
    return whole.toByteArray();
  }

  /** The next answer, to a request that was not a HEAD. */
  public Answer read() throws IOException {
    return read(true);
  }

  public Answer read(boolean withBody) throws IOException {
    String status = line();
    List<String> headers = new ArrayList<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      headers.add(line);
    }
    int code = Integer.parseInt(status.substring(9, 12));
    Answer head = new Answer(code, headers, "");
    if (code == 100 || code == 204 || !withBody) {
      return head;
    }
    String length = head.header("Content-Length");
    if (length == null) {
      return head;
    }
    byte[] body = in.readNBytes(Integer.parseInt(length));
    if (body.length < Integer.parseInt(length)) {
      throw new EOFException("the answer was cut off after " + body.length + " bytes");
    }
    return new Answer(code, headers, new String(body, StandardCharsets.UTF_8));
  }

  /** A line of a head or of a chunked body, without its end. */
  String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("closed in the middle of: " + line);
      }
      line.write(b);
    }
    String text = line.toString(StandardCharsets.UTF_8);
    return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
  }

  /** Reads exactly so many bytes. */
  byte[] bytes(int count) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new EOFException("closed after " + bytes.length + " of " + count + " bytes");
    }
    return bytes;
  }

  /**
   * Whether the other side closes the connection, rather than leaving it open, as the next thing.
   */
  boolean isClosedByPeer() throws IOException {
    try {
      return in.read() < 0;
    } catch (SocketException e) {
      return true;
    }
  }

  Socket socket() {
    return socket;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
