// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import dev.talea.ledger.Int128;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What rows of the two sides are brought together by, as the beginning of a record's key. Pure
 * functions.
 */
final class Joins {
  private static final byte[] NOTHING = new byte[0];

  private Joins() {}

  /** By the asset and what has to be equal. */
  static Rec byBlock(Frame frame, int order) {
    return record(frame, frame.blockLength(), order);
  }

  /** By what has to be equal, whatever the asset. */
  static Rec byKey(Frame frame, int order) {
    return record(frame, frame.keyLength(), order);
  }

  /** By everything that the rule looks at; the key says it all. */
  static Rec byClass(Frame frame, int order) {
    byte[] bytes = frame.bytes();
    byte[] key = new ByteWriter().raw(bytes, bytes.length).int8(order).int32(frame.row).take();
    return Rec.ofGroup(key, bytes.length, NOTHING);
  }

  private static Rec record(Frame frame, int group, int order) {
    byte[] key = new ByteWriter().raw(frame.bytes(), group).int8(order).int32(frame.row).take();
    return Rec.ofGroup(key, group, body(frame));
  }

  private static byte[] body(Frame frame) {
    byte[] bytes = frame.bytes();
    return new ByteWriter().int8(frame.taken ? 1 : 0).raw(bytes, bytes.length).take();
  }

  /**
   * By what rows have in common whose amounts may be near enough: the amount where it has to be the
   * same, else a bucket of amounts. A left row lies in three buckets and a right one in one, so
   * that two rows meet at most once.
   *
   * @param widths of buckets by asset, where they depend on the left amounts
   */
  static void near(
      Frame frame, RuleTests tests, Map<String, List<byte[]>> widths, int order, Consumer<Rec> to) {
    if (tests.isExact()) {
      to.accept(record(frame, frame.amountLength(), order));
    } else if (!tests.usesBuckets()) {
      to.accept(byBlock(frame, order));
    } else if (frame.left) {
      Int128 width = tests.width(frame.asset, frame.amount);
      for (int beside = -1; beside <= 1; beside++) {
        if (width.signum() != 0 || beside == 0) {
          to.accept(bucket(frame, width, beside, order));
        }
      }
    } else if (tests.widthsDiffer()) {
      for (byte[] width : widths.getOrDefault(frame.asset, List.of())) {
        to.accept(bucket(frame, new ByteReader(width).int128(), 0, order));
      }
    } else {
      to.accept(bucket(frame, tests.width(frame.asset, frame.amount), 0, order));
    }
  }

  private static Rec bucket(Frame frame, Int128 width, int beside, int order) {
    ByteWriter key = new ByteWriter().raw(frame.bytes(), frame.blockLength());
    key.int128(width).int128(RuleTests.bucket(frame.amount, width, beside));
    int group = key.size();
    return Rec.ofGroup(key.int8(order).int32(frame.row).take(), group, body(frame));
  }

  /** One of several kinds of joins that are made in one go. */
  static Rec ofJoin(int join, Rec rec) {
    byte[] key = new ByteWriter().int32(join).raw(rec.key, rec.key.length).take();
    return Rec.ofGroup(key, rec.group + 4, rec.body);
  }

  /** Which kind of join a record is for. */
  static int join(Rec rec) {
    return new ByteReader(rec.key).int32();
  }

  /** The row of a record that was made here. */
  static int row(Rec rec) {
    return new ByteReader(rec.key, rec.key.length - 4).int32();
  }

  /** What it was ordered by before its row. */
  static int order(Rec rec) {
    return rec.key[rec.key.length - 5];
  }

  /** The row as the rule sees it, of a record with a body. */
  static Frame frame(Rec rec, boolean left, RuleTests tests) {
    return Frame.of(left, row(rec), rec.body[0] == 1, rec.body, 1, tests);
  }
}
