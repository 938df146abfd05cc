// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.keys;

import dev.talea.log.LogReader;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A 64-bit hash of idempotency keys that no client can aim at: SipHash-2-4 (Aumasson and Bernstein,
 * 2012) under the secret of the book's log. With a plain hash, a caller could choose keys that
 * collide, and each collision costs the writer a read of the log.
 *
 * <p>Immutable; any thread. The values stand in files, so they are the same at every opening.
 */
public final class KeyHash {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final long k0;
  private final long k1;

  public KeyHash(long k0, long k1) {
    this.k0 = k0;
    this.k1 = k1;
  }

  public static KeyHash of(LogReader log) {
    byte[] secret = log.secret();
    return new KeyHash((long) LONGS.get(secret, 0), (long) LONGS.get(secret, Long.BYTES));
  }

  public long of(byte[] key) {
    return of(ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN), 0, key.length);
  }

  /** The same for one that lies in a little-endian buffer. */
  public long of(ByteBuffer bytes, int at, int length) {
    long v0 = k0 ^ 0x736f6d6570736575L;
    long v1 = k1 ^ 0x646f72616e646f6dL;
    long v2 = k0 ^ 0x6c7967656e657261L;
    long v3 = k1 ^ 0x7465646279746573L;
    int whole = length & ~7;
    for (int i = 0; i <= whole; i += 8) {
      long word = i < whole ? bytes.getLong(at + i) : lastWord(bytes, at, length);
      v3 ^= word;
      for (int round = 0; round < 2; round++) {
        v0 += v1;
        v2 += v3;
        v1 = Long.rotateLeft(v1, 13) ^ v0;
        v3 = Long.rotateLeft(v3, 16) ^ v2;
        v0 = Long.rotateLeft(v0, 32);
        v2 += v1;
        v0 += v3;
        v1 = Long.rotateLeft(v1, 17) ^ v2;
        v3 = Long.rotateLeft(v3, 21) ^ v0;
        v2 = Long.rotateLeft(v2, 32);
      }
      v0 ^= word;
    }
    v2 ^= 0xff;
    for (int round = 0; round < 4; round++) {
      v0 += v1;
      v2 += v3;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 = Long.rotateLeft(v0, 32);
      v2 += v1;
      v0 += v3;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 = Long.rotateLeft(v2, 32);
    }
    return v0 ^ v1 ^ v2 ^ v3;
  }

  /** The bytes that fill no whole word, and the length in the top byte. */
  private static long lastWord(ByteBuffer bytes, int at, int length) {
    int rest = length & 7;
    long word = (long) length << 56;
    if (length >= Long.BYTES) { // the last eight bytes hold them at their end
      return rest == 0 ? word : word | bytes.getLong(at + length - 8) >>> (8 * (8 - rest));
    }
    for (int i = 0; i < rest; i++) {
      word |= (bytes.get(at + i) & 0xFFL) << (8 * i);
    }
    return word;
  }
}
