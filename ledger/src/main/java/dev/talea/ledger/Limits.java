// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * How long and how many things may be. The bounds keep every record, key and file name of every
 * store within sizes that were planned for; they are part of the contract.
 */
public final class Limits {
  /** UTF-8 bytes of a book's name. */
  public static final int BOOK_BYTES_MAX = 128;

  /** UTF-8 bytes of an account's path. */
  public static final int PATH_BYTES_MAX = 512;

  /** UTF-8 bytes of an asset's id. */
  public static final int ASSET_ID_BYTES_MAX = 64;

  /** UTF-8 bytes of an idempotency key. */
  public static final int KEY_BYTES_MAX = 256;

  /** UTF-8 bytes of the free texts: asset name, network, native id, kind and value of a ref. */
  public static final int TEXT_BYTES_MAX = 1024;

  /** Postings of one transaction. */
  public static final int POSTINGS_MAX = 8_192;

  /** External references of one transaction. */
  public static final int REFS_MAX = 64;

  /** UTF-8 bytes of metadata, without insignificant white space. */
  public static final int METADATA_BYTES_MAX = 65_536;

  /** Fraction digits of an asset. */
  public static final int PRECISION_MAX = 255;

  /** Transactions on a page of history. */
  public static final int HISTORY_LIMIT_MAX = 1_000;

  /** Transactions on a page of history by default. */
  public static final int HISTORY_LIMIT_DEFAULT = 100;

  /** Entries on a page of a listing. */
  public static final int PAGE_LIMIT_MAX = 1_000;

  /** Entries on a page of a listing by default. */
  public static final int PAGE_LIMIT_DEFAULT = 100;

  /**
   * Bytes of a page of history, transactions or events in their JSON form, about ({@link
   * PageFill}): a thousand of the largest transactions would be a gigabyte. One fits always.
   */
  public static final int PAGE_BYTES_MAX = 1 << 20;

  /** Books that one subscription may name; more are followed by asking for all. */
  public static final int SUBSCRIPTION_BOOKS_MAX = 4_096;

  private Limits() {}

  /**
   * What is wrong with a name, or null: it must not be empty, longer than {@code bytesMax}, hold a
   * control character, or half of a surrogate pair (which has no UTF-8 form).
   */
  static @Nullable String nameFault(String name, int bytesMax) {
    return name.isEmpty() ? "must not be empty" : textFault(name, bytesMax, true);
  }

  /** As {@link #nameFault}, but the text may be empty and, unless told, hold control characters. */
  static @Nullable String textFault(String text, int bytesMax, boolean refuseControls) {
    boolean ascii = true;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= ' ' && c < 0x7f) {
        continue; // as nearly always, and never anything wrong with it
      }
      ascii &= c < 0x80;
      if (refuseControls && Character.isISOControl(c)) {
        return String.format("must not contain the control character U+%04X", (int) c);
      }
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          return String.format("must not contain the lone surrogate U+%04X", (int) c);
        }
        i++;
      }
    }
    int bytes = ascii ? text.length() : text.getBytes(StandardCharsets.UTF_8).length;
    return bytes > bytesMax ? "is " + bytes + " bytes long, at most " + bytesMax + " fit" : null;
  }
}
