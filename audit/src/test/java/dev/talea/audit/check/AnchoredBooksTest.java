// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.check;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.audit.anchor.AnchorLog;
import dev.talea.audit.anchor.AnchorRecord;
import dev.talea.audit.anchor.AnchorRecord.Restore;
import dev.talea.audit.anchor.Anchorer;
import dev.talea.audit.anchor.OneRecord;
import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogSettings;
import dev.talea.log.Logs;
import dev.talea.log.TreeHead;
import dev.talea.log.TreeWatch;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.NioDisk;
import dev.talea.log.disk.SystemLogEnvironment;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What can be done with the files of a ledger that was anchored, in hand: each of it is found, and
 * the book is named. Every log here is flawless in itself.
 */
class AnchoredBooksTest {
  @TempDir private Path place;

  private Path ledger() {
    return place.resolve("ledger");
  }

  private Path book(String name) {
    return ledger().resolve("books").resolve(name);
  }

  private static LogEnvironment environment() {
    return SystemLogEnvironment.create().withBackground(Runnable::run);
  }

  private static LogLedgerStore open(Path directory) {
    return LogLedgerStore.open(directory, LogStoreSettings.DEFAULTS, environment(), Runnable::run);
  }

  /** Posts, in each of the books, and anchors after each round. */
  private static void serve(Path directory, String key, int rounds, String... books) {
    try (LogLedgerStore store = open(directory)) {
      store.registerAsset(fiat("EUR")).join();
      Anchorer anchorer = new Anchorer(store);
      for (String book : books) {
        store.openAccount(account(book, "p", "EUR")).join();
        store.openAccount(account(book, "q", "EUR")).join();
      }
      for (int i = 0; i < rounds; i++) {
        for (String book : books) {
          store.commit(book, List.of(move(book, key + i, "p", "q", 1, "EUR")), false).join();
        }
        anchorer.round();
      }
      anchorer.round();
    }
  }

  private LedgerVerdict verify() {
    return verify(Map.of());
  }

  private LedgerVerdict verify(Map<String, TreeHead> earlier) {
    NioDisk disk = new NioDisk();
    LedgerVerifier.Options options =
        new LedgerVerifier.Options(book -> true, earlier, 1000, Runnable::run, bytes -> {});
    return new LedgerVerifier(new LogFiles(ledger(), disk), disk, options).verify();
  }

  private static String findings(LedgerVerdict verdict) {
    return verdict.findings()
        + verdict.books().stream()
            .map(book -> book.book() + book.findings())
            .collect(Collectors.joining("\n"));
  }

  private void assertWrong(String... words) {
    LedgerVerdict verdict = verify();
    String findings = findings(verdict);
    assertFalse(verdict.isRight(), findings);
    for (String word : words) {
      assertTrue(findings.contains(word), word + " in " + findings);
    }
  }

  private void assertRight() {
    LedgerVerdict verdict = verify();
    assertTrue(verdict.isRight(), () -> findings(verdict));
    assertEquals(List.of(), verdict.findings());
  }

  static void copy(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            Files.createDirectories(to.resolve(from.relativize(folder).toString()));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.copy(file, to.resolve(from.relativize(file).toString()));
            return FileVisitResult.CONTINUE;
          }
        });
  }

  static void delete(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path gone, IOException e) throws IOException {
            Files.delete(gone);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static void replace(Path with, Path folder) throws IOException {
    delete(folder);
    copy(with, folder);
  }

  @Test
  void aLedgerThatWasOnlyServedIsRight() {
    serve(ledger(), "k", 150, "a", "b");
    assertRight();
    serve(ledger(), "m", 3, "b", "c");
    assertRight();
    assertEquals(1 + 150 + 150 + 3 + 3, requireNonNull(verify().anchors()).anchors());
  }

  @Test
  void anotherBookByTheNameOfAnotherIsFound() throws IOException {
    serve(ledger(), "k", 3, "a", "b");
    Files.move(book("a"), book("x"));
    Files.move(book("b"), book("a"));
    Files.move(book("x"), book("b"));
    assertWrong("a[", "b["); // its header says the name
  }

  @Test
  void aBookThatHasVanishedIsFound() throws IOException {
    serve(ledger(), "k", 3, "a", "b");
    delete(book("a"));
    assertWrong("There is no book 'a' here", "anchored with 5 records", "vanished");
  }

  /** A log of the same name and with more records, from another ledger. */
  @Test
  void aBookThatWasExchangedIsFound() throws IOException {
    serve(ledger(), "k", 3, "a", "b");
    Path other = place.resolve("other");
    serve(other, "n", 9, "a");
    replace(other.resolve("books/a"), book("a"));
    assertWrong("a[", "its history is another");
    // The server anchors what it finds; the anchors of before are there all the same.
    serve(ledger(), "o", 2, "a", "b");
    assertWrong("a[", "its history is another");
  }

  @Test
  void anOldCopyOfABookIsFound() throws IOException {
    serve(ledger(), "k", 3, "a", "b");
    copy(book("a"), place.resolve("old"));
    serve(ledger(), "m", 3, "a", "b");
    replace(place.resolve("old"), book("a"));
    assertWrong("a[", "anchored with 8 records", "and has 5");
    serve(ledger(), "n", 1, "a", "b");
    assertWrong("a["); // still shorter, and other records already
    serve(ledger(), "o", 9, "a", "b"); // longer than it was, and with another history
    assertWrong("a[", "its history is another", "first 5 records are those of then");
  }

  /** To the end of a group: no checksum says anything, and no derived file is left to. */
  @Test
  void aBookThatWasCutIsFound() throws IOException {
    serve(ledger(), "k", 3, "a", "b");
    long cut;
    try (LogLedgerStore store = open(ledger())) {
      cut = requireNonNull(store.heads().get("a")).size() - 1;
    }
    cutTo(cut);
    assertWrong("a[", "anchored with 5 records", "and has 4");
  }

  /** As restore cuts: the groups behind are gone, the log is another by its id. */
  private void cutTo(long records) throws IOException {
    Path copied = place.resolve("cut " + records);
    serveCopy(copied, records);
    replace(copied.resolve("books/a"), book("a"));
  }

  /** The first records of book a, written anew. */
  private void serveCopy(Path to, long records) {
    NioDisk disk = new NioDisk();
    var from = new LogFiles(ledger(), disk).read("a").found();
    try (Logs logs = new LogFiles(to, disk).open(LogSettings.DEFAULTS, environment())) {
      logs.createLog("a", reader -> new CopiedRecords(from, records)).submit(1, 1);
    }
  }

  @Test
  void aRestoreIsTakenAtItsWord() throws IOException {
    serve(ledger(), "k", 3, "a", "b");
    TreeHead before = headOf("a", 5);
    TreeHead now = headOf("a", 4);
    cutTo(4);
    appendToAnchors(new Restore("a", before, now, "a bad import"));
    assertRight();
    assertEquals(1, requireNonNull(verify().anchors()).restores());
    serve(ledger(), "after", 4, "a", "b");
    assertRight();
    // What is left of it has to stay.
    cutTo(3);
    assertWrong("a[", "anchored with 8 records", "and has 3");
  }

  @Test
  void aRestoreToNothingLetsABookVanish() throws IOException {
    serve(ledger(), "k", 3, "a", "b");
    TreeHead before = headOf("a", 5);
    appendToAnchors(new Restore("a", before, headOf("a", 0), ""));
    delete(book("a"));
    assertRight();
    serve(ledger(), "after", 1, "a", "b");
    assertRight();
  }

  @Test
  void aRestoreOfOtherSizesOrRootsExcusesNothing() throws IOException {
    serve(ledger(), "k", 3, "a", "b");
    copy(ledger(), place.resolve("whole"));
    TreeHead five = headOf("a", 5);
    TreeHead four = headOf("a", 4);
    TreeHead three = headOf("a", 3);
    byte[] other = five.root();
    other[7] ^= 1;
    cutTo(3);
    for (Restore wrong :
        List.of(
            new Restore("a", five, four, "not so far"),
            new Restore("a", five, new TreeHead(3, other), "to another root"),
            new Restore("a", four, three, "there were more"),
            new Restore("a", new TreeHead(5, other), three, "there were others"),
            new Restore("b", headOf("b", 5), headOf("b", 3), "another book"))) {
      appendToAnchors(wrong);
      assertWrong();
      replace(place.resolve("whole/books/_anchors"), book(AnchorLog.NAME));
    }
    appendToAnchors(new Restore("a", five, three, "this is it"));
    assertRight();
  }

  @Test
  void withoutAnchorsAHeadOfThemStillTells() throws IOException {
    serve(ledger(), "k", 3, "a", "b");
    TreeHead kept = headOf(AnchorLog.NAME, 7);
    copy(book(AnchorLog.NAME), place.resolve("old anchors"));
    assertTrue(verify(Map.of(AnchorLog.NAME, kept)).isRight());
    delete(book(AnchorLog.NAME));
    assertRight(); // as a ledger that was never served
    assertNull(verify().anchors());
    LedgerVerdict gone = verify(Map.of(AnchorLog.NAME, kept));
    assertTrue(findings(gone).contains("no book '_anchors'"), () -> findings(gone));
    serve(ledger(), "m", 3, "a", "b"); // begins them anew
    LedgerVerdict others = verify(Map.of(AnchorLog.NAME, kept));
    assertTrue(findings(others).contains("history is another"), () -> findings(others));
    assertRight();
    replace(place.resolve("old anchors"), book(AnchorLog.NAME));
    assertRight();
    TreeHead later = new TreeHead(30, kept.root());
    LedgerVerdict old = verify(Map.of(AnchorLog.NAME, later));
    assertTrue(findings(old).contains("records are missing"), () -> findings(old));
  }

  @Test
  void whatIsNoAnchorIsFound() {
    serve(ledger(), "k", 3, "a", "b");
    try (Logs logs =
        new LogFiles(ledger(), new NioDisk()).open(LogSettings.DEFAULTS, environment())) {
      logs.openLog(AnchorLog.NAME, reader -> new OneRecord()).submit(new byte[64], 1);
    }
    assertWrong("_anchors[", "Record 8 of _anchors cannot be");
  }

  private void appendToAnchors(AnchorRecord record) {
    try (Logs logs =
            new LogFiles(ledger(), new NioDisk()).open(LogSettings.DEFAULTS, environment());
        AnchorLog anchors = AnchorLog.open(logs)) {
      anchors.append(List.of(record));
    }
  }

  private TreeHead headOf(String log, long size) {
    List<TreeHead> found = new ArrayList<>();
    new LogFiles(ledger(), new NioDisk())
        .verify(
            log,
            bytes -> {},
            () ->
                new TreeWatch() {
                  @Override
                  public long nextSize() {
                    return found.isEmpty() ? size : Long.MAX_VALUE;
                  }

                  @Override
                  public void passed(TreeHead head) {
                    found.add(head);
                  }
                });
    return found.get(0);
  }
}
