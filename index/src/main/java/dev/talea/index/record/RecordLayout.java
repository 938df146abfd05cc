// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.record;

import dev.talea.ledger.Event;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Where things lie in the payloads of the ledger's records: offsets, sizes and codes, and nothing
 * else, so that docs/log-format.md can be checked against one page of code. Little-endian. Offsets
 * count from the first byte of the payload, which lies at a multiple of 8.
 *
 * <p>A payload is a proven part, which follows from the events alone, and behind it a local part,
 * which says where things lie in this log: see {@link #localBytes}.
 */
public final class RecordLayout {
  /** Version of all three layouts. A change here needs a reader for the version before. */
  public static final int VERSION = 2;

  // What every record begins with.
  public static final int TYPE_U8 = 0;
  public static final int VERSION_U8 = 1;
  public static final int FLAGS_U16 = 2;
  public static final int AT_I64 = 8;

  public static final int ASSET_REGISTERED = 1;
  public static final int ACCOUNT_OPENED = 2;
  public static final int TRANSACTION_POSTED = 3;

  /** Asset registered: id, name, network and native id follow {@link #ASSET_TEXTS}. */
  public static final int ASSET_PRECISION_U32 = 4;

  public static final int ASSET_ID_LENGTH_U16 = 16;
  public static final int ASSET_NAME_LENGTH_U16 = 18;
  public static final int ASSET_NETWORK_LENGTH_U16 = 20;
  public static final int ASSET_NATIVE_ID_LENGTH_U16 = 22;
  public static final int ASSET_TEXTS = 24;

  public static final int FLAG_CRYPTO = 1;
  public static final int FLAG_NATIVE_ID = 2;

  /** Account opened: path and asset id follow {@link #ACCOUNT_TEXTS}. */
  public static final int ACCOUNT_NUMBER_U32 = 4;

  public static final int ACCOUNT_ASSET_NUMBER_U32 = 16;
  public static final int ACCOUNT_RESERVED_U32 = 20;
  public static final int ACCOUNT_KIND_U8 = 24;
  public static final int ACCOUNT_PRECISION_U8 = 25;
  public static final int ACCOUNT_PATH_LENGTH_U16 = 26;
  public static final int ACCOUNT_ASSET_LENGTH_U16 = 28;
  public static final int ACCOUNT_RESERVED_U16 = 30;
  public static final int ACCOUNT_MIN_BALANCE_I128 = 32;
  public static final int ACCOUNT_TEXTS = 48;

  /** The local part of an opened account: the tag of the book. */
  public static final int ACCOUNT_LOCAL_BYTES = 4;

  public static final int FLAG_NORMAL_SIDE = 1;
  public static final int FLAG_NORMAL_CREDIT = 2;
  public static final int FLAG_MIN_BALANCE = 4;

  /** Transaction posted: postings, totals, key, refs, metadata follow {@link #TX_POSTINGS}. */
  public static final int TX_POSTING_COUNT_U16 = 4;

  public static final int TX_TOTALS_COUNT_U16 = 6;
  public static final int TX_ID_16 = 16;
  public static final int TX_OCCURRED_SECOND_I64 = 32;
  public static final int TX_OCCURRED_NANO_U32 = 40;
  public static final int TX_KEY_LENGTH_U16 = 44;
  public static final int TX_REF_COUNT_U16 = 46;
  public static final int TX_REFS_LENGTH_U32 = 48;
  public static final int TX_METADATA_LENGTH_U32 = 52;
  public static final int TX_POSTINGS = 56;

  public static final int FLAG_WIDE_POSTINGS = 1;
  public static final int FLAG_WIDE_TOTALS = 2;
  public static final int FLAG_METADATA = 4;
  public static final int FLAG_OCCURRED_AT = 8;
  public static final int TX_FLAGS =
      FLAG_WIDE_POSTINGS | FLAG_WIDE_TOTALS | FLAG_METADATA | FLAG_OCCURRED_AT;

  // Postings and totals begin alike, so that one piece of code walks both kinds of chain.
  public static final int ENTRY_OWNER_U32 = 0;
  public static final int ENTRY_RESERVED_U32 = 4;
  public static final int ENTRY_ORDINAL_U63 = 8;

  /** Top bit of a posting's ordinal field: 1 for a credit. */
  public static final long CREDIT_BIT = 1L << 63;

  public static final int POSTING_AMOUNT = 16;
  public static final int NARROW_POSTING_BALANCE = 24;
  public static final int NARROW_POSTING_BYTES = 32;
  public static final int WIDE_POSTING_BALANCE = 32;
  public static final int WIDE_POSTING_BYTES = 48;

  public static final int TOTALS_DEBITS = 16;
  public static final int NARROW_TOTALS_CREDITS = 24;
  public static final int NARROW_TOTALS_BYTES = 32;
  public static final int WIDE_TOTALS_CREDITS = 40;
  public static final int WIDE_TOTALS_BYTES = 64;

  /** The local part of a transaction: the links of its postings, then those of its totals. */
  public static final int LINK_PREVIOUS_U64 = 0;

  public static final int LINK_JUMP_U64 = 8;
  public static final int LINK_BYTES = 16;

  /** Each external ref: length of its kind, length of its value, kind, value. */
  public static final int REF_KIND_LENGTH_U16 = 0;

  public static final int REF_VALUE_LENGTH_U16 = 2;
  public static final int REF_TEXTS = 4;

  private RecordLayout() {}

  /** Bytes of the local part at the end of a payload, given all of it from offset 0. */
  static int localBytes(ByteBuffer payload) {
    return switch (Bytes.u8(payload, TYPE_U8)) {
      case ACCOUNT_OPENED -> ACCOUNT_LOCAL_BYTES;
      case TRANSACTION_POSTED ->
          LINK_BYTES
              * (Bytes.u16(payload, TX_POSTING_COUNT_U16)
                  + Bytes.u16(payload, TX_TOTALS_COUNT_U16));
      default -> 0;
    };
  }

  /** Bytes of the proven part of a payload that has been written up to its position. */
  public static int provenBytes(ByteBuffer written) {
    return written.position() - localBytes(written);
  }

  /** The type of the records of a kind of event, for good: logs hold it. */
  static int type(Event.Kind kind) {
    return switch (kind) {
      case ASSET_REGISTERED -> ASSET_REGISTERED;
      case ACCOUNT_OPENED -> ACCOUNT_OPENED;
      case TRANSACTION_POSTED -> TRANSACTION_POSTED;
    };
  }

  /** The kind of event of the records of a type, or null if there is none. */
  static Event.@Nullable Kind kind(int type) {
    return KINDS[type];
  }

  /** By the byte that says which. */
  private static final Event.@Nullable Kind[] KINDS = new Event.Kind[1 << Byte.SIZE];

  static {
    for (Event.Kind each : Event.Kind.values()) {
      KINDS[type(each)] = each;
    }
  }
}
