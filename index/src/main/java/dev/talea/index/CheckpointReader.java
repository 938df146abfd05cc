// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.index.derived.CheckpointFile.*;

import dev.talea.index.derived.DamagedFileException;
import dev.talea.index.derived.DerivedHeader;
import dev.talea.index.record.AccountRecord;
import dev.talea.index.record.Bytes;
import dev.talea.index.record.RecordLayout;
import dev.talea.index.record.RunningTotal;
import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Int128;
import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.log.LogReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads a checkpoint, whose every byte it has checked before it gives any away: either to restore a
 * book from it, or to take from it what has not changed since.
 *
 * <p>Belongs to one thread. Reads the file twice, in pieces, so that memory does not depend on its
 * length.
 */
final class CheckpointReader implements AutoCloseable {
  private static final int PIECE = 1 << 16;

  private final Path path;
  private final DiskFile file;
  private final DerivedHeader header;

  /** A piece of the body, from {@code position} to {@code limit}. */
  private final ByteBuffer piece = ByteBuffer.allocate(PIECE).order(ByteOrder.LITTLE_ENDIAN).flip();

  private long nextPiece = DerivedHeader.BYTES;
  private long accountsRead;

  // The account read last.
  private int pathLength;
  private int kind;
  private int flags;
  private int assetNumber;
  private long head;
  private long ordinal;
  private Int128 balance = Int128.ZERO;
  private Int128 minBalance = Int128.ZERO;

  private CheckpointReader(Path path, DiskFile file, DerivedHeader header) {
    this.path = path;
    this.file = file;
    this.header = header;
  }

  /**
   * Opens a checkpoint and checks all of it.
   *
   * @throws DamagedFileException if it is not a whole checkpoint of this log as it stands
   */
  static CheckpointReader open(Disk disk, Path path, LogReader log) throws IOException {
    DiskFile file = disk.openForReading(path);
    boolean opened = false;
    try {
      CheckpointReader reader =
          new CheckpointReader(path, file, DerivedHeader.read(file, path, MAGIC));
      reader.checkBody();
      reader.header.check(path, log);
      opened = true;
      return reader;
    } finally {
      if (!opened) {
        file.close();
      }
    }
  }

  private void checkBody() throws IOException {
    long length = header.fields()[FIELD_BODY_LENGTH];
    long due = DerivedHeader.BYTES + length;
    if (file.size() - DerivedHeader.BYTES != length) {
      throw new DamagedFileException(
          path,
          "has %d bytes behind its header, which names %d"
              .formatted(file.size() - DerivedHeader.BYTES, length),
          Math.max(file.size(), due));
    }
    CRC32C crc = new CRC32C();
    ByteBuffer bytes = ByteBuffer.allocate(PIECE);
    for (long at = 0; at < length; at += bytes.limit()) {
      bytes.clear();
      if (file.read(bytes, DerivedHeader.BYTES + at) == 0) {
        throw new DamagedFileException(path, "ends at byte " + at + " of its body", due);
      }
      crc.update(bytes.flip());
    }
    if (crc.getValue() != header.fields()[FIELD_BODY_CRC]) {
      throw new DamagedFileException(
          path,
          "the body has stored CRC %08x, computed %08x"
              .formatted(header.fields()[FIELD_BODY_CRC], crc.getValue()),
          due);
    }
  }

  /** The last seq the checkpoint covers. */
  long seq() {
    return header.seq();
  }

  int tag() {
    return (int) header.fields()[FIELD_TAG];
  }

  long accounts() {
    return header.fields()[FIELD_ACCOUNTS];
  }

  /** Puts the whole book into an empty state. */
  void restore(BookState state) throws IOException {
    state.tag = tag();
    readAssets(state.accounts);
    while (nextAccount()) {
      AssetEntry asset = state.accounts.assets()[assetNumber];
      AccountEntry entry = new AccountEntry(account(state.book, asset.id), accountNumber(), asset);
      entry.rawBalance(balance);
      entry.chain.restore(ordinal, head);
      state.accounts.add(entry);
    }
  }

  /** Passes over the assets, so that {@link #nextAccount} can begin. */
  void skipAssets() throws IOException {
    readAssets(null);
  }

  private void readAssets(@Nullable AccountTable to) throws IOException {
    for (long i = 0; i < header.fields()[FIELD_ASSETS]; i++) {
      need(ASSET_FIXED);
      int idLength = piece.getShort() & 0xFFFF;
      int precision = piece.get() & 0xFF;
      long assetHead = piece.getLong();
      long assetOrdinal = piece.getLong();
      RunningTotal debits = total();
      RunningTotal credits = total();
      String id = text(idLength);
      if (to != null) {
        AssetEntry asset = to.addAsset(id, precision);
        asset.debits.restore(debits);
        asset.credits.restore(credits);
        asset.chain.restore(assetOrdinal, assetHead);
      }
    }
  }

  private RunningTotal total() {
    RunningTotal total = Bytes.total(piece, piece.position());
    piece.position(piece.position() + 24);
    return total;
  }

  /** Reads the next account, in the order of their numbers; false if there is none. */
  boolean nextAccount() throws IOException {
    if (accountsRead == accounts()) {
      return false;
    }
    need(pathLength + ACCOUNT_FIXED + 16);
    piece.position(piece.position() + pathLength); // the path of the one before, if not wanted
    pathLength = piece.getShort() & 0xFFFF;
    kind = piece.get() & 0xFF;
    flags = piece.get() & 0xFF;
    assetNumber = piece.getInt();
    head = piece.getLong();
    ordinal = piece.getLong();
    balance = int128();
    if ((flags & RecordLayout.FLAG_MIN_BALANCE) != 0) {
      minBalance = int128();
    }
    accountsRead++;
    return true;
  }

  private int accountNumber() {
    return (int) accountsRead - 1;
  }

  private Int128 int128() {
    Int128 value = Bytes.int128(piece, piece.position());
    piece.position(piece.position() + 16);
    return value;
  }

  /** Definition of the account read last. Once only. */
  private Account account(String book, String asset) throws IOException {
    AccountId id = new AccountId(book, text(pathLength));
    pathLength = 0;
    AccountKind known = AccountRecord.kind(kind);
    if (known == null) {
      throw new DamagedFileException(path, "account " + accountNumber() + " is of kind " + kind);
    }
    return AccountRecord.definition(id, asset, known, flags, minBalance);
  }

  /** Head of the chain of the account read last. */
  long head() {
    return head;
  }

  /** Ordinal of that head. */
  long ordinal() {
    return ordinal;
  }

  /** Raw balance of the account read last. */
  Int128 balance() {
    return balance;
  }

  private String text(int length) throws IOException {
    need(length);
    byte[] bytes = new byte[length];
    piece.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Has this many bytes at hand if the file goes on so far. */
  private void need(int bytes) throws IOException {
    if (piece.remaining() >= bytes) {
      return;
    }
    piece.compact();
    nextPiece += file.read(piece, nextPiece);
    piece.flip();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
