// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.format;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/**
 * The checksums of the format: CRC32C bound to a place.
 *
 * <p>Headers and records are summed together with the salt of their segment and their position in
 * the log, so that whole and valid bytes in the wrong place, left from an earlier life of the
 * sector or written to the wrong one by a disk, do not count as valid.
 */
public final class Crc {

  private Crc() {}

  public static int plain(byte[] bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, length);
    return (int) crc.getValue();
  }

  public static int plain(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  public static int placed(long salt, long position, byte[] bytes, int from, int length) {
    CRC32C crc = begin(salt, position);
    crc.update(bytes, from, length);
    return (int) crc.getValue();
  }

  public static int placed(long salt, long position, ByteBuffer bytes) {
    CRC32C crc = begin(salt, position);
    crc.update(bytes);
    return (int) crc.getValue();
  }

  /** As messages spell one. */
  public static String hex(int crc) {
    return HexFormat.of().toHexDigits(crc);
  }

  private static CRC32C begin(long salt, long position) {
    byte[] place = new byte[2 * Long.BYTES];
    Bytes.putLong(place, 0, salt);
    Bytes.putLong(place, Long.BYTES, position);
    CRC32C crc = new CRC32C();
    crc.update(place, 0, place.length);
    return crc;
  }
}
