// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.record;

import static dev.talea.index.record.RecordLayout.*;

import dev.talea.index.failure.BrokenRecordException;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.Int128;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.Side;
import dev.talea.log.LogReader;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads the record of a posted transaction, field by field and without copying: most readers want
 * one balance or one link out of it. {@code TransactionEncoder} writes it.
 *
 * <p>Immutable; see {@link LedgerRecord} for how long one made of a cursor is valid.
 */
public final class TransactionRecord {
  /** Metadata of this length may be the text null, which is no metadata. */
  private static final int JSON_NULL_BYTES = 4;

  private final LedgerRecord record;
  private final ByteBuffer bytes;
  private final int postings;
  private final int totals;
  private final int totalsAt;
  private final int keyAt;
  private final int keyLength;
  private final int refsAt;
  private final int refsLength;
  private final int metadataLength;
  private final int linksAt;

  public TransactionRecord(LedgerRecord record) {
    if (record.type() != TRANSACTION_POSTED) {
      throw record.broken("is of type " + record.type() + ", but a transaction was expected");
    }
    this.record = record;
    this.bytes = record.payload(TX_POSTINGS, TX_FLAGS);
    this.postings = Bytes.u16(bytes, TX_POSTING_COUNT_U16);
    this.totals = Bytes.u16(bytes, TX_TOTALS_COUNT_U16);
    this.totalsAt = TX_POSTINGS + postings * postingBytes();
    this.keyAt = totalsAt + totals * totalsBytes();
    this.keyLength = Bytes.u16(bytes, TX_KEY_LENGTH_U16);
    this.refsAt = keyAt + keyLength;
    this.refsLength = bytes.getInt(TX_REFS_LENGTH_U32);
    this.metadataLength = bytes.getInt(TX_METADATA_LENGTH_U32);
    if (refsLength < 0 || metadataLength < 0) {
      throw record.broken("has a part longer than any record");
    }
    long linksAt = (long) refsAt + refsLength + metadataLength;
    record.checkLength(linksAt + (long) LINK_BYTES * (postings + totals));
    this.linksAt = (int) linksAt;
  }

  /** Reads a transaction from the log. */
  public static TransactionRecord read(LogReader log, long position) {
    return new TransactionRecord(LedgerRecord.of(log.name(), log.record(position)));
  }

  public long seq() {
    return record.seq;
  }

  public long position() {
    return record.position;
  }

  /** Bytes in the log. */
  public int length() {
    return record.length();
  }

  public long at() {
    return record.at();
  }

  public UUID id() {
    return Bytes.uuid(bytes, TX_ID_16);
  }

  public int postings() {
    return postings;
  }

  int totals() {
    return totals;
  }

  /** Number of the account a posting belongs to. */
  public int account(int posting) {
    return owner(EntryKind.POSTING, posting);
  }

  public Side side(int posting) {
    boolean credit = bytes.getLong(entry(EntryKind.POSTING, posting) + ENTRY_ORDINAL_U63) < 0;
    return credit ? Side.CREDIT : Side.DEBIT;
  }

  public Int128 amount(int posting) {
    int offset = entry(EntryKind.POSTING, posting) + POSTING_AMOUNT;
    return widePostings() ? Bytes.int128(bytes, offset) : Int128.of(bytes.getLong(offset));
  }

  /** The same of one whose postings have 64 bits. */
  public long narrowAmount(int posting) {
    return bytes.getLong(entry(EntryKind.POSTING, posting) + POSTING_AMOUNT);
  }

  /** Raw balance of the posting's account after this transaction. */
  public Int128 balance(int posting) {
    int entry = entry(EntryKind.POSTING, posting);
    return widePostings()
        ? Bytes.int128(bytes, entry + WIDE_POSTING_BALANCE)
        : Int128.of(bytes.getLong(entry + NARROW_POSTING_BALANCE));
  }

  public RunningTotal debits(int line) {
    return total(line, TOTALS_DEBITS, TOTALS_DEBITS);
  }

  public RunningTotal credits(int line) {
    return total(line, NARROW_TOTALS_CREDITS, WIDE_TOTALS_CREDITS);
  }

  private RunningTotal total(int line, int narrowOffset, int wideOffset) {
    int entry = entry(EntryKind.TOTALS, line);
    return record.flag(FLAG_WIDE_TOTALS)
        ? Bytes.total(bytes, entry + wideOffset)
        : new RunningTotal(0, 0, bytes.getLong(entry + narrowOffset));
  }

  /** Number of the account, or asset, whose chain an entry belongs to. */
  int owner(EntryKind kind, int index) {
    return bytes.getInt(entry(kind, index) + ENTRY_OWNER_U32);
  }

  /** Place of an entry in its chain, from 1. */
  long ordinal(EntryKind kind, int index) {
    return bytes.getLong(entry(kind, index) + ENTRY_ORDINAL_U63) & ~CREDIT_BIT;
  }

  long previous(EntryKind kind, int index) {
    return bytes.getLong(link(kind, index) + LINK_PREVIOUS_U64);
  }

  long jump(EntryKind kind, int index) {
    return bytes.getLong(link(kind, index) + LINK_JUMP_U64);
  }

  private int link(EntryKind kind, int index) {
    checkIndex(kind, index);
    return linksAt + LINK_BYTES * (kind == EntryKind.POSTING ? index : postings + index);
  }

  private void checkIndex(EntryKind kind, int index) {
    int count = kind == EntryKind.POSTING ? postings : totals;
    if (index < 0 || index >= count) {
      throw broken("has " + count + " entries of kind " + kind + ", a link names number " + index);
    }
  }

  private int entry(EntryKind kind, int index) {
    checkIndex(kind, index);
    return kind == EntryKind.POSTING
        ? TX_POSTINGS + index * postingBytes()
        : totalsAt + index * totalsBytes();
  }

  private boolean widePostings() {
    return record.flag(FLAG_WIDE_POSTINGS);
  }

  private int postingBytes() {
    return widePostings() ? WIDE_POSTING_BYTES : NARROW_POSTING_BYTES;
  }

  private int totalsBytes() {
    return record.flag(FLAG_WIDE_TOTALS) ? WIDE_TOTALS_BYTES : NARROW_TOTALS_BYTES;
  }

  /** Its payload. */
  public ByteBuffer bytes() {
    return bytes;
  }

  /** Where in it the key lies. */
  public int keyAt() {
    return keyAt;
  }

  public int keyLength() {
    return keyLength;
  }

  public byte[] key() {
    return Bytes.bytes(bytes, keyAt, keyLength);
  }

  public String keyText() {
    return Bytes.text(bytes, keyAt, keyLength);
  }

  public boolean hasKey(byte[] key) {
    return keyLength == key.length
        && bytes.slice(keyAt, keyLength).mismatch(ByteBuffer.wrap(key)) < 0;
  }

  int refCount() {
    return Bytes.u16(bytes, TX_REF_COUNT_U16);
  }

  public List<ExternalRef> refs() {
    List<ExternalRef> refs = new ArrayList<>(refCount());
    int at = refsAt;
    int end = refsAt + refsLength;
    for (int i = 0; i < refCount(); i++) {
      int texts = at + REF_TEXTS;
      int kindLength = texts <= end ? Bytes.u16(bytes, at + REF_KIND_LENGTH_U16) : 0;
      int valueLength = texts <= end ? Bytes.u16(bytes, at + REF_VALUE_LENGTH_U16) : 0;
      at = texts + kindLength + valueLength;
      if (at > end) {
        throw broken("has an external ref " + i + " that does not fit its part");
      }
      refs.add(
          new ExternalRef(
              Bytes.text(bytes, texts, kindLength),
              Bytes.text(bytes, texts + kindLength, valueLength)));
    }
    if (at != end) {
      throw broken("has " + (end - at) + " bytes behind its last external ref");
    }
    return refs;
  }

  public @Nullable JsonText metadata() {
    return record.flag(FLAG_METADATA)
        ? new JsonText(Bytes.text(bytes, refsAt + refsLength, metadataLength))
        : null;
  }

  public @Nullable Instant occurredAt() {
    if (!record.flag(FLAG_OCCURRED_AT)) {
      return null;
    }
    long second = bytes.getLong(TX_OCCURRED_SECOND_I64);
    int nano = bytes.getInt(TX_OCCURRED_NANO_U32);
    if (second < Instant.MIN.getEpochSecond()
        || second > Instant.MAX.getEpochSecond()
        || nano < 0
        || nano > 999_999_999) {
      throw broken("has second " + second + ", nanosecond " + nano + ", which is no moment");
    }
    return Instant.ofEpochSecond(second, nano);
  }

  public int flags() {
    return Bytes.u16(bytes, FLAGS_U16);
  }

  /**
   * Whether its numbers have 64 bits and are of one asset, and its texts are in ASCII and lie as an
   * encoder lays them, so that they come out of decoding and encoding as they are.
   */
  public boolean isPlain() {
    return !widePostings()
        && !record.flag(FLAG_WIDE_TOTALS)
        && totals == 1
        && record.flag(FLAG_METADATA) == metadataLength > 0
        && metadataLength != JSON_NULL_BYTES
        && isPlainMoment()
        && arePlainRefs()
        && isAscii(keyAt, linksAt);
  }

  private boolean isPlainMoment() {
    return record.flag(FLAG_OCCURRED_AT)
        ? occurredAt() != null
        : (bytes.getLong(TX_OCCURRED_SECOND_I64) | bytes.getInt(TX_OCCURRED_NANO_U32)) == 0;
  }

  private boolean arePlainRefs() {
    int at = refsAt;
    int end = refsAt + refsLength;
    for (int i = refCount(); i > 0 && at + REF_TEXTS <= end; i--) {
      at +=
          Bytes.u16(bytes, at + REF_KIND_LENGTH_U16) + Bytes.u16(bytes, at + REF_VALUE_LENGTH_U16);
      at += REF_TEXTS;
      if (i == 1) {
        return at == end;
      }
    }
    return refCount() == 0 && refsLength == 0;
  }

  /** The lengths of refs lie among the texts; one of 128 or more takes the long way. */
  private boolean isAscii(int from, int to) {
    long seen = 0;
    int at = from;
    for (; at + Long.BYTES <= to; at += Long.BYTES) {
      seen |= bytes.getLong(at);
    }
    for (; at < to; at++) {
      seen |= bytes.get(at); // of a negative one all bits are set
    }
    return (seen & 0x8080_8080_8080_8080L) == 0;
  }

  /**
   * Copies all that the client chose but the postings, of a {@link #isPlain plain} one: moment,
   * key, refs and metadata, and how long they are.
   *
   * @param at where the texts are to lie
   * @return where they end
   */
  public int copyTexts(ByteBuffer to, int at) {
    to.put(
        TX_OCCURRED_SECOND_I64,
        bytes,
        TX_OCCURRED_SECOND_I64,
        TX_POSTINGS - TX_OCCURRED_SECOND_I64);
    to.put(at, bytes, keyAt, linksAt - keyAt);
    return at + linksAt - keyAt;
  }

  public BrokenRecordException broken(String what) {
    return record.broken(what);
  }
}
