// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import java.net.InetSocketAddress;

/** The server could not take its address; the message says which one and what to do. */
public final class BindFailedException extends RuntimeException {
  private final InetSocketAddress address;

  BindFailedException(InetSocketAddress address, String message, Throwable cause) {
    super(message, cause);
    this.address = address;
  }

  public InetSocketAddress address() {
    return address;
  }
}
