// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.head;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.audit.proof.Hash;
import dev.talea.audit.proof.LedgerOrigin;
import dev.talea.audit.proof.TreeProofs;
import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.index.tree.BookTree;
import dev.talea.log.DiskFile;
import dev.talea.log.LogEnvironment;
import dev.talea.log.ReadOnlyDisk;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.SystemLogEnvironment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Heads and proofs of books, with files of subtrees that are right, missing, and lie. */
@Tag("slow")
class BookHeadTest {
  private static final Path DIRECTORY = Path.of("/data/talea");
  private static final Path SUBTREES = DIRECTORY.resolve("books/a/subtrees.bin");
  private static final int TRANSACTIONS = 1_000;
  private static final int HEADER_BYTES = 32;
  private static final int HASH_BYTES = 32;

  private final SimulatedDisk disk = new SimulatedDisk(6);

  private LogLedgerStore open() {
    LogEnvironment environment =
        SystemLogEnvironment.create().withDisk(disk).withBackground(Runnable::run);
    return LogLedgerStore.open(
        DIRECTORY,
        LogStoreSettings.DEFAULTS.withMaintenance(400, 9_000),
        environment,
        Runnable::run);
  }

  private void write() {
    try (LogLedgerStore store = open()) {
      store.registerAsset(fiat("EUR")).join();
      store.openAccount(account("a", "p", "EUR")).join();
      store.openAccount(account("a", "q", "EUR")).join();
      for (int i = 0; i < TRANSACTIONS; i++) {
        store.commit("a", List.of(move("a", "key " + i, "p", "q", 1, "EUR")), false).join();
      }
    }
  }

  private BookHead head() {
    return BookHead.of(new LogFiles(DIRECTORY, ReadOnlyDisk.of(disk)), "a", LedgerOrigin.NONE);
  }

  private byte[] proofs() {
    BookHead head = head();
    StringBuilder all = new StringBuilder();
    for (long seq = 1; seq <= head.checkpoint().size(); seq += 37) {
      all.append(new String(head.prove(seq).bytes(), java.nio.charset.StandardCharsets.UTF_8));
    }
    return all.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }

  /** Hashes that are not those of the log, with checksums that are right. */
  private void lie() throws IOException {
    byte[] content = disk.content(SUBTREES);
    long logId = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getLong(16);
    ByteBuffer lies = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    Random random = new Random(8);
    lies.position(HEADER_BYTES);
    for (long entry = 0; lies.hasRemaining(); entry++) {
      byte[] hash = new byte[HASH_BYTES];
      random.nextBytes(hash);
      CRC32C crc = new CRC32C();
      crc.update(
          ByteBuffer.allocate(16)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putLong(logId)
              .putLong(entry)
              .flip());
      crc.update(hash);
      lies.put(hash).putInt((int) crc.getValue());
    }
    try (DiskFile file = disk.open(SUBTREES)) {
      file.write(lies.flip(), 0);
    }
  }

  @Test
  void aFileOfSubtreesThatLiesChangesNoProof() throws Exception {
    write();
    byte[] right = disk.content(SUBTREES);
    byte[] proofs = proofs();
    lie();
    assertFalse(Arrays.equals(right, disk.content(SUBTREES)));
    assertTrue(Arrays.equals(proofs, proofs()));
    disk.deleteIfExists(SUBTREES);
    assertTrue(Arrays.equals(proofs, proofs()));
  }

  @Test
  void theNextStopMendsAFileThatLies() throws Exception {
    write();
    byte[] right = disk.content(SUBTREES);
    lie();
    write(); // the same keys: nothing is added, so nothing is written
    try (LogLedgerStore store = open()) {
      for (int i = 0; i < 300; i++) {
        store.commit("a", List.of(move("a", "more " + i, "p", "q", 1, "EUR")), false).join();
      }
    }
    byte[] mended = disk.content(SUBTREES);
    assertTrue(mended.length > right.length);
    assertTrue(Arrays.equals(right, Arrays.copyOf(mended, right.length)));
  }

  @Test
  void aHeadStaysTheSameWhileTheBookGrows() throws Exception {
    write();
    BookHead before = head();
    byte[] proof = before.prove(500).bytes();
    try (LogLedgerStore store = open()) {
      for (int i = 0; i < 700; i++) {
        store.commit("a", List.of(move("a", "more " + i, "p", "q", 1, "EUR")), false).join();
      }
      BookHead open = BookHead.of("a", () -> requireNonNull(store.tree("a")));
      assertTrue(open.checkpoint().size() >= 1_700);
      List<Hash> path = path(store, before.checkpoint().size(), open.checkpoint().size());
      assertTrue(
          TreeProofs.extendsTree(
              before.checkpoint().size(),
              before.checkpoint().root(),
              open.checkpoint().size(),
              open.checkpoint().root(),
              path));
      open.prove(1_700);
    }
    assertTrue(Arrays.equals(proof, before.prove(500).bytes()));
    assertEquals(1_002, before.checkpoint().size());
  }

  private static List<Hash> path(LogLedgerStore store, long from, long to) {
    try (BookTree tree = requireNonNull(store.tree("a"))) {
      return TreeProofs.consistency(
          from, to, (level, index) -> Hash.of(tree.subtree(level, index)));
    }
  }
}
