// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Account;
import dev.talea.ledger.Asset;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.AccountOpened;
import dev.talea.ledger.Event.AssetRegistered;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.Int128;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerError.UnknownAccount;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.log.LogException;
import dev.talea.log.SimulatedDisk;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;

/**
 * A ledger's life with everything in it, told to a disk until that loses power: assets, accounts,
 * single posts, batches, atomic batches, several books at once, refusals, repetitions, wide
 * amounts, several segments, a clean stop, a second life. Remembers what was acknowledged, and can
 * hold a store opened afterwards against it.
 */
final class CrashStory {
  private static final List<Asset> ASSETS = List.of(fiat("EUR"), fiat("ETH"));
  private static final List<String> PATHS = List.of("cash", "sales", "fees", "vault");
  private static final List<String> BOOKS = List.of("a", "b", "книга / ..");
  private static final int PRECISION = 2;

  /** The disk has no power any more. */
  private static final class PowerGone extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private final Random random;
  private int keys;
  private final Map<String, TransactionDraft> submitted = new LinkedHashMap<>();
  private final Map<String, Posted> acknowledged = new HashMap<>();
  private final List<List<TransactionDraft>> atomic = new ArrayList<>();
  private final Set<String> refused = new HashSet<>();
  private final List<Asset> assets = new ArrayList<>();
  private final List<Account> accounts = new ArrayList<>();

  CrashStory(long seed) {
    this.random = new Random(seed);
  }

  /** Tells it; returns whether it got to the end. */
  boolean tell(SimulatedDisk disk) {
    try {
      try (LogLedgerStore store = SimulatedLedger.open(disk)) {
        firstLife(store);
      }
      try (LogLedgerStore store = SimulatedLedger.open(disk)) {
        secondLife(store);
      }
      return true;
    } catch (LogException | PowerGone e) {
      assertTrue(disk.isOff(), () -> "only a lost power may end the story: " + e);
      return false;
    }
  }

  private void firstLife(LogLedgerStore store) {
    register(store, ASSETS.get(0));
    openAccounts(store, "a", "EUR");
    post(store, draft("a"));
    post(store, draft("a"));
    register(store, ASSETS.get(0)); // again: nothing happens
    openAccounts(store, "b", "EUR");
    commit(store, drafts("b", 12), false);
    commit(store, drafts("a", 8), true);
    refuse(store, "a");
    everywhere(store, List.of("a", "b"));
    commit(store, drafts("a", 60), false); // several blocks
    again(store);
  }

  private void secondLife(LogLedgerStore store) {
    post(store, draft("a"));
    again(store);
    register(store, ASSETS.get(1));
    openAccounts(store, BOOKS.get(2), "ETH");
    commit(store, drafts(BOOKS.get(2), 10), true);
    everywhere(store, BOOKS);
    commit(store, drafts("a", 60), false); // over the end of a segment
    commit(store, drafts("a", 20), true);
    refuse(store, "b");
  }

  // ---- what happens in it

  private void register(LogLedgerStore store, Asset asset) {
    await(store.registerAsset(asset));
    assets.add(asset);
  }

  private void openAccounts(LogLedgerStore store, String book, String asset) {
    List<CompletableFuture<Void>> openings = new ArrayList<>();
    List<Account> opened = new ArrayList<>();
    for (String path : PATHS) {
      opened.add(account(book, path, asset));
      openings.add(store.openAccount(opened.get(opened.size() - 1)));
    }
    for (int i = 0; i < openings.size(); i++) {
      await(openings.get(i));
      accounts.add(opened.get(i));
    }
  }

  private void post(LogLedgerStore store, TransactionDraft draft) {
    commit(store, List.of(draft), false);
  }

  private void commit(LogLedgerStore store, List<TransactionDraft> drafts, boolean all) {
    if (all) {
      atomic.add(drafts);
    }
    note(drafts, store.commit(drafts.get(0).book(), drafts, all));
  }

  /** Requests of all kinds to several books at the same time. */
  private void everywhere(LogLedgerStore store, List<String> books) {
    List<List<TransactionDraft>> sent = new ArrayList<>();
    List<CompletableFuture<List<PostResult>>> answers = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      String book = books.get(i % books.size());
      List<TransactionDraft> drafts = drafts(book, 1 + i % 4);
      boolean all = i % 3 == 2;
      if (all) {
        atomic.add(drafts);
      }
      sent.add(drafts);
      answers.add(store.commit(book, drafts, all));
    }
    for (int i = 0; i < sent.size(); i++) {
      note(sent.get(i), answers.get(i));
    }
  }

  /** Drafts that are refused, alone and as part of a batch that is to be whole. */
  private void refuse(LogLedgerStore store, String book) {
    TransactionDraft bad = draft(book, "unknown");
    List<TransactionDraft> batch = new ArrayList<>(drafts(book, 3));
    batch.add(bad);
    batch.forEach(draft -> refused.add(draft.idempotencyKey()));
    for (PostResult slot : await(store.commit(book, batch, true))) {
      notPowerGone(slot);
      assertInstanceOf(UnknownAccount.class, ((Refused) slot).error());
    }
    PostResult alone = await(store.commit(book, List.of(bad), false)).get(0);
    notPowerGone(alone);
    assertInstanceOf(UnknownAccount.class, ((Refused) alone).error());
  }

  /** A draft that has been answered, once more. */
  private void again(LogLedgerStore store) {
    TransactionDraft draft = submitted.values().iterator().next();
    Posted first = acknowledged.get(draft.idempotencyKey());
    PostResult slot = await(store.commit(draft.book(), List.of(draft), false)).get(0);
    notPowerGone(slot);
    assertNotNull(first);
    assertEquals(new Posted(first.txId(), first.seq(), first.at(), true), slot);
  }

  private void note(List<TransactionDraft> drafts, CompletableFuture<List<PostResult>> answer) {
    List<PostResult> slots = await(answer);
    for (int i = 0; i < slots.size(); i++) {
      if (slots.get(i) instanceof Posted posted) {
        acknowledged.put(drafts.get(i).idempotencyKey(), posted);
      }
    }
    slots.forEach(CrashStory::notPowerGone);
    slots.forEach(slot -> assertInstanceOf(Posted.class, slot));
  }

  private static void notPowerGone(PostResult slot) {
    if (slot instanceof Refused refusal && refusal.error() instanceof Unavailable) {
      throw new PowerGone();
    }
  }

  private static <T> T await(CompletableFuture<T> answer) {
    try {
      return answer.join();
    } catch (CompletionException e) {
      if (LedgerErrors.of(e) instanceof Unavailable) {
        throw new PowerGone();
      }
      throw e;
    }
  }

  private List<TransactionDraft> drafts(String book, int count) {
    List<TransactionDraft> drafts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      drafts.add(draft(book));
    }
    return drafts;
  }

  private TransactionDraft draft(String book) {
    TransactionDraft draft = draft(book, PATHS.get(random.nextInt(PATHS.size())));
    submitted.put(draft.idempotencyKey(), draft);
    return draft;
  }

  private TransactionDraft draft(String book, String path) {
    String asset = book.equals(BOOKS.get(2)) ? "ETH" : "EUR";
    Int128 amount =
        random.nextInt(20) == 0
            ? Int128.ofParts(1 + random.nextInt(5), random.nextLong())
            : Int128.of(1 + random.nextInt(10_000));
    boolean extras = random.nextInt(4) == 0;
    return new TransactionDraft(
        book,
        "key " + keys++,
        List.of(
            new Posting("cash", amount, asset, Side.DEBIT),
            new Posting(path, amount, asset, Side.CREDIT)),
        extras ? List.of(new ExternalRef("bank", "№ " + random.nextInt())) : List.of(),
        extras ? new JsonText("\"" + "x".repeat(random.nextInt(2000)) + "\"") : null,
        null);
  }

  // ---- what must be true afterwards

  /** Holds a store against what was acknowledged. */
  void check(LogLedgerStore store, int moments) {
    List<Event> registered = LedgerAudit.events(store.reads(), "_system");
    assertEquals(registered.size(), store.reads().lastSeq("_system"));
    Set<Asset> found =
        registered.stream()
            .map(event -> ((AssetRegistered) event.payload()).asset())
            .collect(Collectors.toSet());
    assertTrue(found.containsAll(assets), () -> found + " of " + assets);
    for (String book : BOOKS) {
      check(book, store, moments);
    }
  }

  private void check(String book, LogLedgerStore store, int moments) {
    LedgerAudit audit =
        moments == 0
            ? LedgerAudit.of(store.reads(), book, PRECISION)
            : LedgerAudit.thorough(store.reads(), book, PRECISION, moments);
    List<Account> opened = new ArrayList<>();
    for (Event event : LedgerAudit.events(store.reads(), book)) {
      if (event.payload() instanceof AccountOpened account) {
        opened.add(account.account());
      } else {
        TransactionDraft draft = ((TransactionPosted) event.payload()).draft();
        assertEquals(submitted.get(draft.idempotencyKey()), draft, "this was never sent");
      }
    }
    accounts.stream()
        .filter(account -> account.id().book().equals(book))
        .forEach(account -> assertTrue(opened.contains(account), () -> "lost: " + account));
    acknowledged.forEach(
        (key, receipt) -> {
          TransactionDraft draft = Objects.requireNonNull(submitted.get(key));
          if (draft.book().equals(book)) {
            audit.holds(draft, receipt);
          }
        });
    for (List<TransactionDraft> batch : atomic) {
      if (batch.get(0).book().equals(book)) {
        long present =
            batch.stream().filter(d -> audit.byKey().containsKey(d.idempotencyKey())).count();
        assertTrue(present == 0 || present == batch.size(), "half of an atomic batch");
      }
    }
    refused.forEach(key -> assertNull(audit.byKey().get(key), "was refused, yet is there"));
  }

  /** What a client does that does not know what became of its calls. */
  void sendEverythingAgain(LogLedgerStore store) {
    ASSETS.forEach(asset -> store.registerAsset(asset).join());
    for (String book : BOOKS) {
      String asset = book.equals(BOOKS.get(2)) ? "ETH" : "EUR";
      PATHS.forEach(path -> store.openAccount(account(book, path, asset)).join());
    }
    Map<String, Event> before = new HashMap<>();
    BOOKS.forEach(book -> before.putAll(LedgerAudit.of(store.reads(), book, PRECISION).byKey()));
    Map<TransactionDraft, Posted> answers = new LinkedHashMap<>();
    for (TransactionDraft draft : submitted.values()) {
      if (!refused.contains(draft.idempotencyKey())) {
        PostResult result = store.commit(draft.book(), List.of(draft), false).join().get(0);
        Posted posted = assertInstanceOf(Posted.class, result);
        Event known = before.get(draft.idempotencyKey());
        assertEquals(known != null, posted.deduplicated());
        answers.put(draft, posted);
      }
    }
    check(store, 0);
    for (String book : BOOKS) {
      LedgerAudit audit = LedgerAudit.of(store.reads(), book, PRECISION);
      answers.forEach(
          (draft, posted) -> {
            if (draft.book().equals(book)) {
              audit.holds(draft, posted);
            }
          });
    }
  }
}
