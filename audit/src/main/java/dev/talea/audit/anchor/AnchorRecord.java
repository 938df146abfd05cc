// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.anchor;

import dev.talea.audit.proof.MalformedException;
import dev.talea.log.TreeHead;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * A record of the log {@code _anchors}, and its bytes as docs/log-format.md draws them. Apart from
 * the log because a proof brings such a record along without one. Immutable.
 *
 * <pre>
 *    0   1  type: 64 anchor, 65 restore        16   8  size          (restore: old size)
 *    1   1  layout version, 1                  24  32  root          (restore: old root)
 *    2   2  length of the book's name          restore only:
 *    4   4  length of the reason, 0 if none    56   8  new size
 *    8   8  at, commit time of the block       64  32  new root
 *                                              then book, then reason
 * </pre>
 *
 * All of it is proven part: nothing in it depends on where it lies.
 */
public sealed interface AnchorRecord {
  /** Of names of logs. */
  int BOOK_BYTES_MAX = 128;

  /** A sentence or two. */
  int REASON_BYTES_MAX = 1024;

  /** The book, or {@code _system}, that it is about. */
  String book();

  /**
   * A book had this head, and its records were on disk.
   *
   * @param head of at least one record
   */
  record Anchor(String book, TreeHead head) implements AnchorRecord {
    public Anchor {
      requireText("name of a book", book, 1, BOOK_BYTES_MAX);
      if (head.size() < 1) {
        throw new MalformedException("a head of " + head.size() + " records is not anchored");
      }
    }
  }

  /**
   * A book was cut on purpose: it goes on from an earlier head. Anchors of the same book that stand
   * before this one, and are of more records than {@code now}, hold no longer.
   *
   * @param before what the book had when it was cut: no less than any anchor before says
   * @param now what was left of it, fewer records; of none, it need not be there
   * @param reason in the words of the person who did it; may be empty
   */
  record Restore(String book, TreeHead before, TreeHead now, String reason)
      implements AnchorRecord {
    public Restore {
      requireText("name of a book", book, 1, BOOK_BYTES_MAX);
      requireText("reason of a restore", reason, 0, REASON_BYTES_MAX);
      if (now.size() < 0 || now.size() >= before.size()) {
        throw new MalformedException(
            "a restore leaves fewer records than there were, not %d of %d"
                .formatted(now.size(), before.size()));
      }
    }
  }

  /** A record that was read. */
  record Stamped(AnchorRecord record, long atMicros) {}

  /** How many bytes it has. */
  default int bytes() {
    int texts = Layout.ANCHOR_TEXTS + utf8(book()).length;
    return this instanceof Restore restore
        ? texts + Layout.RESTORE_TEXTS - Layout.ANCHOR_TEXTS + utf8(restore.reason).length
        : texts;
  }

  /**
   * Encodes from the position of the buffer on, and leaves it behind the last byte.
   *
   * @param to little-endian
   * @param atMicros commit time of the block
   */
  default void encode(ByteBuffer to, long atMicros) {
    Restore restore = this instanceof Restore cut ? cut : null;
    byte[] book = utf8(book());
    byte[] reason = restore == null ? new byte[0] : utf8(restore.reason);
    to.put(restore == null ? Layout.ANCHOR : Layout.RESTORE).put(Layout.VERSION);
    to.putShort((short) book.length).putInt(reason.length).putLong(atMicros);
    if (this instanceof Anchor anchor) {
      put(to, anchor.head);
    } else if (restore != null) {
      put(to, restore.before);
      put(to, restore.now);
    }
    to.put(book).put(reason);
  }

  /**
   * Reads a record.
   *
   * @param payload all of it and nothing else, from position to limit; its position moves
   * @throws MalformedException if it is none, or there is a second spelling for what it says
   */
  static Stamped decode(ByteBuffer payload) {
    ByteBuffer from = payload.order(ByteOrder.LITTLE_ENDIAN);
    if (from.remaining() < Layout.ANCHOR_TEXTS) {
      throw new MalformedException(
          "a record of %d bytes is too short for an anchor".formatted(from.remaining()));
    }
    byte type = from.get();
    byte version = from.get();
    if ((type != Layout.ANCHOR && type != Layout.RESTORE) || version != Layout.VERSION) {
      throw new MalformedException(
          "type %d of layout version %d is no record of anchors that this program knows"
              .formatted(type & 0xFF, version & 0xFF));
    }
    int bookLength = from.getShort() & 0xFFFF;
    int reasonLength = from.getInt();
    long at = from.getLong();
    TreeHead first = head(from);
    boolean cut = type == Layout.RESTORE;
    int texts = from.remaining() - (cut ? Layout.RESTORE_TEXTS - Layout.ANCHOR_TEXTS : 0);
    if (reasonLength < 0
        || reasonLength > REASON_BYTES_MAX
        || (!cut && reasonLength > 0)
        || bookLength + reasonLength != texts) {
      throw new MalformedException(
          "an anchor with a name of %d bytes and a reason of %d has %d bytes for both"
              .formatted(bookLength, reasonLength, texts));
    }
    TreeHead second = cut ? head(from) : first;
    String book = text(from, bookLength);
    return new Stamped(
        cut ? new Restore(book, first, second, text(from, reasonLength)) : new Anchor(book, first),
        at);
  }

  private static void put(ByteBuffer to, TreeHead head) {
    to.putLong(head.size()).put(head.root());
  }

  private static TreeHead head(ByteBuffer from) {
    long size = from.getLong();
    byte[] root = new byte[Layout.ROOT_BYTES];
    from.get(root);
    return new TreeHead(size, root);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(ByteBuffer from, int length) {
    ByteBuffer utf8 = from.slice(from.position(), length);
    from.position(from.position() + length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(utf8).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedException("a text in an anchor is not UTF-8");
    }
  }

  private static void requireText(String what, String text, int min, int max) {
    int length = utf8(text).length;
    if (length < min || length > max) {
      throw new MalformedException(
          "the %s has %d to %d bytes of UTF-8, not %d".formatted(what, min, max, length));
    }
  }

  /** Numbers of the layout. */
  final class Layout {
    static final byte ANCHOR = 64;
    static final byte RESTORE = 65;
    static final byte VERSION = 1;
    static final int ROOT_BYTES = 32;

    /** Where the texts of an anchor begin: type to root. */
    static final int ANCHOR_TEXTS = 56;

    /** The same of a restore, which has two heads. */
    static final int RESTORE_TEXTS = 96;

    private Layout() {}
  }
}
