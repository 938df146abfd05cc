// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.index.derived.CheckpointFile.*;

import dev.talea.index.derived.DerivedHeader;
import dev.talea.index.record.AccountRecord;
import dev.talea.index.record.Bytes;
import dev.talea.index.record.Chain;
import dev.talea.index.record.ChainReader;
import dev.talea.index.record.EntryKind;
import dev.talea.index.record.Ref;
import dev.talea.index.record.RunningTotal;
import dev.talea.ledger.Account;
import dev.talea.ledger.Int128;
import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.log.LogReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Writes a checkpoint of a book while its writer goes on: looks at what readers may see, and walks
 * each chain back to where it was at the seq of the checkpoint. So the writer neither stops nor
 * copies anything, and what is written is made of durable records only. What has not changed since
 * the checkpoint before is taken from there.
 *
 * <p>Belongs to one thread, for one file.
 */
final class CheckpointWriter {
  private static final int BUFFER_BYTES = 1 << 16;

  private final LogReader log;
  private final AccountTable table;
  private final long seq;
  private final DiskFile file;
  private final CRC32C crc = new CRC32C();
  private final ByteBuffer buffer =
      ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private long length;
  private long syncedLength;

  private CheckpointWriter(LogReader log, AccountTable table, long seq, DiskFile file) {
    this.log = log;
    this.table = table;
    this.seq = seq;
    this.file = file;
  }

  /**
   * What a checkpoint is to cover.
   *
   * @param seq the last record, durable
   * @param assets how many there were then
   * @param accounts how many there were then
   */
  record Extent(long seq, int assets, int accounts) {}

  /**
   * Writes a checkpoint and gives it its name once it is whole.
   *
   * @param earlier an earlier checkpoint, just opened, or null
   */
  static Path write(
      Disk disk,
      Path folder,
      LogReader log,
      AccountTable table,
      int tag,
      Extent extent,
      @Nullable CheckpointReader earlier)
      throws IOException {
    Path temporary = temporary(folder);
    disk.deleteIfExists(temporary);
    try (DiskFile file = disk.create(temporary)) {
      CheckpointWriter writer = new CheckpointWriter(log, table, extent.seq(), file);
      writer.assets(extent.assets());
      writer.accounts(extent.accounts(), earlier);
      writer.flush();
      long[] fields = new long[DerivedHeader.FIELDS];
      fields[FIELD_TAG] = tag;
      fields[FIELD_ASSETS] = extent.assets();
      fields[FIELD_ACCOUNTS] = extent.accounts();
      fields[FIELD_BODY_LENGTH] = writer.length;
      fields[FIELD_BODY_CRC] = writer.crc.getValue();
      DerivedHeader header =
          new DerivedHeader(MAGIC, log.id(), 1, log.anchor(extent.seq()), fields);
      file.write(header.encode(), 0);
      if (writer.length >= DerivedHeader.SYNCED_FROM_BYTES) {
        file.force(true);
      }
    }
    Path target = path(folder, extent.seq());
    disk.rename(temporary, target);
    return target;
  }

  private void assets(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      AssetEntry asset = table.assets()[i];
      byte[] id = Bytes.utf8(asset.id);
      room(ASSET_FIXED + id.length);
      buffer.putShort((short) id.length).put((byte) asset.precision);
      ChainReader newest = newest(EntryKind.TOTALS, i, asset.chain.head());
      buffer.putLong(newest == null ? Ref.NONE : newest.ref());
      buffer.putLong(newest == null ? 0 : newest.ordinal());
      total(newest == null ? RunningTotal.ZERO : newest.record().debits(newest.index()));
      total(newest == null ? RunningTotal.ZERO : newest.record().credits(newest.index()));
      buffer.put(id);
    }
  }

  private void total(RunningTotal total) {
    Bytes.total(buffer, buffer.position(), total);
    buffer.position(buffer.position() + 24);
  }

  private void accounts(int count, @Nullable CheckpointReader earlier) throws IOException {
    if (earlier != null) {
      earlier.skipAssets();
    }
    for (int i = 0; i < count; i++) {
      AccountEntry entry = table.numbered(i);
      if (entry == null) {
        throw new IllegalStateException(
            "account " + i + " of " + count + " of " + log.name() + " is missing");
      }
      boolean known = earlier != null && earlier.nextAccount();
      long head = entry.chain.head();
      if (known && earlier != null && head == earlier.head()) {
        account(entry, head, earlier.ordinal(), earlier.balance());
      } else {
        ChainReader newest = newest(EntryKind.POSTING, i, head);
        if (newest == null) {
          account(entry, Ref.NONE, 0, Int128.ZERO);
        } else {
          account(entry, newest.ref(), newest.ordinal(), newest.record().balance(newest.index()));
        }
      }
    }
  }

  /** The newest entry of a chain at the checkpoint, or null if there was none. */
  private @Nullable ChainReader newest(EntryKind kind, int owner, long head) {
    if (head == Ref.NONE || head == Chain.HIDDEN) {
      return null;
    }
    ChainReader reader = new ChainReader(log, kind, owner, head);
    return reader.backTo((recordSeq, at) -> recordSeq <= seq) ? reader : null;
  }

  private void account(AccountEntry entry, long head, long ordinal, Int128 balance)
      throws IOException {
    Account account = entry.definition();
    Int128 minBalance = account.minBalance();
    byte[] path = Bytes.utf8(account.id().path());
    room(ACCOUNT_FIXED + 16 + path.length);
    buffer.putShort((short) path.length);
    buffer.put((byte) AccountRecord.code(account.kind())).put((byte) AccountRecord.flags(account));
    buffer.putInt(entry.asset.number).putLong(head).putLong(ordinal);
    int128(balance);
    if (minBalance != null) {
      int128(minBalance);
    }
    buffer.put(path);
  }

  private void int128(Int128 value) {
    Bytes.int128(buffer, buffer.position(), value);
    buffer.position(buffer.position() + 16);
  }

  private void room(int bytes) throws IOException {
    if (buffer.remaining() < bytes) {
      flush();
    }
  }

  private void flush() throws IOException {
    buffer.flip();
    crc.update(buffer.duplicate());
    int bytes = buffer.remaining();
    file.write(buffer, DerivedHeader.BYTES + length);
    length += bytes;
    buffer.clear();
    if (length - syncedLength >= DerivedHeader.SYNCED_EVERY_BYTES) {
      file.force(false);
      syncedLength = length;
    }
  }
}
