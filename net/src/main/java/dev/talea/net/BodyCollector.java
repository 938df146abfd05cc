// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Gathers the body of one request into one array. Owned by the connection's event loop.
 *
 * <p>Bytes are copied out of the network buffers as they come: keeping slices would pin a whole
 * buffer for every byte that a slow sender drips. The array starts small even when a large body is
 * announced, because an announcement costs the sender nothing; once a good part has really arrived,
 * the announced length is believed.
 */
final class BodyCollector {
  private static final int BELIEVED_BYTES = 64 * 1024;
  private static final byte[] NOTHING = {};

  private final long announced;
  private final int bytesMax;
  private byte[] bytes = NOTHING;
  private int length;

  /**
   * @param announced the {@code Content-Length}, or -1 for a chunked body
   */
  BodyCollector(long announced, int bytesMax) {
    this.announced = announced;
    this.bytesMax = bytesMax;
  }

  /** Takes the readable bytes of a piece; false if the body is now longer than allowed. */
  boolean add(ByteBuf piece) {
    int more = piece.readableBytes();
    if (more > bytesMax - length) {
      return false;
    }
    if (more > bytes.length - length) {
      bytes = Arrays.copyOf(bytes, capacityFor(length + more));
    }
    piece.readBytes(bytes, length, more);
    length += more;
    return true;
  }

  /** What is kept of the body so far, room for the rest included. */
  int heldBytes() {
    return bytes.length;
  }

  byte[] complete() {
    return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
  }

  private int capacityFor(int needed) {
    if (announced >= 0 && (announced <= BELIEVED_BYTES || needed >= BELIEVED_BYTES)) {
      return (int) Math.max(needed, announced);
    }
    // A body whose first piece is all of it, the usual small chunked one, is copied once only.
    return length == 0 ? needed : (int) Math.min(bytesMax, Math.max(needed, 2L * bytes.length));
  }
}
