// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.webhook;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Sends over a connection of its own to the very address that was looked at: a name is resolved
 * once, what it leads to is checked, and that address, not the name, is connected to. The clients
 * of the JDK resolve by themselves, so that a name could lead elsewhere at the second look.
 *
 * <p>One deadline holds for connecting, sending and the head of the answer; a thread of its own
 * closes what is late, because a socket that writes knows no deadline. No redirect is followed, and
 * of a body only the beginning is read.
 */
public final class SocketSender implements WebhookSender {
  private static final int HEAD_BYTES_MAX = 16 * 1024;
  private static final int BODY_BYTES_MAX = 4 * 1024;
  private static final int EXCERPT_CHARS_MAX = 200;

  /** How long the body of an answer may take whose status is known. */
  private static final int BODY_MILLIS_MAX = 500;

  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;

  private final Duration timeout;
  private final boolean privateToo;
  private final Supplier<Instant> now;

  /** Null for what the platform trusts, which takes a while to load. */
  private final @Nullable SSLSocketFactory tls;

  private final ScheduledThreadPoolExecutor deadlines;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * @param timeout for connecting, sending and the head of the answer together
   * @param privateToo whether addresses that are not public may be sent to
   * @param now tells how far away a date is that a receiver names
   * @param tls null for what the platform trusts
   */
  public SocketSender(
      Duration timeout, boolean privateToo, Supplier<Instant> now, @Nullable SSLSocketFactory tls) {
    this.timeout = timeout;
    this.privateToo = privateToo;
    this.now = now;
    this.tls = tls;
    this.deadlines =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "talea-webhook-deadlines");
              thread.setDaemon(true);
              return thread;
            });
    deadlines.setRemoveOnCancelPolicy(true);
    deadlines.setKeepAliveTime(1, TimeUnit.SECONDS);
    deadlines.allowCoreThreadTimeOut(true);
  }

  @Override
  public Reply post(URI url, Map<String, String> headers, byte[] body) throws IOException {
    boolean secure = "https".equalsIgnoreCase(url.getScheme());
    int port = url.getPort() > 0 ? url.getPort() : secure ? HTTPS_PORT : HTTP_PORT;
    String host = url.getHost();
    InetAddress address = checked(host);
    try (Socket socket = new Socket()) {
      AtomicBoolean late = new AtomicBoolean();
      ScheduledFuture<?> deadline = atDeadline(socket, late);
      try {
        open.add(socket);
        if (closed) {
          throw new IOException("stopping");
        }
        return exchange(socket, new InetSocketAddress(address, port), url, headers, body);
      } catch (IOException e) {
        throw late.get()
            ? new SocketTimeoutException("no answer within " + timeout.toMillis() + " ms")
            : e;
      } finally {
        deadline.cancel(false);
        open.remove(socket);
      }
    }
  }

  private ScheduledFuture<?> atDeadline(Socket socket, AtomicBoolean late) throws IOException {
    try {
      return deadlines.schedule(
          () -> {
            late.set(true);
            closeQuietly(socket);
          },
          timeout.toMillis(),
          TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      throw new IOException("stopping", e);
    }
  }

  /** The first address of the name that may be sent to. */
  private InetAddress checked(String host) throws IOException {
    InetAddress[] all;
    try {
      all = InetAddress.getAllByName(host);
    } catch (UnknownHostException e) {
      throw new IOException("the name " + host + " leads to no address", e);
    }
    for (InetAddress address : all) {
      if (privateToo || PublicAddresses.isPublic(address)) {
        return address;
      }
    }
    throw new RefusedException(
        host
            + " is "
            + all[0].getHostAddress()
            + ", which is no address of the public internet; TALEA_WEBHOOK_PRIVATE=allow lets such"
            + " be receivers");
  }

  private Reply exchange(
      Socket socket, InetSocketAddress address, URI url, Map<String, String> headers, byte[] body)
      throws IOException {
    socket.setTcpNoDelay(true);
    socket.connect(address, (int) timeout.toMillis());
    if (!"https".equalsIgnoreCase(url.getScheme())) {
      return converse(socket, url, headers, body);
    }
    String host = url.getHost();
    String name = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    SSLSocketFactory factory = tls == null ? (SSLSocketFactory) SSLSocketFactory.getDefault() : tls;
    try (SSLSocket secure =
        (SSLSocket) factory.createSocket(socket, name, address.getPort(), /* autoClose= */ true)) {
      SSLParameters parameters = secure.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      secure.setSSLParameters(parameters);
      secure.startHandshake();
      return converse(secure, url, headers, body);
    }
  }

  private Reply converse(Socket socket, URI url, Map<String, String> headers, byte[] body)
      throws IOException {
    OutputStream out = new BufferedOutputStream(socket.getOutputStream());
    out.write(head(url, headers, body.length).getBytes(StandardCharsets.US_ASCII));
    out.write(body);
    out.flush();
    InputStream in = new BufferedInputStream(socket.getInputStream());
    List<String> answer = readHead(in);
    while (status(answer) < 200) { // on the way
      answer = readHead(in);
    }
    return new Reply(
        status(answer), retryAfter(header(answer, "retry-after")), excerpt(socket, in, answer));
  }

  private static String head(URI url, Map<String, String> headers, int length) {
    String path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    StringBuilder head = new StringBuilder("POST ").append(path);
    if (url.getRawQuery() != null) {
      head.append('?').append(url.getRawQuery());
    }
    head.append(" HTTP/1.1\r\nHost: ").append(url.getHost());
    if (url.getPort() > 0) {
      head.append(':').append(url.getPort());
    }
    head.append("\r\nUser-Agent: talea-webhooks\r\nAccept: */*\r\nConnection: close\r\n");
    head.append("Content-Type: application/json\r\nContent-Length: ").append(length);
    headers.forEach((name, value) -> head.append("\r\n").append(name).append(": ").append(value));
    return head.append("\r\n\r\n").toString();
  }

  /** Status line and headers, one each. */
  private static List<String> readHead(InputStream in) throws IOException {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (int count = 0; ; count++) {
      int b = in.read();
      if (b < 0) {
        throw new EOFException("the connection ended without an answer");
      }
      if (count == HEAD_BYTES_MAX) {
        throw new IOException("the head of the answer is longer than " + HEAD_BYTES_MAX);
      }
      if (b != '\n') {
        line.append((char) b);
        continue;
      }
      String text = line.toString().stripTrailing();
      line.setLength(0);
      if (!text.isEmpty()) {
        lines.add(text);
      } else if (!lines.isEmpty()) {
        return lines;
      }
    }
  }

  private static int status(List<String> head) throws IOException {
    String line = head.get(0);
    if (!line.matches("HTTP/1\\.[01] [1-9][0-9][0-9]( .*)?")) {
      throw new IOException("the answer is not HTTP/1.1: " + printable(line));
    }
    int status = Integer.parseInt(line.substring(9, 12));
    if (status == 101) {
      throw new IOException("the receiver wants another protocol");
    }
    return status;
  }

  private static @Nullable String header(List<String> head, String name) {
    for (String line : head.subList(1, head.size())) {
      int colon = line.indexOf(':');
      if (colon > 0 && line.substring(0, colon).toLowerCase(Locale.ROOT).equals(name)) {
        return line.substring(colon + 1).strip();
      }
    }
    return null;
  }

  /** Seconds, or a date; anything else was not asked. */
  private @Nullable Duration retryAfter(@Nullable String text) {
    if (text == null) {
      return null;
    }
    if (text.matches("[0-9]{1,9}")) {
      return Duration.ofSeconds(Long.parseLong(text));
    }
    try {
      Instant until = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration left = Duration.between(now.get(), until);
      return left.isNegative() ? Duration.ZERO : left;
    } catch (DateTimeException e) {
      return null;
    }
  }

  /** What counts is known already, so whatever goes wrong with the body does not matter. */
  private static String excerpt(Socket socket, InputStream in, List<String> head) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try {
      String length = header(head, "content-length");
      long left =
          length != null && length.matches("[0-9]{1,9}") ? Long.parseLong(length) : Long.MAX_VALUE;
      byte[] some = new byte[BODY_BYTES_MAX];
      socket.setSoTimeout(BODY_MILLIS_MAX);
      while (left > 0 && body.size() < BODY_BYTES_MAX) {
        int count = in.read(some, 0, (int) Math.min(left, BODY_BYTES_MAX - body.size()));
        if (count < 0) {
          break;
        }
        body.write(some, 0, count);
        left -= count;
      }
    } catch (IOException e) {
      // What has come has come.
    }
    return printable(body.toString(StandardCharsets.UTF_8));
  }

  private static String printable(String text) {
    StringBuilder kept = new StringBuilder();
    for (int i = 0; i < text.length() && kept.length() < EXCERPT_CHARS_MAX; i++) {
      char c = text.charAt(i);
      kept.append(Character.isISOControl(c) || Character.isSurrogate(c) ? ' ' : c);
    }
    return kept.toString().strip();
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone either way.
    }
  }

  @Override
  public void close() {
    closed = true;
    open.forEach(SocketSender::closeQuietly);
    deadlines.shutdownNow();
  }
}
