// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The 32 bytes of a SHA-256. A class of its own so that paths and heads can be compared, and so
 * that no caller changes the bytes of another. Immutable.
 */
public final class Hash {
  /** How many bytes a hash has. */
  public static final int BYTES = 32;

  private final byte[] bytes;

  private Hash(byte[] own) {
    bytes = own;
  }

  /** Takes a copy of 32 bytes. */
  public static Hash of(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException("a SHA-256 has 32 bytes, not " + bytes.length);
    }
    return new Hash(bytes.clone());
  }

  /** Takes a copy of the 32 bytes that begin at an offset. */
  public static Hash of(byte[] bytes, int offset) {
    return new Hash(Arrays.copyOfRange(bytes, offset, offset + BYTES));
  }

  /** Takes the bytes themselves; the caller has just made them and keeps no other use of them. */
  static Hash owning(byte[] own) {
    return new Hash(own);
  }

  /** A copy of the 32 bytes. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** The bytes themselves, for hashing; not to be changed. */
  byte[] shared() {
    return bytes;
  }

  /** In standard base64 with padding, as in all text formats of this package. */
  public String base64() {
    return Base64.getEncoder().encodeToString(bytes);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Hash that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** In hexadecimal digits. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes);
  }
}
