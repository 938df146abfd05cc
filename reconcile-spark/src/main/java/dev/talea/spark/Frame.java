// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import dev.talea.ledger.Int128;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A row as one rule sees it: what has to be equal, its asset, its amount with the sign of the left
 * side, what is held against others, and the day. Rows that are the same in all of these are
 * interchangeable for the rule: a class.
 *
 * <p>The bytes of a class begin with what has to be equal, then come asset, amount, the others and
 * the day: so what rows are brought together by is always a beginning of them. Used by the thread
 * of a task; the arrays never change.
 */
final class Frame {
  final boolean left;
  final int row;
  final boolean taken;
  final @Nullable Object[] keys;
  final String asset;
  final Int128 amount;
  final @Nullable Object[] others;
  final @Nullable Integer day;

  private byte @Nullable [] bytes;
  private int keyLength;
  private int blockLength;
  private int amountLength;

  Frame(
      boolean left,
      int row,
      boolean taken,
      @Nullable Object[] keys,
      String asset,
      Int128 amount,
      @Nullable Object[] others,
      @Nullable Integer day) {
    this.left = left;
    this.row = row;
    this.taken = taken;
    this.keys = keys;
    this.asset = asset;
    this.amount = amount;
    this.others = others;
    this.day = day;
  }

  /** Reads the bytes of a class for one of its rows. */
  static Frame of(boolean left, int row, boolean taken, byte[] bytes, int from, RuleTests tests) {
    ByteReader in = new ByteReader(bytes, from);
    @Nullable Object[] keys = new @Nullable Object[tests.keyCount()];
    for (int i = 0; i < keys.length; i++) {
      in.skipValue();
    }
    int keyLength = in.at() - from;
    String asset = in.text();
    int blockLength = in.at() - from;
    Int128 amount = in.int128();
    int amountLength = in.at() - from;
    @Nullable Object[] others = new @Nullable Object[tests.otherCount()];
    for (int i = 0; i < others.length; i++) {
      others[i] = in.value();
    }
    Frame frame = new Frame(left, row, taken, keys, asset, amount, others, (Integer) in.value());
    frame.bytes = Arrays.copyOfRange(bytes, from, in.at());
    frame.keyLength = keyLength;
    frame.blockLength = blockLength;
    frame.amountLength = amountLength;
    return frame;
  }

  /** The bytes of its class. */
  byte[] bytes() {
    byte[] known = bytes;
    if (known != null) {
      return known;
    }
    ByteWriter out = new ByteWriter();
    for (Object key : keys) {
      out.value(key);
    }
    keyLength = out.size();
    out.text(asset);
    blockLength = out.size();
    out.int128(amount);
    amountLength = out.size();
    for (Object other : others) {
      out.value(other);
    }
    out.value(day);
    byte[] made = out.take();
    bytes = made;
    return made;
  }

  /** How many of the bytes say what has to be equal. */
  int keyLength() {
    var unused = bytes();
    return keyLength;
  }

  /** The same with the asset. */
  int blockLength() {
    var unused = bytes();
    return blockLength;
  }

  /** The same with the amount. */
  int amountLength() {
    var unused = bytes();
    return amountLength;
  }

  /** A null holds against nothing. */
  boolean keysPresent() {
    return allPresent(keys);
  }

  /** As above, of everything that is compared between single rows. */
  boolean allPresent(RuleTests tests) {
    return allPresent(keys) && allPresent(others) && (day != null || !tests.hasWindow());
  }

  private static boolean allPresent(@Nullable Object[] values) {
    for (Object value : values) {
      if (value == null) {
        return false;
      }
    }
    return true;
  }
}
