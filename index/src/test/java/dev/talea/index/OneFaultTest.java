// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.index.derived.CheckpointFile;
import dev.talea.index.keys.KeyIndex;
import dev.talea.index.keys.KeyRunLayout;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Outage.Cause;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TxId;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.SimulatedDisk.Fault;
import dev.talea.log.SimulatedDisk.Operation;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** One record, one file, one book that cannot be read is the trouble of the call that needs it. */
@Tag("slow")
class OneFaultTest {
  private static final String BOOK = "main";
  private static final Path FOLDER = SimulatedLedger.DIRECTORY.resolve("books").resolve(BOOK);
  private static final int POSTS = 900;

  private SimulatedDisk disk = new SimulatedDisk(1);
  private LogLedgerStore store = open(disk);
  private final List<Posted> receipts = new ArrayList<>();

  @BeforeEach
  void writeABook() {
    store.registerAsset(fiat("EUR")).join();
    for (String book : List.of(BOOK, "other")) {
      store.openAccount(account(book, "cash", "EUR")).join();
      store.openAccount(account(book, "sales", "EUR")).join();
    }
    for (int i = 0; i < POSTS; i += 50) {
      List<TransactionDraft> drafts = new ArrayList<>();
      for (int j = i; j < i + 50; j++) {
        drafts.add(move(BOOK, "key " + j, "sales", "cash", 1, "EUR"));
      }
      store
          .commit(BOOK, drafts, false)
          .join()
          .forEach(result -> receipts.add(assertInstanceOf(Posted.class, result)));
    }
    store.close();
    disk = disk.afterProcessDeath();
    store = open(disk);
    assertEquals(POSTS, balance());
  }

  /** Without mappings, so that every read of a segment asks the disk. */
  private static LogLedgerStore open(SimulatedDisk disk) {
    return SimulatedLedger.open(disk, SimulatedLedger.SETTINGS.withMappedSegmentsMax(0));
  }

  @AfterEach
  void close() {
    disk.setFault(Fault.NONE);
    store.close();
  }

  @Test
  void aDamagedRecordFailsOnlyWhoAsksForIt() {
    Path sealed = SimulatedLedger.segment(BOOK, 1);
    disk.flipBit(sealed, find(disk.content(sealed), "key 10"), 0);
    for (int i = 0; i < 3; i++) {
      assertUnavailable(post("key 10"));
      assertInstanceOf(Posted.class, post("new " + i));
      assertUnavailable(postAtomically("new too " + i, "key 10"));
      assertTrue(assertInstanceOf(Posted.class, post("key 11")).deduplicated());
    }
    assertNull(store.reads().health().of(BOOK), "the book takes writes");
    assertEquals(POSTS + 3, balance());
    reopen();
    assertUnavailable(post("key 10"));
    assertInstanceOf(Posted.class, post("after"));
  }

  @Test
  void aShortageWhileAnOldRecordIsLookedAtHeals() {
    disk.setFault(readingFails(name -> name.endsWith(".log")));
    assertUnavailable(post("key 10"));
    assertUnavailable(postAtomically("a", "key 10"));
    disk.setFault(Fault.NONE);
    assertTrue(assertInstanceOf(Posted.class, post("key 10")).deduplicated());
    assertEquals(POSTS + 1, assertInstanceOf(Posted.class, post("a")).seq() - 2);
    audit();
  }

  /** The first post to an account after an opening reads what its chain needs to grow. */
  @Test
  void soDoesOneWhileTheChainOfAnAccountIsReadAndNothingIsChangedByIt() {
    for (String path : List.of("early 1", "early 2")) {
      store.openAccount(account(BOOK, path, "EUR")).join();
    }
    for (int i = 0; i < 20; i++) {
      assertInstanceOf(Posted.class, early("early " + i));
    }
    int denied = 0;
    for (int allowed = 0; allowed < 30; allowed++) {
      for (int i = 0; i < 30; i++) { // so that the next checkpoint is behind what comes before
        assertInstanceOf(Posted.class, post("between " + allowed + " " + i));
      }
      reopen();
      long before = earlyBalance();
      int reads = allowed;
      AtomicInteger seen = new AtomicInteger();
      disk.setFault(
          (operation, file) ->
              operation == Operation.OPEN_FOR_READING
                      && file.startsWith(FOLDER)
                      && file.toString().endsWith(".log")
                      && seen.incrementAndGet() > reads
                  ? new IOException("Too many open files (injected)")
                  : null);
      PostResult result = early("first " + allowed);
      disk.setFault(Fault.NONE);
      if (result instanceof Refused) {
        denied++;
        assertUnavailable(result);
        assertEquals(before, earlyBalance());
        assertFalse(assertInstanceOf(Posted.class, early("first " + allowed)).deduplicated());
      }
      assertEquals(before + 1, earlyBalance());
    }
    assertTrue(denied > 0 && denied < 30, "a read was denied at " + denied + " places");
    audit();
  }

  private PostResult early(String key) {
    return store
        .commit(BOOK, List.of(move(BOOK, key, "early 1", "early 2", 1, "EUR")), false)
        .join()
        .get(0);
  }

  private long earlyBalance() {
    return store.reads().balance(new AccountId(BOOK, "early 2"), null).effective().toLong();
  }

  @Test
  void aFileOfKeysThatCannotBeReadIsKeptAndNotReadIntoMemory() throws IOException {
    List<String> files = keyFiles();
    assertFalse(files.isEmpty());
    KeyIndex keys = mainBook().state().keys.index();
    keys.unmapUnused();
    keys.unmapUnused();
    assertEquals(0, keys.mapped());
    int inMemory = keys.size();
    disk.setFault(readingFails(KeyRunLayout::isName));
    assertUnavailable(post("new"));
    assertUnavailable(post("key 500"));
    assertThrows(LedgerException.class, () -> store.reads().transactionByKey(BOOK, "key 500"));
    assertTrue(keyFiles().containsAll(files), "an I/O error is not damage");
    assertEquals(inMemory, keys.size(), "no key has come into memory");
    disk.setFault(Fault.NONE);
    assertTrue(assertInstanceOf(Posted.class, post("key 500")).deduplicated());
    assertFalse(assertInstanceOf(Posted.class, post("new")).deduplicated());
    audit();
  }

  /** Where Java closes a file because of an interrupt, wherever in the question that is. */
  @Test
  void aReaderThatIsInterruptedInTheMiddleGetsItsAnswer() throws IOException {
    List<String> files = keyFiles();
    KeyIndex keys = mainBook().state().keys.index();
    int inMemory = keys.size();
    Thread reader = Thread.currentThread();
    int interrupts = 0;
    for (int allowed = 0; allowed < 20; allowed++) {
      keys.unmapUnused();
      keys.unmapUnused();
      AtomicInteger seen = new AtomicInteger();
      int from = allowed;
      disk.setFault(
          (operation, file) -> {
            boolean hit =
                operation == Operation.OPEN_FOR_READING
                    && Thread.currentThread() == reader
                    && seen.getAndIncrement() >= from
                    && seen.get() <= from + 3;
            if (!hit) {
              return null;
            }
            reader.interrupt();
            return new ClosedByInterruptException();
          });
      assertEquals(
          receipts.get(10).txId(),
          requireNonNull(store.reads().transactionByKey(BOOK, "key 10")).txId());
      disk.setFault(Fault.NONE);
      interrupts += Thread.interrupted() ? 1 : 0;
    }
    // Each file of keys is opened once; how many there are depends on how far merging is.
    assertTrue(interrupts > 0 && interrupts < 20, "interrupted at " + interrupts + " places");
    assertEquals(files, keyFiles());
    assertEquals(inMemory, keys.size());
    assertFalse(assertInstanceOf(Posted.class, post("new")).deduplicated());
    audit();
  }

  /** Real damage, and no room to make the file again: the answer has to wait. */
  @Test
  void aDamagedFileOfKeysIsMadeAgainWhenThereIsRoom() throws IOException {
    for (String name : keyFiles()) {
      int length = disk.content(FOLDER.resolve(name)).length;
      for (int at = 4096; at < length; at += 64) {
        disk.flipBit(FOLDER.resolve(name), at + 5L, 0);
      }
    }
    disk.setFault(
        (operation, file) ->
            operation == Operation.CREATE ? new IOException("No room (injected)") : null);
    assertUnavailable(post("key 500"));
    disk.setFault(Fault.NONE);
    assertTrue(assertInstanceOf(Posted.class, post("key 500")).deduplicated());
    audit();
  }

  @Test
  void keysWhoseFilesCannotBeMergedAreCountedOnce() {
    disk.setFault(
        (operation, file) ->
            operation == Operation.DELETE && KeyRunLayout.isName(file.getFileName().toString())
                ? new IOException("not now (injected)")
                : null);
    for (int i = 0; i < 200; i++) {
      assertInstanceOf(Posted.class, post("more " + i));
    }
    AtomicInteger created = new AtomicInteger();
    disk.setFault(
        (operation, file) -> {
          if (operation == Operation.CREATE && file.endsWith("keys.tmp")) {
            created.incrementAndGet();
          }
          return null;
        });
    for (int i = 0; i < 100; i++) {
      assertInstanceOf(Posted.class, post("healed " + i));
    }
    assertTrue(created.get() < 60, created + " files of keys for 100 posts");
    audit();
  }

  @Test
  void anUnknownTransactionIsUnknownAlthoughAnotherBookIsDamaged() throws IOException {
    store.commit("other", List.of(move("other", "o", "sales", "cash", 1, "EUR")), false).join();
    int otherTag = requireNonNull(store.openBooks().find("other")).state().tag;
    int ownTag = mainBook().state().tag;
    store.close();
    disk = disk.afterProcessDeath();
    for (String name : disk.list(FOLDER)) {
      if (CheckpointFile.isName(name)) {
        disk.deleteIfExists(FOLDER.resolve(name));
      }
    }
    Path sealed = SimulatedLedger.segment(BOOK, 1);
    disk.flipBit(sealed, find(disk.content(sealed), "key 10"), 0);
    store = open(disk);
    assertEquals(Cause.DAMAGE, requireNonNull(store.reads().health().of(BOOK)).cause());
    long at = 1_700_000_000_000_000L;
    UUID unknown = TxId.of(at, otherTag, 77);
    assertNull(store.reads().transaction(unknown));
    assertThrows(LedgerException.class, () -> store.reads().transaction(TxId.of(at, ownTag, 77)));
    assertThrows(LedgerException.class, () -> store.reads().transaction(receipts.get(0).txId()));

    // If the first record cannot be read either, nothing is known of its ids.
    store.close();
    disk = disk.afterProcessDeath();
    disk.flipBit(sealed, find(disk.content(sealed), "cash"), 0);
    store = open(disk);
    assertThrows(LedgerException.class, () -> store.reads().transaction(unknown));
  }

  /** Whatever opening one book throws, the others are opened. */
  @Test
  void anErrorOutOfOpeningOneBookClosesThatOne() {
    for (Error thrown :
        List.of(new StackOverflowError("injected"), new InternalError("injected"))) {
      store.close();
      disk = disk.afterProcessDeath();
      disk.setFault(
          (operation, file) -> {
            if (operation == Operation.OPEN_FOR_READING && file.startsWith(FOLDER)) {
              throw thrown;
            }
            return null;
          });
      store = open(disk);
      disk.setFault(Fault.NONE);
      assertEquals(Cause.DAMAGE, requireNonNull(store.reads().health().of(BOOK)).cause());
      assertNotNull(requireNonNull(store.reads().book(BOOK)).unavailable());
      assertUnavailable(() -> store.reads().balance(new AccountId(BOOK, "cash"), null));
      store.commit("other", List.of(move("other", "o", "sales", "cash", 1, "EUR")), false).join();
    }
  }

  private static Fault readingFails(Predicate<String> names) {
    return (operation, file) ->
        operation == Operation.OPEN_FOR_READING
                && file.startsWith(FOLDER)
                && names.test(file.getFileName().toString())
            ? new IOException("Too many open files (injected)")
            : null;
  }

  private List<String> keyFiles() throws IOException {
    return disk.list(FOLDER).stream().filter(KeyRunLayout::isName).toList();
  }

  private Book mainBook() {
    return requireNonNull(store.openBooks().find(BOOK));
  }

  private void reopen() {
    store.close();
    disk = disk.afterProcessDeath();
    store = open(disk);
  }

  private void audit() {
    reopen();
    LedgerAudit.thorough(store.reads(), BOOK, 2, 5);
  }

  private PostResult post(String key) {
    return store
        .commit(BOOK, List.of(move(BOOK, key, "sales", "cash", 1, "EUR")), false)
        .join()
        .get(0);
  }

  private PostResult postAtomically(String first, String second) {
    return store
        .commit(
            BOOK,
            List.of(
                move(BOOK, first, "sales", "cash", 1, "EUR"),
                move(BOOK, second, "sales", "cash", 1, "EUR")),
            true)
        .join()
        .get(0);
  }

  private long balance() {
    return store.reads().balance(new AccountId(BOOK, "cash"), null).effective().toLong();
  }

  private static void assertUnavailable(PostResult result) {
    String reason =
        assertInstanceOf(Unavailable.class, assertInstanceOf(Refused.class, result).error())
            .reason();
    assertFalse(reason.contains(SimulatedLedger.DIRECTORY.toString()), reason);
  }

  private static void assertUnavailable(Executable call) {
    assertInstanceOf(Unavailable.class, LedgerErrors.of(assertThrows(LedgerException.class, call)));
  }

  private static int find(byte[] content, String text) {
    byte[] wanted = text.getBytes(StandardCharsets.UTF_8);
    for (int at = 4096; at < content.length - wanted.length; at++) {
      int same = 0;
      while (same < wanted.length && content[at + same] == wanted[same]) {
        same++;
      }
      if (same == wanted.length) {
        return at;
      }
    }
    throw new AssertionError(text + " is not there");
  }
}
