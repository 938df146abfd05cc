// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.index.record.RecordLayout.*;

import dev.talea.index.record.Bytes;
import dev.talea.index.record.Chain;
import dev.talea.index.record.ChainReader;
import dev.talea.index.record.EntryKind;
import dev.talea.index.record.RecordHead;
import dev.talea.index.record.Ref;
import dev.talea.index.record.TransactionRecord;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.rules.PostingRules.Accepted;
import dev.talea.log.LogReader;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Applies an accepted transaction to the state of its book and encodes it in one go, because the
 * record is the state: balances, totals and links after the transaction. The writer uses it to
 * write, and replay uses it to find out what should have been written. {@link TransactionRecord}
 * reads the result.
 *
 * <p>Owned by the book's writer. Deterministic: nothing but its arguments and the state goes in.
 */
final class TransactionEncoder {
  private final LogReader log;
  private final Unpublished unpublished;

  /** A list that has held more is not kept for the next transaction. */
  private static final int ASSETS_KEPT = 64;

  private List<AssetEntry> touched = new ArrayList<>();

  /**
   * @param log where the roots of restored chains are read
   */
  TransactionEncoder(LogReader log, Unpublished unpublished) {
    this.log = log;
    this.unpublished = unpublished;
  }

  /**
   * Reads what the chains of an account need in order to grow, if they were restored from a
   * checkpoint and have not grown since. To be called before {@link #apply}, which must not fail
   * half-way: this reads the log, and changes nothing that readers see.
   */
  void readRoots(AccountEntry account) {
    readRoots(EntryKind.POSTING, account.number, account.chain);
    readRoots(EntryKind.TOTALS, account.asset.number, account.asset.chain);
  }

  private void readRoots(EntryKind kind, int owner, Chain chain) {
    if (chain.lacksRoots()) {
      chain.roots(ChainReader.roots(log, kind, owner, chain.newest()));
    }
  }

  /** Encodes from offset 0 and leaves the position behind the last byte. */
  void apply(
      PreparedDraft prepared,
      Accepted<AccountEntry> accepted,
      UUID id,
      long at,
      long seq,
      long position,
      ByteBuffer to) {
    List<Posting> postings = prepared.draft().postings();
    boolean widePostings = addUp(postings, accepted, seq);
    boolean wideTotals = false;
    for (AssetEntry asset : touched) {
      wideTotals |= !asset.debits.fitsLong() || !asset.credits.fitsLong();
    }
    byte[] metadata = prepared.metadata();
    Instant occurredAt = prepared.draft().occurredAt();

    int flags = widePostings ? FLAG_WIDE_POSTINGS : 0;
    flags |= wideTotals ? FLAG_WIDE_TOTALS : 0;
    flags |= metadata == null ? 0 : FLAG_METADATA;
    flags |= occurredAt == null ? 0 : FLAG_OCCURRED_AT;
    RecordHead.put(to, TRANSACTION_POSTED, flags, at);
    to.putShort(TX_POSTING_COUNT_U16, (short) postings.size());
    to.putShort(TX_TOTALS_COUNT_U16, (short) touched.size());
    Bytes.uuid(to, TX_ID_16, id);
    to.putLong(TX_OCCURRED_SECOND_I64, occurredAt == null ? 0 : occurredAt.getEpochSecond());
    to.putInt(TX_OCCURRED_NANO_U32, occurredAt == null ? 0 : occurredAt.getNano());
    to.putShort(TX_KEY_LENGTH_U16, (short) prepared.key().length);
    to.putShort(TX_REF_COUNT_U16, (short) prepared.draft().externalRefs().size());
    to.putInt(TX_REFS_LENGTH_U32, prepared.refs().length);
    to.putInt(TX_METADATA_LENGTH_U32, metadata == null ? 0 : metadata.length);

    int totalsAt =
        TX_POSTINGS + postings.size() * (widePostings ? WIDE_POSTING_BYTES : NARROW_POSTING_BYTES);
    to.position(totalsAt + touched.size() * (wideTotals ? WIDE_TOTALS_BYTES : NARROW_TOTALS_BYTES));
    to.put(prepared.key()).put(prepared.refs());
    if (metadata != null) {
      to.put(metadata);
    }
    int linksAt = to.position();
    putPostings(postings, accepted, widePostings, position, linksAt, to);
    int totalsLinksAt = linksAt + postings.size() * LINK_BYTES;
    putTotals(wideTotals, position, totalsAt, totalsLinksAt, to);
    to.position(totalsLinksAt + touched.size() * LINK_BYTES);
    if (touched.size() > ASSETS_KEPT) {
      touched = new ArrayList<>();
    }
  }

  /**
   * The same for one whose numbers all fit 64 bits, as far as its numbers go: its texts are taken
   * from a record in which they lie as they should.
   */
  void apply(
      NarrowTransaction transaction,
      TransactionRecord texts,
      UUID id,
      long at,
      long position,
      ByteBuffer to) {
    int postings = transaction.postings();
    AssetEntry asset = transaction.asset();
    asset.debits.addNarrow(transaction.debits());
    asset.credits.addNarrow(transaction.debits());
    RecordHead.put(to, TRANSACTION_POSTED, texts.flags(), at);
    to.putShort(TX_POSTING_COUNT_U16, (short) postings);
    to.putShort(TX_TOTALS_COUNT_U16, (short) 1);
    Bytes.uuid(to, TX_ID_16, id);
    int totalsAt = TX_POSTINGS + postings * NARROW_POSTING_BYTES;
    int linksAt = texts.copyTexts(to, totalsAt + NARROW_TOTALS_BYTES);
    for (int i = 0; i < postings; i++) {
      AccountEntry account = transaction.account(i);
      account.narrowBalance(transaction.balanceAfter(i));
      long change = transaction.change(i);
      int offset = TX_POSTINGS + i * NARROW_POSTING_BYTES;
      long creditBit = change < 0 ? CREDIT_BIT : 0;
      putEntry(account.number, account.chain, Ref.of(position, i), creditBit, offset, to);
      putLink(account.chain, linksAt + i * LINK_BYTES, to);
      to.putLong(offset + POSTING_AMOUNT, Math.abs(change));
      to.putLong(offset + NARROW_POSTING_BALANCE, account.narrowBalance());
    }
    int totalsLinkAt = linksAt + postings * LINK_BYTES;
    putEntry(asset.number, asset.chain, Ref.of(position, 0), 0, totalsAt, to);
    putLink(asset.chain, totalsLinkAt, to);
    to.putLong(totalsAt + TOTALS_DEBITS, asset.debits.low());
    to.putLong(totalsAt + NARROW_TOTALS_CREDITS, asset.credits.low());
    to.position(totalsLinkAt + LINK_BYTES);
  }

  /**
   * Brings balances and totals up to date and collects the assets touched, in order of appearance.
   *
   * @return whether any amount or balance needs more than 64 bits
   */
  private boolean addUp(List<Posting> postings, Accepted<AccountEntry> accepted, long seq) {
    touched.clear();
    boolean wide = false;
    for (int i = 0; i < postings.size(); i++) {
      Posting posting = postings.get(i);
      AccountEntry account = accepted.accounts().get(i);
      Int128 balance = accepted.balancesAfter().get(i);
      account.rawBalance(balance);
      AssetEntry asset = account.asset;
      if (asset.touchedBySeq != seq) {
        asset.touchedBySeq = seq;
        touched.add(asset);
      }
      if (posting.direction() == Side.DEBIT) {
        asset.debits.add(posting.minor());
      } else {
        asset.credits.add(posting.minor());
      }
      wide |= !posting.minor().fitsLong() || !balance.fitsLong();
    }
    return wide;
  }

  private void putPostings(
      List<Posting> postings,
      Accepted<AccountEntry> accepted,
      boolean wide,
      long position,
      int linksAt,
      ByteBuffer to) {
    int offset = TX_POSTINGS;
    for (int i = 0; i < postings.size(); i++) {
      Posting posting = postings.get(i);
      AccountEntry account = accepted.accounts().get(i);
      long creditBit = posting.direction() == Side.CREDIT ? CREDIT_BIT : 0;
      putEntry(account.number, account.chain, Ref.of(position, i), creditBit, offset, to);
      putLink(account.chain, linksAt + i * LINK_BYTES, to);
      if (wide) {
        Bytes.int128(to, offset + POSTING_AMOUNT, posting.minor());
        Bytes.int128(to, offset + WIDE_POSTING_BALANCE, account.rawBalance());
        offset += WIDE_POSTING_BYTES;
      } else {
        to.putLong(offset + POSTING_AMOUNT, posting.minor().toLong());
        to.putLong(offset + NARROW_POSTING_BALANCE, account.narrowBalance());
        offset += NARROW_POSTING_BYTES;
      }
    }
  }

  private void putTotals(boolean wide, long position, int from, int linksAt, ByteBuffer to) {
    int offset = from;
    for (int i = 0; i < touched.size(); i++) {
      AssetEntry asset = touched.get(i);
      putEntry(asset.number, asset.chain, Ref.of(position, i), 0, offset, to);
      putLink(asset.chain, linksAt + i * LINK_BYTES, to);
      if (wide) {
        Bytes.total(to, offset + TOTALS_DEBITS, asset.debits.value());
        Bytes.total(to, offset + WIDE_TOTALS_CREDITS, asset.credits.value());
        offset += WIDE_TOTALS_BYTES;
      } else {
        to.putLong(offset + TOTALS_DEBITS, asset.debits.low());
        to.putLong(offset + NARROW_TOTALS_CREDITS, asset.credits.low());
        offset += NARROW_TOTALS_BYTES;
      }
    }
  }

  private void putEntry(
      int owner, Chain chain, long ref, long creditBit, int offset, ByteBuffer to) {
    unpublished.add(chain);
    chain.append(ref);
    to.putInt(offset + ENTRY_OWNER_U32, owner);
    to.putInt(offset + ENTRY_RESERVED_U32, 0);
    to.putLong(offset + ENTRY_ORDINAL_U63, chain.ordinal() | creditBit);
  }

  private static void putLink(Chain chain, int offset, ByteBuffer to) {
    to.putLong(offset + LINK_PREVIOUS_U64, chain.previous());
    to.putLong(offset + LINK_JUMP_U64, chain.jump());
  }
}
