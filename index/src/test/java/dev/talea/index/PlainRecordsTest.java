// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.index.failure.BrokenRecordException;
import dev.talea.index.keys.KeyHash;
import dev.talea.index.keys.SeenKeys;
import dev.talea.index.record.LedgerRecord;
import dev.talea.index.record.RecordLayout;
import dev.talea.index.record.TransactionRecord;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.Int128;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.log.LogCursor;
import dev.talea.log.LogReader;
import dev.talea.log.LogRecord;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.disk.LogFiles;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A plain record is one that replay need not decode: whatever is called one, its texts must come
 * out of decoding and encoding as they lie in it.
 */
class PlainRecordsTest {
  private static final long SEED = Long.getLong("talea.seed", 7);
  private static final String BOOK = "b";
  private static final KeyHash HASH = new KeyHash(1, 2);

  private final SimulatedDisk disk = new SimulatedDisk(1);
  private final Random random = new Random(SEED);
  private AccountTable accounts = new AccountTable(HASH);
  private final List<LogRecord> records = new ArrayList<>();

  @BeforeEach
  void writeABook() {
    try (LogLedgerStore store =
        LogLedgerStore.open(
            SimulatedLedger.DIRECTORY,
            SimulatedLedger.SETTINGS,
            SimulatedLedger.MAINTENANCE,
            SimulatedLedger.environment(disk),
            Runnable::run)) {
      store.registerAsset(fiat("EUR")).join();
      store.openAccount(account(BOOK, "cash", "EUR")).join();
      store.openAccount(account(BOOK, "sales", "EUR")).join();
      Instant moment = Instant.parse("2026-11-28T20:00:00.123456789Z");
      ExternalRef ref = new ExternalRef("bank", "line 17");
      post(store, "k", List.of(), null, null);
      post(store, "a longer key", List.of(ref), null, null);
      post(store, "key three", List.of(), "{\"a\":1}", null);
      post(store, "4", List.of(ref, new ExternalRef("k", "v")), "[1,2]", moment);
      post(store, "five", List.of(), null, moment);
      post(store, "clé", List.of(), null, null);
      post(store, "seven", List.of(), "12345", null);
    }
    LogReader log = new LogFiles(SimulatedLedger.DIRECTORY, disk).read(BOOK).found();
    BookState state = new BookState(log, disk, SimulatedLedger.DIRECTORY);
    BookReplay.run(state, log, 1, Long.MIN_VALUE, 0, SeenKeys.NONE);
    accounts = state.accounts;
    LogCursor cursor = log.cursor(3);
    while (cursor.next()) {
      records.add(log.record(cursor.position()));
    }
    assertEquals(7, records.size());
  }

  private static void post(
      LogLedgerStore store,
      String key,
      List<ExternalRef> refs,
      @Nullable String metadata,
      @Nullable Instant moment) {
    List<Posting> postings =
        List.of(
            new Posting("cash", Int128.of(5), "EUR", Side.DEBIT),
            new Posting("sales", Int128.of(5), "EUR", Side.CREDIT));
    JsonText json = metadata == null ? null : new JsonText(metadata);
    TransactionDraft draft = new TransactionDraft(BOOK, key, postings, refs, json, moment);
    store.commit(BOOK, List.of(draft), false).join().get(0).orThrow();
  }

  private static TransactionRecord record(LogRecord of, byte[] payload) {
    LogRecord forged = new LogRecord(of.seq(), of.position(), of.provenBytes(), payload, 0);
    return new TransactionRecord(LedgerRecord.of(BOOK, forged));
  }

  private static byte[] payload(LogRecord of) {
    byte[] payload = new byte[of.payload().remaining()];
    of.payload().get(payload);
    return payload;
  }

  @Test
  void whatIsUsualIsPlain() {
    for (int i = 0; i < records.size(); i++) {
      assertEquals(
          i != 5, record(records.get(i), payload(records.get(i))).isPlain(), "record " + i);
    }
  }

  /** The JSON value null is no metadata, so a record that says it has it is not as it should be. */
  @Test
  void noMetadataIsNotPlain() {
    byte[] payload = payload(records.get(6));
    TransactionRecord right = record(records.get(6), payload);
    int at = right.keyAt() + right.keyLength();
    ByteBuffer.wrap(payload)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(at, "null ".getBytes(StandardCharsets.US_ASCII));
    assertTrue(record(records.get(6), payload).isPlain());
    byte[] shorter = new byte[payload.length - 1];
    System.arraycopy(payload, 0, shorter, 0, at + 4);
    System.arraycopy(payload, at + 5, shorter, at + 4, payload.length - at - 5);
    shorter[RecordLayout.TX_METADATA_LENGTH_U32] = 4;
    LogRecord of = records.get(6);
    LogRecord forged = new LogRecord(of.seq(), of.position(), of.provenBytes() - 1, shorter, 0);
    assertFalse(new TransactionRecord(LedgerRecord.of(BOOK, forged)).isPlain());
  }

  @Test
  void aPlainRecordComesOutOfDecodingAndEncodingAsItIs() {
    int plain = 0;
    for (int round = 0; round < 100_000; round++) {
      LogRecord of = records.get(random.nextInt(records.size()));
      byte[] payload = payload(of);
      for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
        payload[random.nextInt(payload.length)] =
            (byte) (random.nextBoolean() ? random.nextInt(8) : random.nextInt(256));
      }
      try {
        TransactionRecord record = record(of, payload);
        if (record.isPlain()) {
          plain++;
          assertComesOut(record, payload, "seed " + SEED + ", round " + round);
        }
      } catch (BrokenRecordException e) {
        // which is no plain record either
      }
    }
    assertTrue(plain > 10_000, plain + " plain ones");
  }

  private void assertComesOut(TransactionRecord record, byte[] payload, String what) {
    TransactionDraft draft =
        new TransactionDraft(
            BOOK,
            record.keyText(),
            List.of(new Posting("cash", Int128.of(1), "EUR", Side.DEBIT)),
            record.refs(),
            record.metadata(),
            record.occurredAt());
    PreparedDraft prepared = PreparedDraft.of(draft, HASH, accounts);
    ByteBuffer encoded = ByteBuffer.allocate(payload.length).order(ByteOrder.LITTLE_ENDIAN);
    encoded.put(prepared.key()).put(prepared.refs());
    byte[] metadata = prepared.metadata();
    if (metadata != null) {
      encoded.put(metadata);
    }
    ByteBuffer copied = ByteBuffer.allocate(payload.length).order(ByteOrder.LITTLE_ENDIAN);
    int end = record.copyTexts(copied, record.keyAt());
    assertEquals(encoded.flip(), copied.slice(record.keyAt(), end - record.keyAt()), what);
    Instant moment = draft.occurredAt();
    assertEquals(
        moment == null ? 0 : moment.getEpochSecond(),
        copied.getLong(RecordLayout.TX_OCCURRED_SECOND_I64),
        what);
    assertEquals(
        moment == null ? 0 : moment.getNano(),
        copied.getInt(RecordLayout.TX_OCCURRED_NANO_U32),
        what);
    assertEquals(prepared.key().length, copied.getShort(RecordLayout.TX_KEY_LENGTH_U16), what);
    assertEquals(draft.externalRefs().size(), copied.getShort(RecordLayout.TX_REF_COUNT_U16), what);
    assertEquals(prepared.refs().length, copied.getInt(RecordLayout.TX_REFS_LENGTH_U32), what);
    assertEquals(
        metadata == null ? 0 : metadata.length,
        copied.getInt(RecordLayout.TX_METADATA_LENGTH_U32),
        what);
    assertEquals(
        prepared.keyHash(), HASH.of(record.bytes(), record.keyAt(), record.keyLength()), what);
  }
}
