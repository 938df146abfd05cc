// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static dev.talea.ledger.conformance.Drafts.moves;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.LedgerError.UnknownAccount;
import dev.talea.ledger.LedgerError.UnknownAsset;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.StoreReader;
import dev.talea.log.LogObserver;
import dev.talea.log.disk.SystemLogEnvironment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What no reader sees before it is on disk, what the writer keeps afterwards, whom it tells. */
@Timeout(60)
class WhileTheDiskSyncsTest {
  private static final String BOOK = "b";
  private static final int ROOM_KEPT = 256;

  private final ExecutorService background = Executors.newSingleThreadExecutor();
  private final AtomicReference<String> hold = new AtomicReference<>("");
  private final CountDownLatch held = new CountDownLatch(1);
  private final CountDownLatch go = new CountDownLatch(1);
  @TempDir private Path directory;
  private LogLedgerStore store;

  @BeforeEach
  void open() {
    LogObserver observer =
        (name, nanos, bytes, records) -> {
          if (name.equals(hold.get())) {
            hold.set("");
            held.countDown();
            await(go);
          }
        };
    store =
        LogLedgerStore.open(
            directory,
            LogStoreSettings.DEFAULTS,
            SystemLogEnvironment.create().withObserver(observer),
            background);
    store.registerAsset(fiat("EUR")).join();
    store.openAccount(account(BOOK, "cash", "EUR")).join();
    store.openAccount(account(BOOK, "sales", "EUR")).join();
  }

  @AfterEach
  void close() {
    go.countDown();
    store.close();
    background.shutdownNow();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void anAccountIsSeenOnceItsOpeningIsOnDisk() {
    hold.set(BOOK);
    CompletableFuture<Void> opening = store.openAccount(account(BOOK, "new", "EUR"));
    await(held);
    AccountId account = new AccountId(BOOK, "new");
    assertUnknown(() -> store.reads().balance(account, null));
    assertUnknown(() -> store.reads().account(account));
    assertUnknown(() -> store.reads().history(account, 0, 10, 1000));
    assertEquals(List.of("cash", "sales"), paths());
    assertEquals(2, requireNonNull(store.reads().book(BOOK)).accounts());
    CompletableFuture<Void> same = store.openAccount(account(BOOK, "new", "EUR"));
    assertTrue(!same.isDone(), "the same opening is not acknowledged earlier than the first");
    go.countDown();
    opening.join();
    same.join();
    assertEquals(0, store.reads().balance(account, null).effective().toLong());
    assertEquals(List.of("cash", "new", "sales"), paths());
    assertEquals(3, requireNonNull(store.reads().book(BOOK)).accounts());
  }

  private List<String> paths() {
    return store.reads().accounts(BOOK, "", null, 10).items().stream()
        .map(AccountView::account)
        .map(account -> account.id().path())
        .toList();
  }

  private static void assertUnknown(Executable call) {
    assertInstanceOf(
        UnknownAccount.class, LedgerErrors.of(assertThrows(LedgerException.class, call)));
  }

  @Test
  void aTransactionIsFoundByItsKeyOnceItIsOnDisk() {
    hold.set(BOOK);
    CompletableFuture<List<PostResult>> posting = post("k");
    await(held);
    assertNull(store.reads().transactionByKey(BOOK, "k"));
    assertNull(store.reads().transactionByKey(BOOK, "other"));
    assertEquals(List.of(), store.reads().transactions(BOOK, 0, 10, 1000).items());
    CompletableFuture<List<PostResult>> same = post("k");
    assertFalse(same.isDone(), "the same key is not answered earlier than the first");
    go.countDown();
    Posted first = assertInstanceOf(Posted.class, posting.join().get(0));
    Posted second = assertInstanceOf(Posted.class, same.join().get(0));
    assertTrue(second.deduplicated());
    assertEquals(first.txId(), second.txId());
    assertEquals(first.txId(), requireNonNull(store.reads().transactionByKey(BOOK, "k")).txId());
  }

  private CompletableFuture<List<PostResult>> post(String key) {
    return store.commit(BOOK, List.of(move(BOOK, key, "sales", "cash", 1, "EUR")), false);
  }

  @Test
  void anAssetIsSeenOnceItsRegistrationIsOnDisk() {
    hold.set(RegistryBook.NAME);
    CompletableFuture<Void> registering = store.registerAsset(fiat("USD"));
    await(held);
    assertNull(store.reads().asset("USD"));
    assertEquals(List.of(fiat("EUR")), store.reads().assets(null, 10).items());
    CompletableFuture<Void> opening = store.openAccount(account(BOOK, "dollars", "USD"));
    assertInstanceOf(
        UnknownAsset.class,
        LedgerErrors.of(
            requireNonNull(assertThrows(CompletionException.class, opening::join).getCause())));
    CompletableFuture<Void> same = store.registerAsset(fiat("USD"));
    assertFalse(same.isDone(), "the same asset is not acknowledged earlier than the first");
    go.countDown();
    registering.join();
    same.join();
    assertEquals(fiat("USD"), store.reads().asset("USD"));
    store.openAccount(account(BOOK, "dollars", "USD")).join();
  }

  /** The writer's own list of assets is empty again when they are published. */
  @Test
  void theRegistryKeepsAnAssetOnce() {
    AssetRegistry registry = new AssetRegistry();
    for (String id : List.of("EUR", "USD")) {
      registry.accept(fiat(id));
      assertNull(registry.find(id));
      assertEquals(fiat(id), registry.findAccepted(id));
      assertTrue(registry.hasUnpublished());
      registry.publish();
      assertEquals(fiat(id), registry.find(id));
      assertEquals(fiat(id), registry.findAccepted(id));
      assertFalse(registry.hasUnpublished(), "it is kept twice");
    }
  }

  /** Neither with the number of groups nor with the largest of them. */
  @Test
  void theWriterKeepsNothingOfWhatIsDurable() {
    KnownKeys keys = requireNonNull(store.openBooks().find(BOOK)).state().keys;
    for (int i = 0; i < 50; i++) {
      store.commit(BOOK, moves(BOOK, i + " ", "sales", "cash", 40, "EUR"), false).join();
      assertTrue(keys.pendingRoom() <= ROOM_KEPT, "room for " + keys.pendingRoom());
    }
    store.commit(BOOK, moves(BOOK, "large ", "sales", "cash", 5000, "EUR"), false).join();
    assertTrue(keys.pendingRoom() <= ROOM_KEPT, "room for " + keys.pendingRoom());
    assertTrue(
        assertInstanceOf(
                Posted.class,
                store
                    .commit(BOOK, moves(BOOK, "large ", "sales", "cash", 1, "EUR"), false)
                    .join()
                    .get(0))
            .deduplicated());
  }

  /** However long those take who are told of an advance, the next commit does not wait for them. */
  @Test
  void aSlowWatcherDoesNotHoldTheWriterUp() throws Exception {
    CountDownLatch told = new CountDownLatch(1);
    List<StoreReader.Watch> watches = new ArrayList<>();
    watches.add(
        store
            .reads()
            .watch(
                BOOK,
                () -> {
                  told.countDown();
                  await(go);
                }));
    CountDownLatch second = new CountDownLatch(1);
    for (int i = 0; i < 20; i++) {
      store.commit(BOOK, List.of(move(BOOK, "k" + i, "sales", "cash", 1, "EUR")), false).join();
    }
    await(told);
    watches.add(store.reads().watch(BOOK, second::countDown));
    go.countDown();
    await(second);
    watches.forEach(StoreReader.Watch::close);
    assertNull(store.reads().health().of(BOOK));
  }
}
