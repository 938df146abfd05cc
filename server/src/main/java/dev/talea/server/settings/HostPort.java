// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.settings;

import java.net.InetSocketAddress;

/**
 * An address to listen on, as a person writes it: {@code 127.0.0.1:8080}, {@code [::1]:8080}.
 *
 * @param host a name or an address, without brackets
 * @param port 0 lets the system choose
 */
public record HostPort(String host, int port) {

  public static HostPort parse(Setting setting, String text) {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "" : text.substring(0, colon);
    boolean bracketed = host.startsWith("[") && host.endsWith("]") && host.length() > 2;
    if (bracketed) {
      host = host.substring(1, host.length() - 1);
    }
    String port = text.substring(colon + 1);
    // An IPv6 address without brackets cannot be told from a host and a port.
    boolean hostOk = host.matches(bracketed ? "[0-9A-Fa-f:.]+" : "[A-Za-z0-9._-]+");
    boolean portOk = port.matches("[0-9]{1,5}") && Integer.parseInt(port) <= 65_535;
    if (!hostOk || !portOk) {
      throw new StartException(
          setting.variable()
              + " is '"
              + text
              + "', but must be HOST:PORT, for example 127.0.0.1:8080 or [::1]:8080");
    }
    return new HostPort(host, Integer.parseInt(port));
  }

  /** Whether only this machine reaches it, as far as its spelling tells. */
  boolean isLoopback() {
    return host.equals("localhost")
        || host.startsWith("127.")
        || host.equals("::1")
        || host.equals("0:0:0:0:0:0:0:1");
  }

  /** The address itself; looks the name up. */
  public InetSocketAddress resolve(Setting setting) {
    InetSocketAddress address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      throw new StartException(
          setting.variable() + " names the host '" + host + "', which cannot be resolved");
    }
    return address;
  }

  /** An address that is listened on. */
  public static HostPort of(InetSocketAddress address) {
    String host =
        address.getAddress() == null
            ? address.getHostString()
            : address.getAddress().getHostAddress();
    return new HostPort(host, address.getPort());
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
