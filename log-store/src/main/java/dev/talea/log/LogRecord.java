// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A durable record whose checksum was right when it was read. Immutable. */
public final class LogRecord {
  private final long seq;
  private final long position;
  private final int provenBytes;
  private final ByteBuffer payload;

  /** Takes over the array; the payload begins at {@code from}. */
  public LogRecord(long seq, long position, int provenBytes, byte[] bytes, int from) {
    this.seq = seq;
    this.provenBytes = provenBytes;
    this.position = position;
    this.payload = ByteBuffer.wrap(bytes, from, bytes.length - from).slice().asReadOnlyBuffer();
  }

  /** Number of the record in its log, from 1 without gaps. */
  public long seq() {
    return seq;
  }

  /** Where it lies: what {@link LogReader#record} takes. */
  public long position() {
    return position;
  }

  /** How many of the payload's first bytes the hash tree is over. */
  public int provenBytes() {
    return provenBytes;
  }

  /**
   * A fresh read-only view of the payload, little-endian, on bytes that nothing else can change.
   */
  public ByteBuffer payload() {
    return payload.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }
}
