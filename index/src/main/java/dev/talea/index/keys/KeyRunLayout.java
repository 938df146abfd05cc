// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.keys;

import dev.talea.log.LogReader;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * Where things lie in a file of keys, shared by the one who writes it and the one who reads it.
 *
 * <pre>
 * header, padded to 4096 | filter: blocks of 64 bytes, padded to 4096 | pages of 4096
 * </pre>
 *
 * <p>A page holds up to 255 pairs of hash and position, ascending by hash. Which page a key belongs
 * to follows from its hash; what does not fit there stands on the next page, and the full one is
 * marked. The filter, a blocked Bloom filter (Putze, Sanders, Singler 2007), says of most keys that
 * are not there that they are not, for the price of one line of the processor's cache. Blocks and
 * pages carry a checksum over their content, their number and the file they belong to.
 */
public final class KeyRunLayout {
  public static final String MAGIC = "TALEAKEY";

  /** Longest file: everything in it must be reachable through one mapping. */
  static final long BYTES_MAX = 1L << 30;

  static final int PAGE_BYTES = 4096;
  static final int PAGE_ENTRIES = 255;

  /** How full pages are meant to be: at this mean, few of them spill. */
  static final int PAGE_ENTRIES_MEAN = 200;

  static final int PAGE_CRC = 0;
  static final int PAGE_COUNT = 4;
  static final int PAGE_SPILLS = 6;
  static final int PAGE_FIRST_ENTRY = 16;
  static final int ENTRY_BYTES = 16;

  static final int BLOCK_BYTES = 64;
  static final int BLOCK_CRC = 0;
  static final int BLOCK_BITS_AT = 4;
  static final int BLOCK_BITS = (BLOCK_BYTES - BLOCK_BITS_AT) * 8;

  /** With 40 keys on 480 bits and six bits a key, about one key in 150 is looked for in vain. */
  static final int BLOCK_KEYS_MEAN = 40;

  static final int BITS_A_KEY = 6;

  // Fields of the header.
  static final int FIELD_COUNT = 0;
  static final int FIELD_HOME_PAGES = 1;
  static final int FIELD_PAGES = 2;
  static final int FIELD_BLOCKS = 3;

  private static final Pattern NAME = Pattern.compile("keys-(\\d{20})-(\\d{20})\\.idx");
  private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

  private KeyRunLayout() {}

  /** Name of the file that covers these seqs. */
  static String name(long fromSeq, long toSeq) {
    return "keys-%020d-%020d.idx".formatted(fromSeq, toSeq);
  }

  /** Whether this is the name of such a file, and of one that ends at a seq or before it. */
  static boolean isNameUpTo(String file, long seq) {
    Matcher matcher = NAME.matcher(file);
    // As texts: twenty digits may be more than any seq.
    return matcher.matches() && matcher.group(2).compareTo("%020d".formatted(seq)) <= 0;
  }

  public static boolean isName(String file) {
    return NAME.matcher(file).matches();
  }

  static long homePages(long count) {
    return Math.max(1, (count + PAGE_ENTRIES_MEAN - 1) / PAGE_ENTRIES_MEAN);
  }

  static long blocks(long count) {
    return Math.max(1, (count + BLOCK_KEYS_MEAN - 1) / BLOCK_KEYS_MEAN);
  }

  static long filterAt() {
    return PAGE_BYTES;
  }

  static long pagesAt(long blocks) {
    long end = filterAt() + blocks * BLOCK_BYTES;
    return (end + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
  }

  static long length(long blocks, long pages) {
    return pagesAt(blocks) + pages * PAGE_BYTES;
  }

  /** Length of a file with this many keys, but for pages that spill over at its end. */
  static long lengthFor(long count) {
    return length(blocks(count), homePages(count));
  }

  /** Spreads hashes over {@code parts} in their order as unsigned numbers: the upper product. */
  static long part(long hash, long parts) {
    return Math.multiplyHigh(hash, parts) + ((hash >> 63) & parts);
  }

  /** The nth bit of a key in its block of the filter. */
  static int bit(long hash, int n) {
    // Keys of one block share their upper bits; the product brings the lower ones up.
    int bits = (int) ((hash * GOLDEN) >>> (Long.SIZE - 10 * (n + 1))) & 1023;
    return (bits * BLOCK_BITS) >>> 10;
  }

  /** Ties blocks and pages to their file. */
  static long identity(LogReader log, long fromSeq, long toSeq) {
    return (log.id() * 31 + fromSeq) * GOLDEN + toSeq;
  }

  /** Checksum of a block or page, whose first four bytes it will be. */
  static int crc(CRC32C crc, long identity, long number, byte[] bytes, int length) {
    long place = (identity + number) * GOLDEN;
    crc.reset();
    crc.update(bytes, Integer.BYTES, length - Integer.BYTES);
    return (int) crc.getValue() ^ (int) (place >>> Integer.SIZE);
  }

  static Path path(Path folder, long fromSeq, long toSeq) {
    return folder.resolve(name(fromSeq, toSeq));
  }
}
