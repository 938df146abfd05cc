// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.record;

import static dev.talea.index.record.RecordLayout.*;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Side;
import dev.talea.ledger.TxId;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Codec of the record that says an account was opened. It repeats the asset's precision, so that a
 * book can be read without the registry. Stateless.
 *
 * @param account the definition
 * @param number of the account in its book: 0, 1, 2, ... in order of opening
 * @param assetNumber of the asset in its book: 0, 1, 2, ... in order of appearance
 * @param precision of the asset
 * @param bookTag see {@link TxId}; the same in every record of the book
 */
public record AccountRecord(
    Account account, int number, int assetNumber, int precision, int bookTag) {

  /** Length of the payload at most. */
  public static int bytesMax(Account account) {
    return ACCOUNT_TEXTS
        + 3 * (account.id().path().length() + account.asset().length())
        + ACCOUNT_LOCAL_BYTES;
  }

  /** Encodes from offset 0 and leaves the position behind the last byte. */
  public void encode(ByteBuffer to, long at) {
    byte[] path = Bytes.utf8(account.id().path());
    byte[] asset = Bytes.utf8(account.asset());
    Int128 minBalance = account.minBalance();
    RecordHead.put(to, ACCOUNT_OPENED, flags(account), at);
    to.putInt(ACCOUNT_NUMBER_U32, number);
    to.putInt(ACCOUNT_ASSET_NUMBER_U32, assetNumber);
    to.putInt(ACCOUNT_RESERVED_U32, 0);
    to.put(ACCOUNT_KIND_U8, (byte) code(account.kind()));
    to.put(ACCOUNT_PRECISION_U8, (byte) precision);
    to.putShort(ACCOUNT_PATH_LENGTH_U16, (short) path.length);
    to.putShort(ACCOUNT_ASSET_LENGTH_U16, (short) asset.length);
    to.putShort(ACCOUNT_RESERVED_U16, (short) 0);
    Bytes.int128(to, ACCOUNT_MIN_BALANCE_I128, minBalance == null ? Int128.ZERO : minBalance);
    to.position(ACCOUNT_TEXTS);
    to.put(path).put(asset).putInt(bookTag);
  }

  public static int flags(Account account) {
    int flags = account.normalSide() == null ? 0 : FLAG_NORMAL_SIDE;
    flags |= account.normalSide() == Side.CREDIT ? FLAG_NORMAL_CREDIT : 0;
    flags |= account.minBalance() == null ? 0 : FLAG_MIN_BALANCE;
    return flags;
  }

  public static AccountRecord decode(LedgerRecord record) {
    ByteBuffer from =
        record.payload(ACCOUNT_TEXTS, FLAG_NORMAL_SIDE | FLAG_NORMAL_CREDIT | FLAG_MIN_BALANCE);
    int pathLength = Bytes.u16(from, ACCOUNT_PATH_LENGTH_U16);
    int assetLength = Bytes.u16(from, ACCOUNT_ASSET_LENGTH_U16);
    int tagAt = ACCOUNT_TEXTS + pathLength + assetLength;
    record.checkLength(tagAt + ACCOUNT_LOCAL_BYTES);
    AccountKind kind = kind(Bytes.u8(from, ACCOUNT_KIND_U8));
    if (kind == null) {
      throw record.broken("has unknown account kind " + Bytes.u8(from, ACCOUNT_KIND_U8));
    }
    Account account =
        definition(
            new AccountId(record.book, Bytes.text(from, ACCOUNT_TEXTS, pathLength)),
            Bytes.text(from, ACCOUNT_TEXTS + pathLength, assetLength),
            kind,
            Bytes.u16(from, FLAGS_U16),
            Bytes.int128(from, ACCOUNT_MIN_BALANCE_I128));
    return new AccountRecord(
        account,
        from.getInt(ACCOUNT_NUMBER_U32),
        from.getInt(ACCOUNT_ASSET_NUMBER_U32),
        Bytes.u8(from, ACCOUNT_PRECISION_U8),
        from.getInt(tagAt));
  }

  /** Puts a definition together again from its parts and its flags. */
  public static Account definition(
      AccountId id, String asset, AccountKind kind, int flags, Int128 minBalance) {
    Side side = (flags & FLAG_NORMAL_CREDIT) != 0 ? Side.CREDIT : Side.DEBIT;
    return new Account(
        id,
        asset,
        kind,
        (flags & FLAG_NORMAL_SIDE) != 0 ? side : null,
        (flags & FLAG_MIN_BALANCE) != 0 ? minBalance : null);
  }

  public static int code(AccountKind kind) {
    return switch (kind) {
      case ASSET -> 1;
      case LIABILITY -> 2;
      case INCOME -> 3;
      case EXPENSE -> 4;
      case EQUITY -> 5;
      case CLEARING -> 6;
    };
  }

  /** The kind with this code, or null. */
  public static @Nullable AccountKind kind(int code) {
    return switch (code) {
      case 1 -> AccountKind.ASSET;
      case 2 -> AccountKind.LIABILITY;
      case 3 -> AccountKind.INCOME;
      case 4 -> AccountKind.EXPENSE;
      case 5 -> AccountKind.EQUITY;
      case 6 -> AccountKind.CLEARING;
      default -> null;
    };
  }
}
