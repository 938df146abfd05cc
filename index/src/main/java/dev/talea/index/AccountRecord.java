package dev.talea.index;

import static dev.talea.index.RecordLayout.*;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Side;
import java.nio.ByteBuffer;

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
record AccountRecord(Account account, int number, int assetNumber, int precision, int bookTag) {

  /** Length of the payload at most. */
  static int bytesMax(Account account) {
    return ACCOUNT_TEXTS + 3 * (account.id().path().length() + account.asset().length());
  }

  /** Encodes from offset 0 and leaves the position behind the last byte. */
  void encode(ByteBuffer to, long at) {
    byte[] path = Bytes.utf8(account.id().path());
    byte[] asset = Bytes.utf8(account.asset());
    Int128 minBalance = account.minBalance();
    int flags = account.normalSide() == null ? 0 : FLAG_NORMAL_SIDE;
    flags |= account.normalSide() == Side.CREDIT ? FLAG_NORMAL_CREDIT : 0;
    flags |= minBalance == null ? 0 : FLAG_MIN_BALANCE;
    RecordHead.put(to, ACCOUNT_OPENED, flags, at);
    to.putInt(ACCOUNT_NUMBER_U32, number);
    to.putInt(ACCOUNT_ASSET_NUMBER_U32, assetNumber);
    to.putInt(ACCOUNT_BOOK_TAG_U32, bookTag);
    to.put(ACCOUNT_KIND_U8, (byte) code(account.kind()));
    to.put(ACCOUNT_PRECISION_U8, (byte) precision);
    to.putShort(ACCOUNT_PATH_LENGTH_U16, (short) path.length);
    to.putShort(ACCOUNT_ASSET_LENGTH_U16, (short) asset.length);
    to.putShort(ACCOUNT_RESERVED_U16, (short) 0);
    Bytes.int128(to, ACCOUNT_MIN_BALANCE_I128, minBalance == null ? Int128.ZERO : minBalance);
    to.position(ACCOUNT_TEXTS);
    to.put(path).put(asset);
  }

  static AccountRecord decode(LedgerRecord record) {
    ByteBuffer from =
        record.payload(ACCOUNT_TEXTS, FLAG_NORMAL_SIDE | FLAG_NORMAL_CREDIT | FLAG_MIN_BALANCE);
    int pathLength = Bytes.u16(from, ACCOUNT_PATH_LENGTH_U16);
    int assetLength = Bytes.u16(from, ACCOUNT_ASSET_LENGTH_U16);
    record.checkLength(ACCOUNT_TEXTS + pathLength + assetLength);
    Side normalSide = record.flag(FLAG_NORMAL_CREDIT) ? Side.CREDIT : Side.DEBIT;
    Account account =
        new Account(
            new AccountId(record.book, Bytes.text(from, ACCOUNT_TEXTS, pathLength)),
            Bytes.text(from, ACCOUNT_TEXTS + pathLength, assetLength),
            kind(record, Bytes.u8(from, ACCOUNT_KIND_U8)),
            record.flag(FLAG_NORMAL_SIDE) ? normalSide : null,
            record.flag(FLAG_MIN_BALANCE) ? Bytes.int128(from, ACCOUNT_MIN_BALANCE_I128) : null);
    return new AccountRecord(
        account,
        from.getInt(ACCOUNT_NUMBER_U32),
        from.getInt(ACCOUNT_ASSET_NUMBER_U32),
        Bytes.u8(from, ACCOUNT_PRECISION_U8),
        from.getInt(ACCOUNT_BOOK_TAG_U32));
  }

  private static int code(AccountKind kind) {
    return switch (kind) {
      case ASSET -> 1;
      case LIABILITY -> 2;
      case INCOME -> 3;
      case EXPENSE -> 4;
      case EQUITY -> 5;
      case CLEARING -> 6;
    };
  }

  private static AccountKind kind(LedgerRecord record, int code) {
    return switch (code) {
      case 1 -> AccountKind.ASSET;
      case 2 -> AccountKind.LIABILITY;
      case 3 -> AccountKind.INCOME;
      case 4 -> AccountKind.EXPENSE;
      case 5 -> AccountKind.EQUITY;
      case 6 -> AccountKind.CLEARING;
      default -> throw record.broken("has unknown account kind " + code);
    };
  }
}
