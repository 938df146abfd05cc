// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

/** How an exchange came to its end. */
public enum ExchangeEnd {
  /** The answer has left: its last byte was taken by the operating system. */
  ANSWERED,
  /** The answer is a stream and its head has left; the stream itself lives on. */
  STREAMING,
  /** The connection went, or was cut, before the answer had left. */
  GONE
}
