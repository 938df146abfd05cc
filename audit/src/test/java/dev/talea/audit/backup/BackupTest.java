// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.backup;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.audit.anchor.Anchorer;
import dev.talea.audit.check.BookVerdict;
import dev.talea.audit.check.LedgerVerdict;
import dev.talea.audit.check.LedgerVerifier;
import dev.talea.index.LedgerSnapshot;
import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.log.DiskFile;
import dev.talea.log.LogDamagedException;
import dev.talea.log.LogEnvironment;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.SystemLogEnvironment;
import dev.talea.log.disk.VerifyReport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Backups beside a writer, brought up to date, restored whole and cut, and what refuses them. */
@Tag("slow")
class BackupTest {
  private static final Path LEDGER = Path.of("/data/talea");
  private static final Path BACKUP = Path.of("/backup/talea");
  private static final Path RESTORED = Path.of("/restored/talea");

  /** So short that a few hundred transactions have several. */
  private static final int SEGMENT_BYTES = 64 << 10;

  private SimulatedDisk disk = new SimulatedDisk(9);
  private final AtomicLong clock = new AtomicLong(1_700_000_000_000_000L);
  private int keys;

  private LogEnvironment environment(SimulatedDisk on) {
    return SystemLogEnvironment.create()
        .withDisk(on)
        .withBackground(Runnable::run)
        .withClock(() -> clock.addAndGet(1_000));
  }

  private LogLedgerStore open(Path directory) {
    return LogLedgerStore.open(
        directory,
        LogStoreSettings.DEFAULTS.withLog(SEGMENT_BYTES, 1_000, 100).withMaintenance(200, 500),
        environment(disk),
        Runnable::run);
  }

  private void begin(LogLedgerStore store) {
    store.registerAsset(fiat("EUR")).join();
    for (String book : List.of("a", "b")) {
      store.openAccount(account(book, "p", "EUR")).join();
      store.openAccount(account(book, "q", "EUR")).join();
    }
  }

  private void post(LogLedgerStore store, String book, int count) {
    for (int i = 0; i < count; i++) {
      store.commit(book, List.of(move(book, "key " + keys++, "p", "q", 1, "EUR")), false).join();
    }
  }

  private LedgerBackup.Report backup() throws IOException {
    return backup(disk);
  }

  private LedgerBackup.Report backup(SimulatedDisk on) throws IOException {
    return new LedgerBackup(new LogFiles(LEDGER, on), BACKUP, clock::get, nanos -> {}, bytes -> {})
        .run();
  }

  private LedgerRestore.Report restore(LedgerRestore.Request request) throws IOException {
    return new LedgerRestore(
            new LogFiles(BACKUP, disk), RESTORED, environment(disk), options(), bytes -> {})
        .run(request);
  }

  private static LedgerRestore.Request everything() {
    return new LedgerRestore.Request(Map.of(), null, "");
  }

  private static LedgerVerifier.Options options() {
    return new LedgerVerifier.Options(book -> true, Map.of(), 10_000, Runnable::run, bytes -> {});
  }

  private void right(SimulatedDisk on, Path directory) {
    LedgerVerdict verdict = new LedgerVerifier(new LogFiles(directory, on), on, options()).verify();
    assertTrue(
        verdict.isRight(),
        () ->
            verdict.findings()
                + " "
                + verdict.books().stream().map(BookVerdict::findings).toList());
    for (BookVerdict book : verdict.books()) {
      assertEquals(VerifyReport.End.CLOSED, requireNonNull(book.bytes()).end(), book.book());
    }
  }

  private long size(Path directory, String book) {
    return new LogFiles(directory, disk).read(book).found().durableSeq();
  }

  @Test
  void aBackupBesideAWriterHoldsWhatWasAcknowledged() throws Exception {
    try (LogLedgerStore store = open(LEDGER)) {
      begin(store);
      post(store, "a", 300);
      post(store, "b", 20);
      long acknowledged = size(LEDGER, "a");
      LedgerBackup.Report report = backup();
      assertEquals(acknowledged, size(BACKUP, "a"));
      assertEquals(3, report.logs());
      right(disk, BACKUP);
      post(store, "a", 10);
    }
    restore(everything());
    right(disk, RESTORED);
    try (LogLedgerStore store = open(RESTORED)) {
      post(store, "a", 5); // and it goes on
    }
    right(disk, RESTORED);
  }

  @Test
  void theSecondBackupWritesOnlyWhatIsNew() throws Exception {
    try (LogLedgerStore store = open(LEDGER)) {
      begin(store);
      post(store, "a", 1_000);
      LedgerBackup.Report first = backup();
      LedgerBackup.Report second = backup();
      assertEquals(0, second.written());
      post(store, "a", 10);
      LedgerBackup.Report third = backup();
      assertTrue(
          third.written() > 0 && third.written() < first.written() / 50, () -> first + " " + third);
      right(disk, BACKUP);
      assertEquals(size(LEDGER, "a"), size(BACKUP, "a"));
    }
    backup(); // with the close marks of the ledger itself
    right(disk, BACKUP);
  }

  @Test
  void whatIsCopiedAlongIsThereBeforeTheBackupSaysSo() throws Exception {
    try (LogLedgerStore store = open(LEDGER)) {
      begin(store);
      post(store, "a", 10);
      backup();
      long before = size(BACKUP, "a");
      LedgerBackup again =
          new LedgerBackup(
              new LogFiles(LEDGER, disk), BACKUP, clock::get, nanos -> {}, bytes -> {});
      LedgerBackup.Along fails =
          new LedgerBackup.Along() {
            @Override
            public void beforeCut() {
              post(store, "a", 10); // is before the cut
            }

            @Override
            public void copied() throws IOException {
              assertEquals(before + 10, size(BACKUP, "a"));
              throw new IOException("no room");
            }
          };
      assertThrows(IOException.class, () -> again.run(fails));
      restore(everything());
      assertEquals(before, size(RESTORED, "a"));
      backup();
      assertEquals(before + 10, size(BACKUP, "a"));
    }
    right(disk, BACKUP);
  }

  @Test
  void whatBelongsToALedgerIsThereBeforeTheLedgerHasItsName() throws Exception {
    try (LogLedgerStore store = open(LEDGER)) {
      begin(store);
      post(store, "a", 10);
      backup();
    }
    Path beside = requireNonNull(RESTORED.getParent()).resolve("beside");
    for (LedgerRestore.Request request :
        List.of(everything(), new LedgerRestore.Request(Map.of("a", 5L), null, "cut"))) {
      LedgerRestore restore =
          new LedgerRestore(
              new LogFiles(BACKUP, disk), RESTORED, environment(disk), options(), bytes -> {});
      restore.run(
          request,
          () -> {
            assertFalse(disk.exists(RESTORED));
            assertDoesNotThrow(() -> disk.createDurably(beside));
          });
      assertTrue(disk.exists(RESTORED));
      assertTrue(disk.exists(beside));
      disk.deleteIfExists(beside);
      disk.deleteIfExists(RESTORED);
    }
  }

  /** One of them ends where a segment does, and its own close mark lies behind that. */
  @Test
  void aBackupAfterEachTransactionNeverRefusesTheNext() throws Exception {
    try (LogLedgerStore store = open(LEDGER)) {
      begin(store);
      // Past the end of a segment: whatever a backup may meet is in one and the seam to the next.
      for (int behindTheSeam = 0; behindTheSeam < 20; ) {
        post(store, "a", 1);
        backup();
        behindTheSeam += segments() > 1 ? 1 : 0;
      }
      backup();
      right(disk, BACKUP);
    }
  }

  private long segments() throws IOException {
    return disk.list(LEDGER.resolve("books/a")).stream().filter(it -> it.endsWith(".log")).count();
  }

  /** It is proof of the block before it, which holds in the backup in any case. */
  @Test
  void aCloseMarkThatTheLedgerHasLostIsNoOtherHistory() throws Exception {
    Path segment = LEDGER.resolve("books/a/00000000000000000001.log");
    byte[] unmarked;
    try (LogLedgerStore store = open(LEDGER)) {
      begin(store);
      post(store, "a", 5);
      unmarked = disk.content(segment);
    }
    backup();
    try (DiskFile file = disk.open(segment)) {
      file.write(ByteBuffer.wrap(unmarked), 0); // the power took it before it was synced
    }
    try (LogLedgerStore store = open(LEDGER)) {
      post(store, "a", 5);
      backup();
      right(disk, BACKUP);
      assertEquals(12, size(BACKUP, "a"));
    }
  }

  @Test
  void atEveryPowerLossTheBackupBeforeCanBeRestored() throws Exception {
    try (LogLedgerStore store = open(LEDGER)) {
      begin(store);
      post(store, "a", 500);
      backup();
      post(store, "a", 400);
      post(store, "b", 30);
    }
    long before = size(BACKUP, "a");
    SimulatedDisk trial = disk.afterProcessDeath();
    backup(trial);
    int last = trial.operations();
    assertTrue(last > 20, () -> "only " + last);
    for (int n = 1; n < last; n += 1 + last / 60) {
      SimulatedDisk crashing = disk.afterProcessDeath();
      crashing.crashAtOperation(n);
      assertThrows(Exception.class, () -> backup(crashing), "no crash");
      SimulatedDisk after = crashing.afterPowerLoss(n);
      LedgerRestore restore =
          new LedgerRestore(
              new LogFiles(BACKUP, after), RESTORED, environment(after), options(), bytes -> {});
      long restored = requireNonNull(restore.run(everything()).records().get("a"));
      assertTrue(restored >= before, "operation " + n);
      right(after, RESTORED);
      backup(after); // and the next one mends it
      right(after, BACKUP);
    }
  }

  /** What lies behind the ends of the manifest is of the backup that was not finished. */
  @Test
  void atEveryPowerLossTheBackupBeforeCanBeCut() throws Exception {
    long moment;
    try (LogLedgerStore store = open(LEDGER)) {
      begin(store);
      post(store, "a", 100);
      moment = clock.get();
      post(store, "a", 100);
      backup();
      post(store, "a", 400);
      post(store, "b", 30);
    }
    SimulatedDisk trial = disk.afterProcessDeath();
    backup(trial);
    int last = trial.operations();
    for (int n = 1; n < last; n += 1 + last / 60) {
      SimulatedDisk crashing = disk.afterProcessDeath();
      crashing.crashAtOperation(n);
      assertThrows(Exception.class, () -> backup(crashing), "no crash");
      for (LedgerRestore.Request request :
          List.of(
              new LedgerRestore.Request(Map.of("a", 70L), null, "cut"),
              new LedgerRestore.Request(Map.of(), moment, "cut"))) {
        SimulatedDisk after = crashing.afterPowerLoss(n);
        LedgerRestore restore =
            new LedgerRestore(
                new LogFiles(BACKUP, after), RESTORED, environment(after), options(), bytes -> {});
        String where = "operation " + n + ", " + request;
        LedgerRestore.Report report = assertDoesNotThrow(() -> restore.run(request), where);
        assertEquals(request.asOfMicros() == null ? 70 : 102, report.records().get("a"), where);
        right(after, RESTORED);
        assertEquals(List.of("talea"), after.list(requireNonNull(RESTORED.getParent())), where);
      }
    }
  }

  @Test
  void aLedgerIsCutAtARecordAndSaysSo() throws Exception {
    try (LogLedgerStore store = open(LEDGER)) {
      begin(store);
      post(store, "a", 100);
      post(store, "b", 50);
      new Anchorer(store).round();
    }
    backup();
    LedgerRestore.Report report =
        restore(new LedgerRestore.Request(Map.of("a", 60L), null, "a test"));
    assertEquals(Map.of("a", 102L), report.cut());
    right(disk, RESTORED);
    assertEquals(60, size(RESTORED, "a"));
    assertEquals(52, size(RESTORED, "b"));
    LogFiles was = new LogFiles(LEDGER, disk);
    LogFiles now = new LogFiles(RESTORED, disk);
    assertFalse(was.read("a").reader().id() == now.read("a").reader().id());
    assertEquals(was.read("b").reader().id(), now.read("b").reader().id());
    assertEquals(lines(LEDGER, "a", 60), lines(RESTORED, "a", 60));
    // Without the record of it, the same cut is what it looks like: a loss.
    try (LogLedgerStore store = open(RESTORED)) {
      Anchorer anchorer = new Anchorer(store);
      assertEquals(List.of(), anchorer.round().contradictions());
      post(store, "a", 3);
      assertEquals(1, anchorer.round().anchored());
    }
    right(disk, RESTORED);
  }

  private List<String> lines(Path directory, String book, long upTo) {
    LedgerSnapshot ledger = LedgerSnapshot.of(directory, name -> true, environment(disk), 1);
    return ledger.events(book, 0, upTo, 1_000, 1 << 20).stream().map(Object::toString).toList();
  }

  @Test
  void aLedgerIsCutAtAMoment() throws Exception {
    long moment;
    try (LogLedgerStore store = open(LEDGER)) {
      begin(store);
      post(store, "a", 40);
      post(store, "b", 30);
      moment = clock.get();
      post(store, "a", 7);
      store.openAccount(account("c", "p", "EUR")).join();
      post(store, "b", 7);
      new Anchorer(store).round();
    }
    backup();
    LedgerRestore.Report report = restore(new LedgerRestore.Request(Map.of(), moment, ""));
    assertEquals(Map.of("a", 49L, "b", 39L, "c", 1L), report.cut());
    assertEquals(42, size(RESTORED, "a"));
    assertEquals(32, size(RESTORED, "b"));
    right(disk, RESTORED);
  }

  @Test
  void nothingElseIsWrittenOver() throws Exception {
    try (LogLedgerStore store = open(LEDGER)) {
      begin(store);
    }
    try (LogLedgerStore other = open(BACKUP)) {
      begin(other);
    }
    assertThrows(BackupException.class, this::backup);
    assertThrows(
        BackupException.class,
        () ->
            new LedgerBackup(
                    new LogFiles(LEDGER, disk),
                    LEDGER.resolve("books/x"),
                    clock::get,
                    nanos -> {},
                    bytes -> {})
                .run());
    assertThrows(BackupException.class, () -> restore(everything()));
  }

  @Test
  void anotherHistoryIsNotCopiedOverABackup() throws Exception {
    try (LogLedgerStore store = open(LEDGER)) {
      begin(store);
      post(store, "a", 20);
    }
    backup();
    Map<String, byte[]> earlier = new HashMap<>();
    for (String name : disk.list(LEDGER.resolve("books/a"))) {
      earlier.put(name, disk.content(LEDGER.resolve("books/a").resolve(name)));
    }
    try (LogLedgerStore store = open(LEDGER)) {
      post(store, "a", 300);
    }
    backup();
    byte[] held = disk.content(BACKUP.resolve("BACKUP"));
    // The ledger as it was, going another way.
    for (String name : disk.list(LEDGER.resolve("books/a"))) {
      disk.deleteIfExists(LEDGER.resolve("books/a").resolve(name));
    }
    for (Map.Entry<String, byte[]> file : earlier.entrySet()) {
      try (DiskFile made = disk.create(LEDGER.resolve("books/a").resolve(file.getKey()))) {
        made.write(ByteBuffer.wrap(file.getValue()), 0);
      }
    }
    try (LogLedgerStore store = open(LEDGER)) {
      post(store, "a", 310);
    }
    IllegalStateException refused = assertThrows(IllegalStateException.class, this::backup);
    assertTrue(requireNonNull(refused.getMessage()).contains("new directory"), refused::toString);
    assertArrayEquals(held, disk.content(BACKUP.resolve("BACKUP")));
    restore(everything());
    right(disk, RESTORED);
    assertEquals(322, size(RESTORED, "a"));
  }

  @Test
  void damageIsNotCopied() throws Exception {
    try (LogLedgerStore store = open(LEDGER)) {
      begin(store);
      post(store, "a", 200);
    }
    Path segment = LEDGER.resolve("books/a/00000000000000000001.log");
    disk.flipBit(segment, 20_000, 3);
    assertThrows(LogDamagedException.class, this::backup);
    disk.flipBit(segment, 20_000, 3);
    backup();
    Path copy = BACKUP.resolve("books/a/00000000000000000001.log");
    disk.flipBit(copy, 20_000, 3);
    assertThrows(RuntimeException.class, () -> restore(everything()));
    assertFalse(disk.exists(RESTORED));
  }
}
