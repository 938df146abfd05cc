// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;
import org.postgresql.PGProperty;

/**
 * Gives each host of a URL a time of its own while one connection is made. Left alone, the driver
 * counts the time to connect over all hosts together, so that behind a host that accepts and says
 * nothing every other one has a millisecond; and it asks such a host again without TLS, for as long
 * as before.
 *
 * <p>The driver makes one by its name for every login, and uses it on that login's thread;
 * therefore it is public. Not meant for anything else.
 */
public final class HostSockets extends SocketFactory {
  /** Less than this is not worth an attempt. */
  private static final int ATTEMPT_MILLIS_MIN = 50;

  private final int connectMillis;
  private final int hostMillis;
  private final Map<SocketAddress, Long> firstAttempts = new HashMap<>();

  /**
   * @param properties of the driver: {@code connectTimeout} and {@code socketTimeout}, the time of
   *     a host, in seconds
   */
  public HostSockets(Properties properties) {
    this.connectMillis = millis(PGProperty.CONNECT_TIMEOUT, properties);
    this.hostMillis = millis(PGProperty.SOCKET_TIMEOUT, properties);
  }

  private static int millis(PGProperty property, Properties properties) {
    String seconds = property.getOrDefault(properties);
    return seconds == null ? 0 : (int) TimeUnit.SECONDS.toMillis(Integer.parseInt(seconds));
  }

  @Override
  public Socket createSocket() {
    return new HostSocket();
  }

  @Override
  public Socket createSocket(String host, int port) {
    throw new UnsupportedOperationException("the driver connects by itself");
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress local, int localPort) {
    throw new UnsupportedOperationException("the driver connects by itself");
  }

  @Override
  public Socket createSocket(InetAddress host, int port) {
    throw new UnsupportedOperationException("the driver connects by itself");
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
    throw new UnsupportedOperationException("the driver connects by itself");
  }

  private final class HostSocket extends Socket {
    /**
     * Connects within the time to connect or what is left of the host's, whichever is shorter.
     *
     * @param ofTheDriver what is left of the time to connect to any host; not looked at
     */
    @Override
    public void connect(SocketAddress address, int ofTheDriver) throws IOException {
      long now = SystemTime.MACHINE.nanos();
      long first = firstAttempts.computeIfAbsent(address, absent -> now);
      long left = hostMillis - TimeUnit.NANOSECONDS.toMillis(now - first);
      if (hostMillis > 0 && left < ATTEMPT_MILLIS_MIN) {
        throw new SocketTimeoutException(address + " did not answer within " + hostMillis + " ms");
      }
      super.connect(address, hostMillis > 0 ? (int) Math.min(connectMillis, left) : connectMillis);
    }
  }
}
