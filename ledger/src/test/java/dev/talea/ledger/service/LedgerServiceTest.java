// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.service;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.draft;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.ForwardingStore;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.Internal;
import dev.talea.ledger.LedgerError.Overloaded;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Limits;
import dev.talea.ledger.Page;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.StoreReader;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.conformance.ForwardingReader;
import dev.talea.ledger.conformance.InMemoryStore;
import dev.talea.ledger.json.AssetJson;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LedgerServiceTest {
  private static final List<PostResult> ONE_TOO_MANY =
      List.of(new Refused(new Internal("1")), new Refused(new Internal("2")));

  /** What the write queue of a book answers, where it does not just post. */
  private interface Answer {
    CompletableFuture<List<PostResult>> get();
  }

  /** A store whose books can be told to fail. */
  private static final class Moody extends ForwardingStore {
    final List<String> committed = new ArrayList<>();
    final java.util.Map<String, Answer> moods = new java.util.HashMap<>();
    int limit;
    long afterSeq;

    Moody() {
      super(new InMemoryStore(() -> Instant.EPOCH));
    }

    @Override
    public String backend() {
      return "moody";
    }

    @Override
    public CompletableFuture<List<PostResult>> commit(
        String book, List<TransactionDraft> drafts, boolean atomic) {
      drafts.forEach(draft -> committed.add(book + " " + draft.idempotencyKey()));
      Answer mood = moods.get(book);
      return mood == null ? super.commit(book, drafts, atomic) : mood.get();
    }

    @Override
    public StoreReader reads() {
      return new ForwardingReader(super.reads()) {
        @Override
        public HistoryPage history(AccountId account, long after, int limitGiven, int bytesMax) {
          limit = limitGiven;
          afterSeq = after;
          return super.history(account, after, limitGiven, bytesMax);
        }
      };
    }
  }

  private final Moody store = new Moody();
  private final LedgerApi ledger = new LedgerService(store, Runnable::run);

  @BeforeEach
  void openTwoBooks() {
    ledger.registerAsset(fiat("USD")).join();
    for (String book : List.of("a", "b")) {
      ledger.openAccount(account(book, "x", "USD")).join();
      ledger.openAccount(account(book, "y", "USD")).join();
    }
  }

  private static TransactionDraft good(String book, String key) {
    return move(book, key, "x", "y", 1, "USD");
  }

  @Test
  void listingsEndAtAboutAMegabyte() {
    String text = "x".repeat(Limits.TEXT_BYTES_MAX);
    for (int i = 0; i < 600; i++) {
      ledger
          .registerAsset(
              new Asset("A%03d".formatted(i), new AssetClass.Crypto(text, text), 2, text))
          .join();
    }
    List<String> ids = new ArrayList<>();
    String after = null;
    int pages = 0;
    do {
      Page<Asset, String> page = ledger.assets(after, 1_000).join();
      int bytes = AssetJson.page(page).length;
      assertTrue(bytes < 1.1 * Limits.PAGE_BYTES_MAX, () -> bytes + " bytes");
      page.items().forEach(asset -> ids.add(asset.id()));
      after = page.next();
      pages++;
    } while (after != null);
    assertEquals(2, pages);
    assertEquals(601, ids.stream().distinct().count(), "with the one that was there");
  }

  @Test
  void aBatchIsSortedByBookAndTheAnswersBackIntoTheirPlaces() {
    List<PostResult> slots =
        ledger
            .postBatch(
                List.of(
                    good("a", "1"),
                    good("b", "2"),
                    draft("b", "3"),
                    good("a", "4"),
                    good("b", "5")))
            .join();
    assertEquals(List.of("a 1", "a 4", "b 2", "b 5"), store.committed);
    assertEquals(3, slots.get(0).orThrow().seq());
    assertEquals(3, slots.get(1).orThrow().seq());
    assertInstanceOf(Refused.class, slots.get(2));
    assertEquals(4, slots.get(3).orThrow().seq());
    assertEquals(4, slots.get(4).orThrow().seq());
    assertThrows(UnsupportedOperationException.class, () -> slots.clear());
  }

  @Test
  void aBookThatFailsFillsItsOwnSlotsAndNoOthers() {
    Overloaded full = new Overloaded(Overloaded.Limit.WRITE_QUEUE);
    List<Answer> answers =
        List.of(
            () -> CompletableFuture.failedFuture(new LedgerException(full)),
            () ->
                CompletableFuture.<List<PostResult>>failedFuture(
                        new LedgerException(new Unavailable("disk full")))
                    .thenApply(never -> never),
            () -> CompletableFuture.failedFuture(new IllegalStateException("a bug")),
            () -> {
              throw new IllegalStateException("closed");
            },
            () -> CompletableFuture.completedFuture(ONE_TOO_MANY));
    List<LedgerError> expected =
        List.of(
            full,
            new Unavailable("disk full"),
            new Internal(LedgerErrors.INTERNAL_MESSAGE),
            new Internal(LedgerErrors.INTERNAL_MESSAGE),
            new Internal(LedgerErrors.INTERNAL_MESSAGE));
    for (int i = 0; i < answers.size(); i++) {
      store.moods.put("b", answers.get(i));
      List<PostResult> slots =
          ledger
              .postBatch(
                  List.of(good("b", "1"), good("a", "k" + i), good("b", "2"), good("b", "3")))
              .join();
      Refused refused = new Refused(expected.get(i));
      assertEquals(refused, slots.get(0));
      assertInstanceOf(Posted.class, slots.get(1));
      assertEquals(refused, slots.get(2));
      assertEquals(refused, slots.get(3));
      CompletionException single =
          assertThrows(CompletionException.class, () -> ledger.post(good("b", "4")).join());
      assertEquals(expected.get(i), LedgerErrors.of(single));
    }
  }

  @Test
  void anAtomicBatchIsCheckedWholeBeforeTheStoreIsAsked() {
    CompletionException e =
        assertThrows(
            CompletionException.class,
            () -> ledger.postAtomically(List.of(good("a", "1"), draft("a", "2"))).join());
    assertEquals("invalid_draft", LedgerErrors.of(e).code());
    assertEquals(List.of(), store.committed);
    store.moods.put("a", () -> CompletableFuture.completedFuture(List.of()));
    e =
        assertThrows(
            CompletionException.class, () -> ledger.postAtomically(List.of(good("a", "1"))).join());
    assertEquals("internal", LedgerErrors.of(e).code());
  }

  @Test
  void refusedDraftsNeverReachTheStore() {
    assertTrue(ledger.post(draft("a", "1")).isCompletedExceptionally());
    assertTrue(ledger.registerAsset(fiat("")).isCompletedExceptionally());
    assertTrue(ledger.openAccount(account("_x", "a", "USD")).isCompletedExceptionally());
    assertEquals(List.of(), store.committed);
    assertEquals(1, store.reads().lastSeq("_system"));
  }

  @Test
  void whatTheStoreIsAskedForIsWithinItsBounds() {
    AccountId x = new AccountId("a", "x");
    ledger.history(x, -5, -1).join();
    assertEquals(1, store.limit);
    assertEquals(0, store.afterSeq);
    ledger.history(x, 7, Integer.MAX_VALUE).join();
    assertEquals(1_000, store.limit);
    assertEquals(7, store.afterSeq);
  }

  @Test
  void theAnswerIsFoundUnderTheWrappingsOfFutures() {
    LedgerException answer = new LedgerException(new LedgerError.Timeout());
    assertEquals(
        answer, LedgerErrors.unwrap(new CompletionException(new ExecutionException(answer))));
    assertEquals(new LedgerError.Timeout(), LedgerErrors.of(new CompletionException(answer)));
    assertEquals(
        new Internal(LedgerErrors.INTERNAL_MESSAGE),
        LedgerErrors.of(new CompletionException("no cause", null)));
    LedgerException blocked =
        assertThrows(LedgerException.class, () -> new BlockingLedger(ledger).post(draft("a", "1")));
    assertTrue(blocked.getStackTrace().length > 0, "the caller sees where it was thrown");
  }
}
