// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.Int128;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records are narrow while everything in them fits 64 bits; here it does, does not, does again. */
class WideAmountsTest {
  private static final String BOOK = "wei";
  private static final Int128 ONE = Int128.of(1);
  private static final Int128 LONG_MAX = Int128.of(Long.MAX_VALUE);
  private static final Int128 LONG_MIN = Int128.of(Long.MIN_VALUE);

  @TempDir private Path directory;
  private int keys;

  @Test
  void balancesCrossTheEdgeOf64BitsAndComeBack() {
    List<TransactionDraft> drafts = new ArrayList<>();
    for (Int128 amount : List.of(LONG_MAX, ONE, ONE, LONG_MAX, LONG_MAX, ONE)) {
      drafts.add(move("a", "b", amount));
    }
    for (Int128 amount : List.of(LONG_MAX, LONG_MAX, LONG_MAX, ONE, ONE, ONE, ONE)) {
      drafts.add(move("b", "a", amount));
    }
    drafts.add(move("a", "b", LONG_MIN.negated()));
    drafts.add(move("b", "a", LONG_MIN.negated()));
    check(drafts);
  }

  @Test
  void theLargestBalanceIsReachedAndTotalsOutgrow128Bits() {
    List<TransactionDraft> drafts = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      drafts.add(move("a", "b", Int128.MAX));
      drafts.add(move("b", "a", Int128.MAX));
      drafts.add(move("b", "a", Int128.MAX));
      drafts.add(move("a", "b", Int128.MAX));
    }
    check(drafts);
  }

  @Test
  void withinOneTransactionABalanceMayLeaveTheRangeOnTheWay() {
    TransactionDraft first = move("b", "a", ONE);
    TransactionDraft outAndBack =
        new TransactionDraft(
            BOOK,
            "out and back",
            List.of(
                new Posting("a", Int128.MAX, "ETH", Side.DEBIT),
                new Posting("a", Int128.MAX, "ETH", Side.CREDIT)),
            List.of(),
            null,
            null);
    check(List.of(first, outAndBack));
  }

  @Test
  void randomMovesOfAllSizesAddUp() {
    long seed = 7_2026;
    System.out.println("[talea] WideAmountsTest seed " + seed);
    Random random = new Random(seed);
    List<String> paths = List.of("a", "b", "c");
    List<TransactionDraft> drafts = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      int bits = 1 + random.nextInt(random.nextInt(10) == 0 ? 120 : 66);
      Int128 amount = Objects.requireNonNull(power(bits - 1).plus(Int128.of(random.nextInt(3))));
      drafts.add(move(paths.get(random.nextInt(3)), paths.get(random.nextInt(3)), amount));
    }
    check(drafts);
  }

  private static Int128 power(int bits) {
    return Objects.requireNonNull(Int128.of(BigInteger.ONE.shiftLeft(bits)));
  }

  private TransactionDraft move(String from, String to, Int128 amount) {
    return new TransactionDraft(
        BOOK,
        "key " + keys++,
        List.of(
            new Posting(to, amount, "ETH", Side.DEBIT),
            new Posting(from, amount, "ETH", Side.CREDIT)),
        List.of(),
        null,
        null);
  }

  /** Commits one by one, audits, opens again (which replays and compares all bytes), audits. */
  private void check(List<TransactionDraft> drafts) {
    List<Posted> receipts = new ArrayList<>();
    try (LogLedgerStore store = LogLedgerStore.open(directory, LogStoreSettings.DEFAULTS)) {
      store.registerAsset(fiat("ETH")).join();
      for (String path : List.of("a", "b", "c")) {
        store.openAccount(account(BOOK, path, "ETH")).join();
      }
      for (TransactionDraft draft : drafts) {
        receipts.add(store.commit(BOOK, List.of(draft), false).join().get(0).orThrow());
      }
      audit(store, drafts, receipts);
    }
    try (LogLedgerStore store = LogLedgerStore.open(directory, LogStoreSettings.DEFAULTS)) {
      audit(store, drafts, receipts);
      assertEquals(receipts.size() + 3, store.reads().lastSeq(BOOK));
      assertEquals(
          store.reads().balance(new AccountId(BOOK, "a"), null).effective(),
          store
              .reads()
              .balance(new AccountId(BOOK, "a"), receipts.get(receipts.size() - 1).at())
              .effective());
    }
  }

  private static void audit(
      LogLedgerStore store, List<TransactionDraft> drafts, List<Posted> receipts) {
    LedgerAudit audit = LedgerAudit.thorough(store.reads(), BOOK, 2, 50);
    for (int i = 0; i < drafts.size(); i++) {
      audit.holds(drafts.get(i), receipts.get(i));
    }
  }
}
