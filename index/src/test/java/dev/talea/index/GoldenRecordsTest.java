// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.Int128;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.log.LogCursor;
import dev.talea.log.LogEnvironment;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.NioDisk;
import dev.talea.log.disk.SystemLogEnvironment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The format is a promise to files that exist: these bytes are what version 2 writes, and what
 * every later version must be able to read. If this test fails, either the change was not meant to
 * touch the format, or it needs a new version and a reader for this one.
 *
 * <p>Positions count too: a segment's header takes 4,096 bytes, a block's 128, a record's 24. Each
 * record here is a block of its own.
 */
class GoldenRecordsTest {
  private static final String BOOK = "shop";
  private static final Instant OCCURRED = Instant.ofEpochSecond(1_767_225_599, 999_999_999);

  @TempDir private Path directory;

  @BeforeEach
  void writeTheLedger() {
    LogEnvironment environment =
        SystemLogEnvironment.create()
            .withClock(new ManualClock(0x0006_4756_d858_4240L))
            .withRandom(() -> 0x1234_5678_9abc_def0L);
    try (LogLedgerStore store =
        LogLedgerStore.open(directory, LogStoreSettings.DEFAULTS, environment, Runnable::run)) {
      store.registerAsset(new Asset("EUR", AssetClass.FIAT, 2, "Euro")).join();
      AssetClass token = new AssetClass.Crypto("eth", "0x");
      store.registerAsset(new Asset("USDC", token, 18, "coin")).join();
      store.registerAsset(new Asset("ETH", new AssetClass.Crypto("eth", null), 18, "é")).join();

      store.openAccount(account("till", "EUR", AccountKind.ASSET, Side.DEBIT, null)).join();
      Int128 floor = Int128.of(-2);
      store.openAccount(account("sales", "EUR", AccountKind.INCOME, Side.CREDIT, floor)).join();
      store.openAccount(account("wei", "ETH", AccountKind.CLEARING, null, null)).join();

      post(store, "k1", null, till(5, Side.DEBIT), sales(5, Side.CREDIT));
      post(store, "k2", OCCURRED, till(3, Side.DEBIT), till(1, Side.CREDIT), sales(2, Side.CREDIT));
      post(
          store,
          "k3",
          null,
          new Posting("wei", Int128.MAX, "ETH", Side.CREDIT),
          new Posting("wei", Int128.MAX, "ETH", Side.DEBIT),
          till(1, Side.DEBIT),
          sales(1, Side.CREDIT));
    }
  }

  private static Account account(
      String path, String asset, AccountKind kind, @Nullable Side side, @Nullable Int128 floor) {
    return new Account(new AccountId(BOOK, path), asset, kind, side, floor);
  }

  private static Posting till(long minor, Side side) {
    return new Posting("till", Int128.of(minor), "EUR", side);
  }

  private static Posting sales(long minor, Side side) {
    return new Posting("sales", Int128.of(minor), "EUR", side);
  }

  private static void post(
      LogLedgerStore store, String key, @Nullable Instant occurredAt, Posting... postings) {
    boolean extras = occurredAt != null;
    TransactionDraft draft =
        new TransactionDraft(
            BOOK,
            key,
            List.of(postings),
            extras ? List.of(new ExternalRef("bank", "№7"), new ExternalRef("", "")) : List.of(),
            extras ? new JsonText("{\"a\":1.0}") : null,
            occurredAt);
    store.commit(BOOK, List.of(draft), false).join().get(0).orThrow();
  }

  /** Type, version, flags, precision; at; four lengths; id, name, network, native id. */
  @Test
  void assetRegistrations() {
    assertRecords(
        "_system",
        List.of(
            "01 02 0000 02000000 404258d856470600 0300 0400 0000 0000 455552 4575726f |",
            "01 02 0300 12000000 414258d856470600 0400 0400 0300 0200 55534443 636f696e 657468 3078 |",
            "01 02 0100 12000000 424258d856470600 0300 0200 0300 0000 455448 c3a9 657468 |"));
  }

  /**
   * Line by line as in the drawing of the format: the head, the id, the lengths; each posting and
   * each totals line; the key; the refs; the metadata. Behind the bar is the local part: the tag of
   * the book, or the links of each posting and each totals line.
   */
  @Test
  void openingsAndTransactions() {
    assertRecords(
        BOOK,
        List.of(
            "02 02 0100 00000000 404258d856470600 00000000 00000000 01 02 0400 0300 0000 "
                + "00000000000000000000000000000000 74696c6c 455552 | f0debc1a",
            "02 02 0700 01000000 414258d856470600 00000000 00000000 03 02 0500 0300 0000 "
                + "feffffffffffffffffffffffffffffff 73616c6573 455552 | f0debc1a",
            "02 02 0000 02000000 424258d856470600 01000000 00000000 06 12 0300 0300 0000 "
                + "00000000000000000000000000000000 776569 455448 | f0debc1a",
            "03 02 0000 0200 0100 434258d856470600 "
                + "019b7a95979e74669abcdef000000004 "
                + "0000000000000000 00000000 0200 0000 00000000 00000000 "
                + "00000000 00000000 0100000000000000 0500000000000000 0500000000000000 "
                + "01000000 00000000 0100000000000080 0500000000000000 fbffffffffffffff "
                + "00000000 00000000 0100000000000000 0500000000000000 0500000000000000 "
                + "6b31 | "
                + "0000000000000000 0000000000000000 "
                + "0000000000000000 0000000000000000 "
                + "0000000000000000 0000000000000000",
            "03 02 0c00 0300 0100 444258d856470600 "
                + "019b7a95979e746a9abcdef000000005 "
                + "ffb8556900000000 ffc99a3b 0200 0200 10000000 09000000 "
                + "00000000 00000000 0200000000000000 0300000000000000 0700000000000000 "
                + "00000000 00000000 0300000000000080 0100000000000000 0700000000000000 "
                + "01000000 00000000 0200000000000080 0200000000000000 f9ffffffffffffff "
                + "00000000 00000000 0200000000000000 0800000000000000 0800000000000000 "
                + "6b32 "
                + "0400 0400 62616e6b e2849637 0000 0000 "
                + "7b2261223a312e307d | "
                + "0040980000000000 0040980000000000 "
                + "0080a30000000000 0000000000000000 "
                + "0140980000000000 0140980000000000 "
                + "0040980000000000 0040980000000000",
            "03 02 0300 0400 0200 454258d856470600 "
                + "019b7a95979e746e9abcdef000000006 "
                + "0000000000000000 00000000 0200 0000 00000000 00000000 "
                + "02000000 00000000 0100000000000080 "
                + "ffffffffffffffffffffffffffffff7f 00000000000000000000000000000000 "
                + "02000000 00000000 0200000000000000 "
                + "ffffffffffffffffffffffffffffff7f 00000000000000000000000000000000 "
                + "00000000 00000000 0400000000000000 "
                + "01000000000000000000000000000000 08000000000000000000000000000000 "
                + "01000000 00000000 0300000000000080 "
                + "01000000000000000000000000000000 f8ffffffffffffffffffffffffffffff "
                + "01000000 00000000 0100000000000000 "
                + "ffffffffffffffffffffffffffffff7f0000000000000000 "
                + "ffffffffffffffffffffffffffffff7f0000000000000000 "
                + "00000000 00000000 0300000000000000 "
                + "090000000000000000000000000000000000000000000000 "
                + "090000000000000000000000000000000000000000000000 "
                + "6b33 | "
                + "0000000000000000 0000000000000000 "
                + "0000b10000000000 0000b10000000000 "
                + "0180a30000000000 0180a30000000000 "
                + "0280a30000000000 0000000000000000 "
                + "0000000000000000 0000000000000000 "
                + "0080a30000000000 0000000000000000"));
  }

  private void assertRecords(String book, List<String> expected) {
    List<String> records = new ArrayList<>();
    LogCursor cursor = new LogFiles(directory, new NioDisk()).read(book).reader().cursor(1);
    while (cursor.next()) {
      ByteBuffer payload = cursor.payload();
      byte[] bytes = new byte[payload.remaining()];
      payload.get(bytes);
      String hex = HexFormat.of().formatHex(bytes);
      int bar = 2 * cursor.provenBytes();
      records.add(hex.substring(0, bar) + "|" + hex.substring(bar));
    }
    assertEquals(expected.stream().map(hex -> hex.replace(" ", "")).toList(), records);
  }
}
