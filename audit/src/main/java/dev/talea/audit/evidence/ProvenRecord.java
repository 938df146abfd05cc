// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.evidence;

import dev.talea.audit.proof.MalformedException;
import dev.talea.ledger.Int128;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The proven part of a record of a book, as far as people are shown it. A second reader of what
 * docs/log-format.md draws, beside {@code index}'s: that one reads records that lie in a log, this
 * one bytes that anyone may have written, without a local part. Immutable.
 */
public sealed interface ProvenRecord {

  /** Commit time in microseconds since 1970. */
  long at();

  /**
   * An account was opened.
   *
   * @param precision of the asset
   * @param creditNormal whether its balance is shown as credits - debits
   */
  record Opened(long at, int number, String path, String asset, int precision, boolean creditNormal)
      implements ProvenRecord {}

  /** A transaction was posted. */
  record Posted(long at, UUID id, List<Line> lines) implements ProvenRecord {
    public Posted {
      lines = List.copyOf(lines);
    }
  }

  /**
   * A posting.
   *
   * @param account its number, of 32 bits without sign
   * @param balance debits - credits of the account after the transaction
   */
  record Line(int account, boolean credit, Int128 amount, Int128 balance) {}

  /**
   * Reads one.
   *
   * @throws MalformedException if it is none of these two
   */
  static ProvenRecord decode(byte[] proven) {
    ByteBuffer from = ByteBuffer.wrap(proven).order(ByteOrder.LITTLE_ENDIAN);
    int type = proven.length < 2 ? 0 : proven[0] & 0xFF;
    if ((type != 2 && type != 3) || proven[1] != 2) {
      throw new MalformedException(
          "it opens no account and posts no transaction that this program can read");
    }
    return type == 2 ? opened(from) : posted(from);
  }

  /** The number of the account that a record opens; null if it does something else. */
  static @Nullable Integer accountOpenedBy(ByteBuffer payload) {
    boolean opens = payload.limit() >= 48 && payload.get(0) == 2 && payload.get(1) == 2;
    return opens ? payload.getInt(4) : null;
  }

  private static Opened opened(ByteBuffer from) {
    require(from, 48);
    int pathLength = from.getShort(26) & 0xFFFF;
    int assetLength = from.getShort(28) & 0xFFFF;
    requireAll(from, 48L + pathLength + assetLength);
    int flags = from.getShort(2);
    return new Opened(
        from.getLong(8),
        from.getInt(4),
        text(from, 48, pathLength),
        text(from, 48 + pathLength, assetLength),
        from.get(25) & 0xFF,
        (flags & 3) == 3);
  }

  private static Posted posted(ByteBuffer from) {
    require(from, 56);
    int flags = from.getShort(2);
    boolean wide = (flags & 1) != 0;
    int count = from.getShort(4) & 0xFFFF;
    int totals = from.getShort(6) & 0xFFFF;
    int length = wide ? 48 : 32;
    requireAll(
        from,
        56L
            + (long) count * length
            + (long) totals * ((flags & 2) != 0 ? 64 : 32)
            + (from.getShort(44) & 0xFFFF)
            + Integer.toUnsignedLong(from.getInt(48))
            + Integer.toUnsignedLong(from.getInt(52)));
    List<Line> lines = new ArrayList<>();
    for (int at = 56; lines.size() < count; at += length) {
      lines.add(
          new Line(
              from.getInt(at),
              from.getLong(at + 8) < 0,
              wide ? i128(from, at + 16) : Int128.of(from.getLong(at + 16)),
              wide ? i128(from, at + 32) : Int128.of(from.getLong(at + 24))));
    }
    ByteBuffer id = from.duplicate().order(ByteOrder.BIG_ENDIAN);
    return new Posted(from.getLong(8), new UUID(id.getLong(16), id.getLong(24)), lines);
  }

  private static Int128 i128(ByteBuffer from, int at) {
    long high = from.getLong(at + 8);
    long low = from.getLong(at);
    if (high == Long.MIN_VALUE && low == 0) {
      throw new MalformedException("it holds the number -2^127, which no record holds");
    }
    return Int128.ofParts(high, low);
  }

  private static void require(ByteBuffer from, int bytes) {
    if (from.limit() < bytes) {
      throw new MalformedException("it has " + from.limit() + " bytes and is too short");
    }
  }

  private static void requireAll(ByteBuffer from, long bytes) {
    if (from.limit() != bytes) {
      throw new MalformedException(
          "it has %d bytes, and its parts have %d".formatted(from.limit(), bytes));
    }
  }

  private static String text(ByteBuffer from, int at, int length) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(from.slice(at, length)).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedException("a text in it is not UTF-8");
    }
  }
}
