// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.webhook;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;

/**
 * Tells addresses of the public internet from those of this machine and the networks around it,
 * which a receiver must not name to have us ask what it cannot reach itself. Stateless.
 */
final class PublicAddresses {
  /** Blocks that are no public ones. */
  private static final List<Block> RESERVED_4 =
      List.of(
          new Block(0, 0, 0, 8),
          new Block(10, 0, 0, 8),
          new Block(100, 64, 0, 10),
          new Block(127, 0, 0, 8),
          new Block(169, 254, 0, 16),
          new Block(172, 16, 0, 12),
          new Block(192, 0, 0, 24),
          new Block(192, 0, 2, 24),
          new Block(192, 88, 99, 24),
          new Block(192, 168, 0, 16),
          new Block(198, 18, 0, 15),
          new Block(198, 51, 100, 24),
          new Block(203, 0, 113, 24),
          new Block(224, 0, 0, 3));

  /** What is unicast and public begins with 001. */
  private static final int PUBLIC_6_MASK = 0xe0;

  private static final int PUBLIC_6 = 0x20;

  private PublicAddresses() {}

  static boolean isPublic(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (address instanceof Inet4Address) {
      return isPublic4(bytes);
    }
    if (!(address instanceof Inet6Address)) {
      return false;
    }
    if (isPrefix(bytes, 0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0)) { // translated to IPv4
      return isPublic4(Arrays.copyOfRange(bytes, 12, 16));
    }
    if (isPrefix(bytes, 0x20, 0x02)) { // 6to4, which leads to an address of IPv4
      return isPublic4(Arrays.copyOfRange(bytes, 2, 6));
    }
    return (bytes[0] & PUBLIC_6_MASK) == PUBLIC_6
        && !isPrefix(bytes, 0x20, 0x01, 0x00, 0x00) // Teredo
        && !isPrefix(bytes, 0x20, 0x01, 0x0d, 0xb8) // documentation
        && !(isPrefix(bytes, 0x3f, 0xff) && (bytes[2] & 0xf0) == 0); // documentation
  }

  /** Addresses that begin with the first {@code bits} of three bytes. */
  private record Block(int first, int second, int third, int bits) {
    boolean holds(int address) {
      int prefix = first << 24 | second << 16 | third << 8;
      return (address ^ prefix) >>> (Integer.SIZE - bits) == 0;
    }
  }

  private static boolean isPublic4(byte[] bytes) {
    int address = number(bytes);
    return RESERVED_4.stream().noneMatch(block -> block.holds(address));
  }

  private static int number(byte[] bytes) {
    return ((bytes[0] & 0xff) << 24)
        | ((bytes[1] & 0xff) << 16)
        | ((bytes[2] & 0xff) << 8)
        | (bytes[3] & 0xff);
  }

  private static boolean isPrefix(byte[] bytes, int... prefix) {
    for (int i = 0; i < prefix.length; i++) {
      if ((bytes[i] & 0xff) != prefix[i]) {
        return false;
      }
    }
    return true;
  }
}
