// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.record;

import static dev.talea.index.record.RecordLayout.*;

import dev.talea.index.failure.BrokenRecordException;
import dev.talea.ledger.Event;
import dev.talea.log.LogCursor;
import dev.talea.log.LogRecord;
import java.nio.ByteBuffer;

/**
 * A record of a book as it came from the log: where it lies, what kind it is, and its bytes. The
 * codecs read their payload through it, so that all of them refuse what they do not understand with
 * the same words.
 *
 * <p>Immutable, except that one made of a cursor is valid only until the cursor moves on.
 */
public final class LedgerRecord {
  final String book;
  public final long seq;
  public final long position;
  private final int provenBytes;
  private final ByteBuffer bytes;

  LedgerRecord(String book, long seq, long position, int provenBytes, ByteBuffer bytes) {
    this.book = book;
    this.provenBytes = provenBytes;
    this.seq = seq;
    this.position = position;
    this.bytes = bytes;
    if (bytes.limit() < AT_I64 + Long.BYTES) {
      throw broken("is " + bytes.limit() + " bytes long, too short for any record");
    }
    if (Bytes.u8(bytes, VERSION_U8) != VERSION) {
      throw broken(
          "has layout version "
              + Bytes.u8(bytes, VERSION_U8)
              + ", this program reads version "
              + VERSION);
    }
  }

  public static LedgerRecord of(String book, LogRecord record) {
    return new LedgerRecord(
        book, record.seq(), record.position(), record.provenBytes(), record.payload());
  }

  public static LedgerRecord of(String book, LogCursor cursor) {
    return new LedgerRecord(
        book, cursor.seq(), cursor.position(), cursor.provenBytes(), cursor.payload());
  }

  public int type() {
    return Bytes.u8(bytes, TYPE_U8);
  }

  /**
   * Which kind of event it is.
   *
   * @throws BrokenRecordException if its type is that of none
   */
  public Event.Kind kind() {
    Event.Kind kind = RecordLayout.kind(type());
    if (kind == null) {
      throw broken("is of unknown type " + type());
    }
    return kind;
  }

  /** Commit time, microseconds. */
  public long at() {
    return bytes.getLong(AT_I64);
  }

  /** Bytes of its payload. */
  public int length() {
    return bytes.limit();
  }

  boolean flag(int flag) {
    return (Bytes.u16(bytes, FLAGS_U16) & flag) != 0;
  }

  ByteBuffer bytes() {
    return bytes;
  }

  /** The payload, if it is at least this long and has no other than these flags. */
  ByteBuffer payload(int bytesMin, int knownFlags) {
    if (bytes.limit() < bytesMin) {
      throw broken("is " + bytes.limit() + " bytes long, too short for its type " + type());
    }
    int unknown = Bytes.u16(bytes, FLAGS_U16) & ~knownFlags;
    if (unknown != 0) {
      throw broken("has unknown flags 0x" + Integer.toHexString(unknown));
    }
    return bytes;
  }

  void checkLength(long expected) {
    if (bytes.limit() != expected) {
      throw broken("is " + bytes.limit() + " bytes long, its parts take " + expected);
    }
    int proven = bytes.limit() - RecordLayout.localBytes(bytes);
    if (provenBytes != proven) {
      throw broken("has a proven part of " + provenBytes + " bytes, its parts take " + proven);
    }
  }

  public BrokenRecordException broken(String what) {
    return new BrokenRecordException(book, seq, position, what);
  }
}
