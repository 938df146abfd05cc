// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.check;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import dev.talea.log.LogException;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.SystemLogEnvironment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real ext4 that runs full, and one whose disk fails under it: an image on a file system that has
 * less room than the image says. Mounting takes root and {@code -Dtalea.mounts=true}, which the
 * fault programme sets; skipped aloud without.
 */
@Tag("slow")
class RealDiskTest {
  private static final int POSTS_MAX = 100_000;

  @TempDir private Path directory;
  private Path backing;
  private Path mount;
  private final Map<String, Posted> acknowledged = new LinkedHashMap<>();
  private int keys;

  @BeforeEach
  void mount() throws Exception {
    boolean wanted = Boolean.getBoolean("talea.mounts");
    assumeTrue(wanted, "real file systems: -Dtalea.mounts=true, and root, mount them");
    backing = Files.createDirectory(directory.resolve("backing"));
    mount = Files.createDirectory(directory.resolve("mount"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=20m", "none", backing.toString()),
        "real file systems: this process may not mount");
  }

  @AfterEach
  void unmount() throws Exception {
    if (backing != null) {
      run("umount", "-l", mount.toString());
      run("umount", "-l", backing.toString());
    }
  }

  private void makeFileSystem(String size) throws Exception {
    Path image = backing.resolve("image");
    assertTrue(run("truncate", "-s", size, image.toString()));
    assertTrue(run("mkfs.ext4", "-q", "-E", "nodiscard", image.toString()));
    mountImage();
  }

  private void mountImage() throws Exception {
    assumeTrue(
        run("mount", "-o", "loop", backing.resolve("image").toString(), mount.toString()),
        "real file systems: no loop device");
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor()
        == 0;
  }

  private Path ledger() {
    return mount.resolve("ledger");
  }

  private LogLedgerStore open() {
    return LogLedgerStore.open(ledger(), LogStoreSettings.DEFAULTS.withMaintenance(50, 40));
  }

  /** Whether it was posted. */
  private boolean post(LogLedgerStore store) {
    String key = "key " + keys++;
    TransactionDraft bare = move("b", key, "p", "q", 1, "EUR");
    JsonText metadata = new JsonText("\"" + "x".repeat(8000) + "\"");
    TransactionDraft draft =
        new TransactionDraft("b", key, bare.postings(), List.of(), metadata, null);
    try {
      PostResult result = store.commit("b", List.of(draft), false).join().get(0);
      if (result instanceof Posted posted) {
        acknowledged.put(key, posted);
        return true;
      }
      return false;
    } catch (LedgerException | CompletionException e) {
      return false;
    }
  }

  private void postUntilRefused(LogLedgerStore store) {
    store.registerAsset(fiat("EUR")).join();
    store.openAccount(account("b", "p", "EUR")).join();
    store.openAccount(account("b", "q", "EUR")).join();
    int posts = 0;
    while (post(store)) {
      posts++;
      assertTrue(posts < POSTS_MAX, "the disk takes everything");
    }
    assertTrue(posts > 10, posts + " posts");
  }

  private void check() {
    try (LogLedgerStore store = open()) {
      acknowledged.forEach(
          (key, receipt) -> {
            TransactionView found = store.reads().transaction(receipt.txId());
            assertNotNull(found, () -> "lost: " + key);
            assertEquals(receipt.seq(), found.seq());
          });
      assertTrue(post(store), "it goes on");
    }
    LedgerVerifier.Options options =
        new LedgerVerifier.Options(book -> true, Map.of(), 1000, Runnable::run, bytes -> {});
    LogFiles files = new LogFiles(ledger(), SystemLogEnvironment.create().disk());
    LedgerVerdict verdict =
        new LedgerVerifier(files, SystemLogEnvironment.create().disk(), options).verify();
    verdict
        .books()
        .forEach(
            book ->
                book.findings()
                    .forEach(
                        each ->
                            assertTrue(
                                each.level() == Finding.Level.WARNING
                                    || each.text().contains("though the log is right"),
                                each::text)));
    System.out.printf(
        "[talea] RealDiskTest: %d acknowledged commits found again%n", acknowledged.size());
  }

  @Test
  void aFileSystemThatRunsFullRefusesAndGoesOnWhenThereIsRoom() throws Exception {
    makeFileSystem("16m");
    Path ballast = Files.write(mount.resolve("ballast"), new byte[4 << 20]);
    try (LogLedgerStore store = open()) {
      postUntilRefused(store);
      Files.delete(ballast);
      long until = System.nanoTime() + 30_000_000_000L;
      while (!post(store)) {
        assertTrue(System.nanoTime() < until, "there is room again, and nothing is posted");
        Thread.onSpinWait();
      }
    }
    check();
  }

  @Test
  void whatADiskThatFailsHasAcknowledgedIsThereAfterwards() throws Exception {
    makeFileSystem("64m"); // on 20 MB: the loop device fails when they are used up
    try (LogLedgerStore store = open()) {
      postUntilRefused(store);
    } catch (LogException e) {
      // it could not be closed cleanly
    }
    assertTrue(run("mount", "-o", "remount,size=80m", backing.toString()));
    long until = System.nanoTime() + 30_000_000_000L;
    while (!run("umount", mount.toString())) {
      assertTrue(System.nanoTime() < until, "it cannot be unmounted");
      System.gc(); // maps hold the file system until they are collected
    }
    run("e2fsck", "-fy", backing.resolve("image").toString());
    mountImage();
    check();
  }
}
