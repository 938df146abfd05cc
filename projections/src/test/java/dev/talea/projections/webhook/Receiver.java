// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.webhook;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;

/**
 * A receiver of webhooks on this machine that does as a test says: takes a delivery, refuses it,
 * says nothing, or cuts the connection.
 */
final class Receiver implements AutoCloseable {
  /** Answers so; {@link #NOTHING} says nothing for as long as the receiver lives. */
  static final String OK = "HTTP/1.1 204 No Content\r\n\r\n";

  static final String NOTHING = "nothing";

  /** Closes the connection without an answer. */
  static final String CUT = "cut";

  private final ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final List<Socket> open = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);

  /** What has come, whole, in the order in which it came. */
  final List<Delivery> deliveries = new CopyOnWriteArrayList<>();

  private volatile Function<Delivery, String> answers = delivery -> OK;

  /** One request. */
  record Delivery(String line, Map<String, String> headers, String body) {
    String header(String name) {
      return headers.getOrDefault(name, "");
    }

    String id() {
      return header("webhook-id");
    }
  }

  Receiver() throws IOException {
    Thread thread = new Thread(this::serve, "receiver");
    thread.setDaemon(true);
    thread.start();
  }

  String url() {
    return "http://127.0.0.1:" + door.getLocalPort() + "/hook?a=b";
  }

  int port() {
    return door.getLocalPort();
  }

  /** From now on it answers so. */
  void answer(Function<Delivery, String> with) {
    answers = with;
  }

  void answer(String always) {
    answers = delivery -> always;
  }

  /** An answer without a body. */
  static String status(String statusAndReason, String... headers) {
    return "HTTP/1.1 "
        + statusAndReason
        + "\r\nContent-Length: 0\r\n"
        + String.join("", List.of(headers))
        + "\r\n";
  }

  List<String> ids() {
    return deliveries.stream().map(Delivery::id).toList();
  }

  private void serve() {
    try {
      while (true) {
        Socket socket = door.accept();
        open.add(socket);
        Thread thread = new Thread(() -> take(socket), "receiver of one");
        thread.setDaemon(true);
        thread.start();
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void take(Socket socket) {
    try (socket) {
      Delivery delivery = read(new BufferedInputStream(socket.getInputStream()));
      // First what it will say: a test that sees the delivery may change that.
      String answer = answers.apply(delivery);
      deliveries.add(delivery);
      if (answer.equals(NOTHING)) {
        closed.await();
      } else if (!answer.equals(CUT)) {
        OutputStream out = socket.getOutputStream();
        out.write(answer.getBytes(StandardCharsets.UTF_8));
        out.flush();
      }
    } catch (IOException | InterruptedException e) {
      // The sender has gone, or the test is over.
    }
  }

  private static Delivery read(InputStream in) throws IOException {
    String line = line(in);
    Map<String, String> headers = new TreeMap<>();
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
      int colon = header.indexOf(':');
      headers.put(
          header.substring(0, colon).toLowerCase(Locale.ROOT), header.substring(colon + 1).strip());
    }
    int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
    byte[] body = in.readNBytes(length);
    if (body.length < length) {
      throw new IOException("half a request");
    }
    return new Delivery(line, headers, new String(body, StandardCharsets.UTF_8));
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new IOException("half a request");
      }
      line.write(b);
    }
    return line.toString(StandardCharsets.UTF_8).stripTrailing();
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      door.close();
      for (Socket socket : open) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
