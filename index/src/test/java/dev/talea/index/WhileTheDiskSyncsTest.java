package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static dev.talea.ledger.conformance.Drafts.moves;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.LedgerError.UnknownAccount;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.StoreReader;
import dev.talea.log.LogObserver;
import dev.talea.log.SystemLogEnvironment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What nobody sees before it is on disk, what the writer keeps afterwards, and whom it tells. */
class WhileTheDiskSyncsTest {
  private static final String BOOK = "b";
  private static final int ROOM_KEPT = 256;

  private final ExecutorService background = Executors.newSingleThreadExecutor();
  private final AtomicBoolean hold = new AtomicBoolean();
  private final CountDownLatch held = new CountDownLatch(1);
  private final CountDownLatch go = new CountDownLatch(1);
  @TempDir private Path directory;
  private LogLedgerStore store;

  @BeforeEach
  void open() {
    LogObserver observer =
        (name, nanos, bytes, records) -> {
          if (name.equals(BOOK) && hold.compareAndSet(true, false)) {
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
    hold.set(true);
    CompletableFuture<Void> opening = store.openAccount(account(BOOK, "new", "EUR"));
    await(held);
    AccountId account = new AccountId(BOOK, "new");
    assertUnknown(() -> store.balance(account, null));
    assertUnknown(() -> store.account(account));
    assertUnknown(() -> store.history(account, 0, 10, 1000));
    assertEquals(List.of("cash", "sales"), paths());
    assertEquals(2, requireNonNull(store.book(BOOK)).accounts());
    CompletableFuture<Void> same = store.openAccount(account(BOOK, "new", "EUR"));
    assertTrue(!same.isDone(), "the same opening is not acknowledged earlier than the first");
    go.countDown();
    opening.join();
    same.join();
    assertEquals(0, store.balance(account, null).effective().toLong());
    assertEquals(List.of("cash", "new", "sales"), paths());
    assertEquals(3, requireNonNull(store.book(BOOK)).accounts());
  }

  private List<String> paths() {
    return store.accounts(BOOK, "", null, 10).items().stream()
        .map(AccountView::account)
        .map(account -> account.id().path())
        .toList();
  }

  private static void assertUnknown(Executable call) {
    assertInstanceOf(
        UnknownAccount.class, LedgerErrors.of(assertThrows(LedgerException.class, call)));
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
  void whoeverWatchesDoesNotHoldTheWriterUp() throws Exception {
    CountDownLatch told = new CountDownLatch(1);
    List<StoreReader.Watch> watches = new ArrayList<>();
    watches.add(
        store.watch(
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
    watches.add(store.watch(BOOK, second::countDown));
    go.countDown();
    await(second);
    watches.forEach(StoreReader.Watch::close);
    assertNull(store.health().of(BOOK));
  }
}
