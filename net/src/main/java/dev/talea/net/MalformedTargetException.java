// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

/** A path or a query whose percent-encoding, or the UTF-8 in it, is broken. */
public final class MalformedTargetException extends RuntimeException {
  MalformedTargetException(String message) {
    super(message);
  }
}
