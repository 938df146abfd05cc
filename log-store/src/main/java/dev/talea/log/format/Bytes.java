// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.format;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Little-endian numbers in byte arrays: the spelling of every number in the files. */
public final class Bytes {

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** Blocks and records begin at multiples of it. */
  public static final int ALIGNMENT = 8;

  static {
    Layout.check(Integer.bitCount(ALIGNMENT) == 1, "an alignment is a power of two");
  }

  private Bytes() {}

  public static int getInt(byte[] bytes, int at) {
    return (int) INT.get(bytes, at);
  }

  public static long getLong(byte[] bytes, int at) {
    return (long) LONG.get(bytes, at);
  }

  public static void putInt(byte[] bytes, int at, int value) {
    INT.set(bytes, at, value);
  }

  public static void putLong(byte[] bytes, int at, long value) {
    LONG.set(bytes, at, value);
  }

  public static boolean allZero(byte[] bytes, int from, int to) {
    return firstNonZero(bytes, from, to) == to;
  }

  /** Index of the first byte that is not zero, or {@code to}. */
  static int firstNonZero(byte[] bytes, int from, int to) {
    int at = from;
    while (at + 8 <= to && getLong(bytes, at) == 0) {
      at += 8;
    }
    while (at < to && bytes[at] == 0) {
      at++;
    }
    return at;
  }

  /** The next multiple of {@link #ALIGNMENT}. */
  static long align(long value) {
    return (value + ALIGNMENT - 1) & -ALIGNMENT;
  }
}
