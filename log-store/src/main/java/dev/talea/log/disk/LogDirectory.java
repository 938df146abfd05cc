// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.CommitHandler;
import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.log.Log;
import dev.talea.log.LogDamagedException;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogIoException;
import dev.talea.log.LogLockedException;
import dev.talea.log.LogNotFoundException;
import dev.talea.log.LogReader;
import dev.talea.log.LogSettings;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.LogVersionException;
import dev.talea.log.format.ChainState;
import dev.talea.log.format.DurableReader;
import dev.talea.log.format.Segments;
import dev.talea.log.format.Words;
import dev.talea.log.thread.LogWriters;
import dev.talea.log.thread.OpenLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory of logs, held exclusively by this process while it is open.
 *
 * <p>Owns the lock, the layout of the directory and the set of open logs. Safe for use by many
 * threads.
 */
public final class LogDirectory implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LogDirectory.class);
  private static final String FORMAT_FILE = "FORMAT";
  private static final String FORMAT = "talea log directory, format 1\n";
  private static final int FORMAT_BYTES_MAX = 256;
  private static final int SPACE_SLICES = 4;
  private static final int CLOSING_AT_ONCE = 16;
  private static final int LOOKS_MAX = 4;
  private static final int STRAYS_SHOWN = 8;
  private static final int STRAYS_NAMED = 32;

  private final Path path;
  private final LogSettings settings;
  private final LogEnvironment environment;
  private final Disk disk;
  private final DirectoryLock lock;
  private final DirectoryGuard guard;
  private final SegmentMaps maps;
  private final LogWriters writers;

  /** Folders in use, from the first moment of opening to the last of closing. */
  private final Map<String, Slot> open = new ConcurrentHashMap<>();

  private volatile boolean closed;

  /** Stands for a log being opened, then for the open log. */
  private static final class Slot {
    final CompletableFuture<@Nullable OpenLog<?>> log = new CompletableFuture<>();
  }

  private LogDirectory(
      Path path,
      LogSettings settings,
      LogEnvironment environment,
      DirectoryLock lock,
      DirectoryGuard guard,
      LogWriters writers) {
    this.path = path;
    this.settings = settings;
    this.environment = environment;
    this.disk = environment.disk();
    this.lock = lock;
    this.guard = guard;
    this.writers = writers;
    this.maps = new SegmentMaps(disk, settings.mappedSegmentsMax());
  }

  /**
   * Takes the lock and opens the directory, creating it if it is not there.
   *
   * @throws LogLockedException if this or another process has it open
   * @throws LogVersionException if it was made by a later version
   */
  public static LogDirectory open(Path path, LogSettings settings, LogEnvironment environment) {
    return open(path, settings, environment, new LogWriters(settings, environment));
  }

  static LogDirectory open(
      Path path, LogSettings settings, LogEnvironment environment, LogWriters writers) {
    Disk disk = environment.disk();
    try {
      createDurably(disk, path);
      DirectoryLock lock = DirectoryLock.take(disk, path, environment.clock());
      boolean opened = false;
      try {
        checkFormat(disk, path);
        createDurably(disk, books(path));
        syncNames(disk, path);
        nameStrays(path, found(path, disk).strays());
        DirectoryGuard guard = new DirectoryGuard(disk, path, books(path), lock.identity());
        opened = true;
        return new LogDirectory(path, settings, environment, lock, guard, writers);
      } finally {
        if (!opened) {
          lock.close();
        }
      }
    } catch (IOException e) {
      throw new LogIoException(
          "The directory " + path + " cannot be opened: " + Words.of(e), path, e);
    }
  }

  /**
   * Reads one log without taking the lock and without changing anything, for auditors. What it
   * shows ends with the last block that is proven to be on disk, by a later block or a close mark:
   * beside a running writer, and after a crash, that can leave out the very last one.
   */
  public static LogReader snapshot(Path path, String name, Disk disk) {
    SegmentMaps maps = new SegmentMaps(disk, LogSettings.DEFAULTS.mappedSegmentsMax());
    Recovery found = besideWriter(() -> Recovery.find(maps, folder(path, name), name));
    return new DurableReader(found.segments(), found.provenHead(), found.provenTree());
  }

  /**
   * Beside a running writer a derived file can be read that is newer than the list of segments.
   * Then there is no loss, only progress; another look tells.
   */
  private static <T> T besideWriter(Supplier<T> look) {
    for (int looks = 1; ; looks++) {
      try {
        return look.get();
      } catch (LogDamagedException e) {
        if (!e.isEndLost() || looks == LOOKS_MAX) {
          throw e;
        }
      }
    }
  }

  /**
   * Whether there is a directory of logs here, as {@link #open} leaves one behind: with its format
   * and the folder that logs lie in, or with a log at least. Takes no lock and changes nothing.
   */
  public static boolean isOne(Path path, Disk disk) {
    return disk.exists(books(path))
        && (disk.exists(path.resolve(FORMAT_FILE)) || !names(path, disk).isEmpty());
  }

  /** Names of the logs, sorted by their bytes, read without taking the lock. */
  public static List<String> names(Path path, Disk disk) {
    return found(path, disk).names();
  }

  /** The logs and what else lies beside them, read without taking the lock. */
  public static FoundLogs found(Path path, Disk disk) {
    try {
      Path books = books(path);
      if (!disk.exists(books)) {
        return new FoundLogs(List.of(), List.of());
      }
      List<String> names = new ArrayList<>();
      List<FoundLogs.Stray> strays = new ArrayList<>();
      for (String folder : disk.list(books)) {
        String name = LogNames.name(folder);
        String wrong =
            name == null
                ? "its name is not that of a log's folder"
                : whyNoLog(disk, books.resolve(folder));
        if (name == null || !wrong.isEmpty()) {
          strays.add(new FoundLogs.Stray(folder, wrong));
        } else {
          names.add(name);
        }
      }
      names.sort(LogNames.BY_BYTES);
      return new FoundLogs(names, strays);
    } catch (IOException e) {
      throw new LogIoException(
          "The logs in " + path + " cannot be listed: " + Words.of(e), path, e);
    }
  }

  /** Empty if it is one, or may be: what cannot be looked into is opened, and that says why. */
  private static String whyNoLog(Disk disk, Path folder) {
    if (disk.exists(SegmentFiles.file(folder, 1))) {
      return "";
    }
    try {
      List<String> files = disk.list(folder);
      if (files.stream().anyMatch(SegmentFiles::isSegment)) {
        return "";
      }
      return files.isEmpty()
          ? "an empty folder"
          : "a folder without a segment, which alone would be the log; it holds " + some(files);
    } catch (NotDirectoryException e) {
      return "a file, not a folder";
    } catch (IOException e) {
      return "";
    }
  }

  private static void nameStrays(Path path, List<FoundLogs.Stray> strays) {
    for (FoundLogs.Stray stray : strays.subList(0, Math.min(strays.size(), STRAYS_NAMED))) {
      LOG.warn("{} is no log: {}", books(path).resolve(stray.entry()), stray.what());
    }
    if (strays.size() > STRAYS_NAMED) {
      LOG.warn("{} more in {} are no logs", strays.size() - STRAYS_NAMED, books(path));
    }
  }

  private static String some(List<String> files) {
    int shown = Math.min(files.size(), STRAYS_SHOWN);
    String names = String.join(", ", files.subList(0, shown));
    return shown == files.size() ? names : names + " and " + (files.size() - shown) + " more";
  }

  /**
   * Checks every byte of a log without taking the lock and without changing anything: checksums,
   * the chain of blocks, the roots of the hash tree, and that nothing lies behind the ends.
   *
   * @throws LogDamagedException at the first byte that is not what was written
   */
  public static VerifyReport verify(Path path, String name, Disk disk) {
    return besideWriter(() -> LogVerifier.verify(disk, folder(path, name), name));
  }

  /** The directory. */
  public Path path() {
    return path;
  }

  /** The folder of a log, where its owner may keep derived files beside the segments. */
  public Path folder(String name) {
    return folder(path, name);
  }

  /** The logs and what else lies beside them. */
  public FoundLogs found() {
    return found(path, disk);
  }

  /** Names of the logs, sorted by their bytes. */
  public List<String> names() {
    return names(path, disk);
  }

  /** Says whether there is a log of this name. */
  public boolean exists(String name) {
    return SegmentFiles.anyIn(disk, folder(name));
  }

  /**
   * Opens a log through recovery.
   *
   * @param handler makes the handler; gets the log to read, so that it can replay what is there
   *     before the first request comes
   * @throws LogNotFoundException if there is none of this name
   * @throws LogDamagedException if acknowledged bytes are damaged; nothing has been changed then
   * @throws LogUnavailableException if the end of the log could not be made durable again, or the
   *     directory is not the one that was opened
   * @throws IllegalStateException if it is open already
   */
  public <R> Log<R> openLog(String name, Function<LogReader, CommitHandler<R>> handler) {
    return openLog(name, found -> {}, handler);
  }

  /**
   * As above.
   *
   * @param check is shown the log as it was found, before anything has been changed in order to
   *     open it, torn bytes behind its end included; may refuse by throwing
   */
  public <R> Log<R> openLog(
      String name, Consumer<LogReader> check, Function<LogReader, CommitHandler<R>> handler) {
    return inSlot(
        name,
        slot -> {
          checkPlace();
          return recover(name, check, handler, slot);
        });
  }

  /**
   * Creates a log that has no records and opens it.
   *
   * @param name 1 to 128 bytes of UTF-8, any characters
   * @throws IllegalStateException if there is one of this name
   * @throws LogUnavailableException if there is no room for it; nothing, or an empty log, has been
   *     created then
   */
  public <R> Log<R> createLog(String name, Function<LogReader, CommitHandler<R>> handler) {
    return inSlot(
        name,
        slot -> {
          checkPlace();
          if (exists(name)) {
            throw new IllegalStateException("There is a log \"" + name + "\" already.");
          }
          LogCreation.create(environment, settings, folder(name), name);
          checkPlace();
          return start(name, handler, Recovery.find(maps, folder(name), name), slot);
        });
  }

  /**
   * Looks whether the directory is still the one that was opened: why nothing in it is written any
   * more, or null. Writers find out by themselves with every commit; this is for those who want to
   * know while nothing is written. Takes microseconds.
   */
  public @Nullable LogUnavailableException unavailable() {
    return guard.look();
  }

  private void checkPlace() {
    LogUnavailableException why = guard.look();
    if (why != null) {
      throw why;
    }
  }

  /** For tests: maps of segments that there are, whether in use or waiting for the collector. */
  int mappedSegments() {
    return maps.count();
  }

  /** Closes every log gracefully, then gives the lock back. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    List<Slot> wave = new ArrayList<>();
    for (Slot slot : open.values()) {
      wave.add(slot);
      if (wave.size() == CLOSING_AT_ONCE) {
        closeAll(wave);
      }
    }
    closeAll(wave);
    lock.close();
  }

  /** Side by side, because each close ends in a sync. */
  private static void closeAll(List<Slot> wave) {
    List<OpenLog<?>> logs = new ArrayList<>();
    for (Slot slot : wave) {
      OpenLog<?> log = slot.log.join(); // waits for an opening under way; null if that failed
      if (log != null) {
        logs.add(log);
        log.beginClose();
      }
    }
    logs.forEach(OpenLog::close);
    wave.clear();
  }

  private <R> Log<R> inSlot(String name, Function<Slot, OpenLog<R>> opening) {
    if (closed) {
      throw new IllegalStateException("The directory " + path + " is closed.");
    }
    String key = LogNames.folder(name);
    Slot slot = new Slot();
    if (open.putIfAbsent(key, slot) != null) {
      throw new IllegalStateException("The log \"" + name + "\" is open already.");
    }
    OpenLog<R> log = null;
    try {
      log = opening.apply(slot);
      return log;
    } finally {
      if (log == null) {
        open.remove(key, slot);
      }
      slot.log.complete(log);
    }
  }

  private <R> OpenLog<R> recover(
      String name,
      Consumer<LogReader> check,
      Function<LogReader, CommitHandler<R>> handlerOf,
      Slot slot) {
    Path folder = folder(name);
    Recovery found = Recovery.find(maps, folder, name);
    check.accept(new DurableReader(found.segments(), found.head(), found.treeHead()));
    found.repair(disk, folder);
    try {
      for (String file : found.leftOver()) {
        disk.deleteIfExists(folder.resolve(file));
      }
    } catch (IOException e) {
      throw new LogIoException(
          "A left-over file in " + folder + " cannot be deleted: " + Words.of(e), folder, e);
    }
    return start(name, handlerOf, found, slot);
  }

  private <R> OpenLog<R> start(
      String name, Function<LogReader, CommitHandler<R>> handlerOf, Recovery found, Slot slot) {
    Path folder = folder(name);
    ChainState chain = found.chain();
    DurableReader reader = new DurableReader(found.segments(), found.head(), chain.treeHead());
    Path file = found.segments().last().file();
    Object identity;
    try {
      identity = disk.identity(file);
    } catch (IOException e) {
      throw new LogIoException("Segment " + file + " cannot be seen: " + Words.of(e), folder, e);
    }
    CommitHandler<R> handler = handlerOf.apply(reader);
    SpaceFiller space =
        new SpaceFiller(
            disk,
            environment.background(),
            environment.nanos(),
            SegmentFiles.spare(folder),
            Math.max(settings.spaceStepMin(), settings.spaceStepMax() / SPACE_SLICES),
            file,
            found.fileLength(),
            guard,
            identity);
    SegmentAppender appender =
        new SegmentAppender(
            folder,
            settings,
            environment,
            maps,
            found.segments(),
            chain,
            found.offset(),
            found.unproven(),
            space,
            guard,
            identity);
    String key = LogNames.folder(name);
    Segments<MappedSegment> segments = found.segments();
    return writers.open(
        reader,
        chain,
        appender,
        handler,
        () -> {
          maps.release(segments);
          open.remove(key, slot);
        });
  }

  private static Path books(Path path) {
    return path.resolve("books");
  }

  private static Path folder(Path path, String name) {
    return books(path).resolve(LogNames.folder(name));
  }

  /** Creates a directory and makes every new name on the way to it survive a crash. */
  private static void createDurably(Disk disk, Path directory) throws IOException {
    List<Path> missing = new ArrayList<>();
    Path at = directory.toAbsolutePath();
    while (at != null && !disk.exists(at)) {
      missing.add(at);
      at = at.getParent();
    }
    if (missing.isEmpty()) {
      return;
    }
    disk.createDirectories(directory);
    for (Path created : missing) {
      disk.syncDirectory(Objects.requireNonNull(created.getParent()));
    }
  }

  /**
   * A process that died may have made any of these directories and not have synced their names, and
   * nothing shows it. So they are synced on every opening, before anything is acknowledged that
   * lies in them.
   */
  private static void syncNames(Disk disk, Path path) throws IOException {
    disk.syncDirectory(books(path));
    disk.syncDirectory(path);
    Path absolute = path.toAbsolutePath().normalize();
    for (Path at = absolute.getParent(); at != null; at = at.getParent()) {
      try {
        disk.syncDirectory(at);
      } catch (IOException e) {
        if (at.equals(absolute.getParent()) && !(e instanceof AccessDeniedException)) {
          throw e;
        }
        // What this user may not open he has not made anything in; and of those further up most
        // are none of ours.
        LOG.debug("{} is not synced: {}", at, Words.of(e));
      }
    }
  }

  /**
   * The file FORMAT stops an older program from touching a directory of a newer kind. If it is
   * missing it is written again: every segment carries its own version, and the segments alone are
   * the log.
   */
  private static void checkFormat(Disk disk, Path path) throws IOException {
    Path file = path.resolve(FORMAT_FILE);
    if (disk.exists(file)) {
      ByteBuffer content = ByteBuffer.allocate(FORMAT_BYTES_MAX);
      try (DiskFile open = disk.openForReading(file)) {
        open.read(content, 0);
      }
      String text = new String(content.array(), 0, content.position(), StandardCharsets.UTF_8);
      if (!text.equals(FORMAT)) {
        throw new LogVersionException(
            "The directory "
                + path
                + " says it is \""
                + text.strip()
                + "\"; this program knows \""
                + FORMAT.strip()
                + "\". Use the talea that made it, or a newer one.");
      }
      return;
    }
    Path temporary = path.resolve("FORMAT.tmp");
    disk.deleteIfExists(temporary);
    try (DiskFile open = disk.create(temporary)) {
      open.write(ByteBuffer.wrap(FORMAT.getBytes(StandardCharsets.UTF_8)), 0);
      open.force(true);
    }
    disk.rename(temporary, file);
    disk.syncDirectory(path);
  }
}
