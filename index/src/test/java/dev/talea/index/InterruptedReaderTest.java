// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.moves;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.index.keys.KeyIndex;
import dev.talea.index.keys.KeyRunLayout;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.log.disk.NioDisk;
import dev.talea.log.disk.SystemLogEnvironment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A thread of the caller that is interrupted while it reads, on the real disk: there an interrupt
 * closes the file under the read. The answer is right, the files stay, and the book goes on.
 */
@Timeout(60)
class InterruptedReaderTest {
  private static final String BOOK = "main";
  private static final int POSTS = 200;

  private final List<Posted> receipts = new ArrayList<>();
  @TempDir private Path directory;
  private LogLedgerStore store;

  /** In files of keys, and in segments that are read without a mapping. */
  @BeforeEach
  void writeABook() {
    store = open();
    store.registerAsset(fiat("EUR")).join();
    store.openAccount(account(BOOK, "cash", "EUR")).join();
    store.openAccount(account(BOOK, "sales", "EUR")).join();
    for (int i = 0; i < POSTS; i += 20) {
      post("key " + i + " ", 20);
    }
    store.close(); // files of keys may be written behind the last answer, but not after this
    store = open();
  }

  private LogLedgerStore open() {
    return LogLedgerStore.open(
        directory,
        SimulatedLedger.SETTINGS.withMappedSegmentsMax(0),
        SimulatedLedger.MAINTENANCE,
        SystemLogEnvironment.create(),
        Runnable::run);
  }

  @AfterEach
  void close() {
    assertFalse(Thread.interrupted(), "a test left the interrupt to others");
    store.close();
  }

  private void post(String prefix, int count) {
    store
        .commit(BOOK, moves(BOOK, prefix, "sales", "cash", count, "EUR"), false)
        .join()
        .forEach(result -> receipts.add(assertInstanceOf(Posted.class, result)));
  }

  @Test
  void aThreadThatWasInterruptedBeforeItAsks() throws IOException {
    List<String> files = keyFiles();
    assertFalse(files.isEmpty());
    Thread.currentThread().interrupt();
    for (int i = 0; i < POSTS; i++) {
      unmap();
      ask(i);
      assertTrue(Thread.currentThread().isInterrupted(), "the interrupt is the caller's");
    }
    assertTrue(Thread.interrupted());
    checkNothingHasChanged(files);
  }

  @Test
  void aThreadThatIsInterruptedWhileItReads() throws Exception {
    List<String> files = keyFiles();
    AtomicInteger asked = new AtomicInteger();
    Thread reader = Thread.currentThread();
    Thread interrupter = new Thread(() -> interruptEachOnce(reader, asked));
    interrupter.start();
    try {
      for (int i = 0; i < 2 * POSTS; i++) {
        unmap();
        asked.incrementAndGet();
        ask(i % POSTS);
        while (!Thread.interrupted()) {
          Thread.onSpinWait();
        }
      }
    } finally {
      asked.set(-1);
      interrupter.join();
      Thread.interrupted();
    }
    checkNothingHasChanged(files);
  }

  /** Once for each question, each time a little later in it. */
  private static void interruptEachOnce(Thread reader, AtomicInteger asked) {
    int done = 0;
    for (int now = 0; now >= 0; now = asked.get()) {
      if (now > done) {
        done = now;
        for (int i = done % 100 * 10; i > 0; i--) {
          Thread.onSpinWait();
        }
        reader.interrupt();
      }
    }
  }

  private void ask(int i) {
    String key = "key " + i / 20 * 20 + " " + i % 20;
    assertEquals(
        receipts.get(i).txId(), requireNonNull(store.reads().transactionByKey(BOOK, key)).txId());
    assertNull(store.reads().transactionByKey(BOOK, "no " + key));
  }

  private void unmap() {
    keys().unmapUnused();
    keys().unmapUnused();
    assertEquals(0, keys().mapped());
  }

  private KeyIndex keys() {
    return requireNonNull(store.openBooks().find(BOOK)).state().keys.index();
  }

  private List<String> keyFiles() throws IOException {
    return new NioDisk()
        .list(directory.resolve("books").resolve(BOOK)).stream()
            .filter(KeyRunLayout::isName)
            .toList();
  }

  private void checkNothingHasChanged(List<String> files) throws IOException {
    assertEquals(files, keyFiles());
    assertNull(store.reads().health().of(BOOK));
    post("after ", 1);
    assertEquals(POSTS + 1, receipts.size());
  }
}
