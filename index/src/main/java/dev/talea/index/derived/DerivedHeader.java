// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.derived;

import dev.talea.log.DiskFile;
import dev.talea.log.LogAnchor;
import dev.talea.log.LogReader;
import dev.talea.log.TreeHead;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * What every derived file begins with: what it is, which log it was derived from, and up to which
 * record. A file whose header does not fit the log as it stands, because it is damaged, from
 * another log, or from a copy that went its own way, is as good as none.
 *
 * <p>Immutable.
 *
 * @param magic eight ASCII characters: the kind of file
 * @param logId {@link LogReader#id}
 * @param fromSeq seq of the first record it covers
 * @param anchor the last record it covers
 * @param fields eight numbers, by kind
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
public record DerivedHeader(
    String magic, long logId, long fromSeq, LogAnchor anchor, long[] fields) {
  public static final int BYTES = 256;
  public static final int FIELDS = 8;

  /**
   * Files of this length and more are synced before they get their names, because to make them
   * again costs more than a sync. A shorter one that a power failure has left half written is found
   * damaged, and made again.
   */
  public static final long SYNCED_FROM_BYTES = 1 << 20;

  /**
   * The writer of a long file syncs it every so many bytes. All of it at the end would fill the
   * disk's queue, and the commits of a tenth of a second would wait behind it.
   */
  public static final long SYNCED_EVERY_BYTES = 1 << 20;

  private static final int VERSION = 1;

  private static final int VERSION_AT = 8;
  private static final int CRC_AT = 12;
  private static final int LOG_ID_AT = 16;
  private static final int FROM_AT = 24;
  private static final int SEQ_AT = 32;
  private static final int POSITION_AT = 40;
  private static final int RECORD_CRC_AT = 48;
  private static final int BLOCK_CRC_AT = 52;
  private static final int TIME_AT = 56;
  private static final int TREE_SIZE_AT = 64;
  private static final int TREE_ROOT_AT = 72;
  private static final int TREE_ROOT_BYTES = 32;
  private static final int FIELDS_AT = 104;

  public long seq() {
    return anchor.seq();
  }

  public ByteBuffer encode() {
    ByteBuffer to = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    to.put(0, magic.getBytes(StandardCharsets.US_ASCII));
    to.putInt(VERSION_AT, VERSION);
    to.putLong(LOG_ID_AT, logId);
    to.putLong(FROM_AT, fromSeq);
    to.putLong(SEQ_AT, anchor.seq());
    to.putLong(POSITION_AT, anchor.position());
    to.putInt(RECORD_CRC_AT, anchor.recordCrc());
    to.putInt(BLOCK_CRC_AT, anchor.blockCrc());
    to.putLong(TIME_AT, anchor.commitTime());
    to.putLong(TREE_SIZE_AT, anchor.before().size());
    to.put(TREE_ROOT_AT, anchor.before().root());
    for (int i = 0; i < fields.length; i++) {
      to.putLong(FIELDS_AT + i * Long.BYTES, fields[i]);
    }
    to.putInt(CRC_AT, crc(to));
    return to.clear();
  }

  /**
   * Reads the header of a file.
   *
   * @throws DamagedFileException if it is none, or damaged, or of another kind or version
   */
  public static DerivedHeader read(DiskFile file, Path path, String magic) throws IOException {
    ByteBuffer from = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    if (file.read(from, 0) < BYTES) {
      throw new DamagedFileException(
          path, "is shorter than its header of " + BYTES + " bytes", file.size());
    }
    byte[] kind = new byte[magic.length()];
    from.get(0, kind);
    if (!new String(kind, StandardCharsets.US_ASCII).equals(magic)
        || from.getInt(VERSION_AT) != VERSION) {
      throw new DamagedFileException(
          path,
          "does not begin with " + magic + ", version " + VERSION + ", at byte 0",
          file.size());
    }
    int stored = from.getInt(CRC_AT);
    from.putInt(CRC_AT, 0);
    int computed = crc(from);
    if (stored != computed) {
      throw new DamagedFileException(
          path,
          "the header has stored CRC %08x, computed %08x".formatted(stored, computed),
          file.size());
    }
    byte[] root = new byte[TREE_ROOT_BYTES];
    from.get(TREE_ROOT_AT, root);
    long[] fields = new long[FIELDS];
    for (int i = 0; i < FIELDS; i++) {
      fields[i] = from.getLong(FIELDS_AT + i * Long.BYTES);
    }
    LogAnchor anchor =
        new LogAnchor(
            from.getLong(SEQ_AT),
            from.getLong(POSITION_AT),
            from.getInt(RECORD_CRC_AT),
            from.getInt(BLOCK_CRC_AT),
            from.getLong(TIME_AT),
            new TreeHead(from.getLong(TREE_SIZE_AT), root));
    return new DerivedHeader(magic, from.getLong(LOG_ID_AT), from.getLong(FROM_AT), anchor, fields);
  }

  /**
   * Makes sure that this was derived from the log as it stands.
   *
   * @throws DamagedFileException if not
   */
  public void check(Path path, LogReader log) {
    if (logId != log.id() || seq() < 1 || seq() > log.durableSeq()) {
      throw new DamagedFileException(
          path,
          "was derived from log %x up to seq %d; this is log %x, which ends at seq %d"
              .formatted(logId, seq(), log.id(), log.durableSeq()));
    }
    LogAnchor found = log.anchor(seq());
    if (!found.equals(anchor)) {
      throw new DamagedFileException(
          path, "was derived from another history: it knows " + anchor + ", the log has " + found);
    }
  }

  /** With the field of the checksum as zero. */
  private static int crc(ByteBuffer header) {
    CRC32C crc = new CRC32C();
    crc.update(header.duplicate().clear());
    return (int) crc.getValue();
  }
}
