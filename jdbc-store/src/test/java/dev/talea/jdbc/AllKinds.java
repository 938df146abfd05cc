// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.Event;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.Int128;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.LedgerStream.Happened;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.Store;
import dev.talea.ledger.StoreReader;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.conformance.Drafts;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A small ledger in which there is something of everything: each kind of account, of asset and of
 * event, groups, floors, large amounts, 253 decimals, names that are hard to bear, and a book
 * without transactions.
 */
public final class AllKinds {
  /** A book in which everything happens. */
  public static final String BOOK = "shop";

  /** One with transactions and a hostile name. */
  public static final String HOSTILE = "книга \u0301';\"\\ %1$s {}";

  /** One whose accounts are all there is; last in order. */
  public static final String ONLY_ACCOUNTS = "\ud83d\ude00 only accounts";

  private AllKinds() {}

  /** Tells all of it. */
  public static void tell(Store store) {
    store.registerAsset(Drafts.fiat("EUR")).join();
    store
        .registerAsset(new Asset("E\"';1", new AssetClass.Crypto("net", "id\\"), 253, "x\ty"))
        .join();
    store.registerAsset(new Asset("JPY", AssetClass.FIAT, 0, "円")).join();
    String hostile = "::a;b\"'\\ \u200d\ud83d\ude00 =1,%";
    int number = 0;
    for (AccountKind kind : AccountKind.values()) {
      Side side = number % 3 == 0 ? null : number % 2 == 0 ? Side.DEBIT : Side.CREDIT;
      open(store, BOOK, "kind:" + kind.word(), "EUR", kind, side, null);
      number++;
    }
    Int128 floor = Objects.requireNonNull(Int128.parse("-" + "9".repeat(38)));
    open(store, BOOK, hostile, "E\"';1", AccountKind.ASSET, null, null);
    open(store, BOOK, "floored", "E\"';1", AccountKind.LIABILITY, Side.CREDIT, floor);
    open(store, BOOK, "never used", "JPY", AccountKind.EQUITY, Side.DEBIT, Int128.of(-7));
    for (String path : List.of("p", "q")) {
      open(store, HOSTILE, path, "EUR", AccountKind.CLEARING, null, null);
      open(store, ONLY_ACCOUNTS, path + hostile, "JPY", AccountKind.ASSET, null, null);
    }
    Int128 large = Objects.requireNonNull(Int128.of(BigInteger.ONE.shiftLeft(120)));
    List<TransactionDraft> group = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      group.add(
          new TransactionDraft(
              BOOK,
              "large '" + i + "' \ud83d\ude00",
              List.of(
                  new Posting(hostile, large, "E\"';1", Side.DEBIT),
                  new Posting("floored", large, "E\"';1", Side.CREDIT),
                  Drafts.debit("kind:asset", 1 + i, "EUR"),
                  Drafts.credit("kind:liability", 1 + i, "EUR")),
              List.of(new ExternalRef("invoice", "2026/" + hostile), new ExternalRef("", "")),
              i == 0 ? null : new JsonText("{\"a: b\":[1.50,\"; x:y\",null]}"),
              i == 2 ? null : Instant.parse("0000-01-01T00:00:00.000000001Z")));
    }
    posted(store, BOOK, group);
    posted(store, BOOK, List.of(Drafts.move(BOOK, "k", "kind:income", "kind:expense", 5, "EUR")));
    open(store, BOOK, "late", "EUR", AccountKind.ASSET, null, Int128.ZERO);
    // One account twice in one transaction, and back again.
    posted(
        store,
        BOOK,
        List.of(
            Drafts.draft(
                BOOK,
                "twice",
                Drafts.debit("late", 3, "EUR"),
                Drafts.debit("late", 4, "EUR"),
                Drafts.credit("kind:equity", 7, "EUR"))));
    posted(store, HOSTILE, Drafts.moves(HOSTILE, "k", "p", "q", 4, "EUR"));
    posted(store, HOSTILE, List.of(large()));
    store.registerAsset(Drafts.fiat("late")).join();
  }

  /** A draft that is too large to be fetched along with others. */
  private static TransactionDraft large() {
    TransactionDraft draft = Drafts.move(HOSTILE, "large", "p", "q", 1, "EUR");
    String metadata = "{\"text\":\"" + "x".repeat(SqlHistory.DRAFT_BYTES_MAX) + "\"}";
    return Drafts.withExtras(draft, List.of(), metadata, null);
  }

  private static void open(
      Store store,
      String book,
      String path,
      String asset,
      AccountKind kind,
      @Nullable Side side,
      @Nullable Int128 floor) {
    store.openAccount(new Account(new AccountId(book, path), asset, kind, side, floor)).join();
  }

  private static void posted(Store store, String book, List<TransactionDraft> drafts) {
    for (PostResult result : store.commit(book, drafts, true).join()) {
      if (!(result instanceof Posted)) {
        throw new IllegalStateException(result.toString());
      }
    }
  }

  /** Everything that happened, in the order in which it is exported. */
  public static List<Happened> events(StoreReader reads) {
    List<Happened> all = new ArrayList<>();
    reads
        .cut()
        .seqs()
        .forEach(
            (book, seq) -> {
              long after = 0;
              while (after < seq) {
                for (Event event : reads.events(book, after, seq, 1_000, 1 << 20)) {
                  all.add(new Happened(book, event));
                  after = event.seq();
                }
              }
            });
    all.sort((a, b) -> Boolean.compare(!a.book().equals("_system"), !b.book().equals("_system")));
    return all;
  }
}
