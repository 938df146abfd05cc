// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.index.failure.BrokenRecordException;
import dev.talea.index.keys.KeyFiles;
import dev.talea.index.keys.KeyHash;
import dev.talea.index.keys.KeyIndex;
import dev.talea.index.keys.ReplayedKeys;
import dev.talea.index.record.AccountRecord;
import dev.talea.index.record.TransactionRecord;
import dev.talea.ledger.Account;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TxId;
import dev.talea.ledger.rules.GroupRules;
import dev.talea.ledger.rules.GroupRules.Earlier;
import dev.talea.ledger.rules.PostingRules.Accepted;
import dev.talea.log.Disk;
import dev.talea.log.LogReader;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What one book knows beyond its log: accounts, assets, keys, and how a record changes them. The
 * writer changes it one accepted request at a time, replay one record at a time, through the same
 * methods.
 *
 * <p>Owned by the book's writer (before there is one, by the thread that opens the book, which may
 * lend the keys: {@link ReplayedKeys}); readers use {@link #accounts} as it says there.
 */
final class BookState implements GroupRules.Book<PreparedDraft, AccountEntry> {
  final String book;
  final AccountTable accounts;
  final KnownKeys keys;

  /** See {@link TxId}. */
  int tag;

  /** Exchanged, before there is a writer, if a book is opened anew while it is being read. */
  OpenGroup group = new OpenGroup();

  private final Unpublished unpublished = new Unpublished();
  private final TransactionEncoder encoder;
  private CheckpointWriter.Extent extent = new CheckpointWriter.Extent(0, 0, 0);

  /**
   * @param log where durable records are read back from
   * @param disk and {@code folder}: where the log lies, and files of keys beside it
   */
  BookState(LogReader log, Disk disk, Path folder) {
    KeyHash hash = KeyHash.of(log);
    this.book = log.name();
    this.accounts = new AccountTable(hash);
    this.encoder = new TransactionEncoder(log, unpublished);
    KeyIndex index = new KeyIndex(book, new KeyFiles(disk, folder, log, hash));
    this.keys = new KnownKeys(log, accounts, hash, index);
  }

  @Override
  public TransactionDraft said(PreparedDraft draft) {
    return draft.draft();
  }

  @Override
  public @Nullable Earlier earlier(PreparedDraft draft) {
    return keys.earlier(draft);
  }

  @Override
  public @Nullable List<AccountEntry> found(PreparedDraft draft) {
    return draft.accounts();
  }

  @Override
  public @Nullable AccountEntry find(String path) {
    return accounts.find(path);
  }

  /**
   * Opens an account that does not exist yet.
   *
   * @param precision of its asset; a book keeps what it was told first
   * @param to gets the record's payload, from offset 0 to its position
   */
  void open(Account account, int precision, long at, ByteBuffer to) {
    AssetEntry asset = accounts.asset(account.asset());
    if (asset == null) {
      asset = accounts.addAsset(account.asset(), precision);
      unpublished.add(asset.chain);
    }
    AccountEntry entry =
        new AccountEntry(accounts.sharingNames(account, asset), accounts.size(), asset);
    accounts.add(entry);
    unpublished.add(entry.chain);
    new AccountRecord(account, entry.number, asset.number, asset.precision, tag).encode(to, at);
  }

  /**
   * Reads from the log what posting to these accounts takes. When it throws, nothing has changed;
   * {@link #post} does not read.
   *
   * @throws dev.talea.log.LogException if the log cannot be read there
   * @throws BrokenRecordException if what is there cannot be
   */
  @Override
  public void prepare(List<AccountEntry> of) {
    for (int i = 0; i < of.size(); i++) {
      encoder.readRoots(of.get(i));
    }
  }

  /** The same for the accounts of a transaction. */
  void prepare(NarrowTransaction transaction) {
    for (int i = 0; i < transaction.postings(); i++) {
      encoder.readRoots(transaction.account(i));
    }
  }

  /**
   * Posts a transaction that the rules have accepted, to accounts that have been {@link #prepare
   * prepared}. Its key is for the caller to note.
   *
   * @param to gets the record's payload, from offset 0 to its position
   * @return the transaction's id
   */
  UUID post(
      PreparedDraft draft,
      Accepted<AccountEntry> accepted,
      long at,
      long seq,
      long position,
      ByteBuffer to) {
    UUID id = TxId.of(at, tag, seq);
    encoder.apply(draft, accepted, id, at, seq, position, to);
    return id;
  }

  /**
   * Posts a transaction again that lies in the log, to accounts that have been {@link #prepare
   * prepared}.
   *
   * @param to gets the record's payload, as it should be
   */
  void post(
      NarrowTransaction transaction,
      TransactionRecord texts,
      long at,
      long seq,
      long position,
      ByteBuffer to) {
    encoder.apply(transaction, texts, TxId.of(at, tag, seq), at, position, to);
  }

  /** Whether anything was accepted since the last {@link #publish}. */
  boolean hasUnpublished() {
    return unpublished.any();
  }

  /**
   * Shows readers everything so far; it must be on disk.
   *
   * @param seq the last durable record
   */
  void publish(long seq) {
    unpublished.publish();
    keys.publish();
    extent = new CheckpointWriter.Extent(seq, accounts.assets().length, accounts.size());
  }

  /** Everything durable has been read, from a checkpoint or from the log. */
  void opened(long lastSeq) {
    keys.opened();
    publish(lastSeq);
  }

  /** The last record that readers have been shown. */
  long publishedSeq() {
    return extent.seq();
  }

  /** What a checkpoint of what readers have been shown is to cover. */
  CheckpointWriter.Extent extent() {
    return extent;
  }
}
