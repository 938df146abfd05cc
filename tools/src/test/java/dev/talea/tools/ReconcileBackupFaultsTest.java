// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.audit.backup.BackupException;
import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.log.LogException;
import dev.talea.log.NoSpaceException;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.disk.NioDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Records and evidence of reconciliation, backed up and restored under every single fault: at each
 * I/O operation in turn the power goes, the disk fails once, or it has no room.
 *
 * <p>A real server leaves three states of its folder: one run, a second one, and a third after the
 * first was pruned. Three backups go into one directory, and the folder comes to its next state
 * while each of them is under way. After the fault the folder is as it was; what the backup says it
 * holds can be restored, file by file, and no less than what the last finished one began with; the
 * next backup holds all that there is, also when the power goes right after it. A restore that was
 * cut off has not given its name to anything, or all is there.
 *
 * <p>{@code -Dtalea.reconcile.backup.step=1} takes every operation and not every nth; {@code
 * -Dtalea.crash.seed=S} begins with another seed, which also says where the steps begin.
 */
@Tag("slow")
@Timeout(1200)
class ReconcileBackupFaultsTest {
  private static final int STEP = Integer.getInteger("talea.reconcile.backup.step", 31);
  private static final long SEED = Long.getLong("talea.crash.seed", 20_261_129L);
  private static final Path SOURCE = Path.of("/data/reconcile");
  private static final Path BACKUP = Path.of("/backup/reconcile");
  private static final Path RESTORED = Path.of("/restored/reconcile");

  /** What lies in the folder and is no record: evidence, ids of open rows, uploads. */
  private static final List<String> FILES = List.of("evidence", "open", "uploads");

  /** Later than all that the server has written. */
  private static final AtomicLong MICROS = new AtomicLong(7_000_000_000_000_000L);

  @TempDir static Path directory;

  /** A folder as it was at one moment, by the names of its files. */
  private record State(Map<String, byte[]> files, long records) {
    Map<String, String> named() {
      Map<String, String> named = new TreeMap<>();
      files.forEach(
          (name, bytes) -> {
            if (FILES.contains(name.split("/", 2)[0])) {
              named.put(name, Arrays.hashCode(bytes) + " of " + bytes.length);
            }
          });
      return named;
    }
  }

  private static final List<State> STATES = new ArrayList<>();

  @BeforeAll
  static void reconcileForReal() throws IOException {
    STATES.clear();
    try (ServedShell served = new ServedShell(directory, Map.of())) {
      CashRun.begin(served, directory);
    }
    STATES.add(found());
    try (ServedShell served = new ServedShell(directory, Map.of())) {
      CashRun.again(served);
    }
    STATES.add(found());
    try (ServedShell served = new ServedShell(directory, Map.of())) {
      CashRun.reconcile(served, "prune", "--older-than", "0d");
      CashRun.again(served);
    }
    STATES.add(found());
  }

  /** The folder, which no process owns now. */
  private static State found() throws IOException {
    Path folder = directory.resolve("reconcile");
    Map<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(folder.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    long records =
        new ReconcileFolder(folder)
            .backUp(
                directory.resolve("counted" + STATES.size()),
                MICROS::incrementAndGet,
                nanos -> {},
                bytes -> {})
            .records();
    return new State(files, records);
  }

  // --- the simulated disk ---

  private static void write(Disk disk, Path file, byte[] bytes) throws IOException {
    disk.createDurably(Objects.requireNonNull(file.getParent()));
    disk.deleteIfExists(file);
    try (DiskFile made = disk.create(file)) {
      made.write(ByteBuffer.wrap(bytes), 0);
      made.force(true);
    }
    disk.syncDirectory(file.getParent());
  }

  /** Brings the folder to a state, as a server does it: on disk when it is done. */
  private static void bring(Disk disk, State from, State to) throws IOException {
    for (Map.Entry<String, byte[]> file : to.files().entrySet()) {
      if (!Arrays.equals(file.getValue(), from.files().get(file.getKey()))) {
        write(disk, SOURCE.resolve(file.getKey()), file.getValue());
      }
    }
    for (String name : from.files().keySet()) {
      if (!to.files().containsKey(name)) {
        disk.deleteIfExists(SOURCE.resolve(name));
        disk.syncDirectory(Objects.requireNonNull(SOURCE.resolve(name).getParent()));
      }
    }
  }

  private static SimulatedDisk begun() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(SEED);
    bring(disk, new State(Map.of(), 0), STATES.get(0));
    return disk;
  }

  /** All files below a folder, with what is in them; none if there is no such folder. */
  private static Map<String, String> tree(SimulatedDisk disk, Path folder) throws IOException {
    Map<String, String> files = new TreeMap<>();
    if (disk.exists(folder)) {
      walk(disk, folder, folder, files);
    }
    return files;
  }

  private static void walk(SimulatedDisk disk, Path top, Path at, Map<String, String> files)
      throws IOException {
    List<String> names;
    try {
      names = disk.list(at);
    } catch (NotDirectoryException e) {
      byte[] bytes = disk.content(at);
      files.put(top.relativize(at).toString(), Arrays.hashCode(bytes) + " of " + bytes.length);
      return;
    }
    for (String name : names) {
      walk(disk, top, at.resolve(name), files);
    }
  }

  /** What there is to be, of a state. */
  private static Map<String, String> all(State state) {
    Map<String, String> files = new TreeMap<>();
    state
        .files()
        .forEach((name, bytes) -> files.put(name, Arrays.hashCode(bytes) + " of " + bytes.length));
    return files;
  }

  private static Map<String, String> named(Map<String, String> tree) {
    Map<String, String> named = new TreeMap<>(tree);
    named.keySet().removeIf(name -> !FILES.contains(name.split("/", 2)[0]));
    return named;
  }

  // --- one fault ---

  /** One of the three things that happen at an operation. */
  private enum Kind {
    POWER,
    EIO,
    ENOSPC
  }

  /**
   * A disk that something happens to, at an operation of the trial and not of what runs beside it.
   */
  private static final class Trial {
    final SimulatedDisk disk;
    private final Kind kind;
    private int left;

    /** Operations so far, those that only read counted; and those that change something. */
    int looks;

    int changes;

    /**
     * @param at at which operation, from 1 on; 0 for none
     */
    Trial(SimulatedDisk disk, Kind kind, int at) {
      this.disk = disk;
      this.kind = kind;
      this.left = at == 0 ? Integer.MAX_VALUE : at;
    }

    interface Work {
      void run() throws IOException;
    }

    /** Does what is tried. */
    void run(Work work) throws IOException {
      begin();
      try {
        work.run();
      } finally {
        end();
      }
    }

    private int before;

    private void begin() {
      before = disk.operations();
      if (kind == Kind.POWER) {
        disk.crashAtOperation(left == Integer.MAX_VALUE ? 1 << 30 : left);
      }
      disk.setFault(
          (operation, file) -> {
            looks++;
            if (kind == Kind.POWER || --left != 0) {
              return null;
            }
            return kind == Kind.EIO
                ? new IOException("Input/output error (injected)")
                : new NoSpaceException("No space left on device (injected)");
          });
    }

    private void end() {
      disk.setFault(SimulatedDisk.Fault.NONE);
      int done = disk.operations() - before;
      changes += done;
      if (kind == Kind.POWER) {
        left = left == Integer.MAX_VALUE ? left : left - done;
        disk.crashAtOperation(1 << 30);
      }
    }

    /** Does what another process does in between, to which nothing happens. */
    void aside(Work work) throws IOException {
      end();
      work.run();
      begin();
    }
  }

  /** What became of three backups. */
  private static final class Story {
    int state;
    int finished;
    int unfinished;
    @Nullable Exception last;

    /** The state that the last finished one began with. */
    int promised = -1;
  }

  private static void backUp(Trial trial, Story story, boolean moves) {
    int began = story.state;
    int[] pieces = {0};
    try {
      trial.run(
          () ->
              new ReconcileFolder(SOURCE, trial.disk)
                  .backUp(
                      BACKUP,
                      MICROS::incrementAndGet,
                      nanos -> {},
                      bytes -> {
                        // Somewhere among the records of the first one, later in the others.
                        if (moves
                            && began == story.state
                            && began + 1 < STATES.size()
                            && ++pieces[0] > 3 * began) {
                          move(trial, story);
                        }
                      }));
      story.promised = began;
      story.finished++;
    } catch (IOException | LogException e) {
      story.unfinished++;
      story.last = e;
    }
  }

  private static void move(Trial trial, Story story) {
    try {
      trial.aside(() -> bring(trial.disk, STATES.get(story.state), STATES.get(story.state + 1)));
      story.state++;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Story tell(Trial trial) {
    Story story = new Story();
    for (int i = 0; i < 3 && !trial.disk.isOff(); i++) {
      backUp(trial, story, true);
    }
    return story;
  }

  /** Restores it and holds it against the state that it says it is of. */
  private static int restored(SimulatedDisk disk) throws IOException {
    long records =
        new ReconcileFolder(RESTORED, disk)
            .restore(new ReconcileFolder(BACKUP, disk), bytes -> {})
            .records();
    int state = stateOf(disk, records);
    disk.deleteIfExists(RESTORED);
    disk.syncDirectory(Objects.requireNonNull(RESTORED.getParent()));
    return state;
  }

  private static int stateOf(SimulatedDisk disk, long records) throws IOException {
    for (int i = 0; i < STATES.size(); i++) {
      if (STATES.get(i).records() == records) {
        assertEquals(STATES.get(i).named(), named(tree(disk, RESTORED)), "of state " + i);
        return i;
      }
    }
    throw new AssertionError(records + " records are of no state");
  }

  private static void after(SimulatedDisk found, Story story) throws IOException {
    assertEquals(all(STATES.get(story.state)), tree(found, SOURCE), "the folder is as it was");
    ReconcileFolder backup = new ReconcileFolder(BACKUP, found);
    if (backup.isFinished()) {
      int of = restored(found);
      assertTrue(of >= story.promised, of + " is older than " + story.promised);
    } else {
      assertEquals(-1, story.promised, "a backup that was finished is one");
      assertThrows(
          BackupException.class,
          () -> new ReconcileFolder(RESTORED, found).restore(backup, bytes -> {}));
      assertFalse(found.exists(RESTORED));
      found.deleteIfExists(RESTORED.resolveSibling("reconcile.restoring"));
    }
    int finished = story.finished;
    backUp(new Trial(found, Kind.EIO, 0), story, false);
    assertEquals(finished + 1, story.finished, () -> "the next backup fails: " + story.last);
    assertEquals(STATES.get(story.state).named(), named(tree(found, BACKUP)), "and nothing else");
    SimulatedDisk lost = found.afterPowerLoss(SEED + 3);
    assertEquals(story.state, restored(lost));
    assertEquals(all(STATES.get(story.state)), tree(lost, SOURCE), "the folder is as it was");
  }

  @Test
  void whateverHappensToABackupAtWhicheverOperation() throws IOException {
    SimulatedDisk prepared = begun();
    Trial whole = new Trial(prepared.afterProcessDeath(), Kind.EIO, 0);
    Story told = tell(whole);
    assertEquals(3, told.finished, "the story gets to its end if nothing happens");
    assertEquals(2, told.state);
    after(whole.disk.afterProcessDeath(), told);
    int tried = 0;
    int begunAnew = 0;
    for (int at = 1 + (int) Long.remainderUnsigned(SEED, STEP); at <= whole.looks; at += STEP) {
      for (Kind kind : Kind.values()) {
        if (kind == Kind.POWER && at > whole.changes) {
          continue; // it goes at operations that change something
        }
        try {
          Trial trial = new Trial(prepared.afterProcessDeath(), kind, at);
          Story story = tell(trial);
          begunAnew += story.unfinished;
          after(trial.disk.afterPowerLoss(SEED + at), story);
          tried++;
        } catch (IOException | RuntimeException | AssertionError e) {
          throw new AssertionError(
              kind + " at operation " + at + " of " + whole.looks + ", seed " + SEED, e);
        }
      }
    }
    assertTrue(begunAnew > 0, "some were cut off");
    System.out.printf(
        "[talea] ReconcileBackupFaultsTest: %d faults of backups, at operations 1 to %d, %d cut off, seed %d%n",
        tried, whole.looks, begunAnew, SEED);
  }

  @Test
  void whatNoRecordNamesGoesFromABackupAndNoLinkIsFollowed() throws IOException {
    ReconcileFolder folder = new ReconcileFolder(directory.resolve("reconcile"));
    Path copy = directory.resolve("linked");
    folder.backUp(copy, MICROS::incrementAndGet, nanos -> {}, bytes -> {});
    Path mine = Files.createDirectory(directory.resolve("mine"));
    Files.writeString(mine.resolve("file"), "mine");
    Files.createSymbolicLink(copy.resolve("evidence/99"), mine);
    Files.createSymbolicLink(copy.resolve("evidence/98"), directory.resolve("nowhere"));
    Files.createDirectories(copy.resolve("evidence/97/deeper"));
    Files.writeString(copy.resolve("evidence/97/deeper/file"), "of no run");
    folder.backUp(copy, MICROS::incrementAndGet, nanos -> {}, bytes -> {});
    assertEquals(List.of("1", "2", "3"), new NioDisk().list(copy.resolve("evidence")));
    assertEquals("mine", Files.readString(mine.resolve("file")));
  }

  /** A file that is there is not copied again, and its name may be on no disk. */
  @Test
  void namesThatWereNotSyncedAreSyncedByTheNextBackup() throws IOException {
    SimulatedDisk disk = begun();
    Path folder = BACKUP.resolve("evidence/1");
    disk.setFault(
        (operation, file) ->
            operation == SimulatedDisk.Operation.SYNC_DIRECTORY
                    && file.equals(folder)
                    && disk.exists(folder.resolve("manifest.json"))
                ? new IOException("Input/output error (injected)")
                : null);
    assertThrows(IOException.class, () -> whole(disk));
    disk.setFault(SimulatedDisk.Fault.NONE);
    whole(disk);
    for (int seed = 0; seed < 20; seed++) {
      assertEquals(0, restored(disk.afterPowerLoss(seed)));
    }
  }

  private static void whole(SimulatedDisk disk) throws IOException {
    new ReconcileFolder(SOURCE, disk)
        .backUp(BACKUP, MICROS::incrementAndGet, nanos -> {}, bytes -> {});
  }

  @Test
  void whateverHappensToARestoreAtWhicheverOperation() throws IOException {
    SimulatedDisk prepared = begun();
    Story story = tell(new Trial(prepared, Kind.EIO, 0));
    Map<String, String> backup = tree(prepared, BACKUP);
    Trial whole = new Trial(prepared.afterProcessDeath(), Kind.EIO, 0);
    restore(whole);
    int step = Math.max(1, STEP / 4);
    int tried = 0;
    int cut = 0;
    for (int at = 1 + (int) Long.remainderUnsigned(SEED, step); at <= whole.looks; at += step) {
      for (Kind kind : Kind.values()) {
        if (kind == Kind.POWER && at > whole.changes) {
          continue;
        }
        Trial trial = new Trial(prepared.afterProcessDeath(), kind, at);
        boolean said = true;
        try {
          restore(trial);
        } catch (IOException | LogException e) {
          said = false;
          cut++;
        }
        try {
          afterRestore(trial.disk.afterPowerLoss(SEED + at), said, story);
        } catch (IOException | RuntimeException | AssertionError e) {
          throw new AssertionError(
              kind + " at operation " + at + " of " + whole.looks + ", seed " + SEED, e);
        }
        assertEquals(
            backup, tree(trial.disk.afterProcessDeath(), BACKUP), "the backup is as it was");
        tried++;
      }
    }
    assertTrue(cut > 0, "some were cut off");
    System.out.printf(
        "[talea] ReconcileBackupFaultsTest: %d faults of restores, at operations 1 to %d, %d cut off, seed %d%n",
        tried, whole.looks, cut, SEED);
  }

  private static void restore(Trial trial) throws IOException {
    trial.run(
        () ->
            new ReconcileFolder(RESTORED, trial.disk)
                .restore(new ReconcileFolder(BACKUP, trial.disk), bytes -> {}));
  }

  private static void afterRestore(SimulatedDisk found, boolean said, Story story)
      throws IOException {
    long records = STATES.get(story.state).records();
    ReconcileFolder restored = new ReconcileFolder(RESTORED, found);
    if (said || found.exists(RESTORED)) {
      stateOf(found, records); // all of it, and its records can be read
      assertEquals(
          records,
          restored
              .backUp(Path.of("/again"), MICROS::incrementAndGet, nanos -> {}, bytes -> {})
              .records());
      return;
    }
    Path under = RESTORED.resolveSibling("reconcile.restoring");
    if (found.exists(under)) {
      FailedException refused = assertThrows(FailedException.class, restored::requireNew);
      assertTrue(String.valueOf(refused.getMessage()).contains("remove it, and begin again"));
      found.deleteIfExists(under);
    }
    assertEquals(
        records, restored.restore(new ReconcileFolder(BACKUP, found), bytes -> {}).records());
    stateOf(found.afterPowerLoss(SEED), records);
  }
}
